/// Numbers by layer: lines or bars over the layers in the order in which they run, with limits drawn in.
package struct LayerChart: Sendable {
  /// One number for each layer.
  package struct Series: Sendable {
    let name: String
    let values: [Double?]
    let isBar: Bool

    /// Creates a series.
    ///
    /// - Parameters:
    ///   - name: What the key says.
    ///   - values: One for each layer; `nil` where there is none.
    ///   - isBar: Whether it is drawn as bars rather than a line.
    package init(_ name: String, _ values: [Double?], isBar: Bool = false) {
      (self.name, self.values, self.isBar) = (name, values, isBar)
    }
  }

  /// A number that is not to be crossed, one for each layer.
  package struct Limit: Sendable {
    let name: String
    let values: [Double?]

    /// Creates a limit.
    package init(_ name: String, _ values: [Double?]) { (self.name, self.values) = (name, values) }
  }

  /// A layer.
  package struct Layer: Sendable {
    let key: String
    let tick: String
    let label: String

    /// Creates a layer.
    ///
    /// - Parameters:
    ///   - key: The key of its rows.
    ///   - tick: What the axis says.
    ///   - label: What a hover says.
    package init(key: String, tick: String, label: String) { (self.key, self.tick, self.label) = (key, tick, label) }
  }

  private let title: String
  private let unit: String
  private let layers: [Layer]
  private let series: [Series]
  private let limit: Limit?

  /// Creates a chart.
  ///
  /// - Parameters:
  ///   - title: What it shows, for those who cannot see it too.
  ///   - unit: The unit of the numbers.
  ///   - layers: The layers, in the order in which they run.
  ///   - series: At most four lines, or two series of bars.
  ///   - limit: A limit; `nil` for none.
  package init(
    _ title: String, unit: String, layers: [Layer], series: [Series], limit: Limit? = nil
  ) {
    self.title = title
    self.unit = unit
    self.layers = layers
    self.series = series
    self.limit = limit
  }

  private static let (width, height) = (1000.0, 260.0)
  private static let (left, right, top, bottom) = (48.0, 12.0, 22.0, 30.0)

  var html: String {
    let numbers = series.flatMap { $0.values.compactMap(\.self) } + (limit?.values.compactMap(\.self) ?? [])
    guard !numbers.isEmpty, !layers.isEmpty else {
      return "<p class=\"note\">\(HTMLText.escaped(title)): nothing to show</p>"
    }
    let axis = ChartAxis(numbers, includingZero: series.contains(where: \.isBar))
    let inner = (Self.width - Self.left - Self.right, Self.height - Self.top - Self.bottom)
    let band = inner.0 / Double(layers.count)
    func x(_ layer: Int) -> Double { Self.left + (Double(layer) + 0.5) * band }
    func y(_ value: Double) -> Double { Self.top + (1 - axis.position(value)) * inner.1 }
    let at = HTMLText.coordinate
    var svg = "<text x=\"8\" y=\"12\">\(HTMLText.escaped(unit))</text>"
    for mark in axis.marks {
      svg +=
        "<line class=\"grid\" x1=\"\(at(Self.left))\" x2=\"\(at(Self.width - Self.right))\" y1=\"\(at(y(mark)))\" "
        + "y2=\"\(at(y(mark)))\"/><text x=\"\(at(Self.left - 6))\" y=\"\(at(y(mark) + 4))\" text-anchor=\"end\">"
        + "\(HTMLText.escaped(axis.label(mark)))</text>"
    }
    let every = max(1, layers.count / 16)
    for layer in stride(from: 0, to: layers.count, by: every) {
      svg +=
        "<text x=\"\(at(x(layer)))\" y=\"\(at(Self.height - 12))\" text-anchor=\"middle\">"
        + "\(HTMLText.escaped(layers[layer].tick))</text>"
    }
    let bars = series.filter(\.isBar)
    for (number, entry) in series.enumerated() {
      if entry.isBar {
        let place = bars.firstIndex { $0.name == entry.name } ?? 0
        let width = band * 0.8 / Double(max(bars.count, 1))
        for (layer, value) in entry.values.enumerated() {
          guard let value else { continue }
          let start = x(layer) - band * 0.4 + Double(place) * width
          svg +=
            "<rect class=\"bar s\(number)\" x=\"\(at(start))\" y=\"\(at(y(value)))\" width=\"\(at(max(width, 0.5)))\" "
            + "height=\"\(at(max(y(axis.low) - y(value), 0)))\"/>"
        }
      } else {
        svg += "<path class=\"line s\(number)\" d=\"\(Self.path(entry.values, x, y))\"/>"
        for (layer, value) in entry.values.enumerated() where layers.count <= 100 {
          if let value {
            svg += "<circle class=\"s\(number)\" cx=\"\(at(x(layer)))\" cy=\"\(at(y(value)))\" r=\"1.8\"/>"
          }
        }
      }
    }
    if let limit { svg += "<path class=\"limit\" d=\"\(Self.path(limit.values, x, y))\"/>" }
    // One transparent band for each layer takes the pointer.
    for (layer, entry) in layers.enumerated() {
      let lines =
        series.map { "\($0.name): \(text($0.values[layer]))" }
        + (limit.map { ["\($0.name): \(text($0.values[layer]))"] } ?? [])
      let tip = ([entry.label] + lines).joined(separator: "\n")
      svg +=
        "<rect x=\"\(at(x(layer) - band / 2))\" y=\"\(at(Self.top))\" width=\"\(at(band))\" height=\"\(at(inner.1))\" "
        + "fill=\"transparent\" data-key=\"\(HTMLText.escaped(entry.key))\" data-tip=\"\(HTMLText.escaped(tip))\"/>"
    }
    return """
      <figure><div class="keys">\(keys)</div><div class="scroll"><svg class="chart" tabindex="0" role="img" \
      viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" aria-label="\(HTMLText.escaped(title)); arrow keys walk along the \
      layers">\(svg)</svg></div><figcaption>\(HTMLText.escaped(title))</figcaption></figure>
      """
  }

  private func text(_ value: Double?) -> String {
    guard let value else { return "-" }
    let number = value == value.rounded() ? Format.number(value, decimals: 0) : Format.number(value, decimals: 2)
    return unit.isEmpty ? number : "\(number) \(unit)"
  }

  private var keys: String {
    let entries = series.enumerated().map { number, entry in
      "<span><i class=\"\(entry.isBar ? "b" : "s")\(number)\"></i>\(HTMLText.escaped(entry.name))</span>"
    }
    let line = limit.map { "<span><i class=\"limit\"></i>\(HTMLText.escaped($0.name))</span>" } ?? ""
    return entries.joined() + line
  }

  /// A line through the numbers that there are, across operators that have none.
  private static func path(_ values: [Double?], _ x: (Int) -> Double, _ y: (Double) -> Double) -> String {
    var path = ""
    var isDown = false
    for (layer, value) in values.enumerated() {
      guard let value else { continue }
      path += "\(isDown ? "L" : "M")\(HTMLText.coordinate(x(layer))) \(HTMLText.coordinate(y(value)))"
      // A single number shows as a short line.
      if !isDown { path += "h0.1" }
      isDown = true
    }
    return path
  }
}
