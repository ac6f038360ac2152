internal import Arrays
package import Exploration
internal import Reports
internal import Verification

/// What a report says of the data: what the arrays mean, how much of them the inputs cut, and whether two models get the
/// same.
package struct DataReport: Encodable {
  /// What an input's array means.
  package struct Meaning: Encodable {
    package let input: String
    /// The type of the array's elements.
    package let given: String
    /// `real`, `images` or `integers`.
    package let meaning: String
    /// The model whose integers they are; null for real numbers.
    package let of: String?
    package let scale: Float?
    /// The element of the array that stands for 0.
    package let zeroPoint: Int64?
    package let sentence: String
    /// The option that takes them otherwise; null where there was nothing to choose.
    package let otherwise: String?
  }

  /// What an input cuts.
  package struct Clipping: Encodable {
    package let model: String
    package let input: String
    package let elements: Int
    package let clipped: Int
    package let share: Double
    /// The least and the greatest real number of the samples that are cut; null where they are not finite.
    package let seen: [Double?]?
    package let held: [Double]
    package let likelyCause: String?
  }

  /// An input of which the data take little.
  package struct Narrow: Encodable {
    package let model: String
    package let input: String
    /// The least and the greatest real number of all samples.
    package let seen: [Double]
    package let held: [Double]
    package let likelyCause: String?
  }

  /// How far the input of two models is from each other.
  package struct Difference: Encodable {
    package let input: String
    package let models: [String]
    package let samples: Int
    package let sqnrDb: Double?
    package let rmsError: Double
    /// The largest difference that rounding can make.
    package let rounding: Double
    package let beyondRounding: Bool
  }

  package let file: String
  package let inputs: [Meaning]
  package let clippings: [Clipping]
  package let narrow: [Narrow]
  package let differences: [Difference]
  /// What concerns every number of the report.
  package let warnings: [String]
  /// Warnings that are known only when all samples were read.
  package let clippingWarnings: [String]
  /// What a reader may want to know.
  package let notes: [String]

  private enum CodingKeys: String, CodingKey {
    case file, inputs, clippings, narrow, differences, warnings
  }

  /// The part of cut elements beyond which a note becomes a warning.
  private static let warningShare = 0.1

  package init(_ data: ModelData) {
    self.init(data.sides, gaps: data.gaps.map { ($0, data.sides[0].model.path, data.sides[1].model.path) })
  }

  /// Describes data.
  ///
  /// - Parameters:
  ///   - sides: The models that get them, one at least.
  ///   - gaps: How far inputs are from each other, with the two models.
  package init(_ sides: [ModelData.Side], gaps: [(gap: InputGap, first: String, second: String)]) {
    file = sides[0].set.name
    inputs = sides[0].set.meanings.map { input, meaning in
      Meaning(
        input: input, given: meaning.given.rawValue, meaning: meaning.kind.rawValue, of: meaning.reading?.reader.model,
        scale: meaning.reading?.scale, zeroPoint: meaning.reading?.zeroPoint, sentence: meaning.sentence,
        otherwise: meaning.rival?.option)
    }
    let counted = sides.flatMap { side in side.set.clippings.map { (side.model.path, $0) } }
    let clipped = counted.filter { $0.1.clipped > 0 }
    clippings = clipped.map { model, clipping in
      Clipping(
        model: model, input: clipping.input, elements: clipping.elements, clipped: clipping.clipped,
        share: clipping.share,
        seen: clipping.seen.map { [$0.lowerBound, $0.upperBound].map { $0.isFinite ? $0 : nil } },
        held: [clipping.held.lowerBound, clipping.held.upperBound], likelyCause: clipping.likelyCause)
    }
    narrow = counted.compactMap { model, counts in
      counts.narrow.map {
        Narrow(
          model: model, input: counts.input, seen: [$0.lowerBound, $0.upperBound],
          held: [counts.held.lowerBound, counts.held.upperBound], likelyCause: counts.likelyCauseOfNarrowness)
      }
    }
    differences = gaps.map { gap, first, second in
      Difference(
        input: gap.input, models: [first, second], samples: gap.samples,
        sqnrDb: gap.difference.sqnrDb, rmsError: gap.rmsError.isFinite ? gap.rmsError : .greatestFiniteMagnitude,
        rounding: gap.rounding.isFinite ? gap.rounding : .greatestFiniteMagnitude, beyondRounding: gap.isBeyondRounding)
    }
    let file = file
    let words = clipped.map { ($0.1.share, $0.1.words(file, model: $0.0)) }
    notes = words.filter { $0.0 <= Self.warningShare }.map(\.1)
    clippingWarnings =
      words.filter { $0.0 > Self.warningShare }.map(\.1) + narrow.map { $0.words(file) }
    warnings =
      gaps.filter { $0.gap.isBeyondRounding }.map { $0.gap.warning($0.first, $0.second, file) } + clippingWarnings
  }

  /// The largest part of an input's elements that is cut.
  package var clippedShare: Double { clippings.map(\.share).max() ?? 0 }

  /// Whether two models get different inputs.
  package var inputsDiffer: Bool { differences.contains(where: \.beyondRounding) }

  /// The warnings as they stand above a report.
  package var banner: String { warnings.map { "WARNING: \($0)\n" }.joined() }
}

extension InputMeaning.Rival {
  /// The option that means that.
  fileprivate var option: String { choice == .own ? "--own-inputs" : "--source-inputs" }
}

extension InputMeaning {
  /// The decision and what else there was to choose, for a note: of images no numbers, which say nothing new.
  package var note: String? {
    guard let reading, let rival else { return nil }
    guard kind == .images else { return alternative.map { "\(sentence); \(rival.option) takes it \($0)" } }
    return "\(given) is taken as images for \(reading.reader.model); \(rival.option) takes it as integers of "
      + "\(rival.reading.reader.model)"
  }
}

extension DataReport.Narrow {
  /// How little the samples take, why that is likely, and what mends it.
  fileprivate func words(_ file: String) -> String {
    "\(file): the elements for the input \"\(input)\" of \(model) take less than a sixteenth of what it holds: they range "
      + "from \(Float(seen[0])) to \(Float(seen[1])), it holds \(Float(held[0])) to \(Float(held[1]))"
      + (likelyCause.map { "; \($0)" } ?? "")
  }
}

extension InputClipping {
  /// What is cut, why that is likely, and what mends it.
  fileprivate func words(_ file: String, model: String) -> String {
    let percent = Format.percent(clipped, of: elements, decimals: share < 0.1 ? 2 : 1)
    let range = seen.map { "they range from \(Float($0.lowerBound)) to \(Float($0.upperBound)), " } ?? ""
    return "\(file): \(percent) of the elements for the input \"\(input)\" of \(model) are clipped: \(range)it holds "
      + "\(Float(held.lowerBound)) to \(Float(held.upperBound))" + (likelyCause.map { "; \($0)" } ?? "")
  }
}

extension InputGap {
  /// What the difference makes of every other number.
  package func warning(_ first: String, _ second: String, _ file: String) -> String {
    let distance = difference.sqnrDb.map { "SQNR \(Format.number($0, decimals: 1)) dB, " } ?? ""
    return "\(file): the two models get different inputs, so every distance below is between answers to different "
      + "questions: \"\(input)\" of \(first) is \(distance)on average \(Float(rmsError)) from that of \(second), and "
      + "rounding explains \(Float(rounding)) at most; an input that clips the data does that, or a wrong scale in a file"
  }
}
