internal import Arrays
internal import NetworkModel
internal import Simulation
internal import Workflows

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Writes what a model gives for each sample: the first output to one file, or every output to a folder.
struct OutputWriter {
  /// A file with all samples of one output.
  struct File {
    /// Which of the program's outputs it holds.
    let output: Int
    let path: String
    let stored: StoredValue
    let writer: NPYStreamWriter
  }

  /// The files that are written.
  let files: [File]

  /// Begins the files.
  ///
  /// - Parameters:
  ///   - destination: An .npy file; or a folder, which ends in "/" or exists.
  ///   - program: Whose outputs are written.
  ///   - network: Where the program came from.
  ///   - isDequantized: Whether real numbers are written.
  ///   - samples: How many samples there will be.
  ///   - claims: What else the command reads and writes.
  /// - Throws: `ArrayError` or ``InputError`` when a file cannot be written, ``UsageError`` for one that is an input or
  ///   another output.
  init(
    _ destination: String, program: Program, network: Network, isDequantized: Bool, samples: Int, claims: FileClaims
  ) throws {
    let isFolder = destination.hasSuffix("/") || Self.isFolder(destination)
    if isFolder { try OutputFolder.create(destination) }
    var files: [File] = []
    var names: Set<String> = []
    for (output, index) in program.outputs.enumerated() where isFolder || output == 0 {
      let value = program.values[index]
      let stored =
        isDequantized
        ? StoredValue(value, dequantizedBy: network.tensors[index].quantization) : StoredValue(value)
      let name = Self.fileName(value, &names)
      let path = isFolder ? "\(destination.hasSuffix("/") ? destination : destination + "/")\(name).npy" : destination
      if isFolder { try claims.claim(path, for: "--output") }
      let writer = try NPYStreamWriter(
        path: path, elementType: stored.type, sampleShape: stored.sampleShape, sampleCount: samples)
      files.append(File(output: output, path: path, stored: stored, writer: writer))
    }
    self.files = files
  }

  /// Appends one sample's outputs.
  func append(_ outputs: [[Int32]]) throws {
    for file in files { try file.stored.append(outputs[file.output], to: file.writer) }
  }

  /// Completes the files: all or none of them.
  func finish() throws { try publish(files.map { try $0.writer.complete() }) }

  static func isFolder(_ path: String) -> Bool {
    var isFolder = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
  }

  /// A tensor's name as a file name, each only once: slashes and the like become underscores.
  private static func fileName(_ value: Value, _ names: inout Set<String>) -> String {
    let allowed = value.name.unicodeScalars.prefix(100).map { scalar in
      scalar.properties.isAlphabetic || (48...57).contains(scalar.value) || "-_.".unicodeScalars.contains(scalar)
        ? Character(scalar) : "_"
    }
    var name = String(allowed)
    if name.isEmpty || name.hasPrefix(".") { name = "tensor_\(value.tensor)" }
    if !names.insert(name).inserted {
      name += "_\(value.tensor)"
      names.insert(name)
    }
    return name
  }
}

/// Folders that a command looks into.
enum Folder {
  /// Deletes a file or an empty folder; nothing happens where that is not possible.
  static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

  /// What lies in a folder; `nil` when there is none.
  static func contents(_ path: String) -> [String]? { try? FileManager.default.contentsOfDirectory(atPath: path) }
}
