import Reports
import Synchronization
import Testing

@Suite struct ProgressTests {
  @Test(arguments: [
    (312, 500, 37.14, "evaluate  312/500  62 %  8.4/s  ETA 0:22"), (0, 500, 3, "evaluate  0/500  0 %"),
    (499, 500, 10, "evaluate  499/500  99 %  49.9/s  ETA 0:00"), (500, 500, 10, "evaluate  500/500  100 %  50.0/s"),
    (1, 10_000, 1, "evaluate  1/10000  0 %  1.0/s  ETA 2:46:39"), (250, 0, 1, "evaluate  250  250/s"),
    (50_000, 100_000, 1, "evaluate  50000/100000  50 %  50.0 k/s  ETA 0:01"), (7, 5, 0, "evaluate  7/5  100 %"),
  ]) func theLine(done: Int, total: Int, elapsed: Double, text: String) {
    #expect(ProgressLine(label: "evaluate", done: done, total: total, elapsedSeconds: elapsed).text == text)
  }

  @Test func whatIsBeingDoneStandsInTheRatesPlace() {
    func line(_ done: Int, _ remaining: Double?) -> String {
      ProgressLine(
        label: "explore", done: done, total: 24, elapsedSeconds: 9,
        activity: .init("run 40/200", remainingSeconds: remaining)
      ).text
    }
    #expect(line(3, 70) == "explore  3/24  12 %  run 40/200  ETA 1:10")
    #expect(line(0, nil) == "explore  0/24  0 %  run 40/200")
    #expect(line(24, 0) == "explore  24/24  100 %  run 40/200")
  }

  /// A clock that stands still until it is moved, and a record of the output.
  private final class Scene: Sendable {
    let start = ContinuousClock.now
    let milliseconds = Mutex(0)
    let written = Mutex("")

    func meter(isEnabled: Bool = true) -> ProgressMeter {
      ProgressMeter(
        "run", total: 4, isEnabled: isEnabled, now: { self.start + .milliseconds(self.milliseconds.withLock { $0 }) },
        output: { text in self.written.withLock { $0 += text } })
    }

    func advance(_ step: Int) { milliseconds.withLock { $0 += step } }
    var text: String { written.withLock { $0 } }
  }

  @Test func theLineIsRenewedAndCleared() {
    let scene = Scene()
    let meter = scene.meter()
    scene.advance(1000)
    meter.advance()
    #expect(scene.text == "\rrun  1/4  25 %  1.0/s  ETA 0:03")
    scene.advance(99)
    meter.advance()
    #expect(scene.text == "\rrun  1/4  25 %  1.0/s  ETA 0:03")
    scene.advance(901)
    meter.advance(by: 2)
    let second = "\rrun  1/4  25 %  1.0/s  ETA 0:03\rrun  4/4  100 %  2.0/s" + String(repeating: " ", count: 9)
    #expect(scene.text == second)
    meter.finish()
    let cleared = second + "\r" + String(repeating: " ", count: 22) + "\r"
    #expect(scene.text == cleared)
    scene.advance(1000)
    meter.advance()
    meter.finish()
    #expect(scene.text == cleared)
  }

  @Test func nothingIsWrittenWhereThereIsNoTerminal() {
    let scene = Scene()
    let meter = scene.meter(isEnabled: false)
    for _ in 0..<4 {
      scene.advance(500)
      meter.advance()
    }
    meter.finish()
    #expect(scene.text.isEmpty)
  }

  @Test func aDroppedMeterClearsItsLine() {
    let scene = Scene()
    do {
      let meter = scene.meter()
      scene.advance(1000)
      meter.advance()
    }
    #expect(scene.text.hasSuffix(" \r"))
  }

  @Test func everyThreadMayReport() async {
    let scene = Scene()
    let meter = scene.meter()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 { group.addTask { for _ in 0..<1000 { meter.advance() } } }
    }
    scene.advance(1000)
    meter.advance()
    #expect(scene.text.contains("8001/4"))
  }
}
