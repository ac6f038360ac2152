import Foundation

/// The built tool, run as a process.
enum BitexactTool {
  /// What came of a run.
  struct Result {
    let exitCode: Int32
    let wasSignalled: Bool
    let output: String
    let errors: String

    /// The lines on standard error.
    var errorLines: [String] { errors.split(separator: "\n").map(String.init) }

    /// The keys of the JSON object on standard output.
    func object() throws -> [String: Any] {
      try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any] ?? [:]
    }
  }

  /// The tool, which lies beside the tests' own executable.
  static let url: URL = {
    var places = [Bundle.main.bundleURL, URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()]
    places += CommandLine.arguments.filter { $0.contains(".xctest") }.map {
      URL(filePath: $0).deletingLastPathComponent()
    }
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../.build").standardized
    #if DEBUG
      places.append(root.appending(path: "debug"))
    #else
      places.append(root.appending(path: "release"))
    #endif
    for place in places {
      // On macOS the tests lie a few folders deep in their bundle.
      var folder = place
      for _ in 0..<4 {
        let candidate = folder.appending(path: "bitexact")
        if (try? candidate.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile == true { return candidate }
        folder.deleteLastPathComponent()
      }
    }
    return root.appending(path: "debug/bitexact")
  }()

  /// Whether the tool was compiled with optimization, so that simulations are fast.
  static var isOptimized: Bool {
    #if DEBUG
      false
    #else
      true
    #endif
  }

  /// Starts the tool.
  ///
  /// - Parameters:
  ///   - arguments: The words after the tool's name.
  ///   - folder: Where it runs.
  ///   - output: Where standard output goes.
  ///   - errors: Where standard error goes.
  ///   - limits: Shell commands that bound what the process may use; `nil` for none.
  /// - Returns: The running process.
  /// - Throws: What starting it throws.
  static func start(
    _ arguments: [String], in folder: URL, output: URL, errors: URL, limits: String? = nil
  ) throws -> Process {
    let process = Process()
    process.executableURL = limits == nil ? url : URL(filePath: "/bin/sh")
    process.arguments = (limits.map { ["-c", "\($0); exec \"$0\" \"$@\"", url.path] } ?? []) + arguments
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    for file in [output, errors] { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    return process
  }

  /// Runs the tool to its end.
  static func run(_ arguments: [String], in folder: Workspace, limits: String? = nil) throws -> Result {
    // Files, since a full pipe would stop the tool.
    let output = folder.url.appending(path: ".stdout-\(UUID().uuidString)")
    let errors = folder.url.appending(path: ".stderr-\(UUID().uuidString)")
    let process = try start(arguments, in: folder.url, output: output, errors: errors, limits: limits)
    process.waitUntilExit()
    return Result(
      exitCode: process.terminationStatus, wasSignalled: process.terminationReason == .uncaughtSignal,
      output: try String(decoding: Data(contentsOf: output), as: UTF8.self),
      errors: try String(decoding: Data(contentsOf: errors), as: UTF8.self))
  }
}

/// A folder of its own for a test, with the demo's files; it is deleted at the end.
final class Workspace {
  let url: URL

  /// The files that the repository embeds.
  static let resources = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Sources/DemoModel/Resources").standardized

  static let model = "demo_uint8.tflite"
  static let int8Model = "demo_int8.tflite"
  static let images = "demo_images.npy"
  static let labels = "demo_labels.npy"

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "bitexact-e2e-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    for name in [Self.model, Self.int8Model, Self.images, Self.labels] {
      try FileManager.default.copyItem(at: Self.resources.appending(path: name), to: url.appending(path: name))
    }
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }

  func bytes(_ name: String) throws -> [UInt8] { try [UInt8](Data(contentsOf: url.appending(path: name))) }

  func write(_ bytes: [UInt8], to name: String) throws { try Data(bytes).write(to: url.appending(path: name)) }

  func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

  /// The names in a folder, sorted, without what the tool printed.
  func names(_ folder: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(folder)).filter { !$0.hasPrefix(".std") }.sorted()
  }

  /// Runs the tool in this folder.
  func tool(_ arguments: String...) throws -> BitexactTool.Result { try BitexactTool.run(arguments, in: self) }

  /// Runs the tool in this folder.
  func tool(_ arguments: [String]) throws -> BitexactTool.Result { try BitexactTool.run(arguments, in: self) }
}
