#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A family of kernels that one kind of CPU can run.
///
/// Raw values are what the environment variable `BITEXACT_KERNELS` takes.
package enum KernelSet: String, CaseIterable, Sendable, Codable {
  /// Plain Swift, for every CPU: the counterpart that every other set must equal.
  case portable
  /// x86-64 with AVX2.
  case avx2
  /// x86-64 with AVX-512 VNNI.
  case avx512vnni
  /// AArch64 with the dot-product extension.
  case neon

  /// The sets that this CPU and this build have, slowest first.
  package static var supported: [KernelSet] { [.portable] + KernelTable.rows.map(\.packing.set) }

  /// Whether this CPU, and this build, have the set.
  package var isSupported: Bool { KernelSet.supported.contains(self) }

  /// The fastest set that this CPU has, or the one that `BITEXACT_KERNELS` names if the CPU has it.
  package static var preferred: KernelSet {
    if let name = forcedName, let forced = KernelSet(rawValue: name), forced.isSupported { return forced }
    return KernelSet.supported.last ?? .portable
  }

  /// What is wrong with `BITEXACT_KERNELS`; `nil` where it is not set or names a set that this CPU has.
  package static var environmentFault: String? {
    guard let name = forcedName, KernelSet(rawValue: name)?.isSupported != true else { return nil }
    return "BITEXACT_KERNELS names \"\(name)\", and this CPU and build have "
      + supported.map(\.rawValue).joined(separator: ", ") + "; name one of these or unset it"
  }

  private static var forcedName: String? {
    guard let name = unsafe getenv("BITEXACT_KERNELS") else { return nil }
    return unsafe String(cString: name)
  }
}

extension KernelSet {
  /// The rate of the set's multiply-accumulate instruction alone, in operations per second: the roofline of one thread.
  ///
  /// - Returns: `nil` for a set without such an instruction.
  package func measuredRoofline() -> Double? {
    guard let row = KernelTable.row(self) else { return nil }
    let clock = ContinuousClock()
    var best = 0.0
    for _ in 0..<20 {
      let start = clock.now
      let count = row.roofline(rounds: 20_000)
      best = max(best, Double(count) / ((clock.now - start) / .seconds(1)))
    }
    return best
  }
}
