/// How meanings stand in a file: hundreds of channels often share a few scales and one integer that means 0, and padding
/// means what it pads.
struct StoredMeaning: Codable {
  var tensor: Int
  /// The scales; with `channels` each only once.
  var scales: [Double]?
  /// For each channel the place of its scale in `scales`.
  var channels: [Int]?
  /// The real numbers that the zero point stands for.
  var offsets: [Double]?
  /// What all offsets are in steps, in their stead.
  var offsetSteps: Int?
  /// An earlier meaning's tensor, whose scales and offsets are this one's too.
  var like: Int?
  /// What the first files said instead of `offsets`; never written.
  var offset: Double?

  /// Stores a meaning so that ``meaning(_:)`` gives it back bit for bit.
  ///
  /// - Parameters:
  ///   - meaning: The meaning.
  ///   - earlier: An earlier meaning's tensor with equal scales and offsets; `nil` for none.
  init(_ meaning: Provenance.Meaning, like earlier: Int?) {
    tensor = meaning.tensor
    if earlier != nil {
      like = earlier
      return
    }
    let places = Self.places(meaning.scales)
    if places.count * 2 < meaning.scales.count {
      scales = places.sorted { $0.value < $1.value }.map { Double(bitPattern: $0.key) }
      channels = meaning.scales.compactMap { places[$0.bitPattern] }
    } else {
      scales = meaning.scales
    }
    if meaning.offsets.count > 1, let steps = Self.steps(meaning) {
      offsetSteps = steps
    } else {
      offsets = meaning.offsets
    }
  }

  /// For each number's bits their place among the different ones, in order.
  private static func places(_ numbers: [Double]) -> [UInt64: Int] {
    var places: [UInt64: Int] = [:]
    for number in numbers where places[number.bitPattern] == nil { places[number.bitPattern] = places.count }
    return places
  }

  /// The integer whose products with the scales are the offsets, exactly; `nil` where there is none.
  private static func steps(_ meaning: Provenance.Meaning) -> Int? {
    guard meaning.offsets.count == meaning.scales.count,
      let steps = Int(exactly: (meaning.offsets[0] / meaning.scales[0]).rounded()),
      zip(meaning.scales, meaning.offsets).allSatisfy({ ($0 * Double(steps)).bitPattern == $1.bitPattern })
    else { return nil }
    return steps
  }

  /// The meaning.
  ///
  /// - Parameter earlier: The meanings before this one, by tensor.
  /// - Returns: What was stored.
  /// - Throws: ``ProvenanceError`` where the parts do not fit each other.
  func meaning(_ earlier: [Int: Provenance.Meaning]) throws(ProvenanceError) -> Provenance.Meaning {
    func refusal(_ words: String) -> ProvenanceError { ProvenanceError("the meaning of tensor \(tensor) \(words)") }
    if let like {
      guard let known = earlier[like] else { throw refusal("is like that of \(like), which does not stand before it") }
      return .init(tensor: tensor, scales: known.scales, offsets: known.offsets)
    }
    guard var all = scales else { throw refusal("has no scales") }
    if let channels {
      guard channels.allSatisfy(all.indices.contains) else { throw refusal("has a channel without a scale") }
      all = channels.map { all[$0] }
    }
    let multiples = offsetSteps.map { steps in all.map { $0 * Double(steps) } }
    guard let zeros = multiples ?? offsets ?? offset.map({ [$0] }) else { throw refusal("has no offsets") }
    return .init(tensor: tensor, scales: all, offsets: zeros)
  }
}

extension Provenance {
  private enum CodingKeys: String, CodingKey {
    case schemaVersion, toolVersion, source, profile, programDigest, passes, meanings, subgraph, others
  }

  /// Reads a record of any version that was ever written.
  ///
  /// - Parameter decoder: What it is read from.
  /// - Throws: `DecodingError`, ``ProvenanceError``.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    schemaVersion = try values.decode(Int.self, forKey: .schemaVersion)
    toolVersion = try values.decode(String.self, forKey: .toolVersion)
    source = try values.decode(Source.self, forKey: .source)
    profile = try values.decode(Profile.self, forKey: .profile)
    programDigest = try values.decode(String.self, forKey: .programDigest)
    passes = try values.decode([Pass].self, forKey: .passes)
    meanings = try values.decodeIfPresent([StoredMeaning].self, forKey: .meanings).map(StoredMeaning.read)
    subgraph = try values.decodeIfPresent(Int.self, forKey: .subgraph)
    others = try values.decodeIfPresent([Graph].self, forKey: .others)
  }

  /// Writes the record, each list of numbers once.
  ///
  /// - Parameter encoder: What it is written to.
  /// - Throws: `EncodingError`.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(schemaVersion, forKey: .schemaVersion)
    try values.encode(toolVersion, forKey: .toolVersion)
    try values.encode(source, forKey: .source)
    try values.encode(profile, forKey: .profile)
    try values.encode(programDigest, forKey: .programDigest)
    try values.encode(passes, forKey: .passes)
    try values.encodeIfPresent(meanings.map(StoredMeaning.list), forKey: .meanings)
    try values.encodeIfPresent(subgraph, forKey: .subgraph)
    try values.encodeIfPresent(others, forKey: .others)
  }
}

extension StoredMeaning {
  /// The meanings that a list stores.
  static func read(_ stored: [StoredMeaning]) throws(ProvenanceError) -> [Provenance.Meaning] {
    var known: [Int: Provenance.Meaning] = [:]
    var meanings: [Provenance.Meaning] = []
    for entry in stored {
      let meaning = try entry.meaning(known)
      known[entry.tensor] = meaning
      meanings.append(meaning)
    }
    return meanings
  }

  /// Meanings with each list of numbers once.
  static func list(_ meanings: [Provenance.Meaning]) -> [StoredMeaning] {
    // By bits, since −0 equals 0.
    var known: [[[UInt64]]: Int] = [:]
    return meanings.map { meaning in
      // Single numbers are shorter than a reference.
      if meaning.scales.count == 1 { return StoredMeaning(meaning, like: nil) }
      let content = [meaning.scales, meaning.offsets].map { $0.map(\.bitPattern) }
      let earlier = known[content]
      if earlier == nil { known[content] = meaning.tensor }
      return StoredMeaning(meaning, like: earlier)
    }
  }
}
