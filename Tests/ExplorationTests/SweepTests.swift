import Arrays
import DemoModel
import Exploration
import FastEngine
import FixedPoint
import Foundation
import HardwareProfile
import NetworkModel
import Simulation
import TFLite
import TestSupport
import Testing
import Verification

@Suite("Sweeps: axes, points and results")
struct SweepTests {
  @Test("values, ranges and ranges with a step")
  func axes() throws {
    #expect(try SweepAxis("accumulator.bits=14..18,32").values == ["14", "15", "16", "17", "18", "32"])
    #expect(try SweepAxis("a.b=-2..3/2,true,wrap").values == ["-2", "0", "2", "true", "wrap"])
    #expect(try SweepAxis("a=4,4,4..5").values == ["4", "5"])
    for bad in ["a", "a=", "=1", "a=1,,2", "a=3..1", "a=1..9/0", "a=1..x", "a=0..100000000"] {
      #expect(throws: SweepAxis.Fault.self, "\(bad)") { try SweepAxis(bad) }
    }
  }

  @Test("all combinations, the last axis fastest; or one key at a time")
  func points() throws {
    let axes = try [SweepAxis("a=1,2"), SweepAxis("b=x,y,z")]
    let grid = SweepPoint.all(axes, oneAtATime: false)
    #expect(grid.map(\.label) == ["a=1 b=x", "a=1 b=y", "a=1 b=z", "a=2 b=x", "a=2 b=y", "a=2 b=z"])
    #expect(SweepPoint.all(axes, oneAtATime: true).map(\.label) == ["a=1", "a=2", "b=x", "b=y", "b=z"])
  }

  private func result(_ bits: Int, top1: Int?, bytes: Int, sqnr: Double? = 20, fault: String? = nil) -> SweepResult {
    var result = SweepResult(
      point: SweepPoint(settings: [.init(key: "bits", value: "\(bits)")]), fault: fault, samples: 10,
      accumulatorBits: bits)
    (result.top1, result.agreements, result.parameterBytes, result.sqnrDb) = (top1, 5, bytes, sqnr)
    return result
  }

  @Test("the front holds what no other point beats")
  func front() {
    let results = [
      result(16, top1: 3, bytes: 100), result(24, top1: 8, bytes: 100), result(32, top1: 8, bytes: 100),
      result(24, top1: 8, bytes: 50), result(12, top1: 3, bytes: 200), result(8, top1: 9, bytes: 1, fault: "no"),
      result(24, top1: 8, bytes: 50, sqnr: 19),
    ]
    #expect(results.paretoFront == [0, 3, 4])
    // More noise and more right decisions: neither beats the other, unless the noise is all that there is.
    #expect([result(16, top1: 9, bytes: 1, sqnr: 9), result(20, top1: 8, bytes: 1)].paretoFront == [0, 1])
    #expect([result(16, top1: 9, bytes: 1, sqnr: -5), result(20, top1: 8, bytes: 1)].paretoFront == [1])
    #expect([result(16, top1: 9, bytes: 1, sqnr: -5)].paretoFront == [0])
    // Equal points are both on it.
    #expect([result(16, top1: 3, bytes: 1), result(16, top1: 3, bytes: 1)].paretoFront == [0, 1])
  }

