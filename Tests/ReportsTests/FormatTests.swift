import Reports
import Testing

@Suite struct FormatTests {
  @Test(
    arguments: [
      (0.0, 0, "0"), (0.0, 2, "0.00"), (-0.0, 1, "0.0"), (-0.04, 1, "0.0"), (-0.06, 1, "-0.1"), (3.14159, 2, "3.14"),
      (-3.14159, 4, "-3.1416"), (0.125, 2, "0.12"), (0.375, 2, "0.38"), (0.5, 0, "0"), (1.5, 0, "2"), (2.5, 0, "2"),
      (-2.5, 0, "-2"), (0.135, 2, "0.14"), (1.005, 2, "1.00"), (0.1, 15, "0.100000000000000"), (9.995, 2, "9.99"),
      (999.999, 2, "1000.00"), (1e-300, 3, "0.000"), (.leastNonzeroMagnitude, 15, "0.000000000000000"),
      (1e15, 3, "1000000000000000.000"),
      (99_999_999_999_999_983_616, 0, "99999999999999983616"), (1e20, 2, "1e+20"), (.infinity, 2, "inf"),
      (-.infinity, 2, "-inf"), (.nan, 2, "nan"), (0.062, 3, "0.062"), (12.05, 1, "12.1"), (12.04999, 1, "12.0"),
    ] as [(Double, Int, String)])
  func numbersAreRoundedExactly(value: Double, decimals: Int, text: String) {
    #expect(Format.number(value, decimals: decimals) == text)
  }

  /// For eighths, two decimals are a tie or exact; the expectation is computed in integers.
  @Test func tiesGoToEven() {
    for eighths in -4000...4000 {
      let thousandths = abs(eighths) * 125
      var hundredths = thousandths / 10
      let rest = thousandths % 10
      if rest > 5 || (rest == 5 && hundredths % 2 == 1) { hundredths += 1 }
      let fraction = hundredths % 100
      let text =
        (eighths < 0 && hundredths > 0 ? "-" : "") + "\(hundredths / 100)." + (fraction < 10 ? "0" : "")
        + "\(fraction)"
      #expect(Format.number(Double(eighths) / 8, decimals: 2) == text)
    }
  }

  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"), (Int.min, "-9,223,372,036,854,775,808"),
  ]) func integersAreGrouped(value: Int, text: String) {
    #expect(Format.integer(value) == text)
  }

  @Test func percentages() {
    #expect(Format.percent(0.624) == "62.4 %")
    #expect(Format.percent(1, decimals: 0) == "100 %")
    #expect(Format.percent(-0.05, decimals: 2) == "-5.00 %")
    #expect(Format.percent(312, of: 500) == "62.4 %")
    #expect(Format.percent(500, of: 500) == "100.0 %")
    #expect(Format.percent(0, of: 500) == "0.0 %")
    #expect(Format.percent(9999, of: 10_000) == ">99.9 %")
    #expect(Format.percent(1, of: 10_000) == "<0.1 %")
    #expect(Format.percent(9999, of: 10_000, decimals: 2) == "99.99 %")
    #expect(Format.percent(999, of: 1000, decimals: 0) == ">99 %")
    #expect(Format.percent(0, of: 0) == "-")
  }

  @Test(
    arguments: [
      (0, "0"), (312, "312"), (999, "999"), (1000, "1.00 k"), (1234, "1.23 k"), (12_345, "12.3 k"), (123_456, "123 k"),
      (999_499, "999 k"), (999_500, "1.00 M"), (9995, "10.0 k"), (99_950, "100 k"), (1_234_567_890, "1.23 G"),
      (1e18, "1.00 E"), (1e22, "10000 E"), (-1500, "-1.50 k"), (8.4, "8.40"), (99.96, "100"), (999.7, "1.00 k"),
      (0.5, "0.500"), (.infinity, "inf"),
    ] as [(Double, String)]) func threeDigitsWithAPrefix(value: Double, text: String)
  {
    #expect(Format.engineering(value) == text)
  }

  @Test func unitsAndBytes() {
    #expect(Format.engineering(4.5e9, unit: "MAC") == "4.50 GMAC")
    #expect(Format.engineering(7, unit: "MAC") == "7 MAC")
    #expect(Format.bytes(312) == "312 B")
    #expect(Format.bytes(1234) == "1.23 kB")
    #expect(Format.bytes(75_300_000) == "75.3 MB")
    #expect(Format.bytes(7_000_000_000) == "7.00 GB")
  }

  @Test(
    arguments: [
      (0, "0 s"), (850e-9, "850 ns"), (1e-9, "1.00 ns"), (999.6e-9, "1.00 µs"), (12.34e-6, "12.3 µs"), (0.34, "340 ms"),
      (0.00123, "1.23 ms"), (0.9994, "999 ms"), (0.9996, "1.0 s"), (1.24, "1.2 s"), (59.94, "59.9 s"),
      (59.96, "1 min 00 s"), (125, "2 min 05 s"), (3599.4, "59 min 59 s"), (3599.6, "1 h 00 min"), (3720, "1 h 02 min"),
      (360_000, "100 h 00 min"), (-1.24, "-1.2 s"), (.infinity, "inf s"), (.nan, "nan s"),
    ] as [(Double, String)]) func durations(seconds: Double, text: String)
  {
    #expect(Format.duration(seconds) == text)
  }

  @Test func durationsOfTheStandardLibrary() {
    #expect(Format.duration(Duration.milliseconds(340)) == "340 ms")
    #expect(Format.duration(Duration.seconds(125)) == "2 min 05 s")
    #expect(Format.seconds(.milliseconds(1500)) == 1.5)
  }
}
