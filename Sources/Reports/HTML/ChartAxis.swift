/// An axis of numbers with round marks.
struct ChartAxis {
  let low: Double
  let high: Double
  let marks: [Double]
  private let decimals: Int

  /// Spans numbers; room is left where they are all the same.
  init(_ values: [Double], includingZero: Bool = false, marks count: Int = 6) {
    let finite = values.filter(\.isFinite) + (includingZero ? [0] : [])
    let (from, to) = (finite.min() ?? 0, finite.max() ?? 1)
    let span = to > from ? to - from : max(abs(to), 1)
    let raw = span / Double(count)
    // A step of 1, 2 or 5 times a power of ten.
    var unit = 1.0
    while unit > raw { unit /= 10 }
    while unit * 10 <= raw { unit *= 10 }
    let step = [1, 2, 5, 10].map { $0 * unit }.first { $0 >= raw } ?? unit
    low = (from / step).rounded(.down) * step
    high = max((to / step).rounded(.up) * step, low + step)
    marks = stride(from: 0, through: ((high - low) / step).rounded(), by: 1).map { [low] in low + $0 * step }
    var places = 0
    while places < 9, (step * Double((0..<places).reduce(1) { value, _ in value * 10 })) < 0.999 { places += 1 }
    decimals = places
  }

  /// Where a number lies, 0 to 1; what is not finite lies at an end.
  func position(_ value: Double) -> Double {
    value.isFinite ? (value - low) / (high - low) : value == .infinity ? 1 : 0
  }

  /// A number as the axis writes it.
  func label(_ value: Double) -> String {
    decimals == 0 && value.magnitude >= 10_000 ? Format.engineering(value) : Format.number(value, decimals: decimals)
  }
}
