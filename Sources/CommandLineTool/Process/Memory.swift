import Foundation

/// How the C library handles memory.
enum Memory {
  /// Lets memory that large arrays leave behind serve the next ones; call before threads are started.
  ///
  /// Without it each activation of each sample is pages that the system takes back, clears and gives again: a tenth of a
  /// re-quantization's time. Only glibc has the choice.
  static func keepWhatIsFreed() {
    #if canImport(Glibc)
      // Swift's module of the library leaves `malloc.h` out.
      guard let symbol = unsafe dlsym(nil, "mallopt") else { return }
      let setOption = unsafe unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)
      let (trimThreshold, mappingThreshold, heaps): (Int32, Int32, Int32) = (-1, -3, -8)
      // The largest threshold that there is. One heap for all threads, for others give theirs back at once.
      _ = setOption(mappingThreshold, 32 << 20)
      _ = setOption(trimThreshold, 1 << 30)
      _ = setOption(heaps, 1)
    #endif
  }
}
