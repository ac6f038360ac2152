/// A table as plain lines for a terminal: title, header, rule, rows, footnotes.
///
/// Columns are two spaces apart, lines have no trailing spaces, and the text has no control sequences unless asked for.
/// A line break in a cell becomes a space; control and format characters of cells, titles and footnotes are escaped.
package struct TextTable: Sendable {
  /// The side on which the cells of a column line up.
  package enum Alignment: Sendable, Hashable {
    /// For words.
    case left
    /// For numbers.
    case right
  }

  /// The head of a column.
  package struct Column: Sendable, Hashable {
    /// The text of the header.
    package var title: String
    /// The side on which header and cells line up.
    package var alignment: Alignment
    /// The greatest width; wider cells end with an ellipsis.
    package var maximumWidth: Int?

    /// Describes a column.
    package init(_ title: String, _ alignment: Alignment = .left, maximumWidth: Int? = nil) {
      self.title = title
      self.alignment = alignment
      self.maximumWidth = maximumWidth
    }
  }

  private enum Line: Sendable {
    case row([String])
    case rule
  }

  /// The columns from left to right.
  package let columns: [Column]
  /// A line above the table.
  package var title: String?
  /// Lines below the table.
  package var footnotes: [String] = []
  private var lines: [Line] = []

  /// Begins a table without rows.
  ///
  /// - Parameters:
  ///   - columns: The columns; no header is written where all titles are empty.
  ///   - title: A line above the table.
  package init(_ columns: [Column], title: String? = nil) {
    self.columns = columns.map { column in
      var column = column
      column.title = column.title.visible
      return column
    }
    self.title = title?.visible
  }

  /// Appends a row.
  ///
  /// - Parameter cells: At most one per column; missing ones are empty.
  /// - Precondition: Not more cells than columns.
  package mutating func add(_ cells: [String]) {
    precondition(cells.count <= columns.count, "a row has more cells than the table has columns")
    let empty = [String](repeating: "", count: columns.count - cells.count)
    let clean = (cells + empty).map { cell in String(cell.map { $0.isNewline || $0 == "\t" ? " " : $0 }).visible }
    lines.append(
      .row(
        zip(clean, columns).map { cell, column in column.maximumWidth.map { TextWidth.truncated(cell, to: $0) } ?? cell
        }))
  }

  /// Appends a rule, for instance above totals.
  package mutating func addRule() {
    lines.append(.rule)
  }

  /// The text of the table.
  ///
  /// - Parameter ansi: Whether title and header are bold by ANSI control sequences.
  /// - Returns: Lines, each with a line break at its end.
  package func render(ansi: Bool = false) -> String {
    let rows: [[String]] = lines.compactMap { line in
      guard case .row(let cells) = line else { return nil }
      return cells
    }
    let widths = columns.indices.map { index in
      rows.map { TextWidth.of($0[index]) }.reduce(TextWidth.of(columns[index].title), max)
    }
    let rule = String(repeating: "─", count: widths.reduce(0, +) + 2 * max(0, widths.count - 1))
    var text: [String] = title.map { [ansi ? Self.bold($0) : $0] } ?? []
    if columns.contains(where: { !$0.title.isEmpty }) {
      let header = line(columns.map(\.title), widths)
      text += [ansi ? Self.bold(header) : header, rule]
    }
    for entry in lines {
      switch entry {
      case .row(let cells): text.append(line(cells, widths))
      case .rule: text.append(rule)
      }
    }
    return (text + footnotes.map(\.visible)).map { $0 + "\n" }.joined()
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var text = zip(zip(cells, widths), columns)
      .map { TextWidth.padded($0.0, to: $0.1, $1.alignment) }.joined(separator: "  ")
    while text.last == " " { text.removeLast() }
    return text
  }

  private static func bold(_ text: String) -> String { "\u{1b}[1m\(text)\u{1b}[0m" }
}
