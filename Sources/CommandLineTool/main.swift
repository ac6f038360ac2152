#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

// Not asynchronous: Swift's own threads would wait for ever where the system refuses them.
exit(Tool.run(Array(CommandLine.arguments.dropFirst())).rawValue)
