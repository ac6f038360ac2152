import Foundation
import Reports
import Testing

@Suite("HTML reports")
struct HTMLReportTests {
  private func report(_ blocks: [HTMLReport.Block], title: String = "title") -> String {
    HTMLReport(
      title: title, subtitle: "below", facts: [.init("fact", "42")], commands: ["bitexact 'a b' <x>"],
      sections: [.init("part", note: "note", blocks)]
    ).render()
  }

  /// Whether elements are closed in the order in which they were opened, outside of style and script.
  private func isBalanced(_ html: String) -> Bool {
    var text = html
    for tag in ["style", "script"] {
      while let start = text.range(of: "<\(tag)>"), let end = text.range(of: "</\(tag)>") {
        text.removeSubrange(start.lowerBound..<end.upperBound)
      }
    }
    var open: [Substring] = []
    for match in text.matches(of: /<(\/?)([a-zA-Z0-9]+)[^>]*?(\/?)>/) {
      let (closes, name, isEmpty) = (!match.1.isEmpty, match.2, !match.3.isEmpty)
      if isEmpty || ["meta", "link", "input"].contains(name) { continue }
      if !closes {
        open.append(name)
      } else if open.popLast() != name {
        return false
      }
    }
    return open.isEmpty
  }

  @Test("the file is whole, needs no network, and is the same every time")
  func whole() {
    var table = HTMLTable([.init("name"), .init("number", isNumber: true), .init("bins")], caption: "caption")
    for row in 0..<40 {
      table.add(
        key: "\(row)", [.text("row \(row)"), .number(Double(row), "\(row)"), .histogram([1, 4, 0], [0, 2, 9])])
    }
    let layers = (0..<40).map { LayerChart.Layer(key: "\($0)", tick: "\($0)", label: "layer \($0)") }
    let values = (0..<40).map { $0 % 7 == 3 ? nil : Double($0) }
    let blocks: [HTMLReport.Block] = [
      .table(table),
      .layers(
        LayerChart(
          "chart", unit: "dB", layers: layers,
          series: [.init("line", values), .init("bar", values, isBar: true)], limit: .init("limit", values))),
      .scatter(
        ScatterChart(
          "scatter", x: "x", y: "y",
          points: [
            .init(key: "1", label: "one", x: 1, y: 2, isOnFront: true),
            .init(key: "2", label: "two", x: 2, y: 1, isOnFront: false),
          ])),
      .paragraph("words"),
    ]
    let html = report(blocks)
    #expect(html == report(blocks))
    #expect(isBalanced(html))
    #expect(!html.contains("http://") && !html.contains("https://"))
    #expect(html.contains("<h1>title</h1>") && html.contains("<dd>42</dd>") && html.contains("caption"))
    #expect(html.matches(of: /<tr data-key=/).count == 40)
    // Each layer can be hovered, also one without a number.
    #expect(html.matches(of: /data-tip="layer/).count == 40)
    #expect(html.contains("data-tip=\"layer 3&#10;") || html.contains("layer 3\nline: -"))
  }

  @Test("text cannot break out of its place")
  func escaping() {
    let hostile = #"</td><script>alert("1")</script>&"#
    var table = HTMLTable([.init(hostile)])
    table.add(key: hostile, [.text(hostile)])
    table.add([.sentence(hostile)])
    let chart = LayerChart(
      hostile, unit: hostile, layers: [.init(key: hostile, tick: hostile, label: hostile)],
      series: [.init(hostile, [1])])
    let html = report([.table(table), .layers(chart), .paragraph(hostile)], title: hostile)
    #expect(isBalanced(html))
    #expect(!html.contains("<script>alert"))
    #expect(html.contains("&lt;script&gt;alert(&quot;1&quot;)"))
  }

  @Test("charts of nothing, of one number and of equal numbers say so or stand")
  func edges() {
    let layer = LayerChart.Layer(key: "0", tick: "0", label: "only")
    let none = LayerChart("empty", unit: "", layers: [], series: [])
    let gap = LayerChart("gap", unit: "", layers: [layer], series: [.init("a", [nil])])
    let one = LayerChart("one", unit: "", layers: [layer], series: [.init("a", [3])])
    let html = report([
      .layers(none), .layers(gap), .layers(one), .scatter(ScatterChart("none", x: "", y: "", points: [])),
    ])
    #expect(html.matches(of: /nothing to show/).count == 3)
    #expect(html.matches(of: /<svg class="chart"/).count == 1)
    #expect(!html.contains("nan") && isBalanced(html))
    let huge = LayerChart("huge", unit: "", layers: [layer], series: [.init("a", [1e12])])
    let tiny = LayerChart("tiny", unit: "", layers: [layer], series: [.init("a", [1e-7])])
    #expect(!report([.layers(huge), .layers(tiny)]).contains("nan"))
  }

  @Test("two hundred layers and five hundred points stay small")
  func size() {
    let layers = (0..<200).map {
      LayerChart.Layer(key: "\($0)", tick: "\($0)", label: "layer \($0) with a longer name")
    }
    let values = (0..<200).map { Optional(Double($0 * 37 % 101) / 3) }
    var table = HTMLTable([.init("a"), .init("b")])
    for _ in 0..<200 {
      let bins = (0..<64).map { Double($0 * 7919 % 1000) }
      table.add([.histogram(bins, bins.reversed()), .histogram(bins, [])])
    }
    let points = (0..<500).map { (number: Int) -> ScatterChart.Point in
      let (x, y) = (Double(number % 31), Double(number * 17 % 97))
      return ScatterChart.Point(key: "\(number)", label: "point \(number)", x: x, y: y, isOnFront: number < 9)
    }
    let html = report([
      .layers(LayerChart("a", unit: "dB", layers: layers, series: [.init("x", values), .init("y", values)])),
      .table(table), .scatter(ScatterChart("b", x: "", y: "", points: points)),
    ])
    #expect(html.utf8.count < 2_000_000)
  }
}
