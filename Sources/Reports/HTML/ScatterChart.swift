/// Points of two numbers, with a front drawn through the best ones.
package struct ScatterChart: Sendable {
  /// A point.
  package struct Point: Sendable {
    let key: String
    let label: String
    let x: Double
    let y: Double
    let isOnFront: Bool

    /// Creates a point.
    ///
    /// - Parameters:
    ///   - key: The key of its row.
    ///   - label: What a hover says.
    ///   - x: The number across.
    ///   - y: The number up.
    ///   - isOnFront: Whether the front goes through it.
    package init(key: String, label: String, x: Double, y: Double, isOnFront: Bool) {
      (self.key, self.label, self.x, self.y, self.isOnFront) = (key, label, x, y, isOnFront)
    }
  }

  private let title: String
  private let xTitle: String
  private let yTitle: String
  private let points: [Point]

  /// Creates a chart.
  package init(_ title: String, x: String, y: String, points: [Point]) {
    (self.title, xTitle, yTitle, self.points) = (title, x, y, points)
  }

  private static let (width, height) = (1000.0, 380.0)
  private static let (left, right, top, bottom) = (64.0, 16.0, 22.0, 46.0)

  var html: String {
    guard !points.isEmpty else { return "<p class=\"note\">\(HTMLText.escaped(title)): nothing to show</p>" }
    let (across, up) = (ChartAxis(points.map(\.x), marks: 10), ChartAxis(points.map(\.y)))
    let inner = (Self.width - Self.left - Self.right, Self.height - Self.top - Self.bottom)
    func x(_ value: Double) -> Double { Self.left + across.position(value) * inner.0 }
    func y(_ value: Double) -> Double { Self.top + (1 - up.position(value)) * inner.1 }
    let at = HTMLText.coordinate
    let escape = HTMLText.escaped
    var svg = ""
    for mark in up.marks {
      svg +=
        "<line class=\"grid\" x1=\"\(at(Self.left))\" x2=\"\(at(Self.width - Self.right))\" y1=\"\(at(y(mark)))\" "
        + "y2=\"\(at(y(mark)))\"/><text x=\"\(at(Self.left - 6))\" y=\"\(at(y(mark) + 4))\" text-anchor=\"end\">"
        + "\(escape(up.label(mark)))</text>"
    }
    for mark in across.marks {
      svg +=
        "<text x=\"\(at(x(mark)))\" y=\"\(at(Self.height - 26))\" text-anchor=\"middle\">\(escape(across.label(mark)))</text>"
    }
    svg +=
      "<text x=\"\(at(Self.width - Self.right))\" y=\"\(at(Self.height - 8))\" text-anchor=\"end\">\(escape(xTitle))</text>"
    svg += "<text x=\"\(at(8))\" y=\"12\">\(escape(yTitle))</text>"
    let front = points.filter(\.isOnFront).sorted { ($0.x, $0.y) < ($1.x, $1.y) }
    for (number, point) in front.enumerated() {
      if number == 0 {
        svg += "<path class=\"front\" d=\"M\(at(x(point.x))) \(at(y(point.y)))"
      } else {
        svg += "H\(at(x(point.x)))V\(at(y(point.y)))"
      }
    }
    if !front.isEmpty { svg += "\"/>" }
    for point in points.filter({ !$0.isOnFront }) + front {
      svg +=
        "<circle class=\"dot \(point.isOnFront ? "s0" : "off")\" cx=\"\(at(x(point.x)))\" cy=\"\(at(y(point.y)))\" "
        + "r=\"\(point.isOnFront ? 5 : 4)\" data-key=\"\(escape(point.key))\" data-tip=\"\(escape(point.label))\"/>"
    }
    return """
      <figure><div class="scroll"><svg class="chart" tabindex="0" role="img" viewBox="0 0 \(Int(Self.width)) \
      \(Int(Self.height))" aria-label="\(escape(title)); arrow keys walk along the points">\(svg)</svg></div>\
      <figcaption>\(escape(title))</figcaption></figure>
      """
  }
}
