/// A .tflite file: the tables that it holds, without their meaning.
///
/// Whatever the schema knows survives reading and writing, with fields that are present but equal their default.
package struct TFLiteFile: Hashable, Sendable {
  /// The root table, of the schema's type `Model`.
  package var model: Table
  /// A ZIP archive after the model, which TensorFlow Lite's metadata library appends for label lists and the like.
  package private(set) var archive: ArraySlice<UInt8>

  /// A model without anything in it but its schema version.
  package init() {
    model = Table(.model)
    model.set("version", 3)
    archive = []
  }

  /// Reads a file.
  ///
  /// - Parameter bytes: The whole file; large vectors of the result share its storage.
  /// - Throws: Where and how the file is damaged, truncated, of another kind, or holds what cannot be kept.
  package init(bytes: [UInt8]) throws(TFLiteError) {
    guard bytes.count >= 8, bytes.count < TFLiteFile.sizeLimit else {
      throw TFLiteError(
        place: "file", message: "has \(bytes.count) bytes; a model has 8 or more, and fewer than 2 GiB")
    }
    guard bytes[4..<8].elementsEqual(TFLiteFile.identifier.utf8) else {
      let found = String(decoding: bytes[4..<8].map { (32..<127).contains($0) ? $0 : 63 }, as: UTF8.self)
      throw TFLiteError(
        place: "file",
        message: "bytes 4 to 7 are \"\(found)\" instead of \"\(TFLiteFile.identifier)\": not a TensorFlow Lite model")
    }
    var reader = FlatBufferReader(bytes)
    model = try reader.root(.model)
    let rest = bytes[reader.end...].drop { $0 == 0 }
    archive = rest.starts(with: [0x50, 0x4B, 3, 4]) ? rest : []
    try refuseDataOutside()
  }

  /// Writes the file.
  ///
  /// The result need not equal the bytes that were read, but reading it gives an equal model.
  ///
  /// - Returns: The file's bytes.
  /// - Throws: When the file would reach 2 GiB.
  package func bytes() throws(TFLiteError) -> [UInt8] {
    let data = model.tables("buffers").reduce(0) { $0 + ($1.vector("data")?.bytes.count ?? 0) + 32 }
    guard data < TFLiteFile.sizeLimit else { throw TFLiteFile.tooLarge }
    var bytes = FlatBufferBuilder(
      root: model, identifier: TFLiteFile.identifier, capacity: data + data / 4 + archive.count + 4096
    ).bytes
    if !archive.isEmpty {
      // Archives may state positions from the start of the file; readers mend a shift towards the end only.
      bytes.append(contentsOf: repeatElement(0, count: max(0, archive.startIndex - bytes.count)))
      bytes.append(contentsOf: archive)
    }
    guard bytes.count < TFLiteFile.sizeLimit else { throw TFLiteFile.tooLarge }
    return bytes
  }

  private static let identifier = "TFL3"
  /// References are 32-bit, and LiteRT takes them as signed.
  private static let sizeLimit = 1 << 31
  private static var tooLarge: TFLiteError {
    TFLiteError(place: "file", message: "would have 2 GiB or more, which the format cannot hold")
  }

  /// Refuses data that lies behind the FlatBuffer, as files beyond 2 GiB have it; 0 and 1 say that there is none.
  private func refuseDataOutside() throws(TFLiteError) {
    var faults: [TFLiteError.Fault] = []
    func check(_ table: Table, _ names: [String], _ place: @autoclosure () -> String) {
      if names.contains(where: { table.integer($0) > 1 }) {
        let message = "its data lies outside of the FlatBuffer, which is not supported; convert the model without it"
        faults.append(TFLiteError.Fault(place: place(), message: message))
      }
    }
    for (index, buffer) in model.tables("buffers").enumerated() {
      check(buffer, ["offset", "size"], "buffers[\(index)]")
    }
    for (graph, subgraph) in model.tables("subgraphs").enumerated() {
      for (index, node) in subgraph.tables("operators").enumerated() {
        check(
          node, ["largeCustomOptionsOffset", "largeCustomOptionsSize"], "subgraphs[\(graph)].operators[\(index)]")
      }
    }
    if !faults.isEmpty { throw TFLiteError(faults) }
  }
}
