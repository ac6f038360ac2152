internal import Verification

/// What one machine of a sweep gave.
package struct SweepResult: Hashable, Sendable, Codable {
  /// The machine.
  package var point: SweepPoint
  /// Why the machine cannot run the model; all numbers but the point's are missing then.
  package var fault: String?
  /// Whether the model was re-quantized for this machine rather than run as another point's.
  package var isRequantized: Bool
  /// How many samples were run.
  package var samples: Int
  /// How many samples have their label's score first; `nil` without labels.
  package var top1: Int?
  /// In how many samples the arg-max is the source's.
  package var agreements: Int?
  /// The ratio of the source's outputs to the difference, before SOFTMAX; `nil` where nothing differs.
  package var sqnrDb: Double?
  /// Additions that left the accumulators' ranges.
  package var overflows: Int?
  /// The width of the widest accumulator that the model uses; of the machine's, where it cannot run the model.
  package var accumulatorBits: Int
  /// The width that every accumulator needs so that none can overflow.
  package var accumulatorBitsNeeded: Int?
  /// The bytes of all weights and biases.
  package var parameterBytes: Int?
  /// The digest of what the machine does.
  package var program: String?

  /// Creates a result.
  package init(
    point: SweepPoint, fault: String? = nil, isRequantized: Bool = false, samples: Int = 0, accumulatorBits: Int
  ) {
    self.point = point
    self.fault = fault
    self.isRequantized = isRequantized
    self.samples = samples
    self.accumulatorBits = accumulatorBits
  }

  /// What is to be great: right decisions where there are labels, or else decisions as the source's; and the SQNR.
  var quality: [Double] {
    [Double(top1 ?? agreements ?? -1), sqnrDb ?? (agreements == nil ? -.infinity : .infinity)]
  }

  /// Whether the machine does something else than the model, as `verify` calls it.
  var isFar: Bool { (sqnrDb ?? .infinity) < DistanceVerdict.farDb }

  /// What is to be small.
  var costs: [Int] { [accumulatorBits, parameterBytes ?? .max] }
}

extension [SweepResult] {
  /// The keys that were varied, in the order of the axes.
  package var keys: [String] {
    flatMap(\.point.settings).reduce(into: []) { keys, setting in
      if !keys.contains(setting.key) { keys.append(setting.key) }
    }
  }

  /// The keys of which every value gives the same program wherever the others are the same, so that they change nothing.
  package var keysWithoutEffect: [String] {
    keys.filter { key in
      let varied = filter { result in result.point.settings.contains { $0.key == key } }
      let groups = Dictionary(grouping: varied) { result in result.point.settings.filter { $0.key != key } }
      return groups.values.contains { $0.count > 1 }
        && groups.values.allSatisfy { group in
          group.allSatisfy { $0.program != nil } && Set(group.map(\.program)).count == 1
        }
    }
  }

  /// The places of the results that no other one beats: none is as good in decisions, SQNR and each cost, and better in one.
  ///
  /// A result that is far from the model is beaten by any that is not, however many decisions it has right by chance.
  package var paretoFront: [Int] {
    let sound = indices.filter { self[$0].fault == nil }
    let near = sound.filter { !self[$0].isFar }
    let candidates = near.isEmpty ? sound : near
    return candidates.filter { place in
      !candidates.contains { other in
        let (mine, theirs) = (self[place], self[other])
        let isAsGood = zip(theirs.quality, mine.quality).allSatisfy { $0 >= $1 }
        let isAsCheap = zip(theirs.costs, mine.costs).allSatisfy { $0 <= $1 }
        return isAsGood && isAsCheap && (theirs.quality != mine.quality || theirs.costs != mine.costs)
      }
    }
  }
}
