/// What one machine of a sweep gave.
public struct SweepResult: Hashable, Sendable, Codable {
  /// The machine.
  public var point: SweepPoint
  /// Why the machine cannot run the model; all numbers but the point's are missing then.
  public var fault: String?
  /// Whether the model was re-quantized for this machine rather than run as another point's.
  public var isRequantized: Bool
  /// How many samples were run.
  public var samples: Int
  /// How many samples have their label's score first; `nil` without labels.
  public var top1: Int?
  /// In how many samples the arg-max is the source's.
  public var agreements: Int?
  /// The ratio of the source's outputs to the difference, before SOFTMAX; `nil` where nothing differs.
  public var sqnrDb: Double?
  /// Additions that left the accumulators' ranges.
  public var overflows: Int?
  /// The width of the widest accumulator that the model uses; of the machine's, where it cannot run the model.
  public var accumulatorBits: Int
  /// The width that every accumulator needs so that none can overflow.
  public var accumulatorBitsNeeded: Int?
  /// The bytes of all weights and biases.
  public var parameterBytes: Int?
  /// The digest of what the machine does.
  public var program: String?

  /// Creates a result.
  public init(
    point: SweepPoint, fault: String? = nil, isRequantized: Bool = false, samples: Int = 0, accumulatorBits: Int
  ) {
    self.point = point
    self.fault = fault
    self.isRequantized = isRequantized
    self.samples = samples
    self.accumulatorBits = accumulatorBits
  }

  /// What is to be great: right decisions where there are labels, or else decisions as the source's; then the SQNR.
  var quality: [Double] {
    [Double(top1 ?? agreements ?? -1), sqnrDb ?? (agreements == nil ? -.infinity : .infinity)]
  }

  /// What is to be small.
  var costs: [Int] { [accumulatorBits, parameterBytes ?? .max] }
}

extension [SweepResult] {
  /// The keys that were varied, in the order of the axes.
  public var keys: [String] {
    flatMap(\.point.settings).reduce(into: []) { keys, setting in
      if !keys.contains(setting.key) { keys.append(setting.key) }
    }
  }

  /// The keys of which every value gives the same program wherever the others are the same, so that they change nothing.
  public var keysWithoutEffect: [String] {
    keys.filter { key in
      let varied = filter { result in result.point.settings.contains { $0.key == key } }
      let groups = Dictionary(grouping: varied) { result in result.point.settings.filter { $0.key != key } }
      return groups.values.contains { $0.count > 1 }
        && groups.values.allSatisfy { group in
          group.allSatisfy { $0.program != nil } && Set(group.map(\.program)).count == 1
        }
    }
  }

  /// The places of the results that no other one beats: none is as good in quality and in each cost, and better in one.
  public var paretoFront: [Int] {
    indices.filter { place in
      self[place].fault == nil
        && !contains { other in
          guard other.fault == nil else { return false }
          let mine = self[place]
          let better = mine.quality.lexicographicallyPrecedes(other.quality)
          let asGood = better || mine.quality == other.quality
          let asCheap = zip(other.costs, mine.costs).allSatisfy { $0 <= $1 }
          let cheaper = zip(other.costs, mine.costs).contains { $0 < $1 }
          return asGood && asCheap && (better || cheaper)
        }
    }
  }
}
