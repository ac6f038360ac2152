internal import Reports

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Where a command's results go, and the options that all commands share.
struct Console: Sendable {
  /// Whether results are printed as JSON.
  let isJSON: Bool
  /// Whether only errors are printed.
  let isQuiet: Bool
  /// How many samples are worked on at a time.
  let threads: Int
  /// The start of random inputs.
  let seed: UInt64

  init(_ arguments: Arguments) throws(UsageError) {
    isJSON = arguments.isSet("--json")
    isQuiet = arguments.isSet("--quiet")
    threads = try arguments.integer("--threads", in: 1...1024) ?? ProcessInfo.processInfo.activeProcessorCount
    seed = UInt64(try arguments.integer("--seed", in: 0...Int.max) ?? 1)
  }

  /// Prints a result: as JSON where that is asked for, or else as text unless quiet.
  ///
  /// JSON is printed even when quiet, since nobody asks for it without wanting it.
  func report(_ value: some Encodable, text: () -> String) throws {
    if isJSON {
      print(try JSONText.encode(value))
    } else if !isQuiet {
      print(text(), terminator: "")
    }
  }

  /// A meter for work that takes a while; it shows on a terminal only.
  func progress(_ label: String, total: Int) -> ProgressMeter {
    ProgressMeter(label, total: total, isQuiet: isQuiet)
  }

  /// Writes to standard error.
  static func writeError(_ text: String) {
    let bytes = Array(text.utf8)
    // There is nobody left to tell when this fails.
    _ = unsafe write(STDERR_FILENO, bytes, bytes.count)
  }

  /// Ends the process.
  static func exit(_ code: ExitCode) -> Never {
    #if canImport(Darwin)
      Darwin.exit(code.rawValue)
    #elseif canImport(Glibc)
      Glibc.exit(code.rawValue)
    #elseif canImport(Musl)
      Musl.exit(code.rawValue)
    #endif
  }
}
