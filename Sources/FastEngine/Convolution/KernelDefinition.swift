/// What a kernel in C reads of a step, at one place in memory for all runs, together with the tables that it points to.
@safe final class KernelDefinition<Definition>: @unchecked Sendable {
  private let memory: UnsafeMutablePointer<Definition>
  private let tables: any Sendable

  /// - Parameters:
  ///   - definition: What the kernel reads.
  ///   - tables: What owns the memory that the definition points to.
  init(_ definition: Definition, keeping tables: any Sendable) {
    unsafe memory = .allocate(capacity: 1)
    unsafe memory.initialize(to: definition)
    self.tables = tables
  }

  deinit {
    unsafe memory.deinitialize(count: 1)
    unsafe memory.deallocate()
  }

  /// The definition's address; valid as long as this object lives.
  @unsafe var pointer: UnsafePointer<Definition> { unsafe UnsafePointer(memory) }
}

/// Where a convolution's windows and output pixels lie in the arena.
struct KernelPlace: Sendable {
  /// The bytes at which input and output begin.
  let input: Int
  let output: Int
  let inputOffsets: Table<Int32>
  let outputOffsets: Table<Int32>

  init(_ plan: ConvolutionPlan) {
    (input, output) = (plan.input.offset, plan.output.offset)
    (inputOffsets, outputOffsets) = (plan.inputOffsets, plan.outputOffsets)
  }
}
