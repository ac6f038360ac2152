/// A report as one HTML file that needs no network: tables that can be sorted and filtered, charts as SVG.
package struct HTMLReport: Sendable {
  /// A number or a word that stands at the top.
  package struct Fact: Sendable {
    let name: String
    let value: String

    /// Creates a fact.
    package init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
  }

  /// A part of a report.
  package struct Section: Sendable {
    let title: String
    let note: String
    let blocks: [Block]

    /// Creates a part.
    ///
    /// - Parameters:
    ///   - title: The heading.
    ///   - note: What a reader must know to read it.
    ///   - blocks: What it shows.
    package init(_ title: String, note: String = "", _ blocks: [Block]) {
      (self.title, self.note, self.blocks) = (title, note, blocks)
    }
  }

  /// What a part shows.
  package enum Block: Sendable {
    /// A table.
    case table(HTMLTable)
    /// Numbers by layer.
    case layers(LayerChart)
    /// Points of two numbers.
    case scatter(ScatterChart)
    /// Sentences.
    case paragraph(String)
  }

  private let title: String
  private let subtitle: String
  private let facts: [Fact]
  private let commands: [String]
  private let sections: [Section]

  /// Creates a report.
  ///
  /// - Parameters:
  ///   - title: The heading.
  ///   - subtitle: A sentence below it.
  ///   - facts: The numbers that matter most.
  ///   - commands: The command lines that made it.
  ///   - sections: Its parts.
  package init(title: String, subtitle: String, facts: [Fact], commands: [String], sections: [Section]) {
    self.title = title
    self.subtitle = subtitle
    self.facts = facts
    self.commands = commands
    self.sections = sections
  }

  /// The file's text; equal reports give equal text.
  package func render() -> String {
    let escape = HTMLText.escaped
    let facts = facts.map { "<div><dt>\(escape($0.name))</dt><dd>\(escape($0.value))</dd></div>" }.joined()
    let links = sections.enumerated().map { "<a href=\"#s\($0)\">\(escape($1.title))</a>" }.joined()
    let parts = sections.enumerated().map { number, section in
      let note = section.note.isEmpty ? "" : "<p class=\"note\">\(escape(section.note))</p>"
      let blocks = section.blocks.map { Self.html($0) }.joined(separator: "\n")
      return "<section id=\"s\(number)\"><h2>\(escape(section.title))</h2>\(note)\n\(blocks)</section>"
    }
    let made = commands.map { escape($0) }.joined(separator: "\n")
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(escape(title))</title>
      <link rel="icon" href="data:,">
      <style>
      \(HTMLText.embedded("report.css"))</style>
      </head>
      <body>
      <header><h1>\(escape(title))</h1><p class="soft">\(escape(subtitle))</p>
      <dl class="facts">\(facts)</dl><nav aria-label="Parts">\(links)</nav></header>
      <main>
      \(parts.joined(separator: "\n"))
      <section><h2>Made by</h2><pre>\(made)</pre></section>
      </main>
      <script>
      \(HTMLText.embedded("report.js"))</script>
      </body>
      </html>

      """
  }

  private static func html(_ block: Block) -> String {
    switch block {
    case .table(let table): table.html
    case .layers(let chart): chart.html
    case .scatter(let chart): chart.html
    case .paragraph(let text): "<p>\(HTMLText.escaped(text))</p>"
    }
  }
}