  @Test("a key changes nothing where all its values give one program, whatever the others are")
  func withoutEffect() {
    func result(_ settings: [(String, String)], _ program: String?) -> SweepResult {
      var result = SweepResult(
        point: SweepPoint(settings: settings.map { .init(key: $0, value: $1) }), accumulatorBits: 32)
      result.program = program
      return result
    }
    let grid = [
      result([("a", "1"), ("b", "x")], "p"), result([("a", "1"), ("b", "y")], "q"),
      result([("a", "2"), ("b", "x")], "p"), result([("a", "2"), ("b", "y")], "q"),
    ]
    #expect(grid.keysWithoutEffect == ["a"])
    var broken = grid
    broken[3].program = nil
    #expect(broken.keysWithoutEffect.isEmpty)
    broken[3].program = "r"
    #expect(broken.keysWithoutEffect.isEmpty)
    // One value alone says nothing, and each key on its own is judged by its own points.
    #expect([result([("a", "1")], "p")].keysWithoutEffect.isEmpty)
    #expect(
      [result([("a", "1")], "p"), result([("a", "2")], "p"), result([("b", "1")], "p"), result([("b", "2")], "q")]
        .keysWithoutEffect == ["a"])
  }

  @Test("a journal goes on where it was, drops what was cut off, and refuses another sweep")
  func journal() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "sweep-\(UUID().uuidString).jsonl").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let results = [result(16, top1: 3, bytes: 100), result(24, top1: nil, bytes: 100, sqnr: nil)]
    let first = try SweepJournal(path: path, identity: "a")
    for result in results { try first.add(result) }
    let whole = try Data(contentsOf: URL(filePath: path))
    let second = try SweepJournal(path: path, identity: "a")
    #expect(results.allSatisfy { second.results[$0.point] == $0 })
    try whole.dropLast(10).write(to: URL(filePath: path))
    let third = try SweepJournal(path: path, identity: "a")
    #expect(third.results.count == 1)
    try third.add(results[1])
    #expect(try Data(contentsOf: URL(filePath: path)) == whole)
    #expect(throws: DataSetError.self) { try SweepJournal(path: path, identity: "b") }
    try Data("something else\n".utf8).write(to: URL(filePath: path))
    #expect(throws: DataSetError.self) { try SweepJournal(path: path, identity: "a") }
  }

  @Test("a damaged line of a journal costs that line alone, whatever is changed in it")
  func damagedJournal() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "sweep-\(UUID().uuidString).jsonl").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let results = (16..<22).map { result($0, top1: 3, bytes: 100) }
    do {
      let journal = try SweepJournal(path: path, identity: "a")
      for result in results { try journal.add(result) }
    }
    let whole = [UInt8](try Data(contentsOf: URL(filePath: path)))
    let lines = whole.split(separator: UInt8(ascii: "\n"))
    #expect(lines.count == 7)
    var generator = SeededGenerator(seed: 3)
    for line in 0..<7 {
      var changed = whole
      let place = Int.random(in: lines[line].startIndex..<lines[line].endIndex - 1, using: &generator)
      changed[place] ^= 1
      try Data(changed).write(to: URL(filePath: path))
      // The first line names the sweep; where it names another one, the journal is refused.
      guard let journal = try? SweepJournal(path: path, identity: "a") else {
        #expect(line == 0)
        continue
      }
      #expect(journal.damagedLines == [line + 1])
      for (number, result) in results.enumerated() {
        #expect(journal.results[result.point] == (number + 1 == line ? nil : result))
      }
      // Nothing that stood there is lost, and what is added is found again.
      if line > 0 { try journal.add(results[line - 1]) }
      #expect([UInt8](try Data(contentsOf: URL(filePath: path))).starts(with: changed))
    }
    let mended = try SweepJournal(path: path, identity: "a")
    #expect(results.allSatisfy { mended.results[$0.point] == $0 } && mended.damagedLines == [7])
  }

  @Test("a journal without checksums, with lines of another sweep or with impossible numbers is not believed")
  func doubtfulJournal() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "sweep-\(UUID().uuidString).jsonl").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data("{\"bitexact\":\"a\"}\n".utf8).write(to: URL(filePath: path))
    #expect(message { _ = try SweepJournal(path: path, identity: "a") }.contains("without checksums"))
    var other = [UInt8]()
    do {
      try FileManager.default.removeItem(atPath: path)
      try SweepJournal(path: path, identity: "b").add(result(16, top1: 3, bytes: 100))
      other = [UInt8](try Data(contentsOf: URL(filePath: path)))
      try FileManager.default.removeItem(atPath: path)
    }
    var impossible = (0..<4).map { result(20 + $0, top1: 3, bytes: 100) }
    impossible[0].samples = 0
    impossible[1].top1 = 11
    impossible[2].overflows = -1
    impossible[3].agreements = -5
    do {
      let journal = try SweepJournal(path: path, identity: "a")
      for result in impossible { try journal.add(result) }
    }
    let line = other.split(separator: UInt8(ascii: "\n"))[1]
    let content = [UInt8](try Data(contentsOf: URL(filePath: path))) + line + [UInt8(ascii: "\n")]
    try Data(content).write(to: URL(filePath: path))
    let journal = try SweepJournal(path: path, identity: "a")
    #expect(journal.results.isEmpty && journal.damagedLines == [2, 3, 4, 5, 6])
  }

  @Test("an axis has a bounded number of values, however far its ends are apart")
  func extremeAxes() throws {
    let (low, high) = (Int.min, Int.max)
    for text in ["a=\(low)..\(high)", "a=0..\(high)", "a=\(low)..0", "a=\(low)..\(high)/1000000", "a=1..0", "a=1..5/0"]
    {
      #expect(throws: SweepAxis.Fault.self, "\(text)") { try SweepAxis(text) }
    }
    #expect(try SweepAxis("a=\(low)..\(high)/\(high)").values == ["\(low)", "-1", "\(high - 1)"])
    #expect(try SweepAxis("a=\(high - 2)..\(high)").values == ["\(high - 2)", "\(high - 1)", "\(high)"])
    #expect(try SweepAxis("a=\(low)..\(low)").values == ["\(low)"])
    #expect(try SweepAxis("a=1..3,2,5").values == ["1", "2", "3", "5"])
    let wide = try SweepAxis("a=0..9999")
    #expect(SweepPoint.count([wide, wide], oneAtATime: false) == 100_000_000)
    #expect(SweepPoint.count([wide, wide], oneAtATime: true) == 20_000)
    #expect(SweepPoint.count([SweepAxis](repeating: wide, count: 5), oneAtATime: false) == nil)
  }

  @Test("a forecast knows nothing at first, then judges parts by those that are done")
  func forecast() {
    var forecast = SweepForecast(requantizations: 2, points: 10)
    #expect(forecast.remainingSeconds(doing: .requantization, for: 3, fraction: nil) == nil)
    forecast.finish(.requantization, seconds: 20)
    #expect(forecast.remainingSeconds(doing: .point, for: 2, fraction: 0) == nil)
    // A quarter in 2 s: 6 s are left of this point, 8 s for each of nine others, and 20 s for a machine.
    #expect(forecast.remainingSeconds(doing: .point, for: 2, fraction: 0.25) == 98.0)
    forecast.finish(.point, seconds: 4)
    #expect(forecast.remainingSeconds(doing: .point, for: 0, fraction: nil) == 56.0)
    #expect(forecast.remainingSeconds(doing: .point, for: 1, fraction: 0.5) == 53.0)
    #expect(forecast.remainingSeconds(doing: .requantization, for: 5, fraction: nil) == 51.0)
    // One that takes longer than others may end at any moment.
    #expect(forecast.remainingSeconds(doing: .requantization, for: 50, fraction: nil) == 36)
    forecast.finish(.requantization, seconds: 40)
    for _ in 0..<9 { forecast.finish(.point, seconds: 4) }
    #expect(forecast.remainingSeconds(doing: .point, for: 0, fraction: nil) == 0)
  }

  @Test("each point is what a plain run of its machine gives, and equal programs run once")
  func runs() async throws {
    let network = try TFLiteFile(bytes: DemoModel.bytes(of: .int8Model)).network()
    let tflite = try HardwareProfile.resolve("tflite")
    let data = try DataSet(bytes: DemoModel.bytes(of: .images), name: "images", for: network.inputSlots()[0])
    let labels = try Labels(bytes: DemoModel.bytes(of: .labels), name: "labels")
    func model(_ profile: HardwareProfile) throws -> ComparedModel {
      ComparedModel(network: network, program: try Program.lower(network, for: profile), data: data)
    }
    let engines = Counter()
    let limit = TestScope.count(5, quick: 2)
    let sweep = try Sweep(
      source: model(tflite), labels: labels, subset: Subset(limit: limit), threads: 2,
      engine: {
        engines.add()
        return FastEngine($0)
      })
    let points = try SweepPoint.all(
      [SweepAxis("accumulator.bits=12,14,31,32"), SweepAxis("accumulator.overflow=wrap,saturate")], oneAtATime: false)
    func profile(_ point: SweepPoint) throws -> HardwareProfile {
      try point.settings.reduce(tflite) { try $0.setting($1.key, to: $1.value) }
    }
    let results = try await sweep.run(points, journal: nil) { point in
      (try? profile(point))?.accumulator.bits ?? 0
    } machine: { point in
      .success(.init(model: try model(profile(point)), network: "same", isRequantized: false))
    }
    // The source, two narrow widths in two ways each, and one program for all that are wide enough.
    #expect(engines.count == 1 + 4 + 1)
    for (point, result) in zip(points, results) {
      let program = try Program.lower(network, for: profile(point))
      let evaluation = try await Evaluation.run(
        ReferenceEngine(program), on: data, labels: labels, subset: Subset(limit: limit), threads: 1)
      #expect(result.top1 == evaluation.top1, "\(point.label)")
      #expect(result.overflows == evaluation.events.reduce(0) { $0 + $1.accumulatorOverflows }, "\(point.label)")
      #expect(result.accumulatorBitsNeeded == OverflowAnalysis(program).bitsNeeded)
      #expect(result.program == program.digest() && "\(result.accumulatorBits)" == point.settings[0].value)
    }
    #expect(results.keysWithoutEffect.isEmpty)
    #expect(results.last?.agreements == limit && results.last?.sqnrDb == nil)
    #expect((results.first?.overflows ?? 0) > 0)
  }
}

/// Counts from any thread.
private final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var value = 0
  var count: Int { lock.withLock { value } }
  func add() { lock.withLock { value += 1 } }
}
