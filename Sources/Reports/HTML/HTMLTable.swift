/// A table of a report; every column can be sorted, rows can be filtered by words.
package struct HTMLTable: Sendable {
  /// A column.
  package struct Column: Sendable {
    let title: String
    let isNumber: Bool

    /// Describes a column.
    ///
    /// - Parameters:
    ///   - title: The heading.
    ///   - isNumber: Whether cells are numbers, which are sorted as such.
    package init(_ title: String, isNumber: Bool = false) { (self.title, self.isNumber) = (title, isNumber) }
  }

  /// A cell.
  package enum Cell: Sendable {
    /// Words on one line; what does not fit shows when the pointer rests on it, and on paper.
    case text(String)
    /// Words on as many lines as they need.
    case sentence(String)
    /// A number and how it is written; `nil` for none.
    case number(Double?, String)
    /// Two distributions over the same bins: the first filled, the second as a line.
    case histogram([Double], [Double])
  }

  private let columns: [Column]
  private var rows: [(key: String, cells: [Cell])] = []
  private let caption: String

  /// Begins a table.
  ///
  /// - Parameters:
  ///   - columns: The columns.
  ///   - caption: What stands below it.
  package init(_ columns: [Column], caption: String = "") { (self.columns, self.caption) = (columns, caption) }

  /// Appends a row.
  ///
  /// - Parameters:
  ///   - key: What a chart's mark of the same thing has as its key; empty for none.
  ///   - cells: One for each column.
  package mutating func add(key: String = "", _ cells: [Cell]) {
    precondition(cells.count == columns.count, "a row has a cell for each column")
    rows.append((key, cells))
  }

  var html: String {
    let head = columns.map { column in
      "<th\(column.isNumber ? " class=\"n\"" : "") scope=\"col\"><button>\(HTMLText.escaped(column.title))</button></th>"
    }
    let body = rows.map { row in
      let key = row.key.isEmpty ? "" : " data-key=\"\(HTMLText.escaped(row.key))\""
      return "<tr\(key)>\(row.cells.map(Self.html).joined())</tr>"
    }
    let filter =
      rows.count > 12
      ? "<label class=\"filter\"><span class=\"sr\">Filter rows</span>"
        + "<input type=\"search\" placeholder=\"filter: words that a row contains\"></label>" : ""
    let note = caption.isEmpty ? "" : "<figcaption>\(HTMLText.escaped(caption))</figcaption>"
    return """
      <figure>\(filter)<div class="scroll\(rows.count > 24 ? " tall" : "")" tabindex="0"><table><thead><tr>\
      \(head.joined())</tr></thead>
      <tbody>\(body.joined(separator: "\n"))</tbody></table></div>\(note)</figure>
      """
  }

  private static func html(_ cell: Cell) -> String {
    switch cell {
    case .text(let text):
      "<td class=\"name\"\(text.count > 24 ? " title=\"\(HTMLText.escaped(text))\"" : "")>\(HTMLText.escaped(text))</td>"
    case .sentence(let text): "<td class=\"long\">\(HTMLText.escaped(text))</td>"
    case .number(let value, let text):
      "<td class=\"n\" data-v=\"\(value.map { "\($0)" } ?? "")\">\(HTMLText.escaped(text))</td>"
    case .histogram(let filled, let line): "<td>\(Histogram.svg(filled, line))</td>"
    }
  }
}

/// Two small distributions on top of each other.
enum Histogram {
  static func svg(_ filled: [Double], _ line: [Double]) -> String {
    let top = (filled + line).max() ?? 0
    guard top > 0 else { return "" }
    // Counts span decades: the square root shows tails beside the peak.
    func heights(_ values: [Double]) -> [Double] { values.map { 28 * (max($0, 0) / top).squareRoot() } }
    func points(_ values: [Double]) -> String {
      let width = 120 / Double(max(values.count, 1))
      return heights(values).enumerated().map { index, height in
        let (left, right) = (Double(index) * width, Double(index + 1) * width)
        let y = HTMLText.coordinate(29 - height)
        return "L\(HTMLText.coordinate(left)) \(y)L\(HTMLText.coordinate(right)) \(y)"
      }.joined()
    }
    var paths = ""
    if !filled.isEmpty { paths += "<path class=\"s0\" d=\"M0 29\(points(filled))L120 29Z\"/>" }
    if !line.isEmpty { paths += "<path class=\"s1\" d=\"M0 29\(points(line))\"/>" }
    return "<svg class=\"spark\" viewBox=\"0 0 120 30\" aria-hidden=\"true\">\(paths)</svg>"
  }
}
