internal import CKernels

/// The kernel sets written in C, one row for each that this CPU and this build have.
///
/// A new set is a case of ``KernelSet``, a row here and its C functions: planning, benchmarks and tests follow the rows.
enum KernelTable {
  /// The rows, slowest set first.
  static let rows: [KernelRow] = [avx512vnni].compactMap(\.self)

  /// The row of a set; `nil` for plain Swift and for what this CPU lacks.
  static func row(_ set: KernelSet) -> KernelRow? { rows.first { $0.set == set } }

  /// VPDPBUSD multiplies four unsigned bytes with four signed ones in each of 16 lanes.
  private static let avx512vnni = unsafe KernelRow(
    .avx512vnni, bx_kernels_avx512vnni(),
    convolution: WeightPacking(
      lanes: 16, panelSizes: [4, 2, 1], tapsPerGroup: 4, element: .int8, activationOffset: 0),
    depthwise: WeightPacking(lanes: 16, panelSizes: [4], tapsPerGroup: 4, element: .int8, activationOffset: 0),
    dealsColumns: true, forms: [.shift, .double, .single, .float64, .float32])
}

/// One kernel set: how its weights are packed, and its functions.
@safe struct KernelRow: @unchecked Sendable {
  let set: KernelSet
  /// The weights of convolutions over channels.
  let convolution: WeightPacking
  /// The weights of convolutions with one filter for each channel.
  let depthwise: WeightPacking
  /// Whether the depthwise kernel wants the taps of a 3 × 3 filter column by column.
  let dealsColumns: Bool
  /// The output forms that the kernels have.
  let forms: Set<OutputForm.Kind>
  private let functions: bx_kernels

  /// A row, or `nil` where there are no functions.
  fileprivate init?(
    _ set: KernelSet, _ functions: UnsafePointer<bx_kernels>?, convolution: WeightPacking, depthwise: WeightPacking,
    dealsColumns: Bool = false, forms: Set<OutputForm.Kind> = [.shift, .double, .single]
  ) {
    guard let functions = unsafe functions else { return nil }
    self.set = set
    self.functions = unsafe functions.pointee
    self.convolution = convolution
    self.depthwise = depthwise
    self.dealsColumns = dealsColumns
    self.forms = forms
  }

  /// The name that benchmarks print.
  var name: String { self.set.rawValue }

  /// A convolution over channels.
  @unsafe var convolve: Convolve { unsafe functions.convolve }
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
