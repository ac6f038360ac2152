/// What a file is by its first bytes, whatever its name says.
package enum FileKind: Equatable {
  // What the tool reads.
  case tflite, npy, npz, json
  // Models of others.
  case onnx, keras3, hdf5, savedModel, graphDef, pyTorch, gguf, safetensors, espDL
  // Data of others.
  case pickle, image(String), matlab
  // Wrappings.
  case zip(holding: String?), compressed(String)
  // What is left of a download.
  case gitPointer, webPage
  case text, empty

  /// How many bytes ``init(head:)`` wants to see.
  package static let headSize = 1 << 16

  /// Recognizes a file; `nil` for one that nothing is known of.
  ///
  /// - Parameter head: Its first bytes, all of them where there are few.
  package init?(head: [UInt8]) {
    func has(_ bytes: [UInt8], at place: Int = 0) -> Bool { head.dropFirst(place).starts(with: bytes) }
    func says(_ text: String, at place: Int = 0) -> Bool { has(Array(text.utf8), at: place) }
    if head.isEmpty {
      self = .empty
    } else if says("TFL3", at: 4) {
      self = .tflite
    } else if has([0x93] + Array("NUMPY".utf8)) {
      self = .npy
    } else if has([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .hdf5
    } else if has([0x50, 0x4B, 3, 4]) {
      self = FileKind(archiveOf: Self.names(inArchive: head))
    } else if says("GGUF") {
      self = .gguf
    } else if says("EDL1") || says("EDL2") {
      self = .espDL
    } else if let format = Self.image(head) {
      self = .image(format)
    } else if let format = Self.compression(head) {
      self = .compressed(format)
    } else if says("MATLAB 5.0") {
      self = .matlab
    } else if says("{\"", at: 8), head.prefix(8).suffix(3).allSatisfy({ $0 == 0 }) {
      self = .safetensors
    } else if has([0x80]), head.count > 2, (2...5).contains(head[1]) {
      // The number with which torch.save began before it wrote archives.
      self = has([0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20], at: 2) ? .pyTorch : .pickle
    } else if let model = Self.protocolBuffer(head) {
      self = model
    } else if let text = Self.text(head) {
      self = text
    } else {
      return nil
    }
  }

  /// What an archive is by the names in it.
  private init(archiveOf names: [String]) {
    if names.contains(where: { $0.hasSuffix(".npy") }) {
      self = .npz
    } else if names.contains("model.weights.h5") || names.starts(with: ["metadata.json", "config.json"]) {
      self = .keras3
    } else if names.contains(where: { $0.hasSuffix("/data.pkl") || $0.hasSuffix("/.format_version") }) {
      self = .pyTorch
    } else {
      self = .zip(holding: names.first { $0.hasSuffix(".tflite") })
    }
  }
}

// MARK: - Signatures

extension FileKind {
  /// Text that is plain: JSON, a web page, a pointer of Git LFS, or any other.
  private static func text(_ head: [UInt8]) -> FileKind? {
    // The last character may be cut.
    let whole = head.count < headSize ? head : head.dropLast(3)
    guard head.allSatisfy({ $0 >= 32 || (9...13).contains($0) || $0 == 27 }),
      let text = String(validating: whole, as: UTF8.self) ?? String(validating: head.prefix(1024), as: UTF8.self)
    else { return nil }
    let start = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.prefix(64)
    if start.hasPrefix("version https://git-lfs") { return .gitPointer }
    if start.lowercased().hasPrefix("<!doctype html") || start.lowercased().hasPrefix("<html") { return .webPage }
    return start.hasPrefix("{") || start.hasPrefix("[") ? .json : .text
  }

  private static func image(_ head: [UInt8]) -> String? {
    if head.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return "PNG" }
    if head.starts(with: [0xFF, 0xD8, 0xFF]) { return "JPEG" }
    if head.starts(with: Array("GIF8".utf8)) { return "GIF" }
    if head.starts(with: Array("BM".utf8)), head.count > 14, head[6..<10].allSatisfy({ $0 == 0 }) { return "BMP" }
    return head.starts(with: Array("RIFF".utf8)) && head.dropFirst(8).starts(with: Array("WEBP".utf8)) ? "WebP" : nil
  }

  private static func compression(_ head: [UInt8]) -> String? {
    if head.starts(with: [0x1F, 0x8B]) { return "gzip" }
    if head.starts(with: Array("BZh".utf8)) { return "bzip2" }
    if head.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A]) { return "xz" }
    if head.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return "Zstandard" }
    if head.starts(with: [0x37, 0x7A, 0xBC, 0xAF]) { return "7-Zip" }
    return head.dropFirst(257).starts(with: Array("ustar".utf8)) ? "tar" : nil
  }

  /// The names of the files at the beginning of a ZIP archive.
  private static func names(inArchive head: [UInt8]) -> [String] {
    var names: [String] = []
    for start in head.indices.dropLast(30) where head[start...].starts(with: [0x50, 0x4B, 3, 4]) {
      let count = Int(head[start + 26]) + Int(head[start + 27]) << 8
      names.append(String(decoding: head.dropFirst(start + 30).prefix(count), as: UTF8.self))
    }
    return names
  }

  /// A model that is stored as a protocol buffer, which has no signature: its first fields tell.
  private static func protocolBuffer(_ head: [UInt8]) -> FileKind? {
    var fields = FieldReader(head[...])
    guard let (number, value) = fields.next() else { return nil }
    switch (number, value) {
    case (1, .integer(let version)):
      guard case (let second, .bytes(let body))? = fields.next() else { return nil }
      // SavedModel: its version, which is 1, then a graph whose first field is a message.
      if version == 1, second == 2 { return body.first == 0x0A ? .savedModel : nil }
      // ONNX: the version of its form, then the name of whoever made it, or the graph.
      let isName = second == 2 && body.prefix(64).allSatisfy { (32..<127).contains($0) }
      return (2...32).contains(version) && (isName || second == 7 || second == 8) ? .onnx : nil
    case (1, .bytes(let node)):
      // TensorFlow's GraphDef: nodes with a name and an operator.
      var parts = FieldReader(node)
      guard case (1, .bytes(let name))? = parts.next(), case (2, .bytes(let operation))? = parts.next(),
        (name + operation).allSatisfy({ (33..<127).contains($0) }), let letter = operation.first,
        (65...90).contains(letter)
      else { return nil }
      return .graphDef
    default: return nil
    }
  }
}

/// Takes fields from the beginning of a protocol buffer; one that is cut off at the end of the bytes is given as it is.
private struct FieldReader {
  enum Value {
    case integer(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  mutating func next() -> (number: UInt64, value: Value)? {
    guard let tag = integer(), tag >> 3 > 0 else { return nil }
    switch tag & 7 {
    case 0: return integer().map { (tag >> 3, .integer($0)) }
    case 2:
      guard let count = integer().flatMap({ Int(exactly: $0) }) else { return nil }
      let bytes = rest.prefix(count)
      rest = rest.dropFirst(count)
      return (tag >> 3, .bytes(bytes))
    default: return nil
    }
  }

  private mutating func integer() -> UInt64? {
    var value: UInt64 = 0
    for place in 0..<9 {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 127) << UInt64(7 * place)
      if byte < 128 { return value }
    }
    return nil
  }
}
