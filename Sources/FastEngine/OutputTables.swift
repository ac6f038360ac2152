internal import CKernels
internal import FixedPoint
internal import HardwareProfile
internal import Network
internal import Simulation

/// An output form as the tables that kernels in C read, one entry per lane.
struct OutputTables: Sendable {
  private let form: OutputForm
  private let outputBias: Int32
  private let hasTies: Bool
  private let hasLeft: Bool
  private let multiplier: Table<Int32>
  private let left: Table<Int32>
  private let right: Table<Int32>
  private let add: Table<Int32>
  private let negative: Table<Int32>
  private let odd: Table<Int32>
  private let round: Table<Int64>

  /// - Precondition: The form is not `general`.
  init(_ form: OutputForm, _ lanes: LaneOrder, outputBias: Int32) {
    self.form = form
    self.outputBias = outputBias
    hasTies = form.kind == .shift && (form.negative + form.odd).contains { $0 != 0 }
    hasLeft = form.left.contains { $0 != 0 }
    let count = form.right.count
    func table(_ values: [Int64]) -> Table<Int32> {
      Table(values.isEmpty ? [] : lanes.map(upTo: count, zero: 0) { Int32(truncatingIfNeeded: values[$0]) }, zero: 0)
    }
    multiplier = table(form.multiplier)
    left = table(form.left.map(Int64.init))
    right = table(form.right.map(Int64.init))
    switch form.kind {
    case .double:
      add = table([])
      negative = table(form.right.map { $0 == 0 ? 0 : 1 })
      odd = table(form.right.map { $0 == 0 ? 0 : 1 << Int64($0 - 1) })
    default:
      let zero = form.stage.zeroPoint + Int64(outputBias)
      add = table(zip(form.add, form.right).map { $0 + zero << Int64($1) })
      negative = table(form.negative)
      odd = table(form.odd)
    }
    round = Table(OutputTables.rounds(form, lanes, count), zero: 0)
  }

  /// The rounding constants of products, for each vector of lanes the even ones and then the odd ones.
  private static func rounds(_ form: OutputForm, _ lanes: LaneOrder, _ count: Int) -> [Int64] {
    guard form.kind == .single else { return [] }
    let ordered = lanes.map(upTo: count, zero: Int64(0)) { form.right[$0] == 0 ? 0 : 1 << Int64(form.right[$0] - 1) }
    let vector = lanes.vectorLanes
    return stride(from: 0, to: ordered.count, by: vector).flatMap { start in
      stride(from: 0, to: vector, by: 2).map { ordered[start + $0] }
        + stride(from: 1, to: vector, by: 2).map { ordered[start + $0] }
    }
  }

  /// What a shift without ties adds to every sum stands in the bias: the rounding constant and the zero point.
  func addedToBias(_ channel: Int) -> Int64 {
    guard form.kind == .shift, !hasTies else { return 0 }
    return form.add[channel] + (form.stage.zeroPoint + Int64(outputBias)) << Int64(form.right[channel])
  }

  /// The tables' addresses; valid as long as this value lives.
  @unsafe var value: bx_output {
    let kind =
      switch form.kind {
      case .double: bx_requantize_double
      case .single: bx_requantize_single
      case .shift, .general: bx_requantize_shift
      }
    return unsafe bx_output(
      kind: kind, has_left: hasLeft, has_ties: hasTies, multiplier: multiplier.pointer, left: left.pointer,
      right: right.pointer, add: add.pointer, negative: negative.pointer, odd: odd.pointer, round: round.pointer,
      zero_point: Int32(form.stage.zeroPoint) + outputBias, low: UInt8(form.stage.low + Int64(outputBias)),
      high: UInt8(form.stage.high + Int64(outputBias)))
  }
}
