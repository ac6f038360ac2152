internal import CKernels

/// The kernel sets written in C.
///
/// A new set is a case of ``KernelSet``, a row here and its C functions: planning, benchmarks and tests follow the rows.
enum KernelTable {
  /// What each set wants in memory, slowest set of a kind of CPU first, whether this CPU has it or not.
  static let packings: [KernelPacking] = [avx2, avx512vnni, neon]

  /// The sets that this CPU and this build have.
  static let rows: [KernelRow] = packings.compactMap(KernelRow.init)

  /// The row of a set; `nil` for plain Swift and for what this CPU lacks.
  static func row(_ set: KernelSet) -> KernelRow? { rows.first { $0.packing.set == set } }

  /// VPMADDWD multiplies two widened bytes with two weights of 16 bits in each of 8 lanes.
  private static let avx2 = KernelPacking(
    set: .avx2,
    convolution: WeightPacking(lanes: 8, panelSizes: [2, 1], tapsPerGroup: 2, element: .int16, activationOffset: 0),
    depthwise: WeightPacking(lanes: 8, panelSizes: [4], tapsPerGroup: 2, element: .int16, activationOffset: 0),
    dealsColumns: false, forms: [.shift, .double, .single, .float64, .float32])

  /// VPDPBUSD multiplies four unsigned bytes with four signed ones in each of 16 lanes.
  private static let avx512vnni = KernelPacking(
    set: .avx512vnni,
    convolution: WeightPacking(
      lanes: 16, panelSizes: [4, 2, 1], tapsPerGroup: 4, element: .int8, activationOffset: 0, pixelsToShare: 4,
      gathersTails: true),
    depthwise: WeightPacking(lanes: 16, panelSizes: [4], tapsPerGroup: 4, element: .int8, activationOffset: 0),
    dealsColumns: true, forms: [.shift, .double, .single, .float64, .float32])

  /// SDOT multiplies four signed bytes with four others in each of 4 lanes; SMLAL multiplies what is widened.
  private static let neon = KernelPacking(
    set: .neon,
    convolution: WeightPacking(
      lanes: 4, panelSizes: [4, 2, 1], tapsPerGroup: 4, element: .int8, activationOffset: 128),
    depthwise: WeightPacking(lanes: 4, panelSizes: [4], tapsPerGroup: 1, element: .int16, activationOffset: 0),
    dealsColumns: false, forms: [.shift, .double, .single, .float64, .float32])
}

/// What the kernels of a set want in memory.
struct KernelPacking: Sendable {
  let set: KernelSet
  /// The weights of convolutions over channels.
  let convolution: WeightPacking
  /// The weights of convolutions with one filter for each channel.
  let depthwise: WeightPacking
  /// Whether the depthwise kernel wants the taps of a 3 × 3 filter column by column.
  let dealsColumns: Bool
  /// The output forms that the kernels have.
  let forms: Set<OutputForm.Kind>
}

/// One kernel set that this CPU can run.
@safe struct KernelRow: @unchecked Sendable {
  let packing: KernelPacking
  private let functions: bx_kernels

  /// The functions behind a packing, or `nil` where this CPU or this build lacks them.
  init?(_ packing: KernelPacking) {
    guard let functions = unsafe KernelRow.functions(packing.set) else { return nil }
    self.packing = packing
    self.functions = unsafe functions.pointee
  }

  private static func functions(_ set: KernelSet) -> UnsafePointer<bx_kernels>? {
    switch set {
    case .portable: nil
    case .avx2: unsafe bx_kernels_avx2()
    case .avx512vnni: unsafe bx_kernels_avx512vnni()
    case .neon: unsafe bx_kernels_neon()
    }
  }

  /// The name that benchmarks print.
  var name: String { packing.set.rawValue }

  /// A convolution over channels.
  @unsafe var convolve: Convolve { unsafe functions.convolve }
  /// The integers of scratch space that a convolution of so many pixels needs.
  @unsafe func scratch(_ convolution: UnsafePointer<bx_convolution>, pixels: Int32) -> Int {
    unsafe Int(functions.scratch(convolution, pixels))
  }
  /// A convolution with one filter for each channel.
  @unsafe var convolveDepthwise: Depthwise { unsafe functions.depthwise }
  /// An addition of two rows.
  @unsafe var add: Add { unsafe functions.add }
  /// The multiply-accumulate instruction alone.
  func roofline(rounds: Int64) -> Int64 { functions.roofline(rounds) }
}

extension KernelRow {
  typealias Convolve =
    @convention(c) (
      UnsafePointer<bx_convolution>?, UnsafePointer<UInt8>?, UnsafePointer<Int32>?, UnsafeMutablePointer<UInt8>?,
      UnsafePointer<Int32>?, Int32, Int32, UnsafeMutablePointer<Int32>?
    ) -> Void
  typealias Depthwise =
    @convention(c) (
      UnsafePointer<bx_depthwise>?, UnsafePointer<UInt8>?, UnsafePointer<Int32>?, UnsafeMutablePointer<UInt8>?,
      UnsafePointer<Int32>?, Int32, Int32
    ) -> Void
  typealias Add =
    @convention(c) (
      UnsafePointer<bx_addition>?, UnsafePointer<UInt8>?, UnsafePointer<UInt8>?, UnsafeMutablePointer<UInt8>?, Int64
    ) -> Void
}
