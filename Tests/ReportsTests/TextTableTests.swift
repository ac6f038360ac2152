import Reports
import Testing

@Suite struct TextTableTests {
  private func operators() -> TextTable {
    var table = TextTable([.init("operator"), .init("time", .right), .init("note")], title: "Operators")
    table.add(["CONV_2D", "12.3 µs", "3→8 channels"])
    table.add(["ADD", "850 ns", ""])
    return table
  }

  @Test func columnsLineUp() {
    var table = operators()
    table.addRule()
    table.add(["total", "13.2 µs"])
    table.footnotes = ["σ is not shown."]
    #expect(
      table.render() == """
        Operators
        operator     time  note
        ───────────────────────────────
        CONV_2D   12.3 µs  3→8 channels
        ADD        850 ns
        ───────────────────────────────
        total     13.2 µs
        σ is not shown.

        """)
  }

  @Test func controlSequencesOnlyWhenAskedFor() {
    let plain = operators().render()
    #expect(!plain.contains("\u{1b}"))
    let bold = operators().render(ansi: true)
    #expect(bold.hasPrefix("\u{1b}[1mOperators\u{1b}[0m\n\u{1b}[1moperator     time  note\u{1b}[0m\n───"))
    #expect(bold.replacing("\u{1b}[1m", with: "").replacing("\u{1b}[0m", with: "") == plain)
  }

  @Test func longCellsEndWithAnEllipsis() {
    var table = TextTable([.init("name", maximumWidth: 6), .init("n", .right)])
    table.add(["abcdef", "1"])
    table.add(["abcdefg", "22"])
    #expect(table.render() == "name     n\n──────────\nabcdef   1\nabcde…  22\n")
  }

  @Test func lineBreaksInCellsBecomeSpaces() {
    var table = TextTable([.init("a"), .init("b")])
    table.add(["x\ny\tz\r\n", "1"])
    #expect(table.render() == "a       b\n─────────\nx y z   1\n")
  }

  @Test func wideCharactersTakeTwoCells() {
    var table = TextTable([.init(""), .init("", .right)])
    table.add(["日本", "1"])
    table.add(["abcd", "22"])
    table.add(["é\u{301}", "3"])
    #expect(table.render() == "日本   1\nabcd  22\né\u{301}      3\n")
  }

  @Test func aTableWithoutRowsHasAHeader() {
    #expect(TextTable([.init("a"), .init("bc")]).render() == "a  bc\n─────\n")
    #expect(TextTable([]).render() == "")
  }
}
