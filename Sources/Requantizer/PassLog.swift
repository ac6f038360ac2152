/// What the steps of a requantization have done, and how long they took.
struct PassLog {
  private(set) var passes: [PassSummary] = []

  /// Notes what was done before, in no time.
  mutating func add(_ record: PlanningRecord) {
    passes.append(PassSummary(name: record.name, summary: record.summary, gains: record.gains, seconds: 0))
  }

  /// Does a step and notes it.
  ///
  /// - Parameters:
  ///   - name: The step's name in reports and provenance.
  ///   - work: The step.
  ///   - summary: What was done, in a sentence; a step of which there is nothing to say is not noted.
  ///   - gains: What its parts gained.
  /// - Returns: What the step gives.
  /// - Throws: What the step throws.
  mutating func timed<Result>(
    _ name: String, _ work: () async throws -> Result, summary: (Result) -> String?,
    gains: (Result) -> [PassGain] = { _ in [] }
  ) async throws -> Result {
    let clock = ContinuousClock()
    let start = clock.now
    let result = try await work()
    let seconds = (clock.now - start) / .seconds(1)
    if let words = summary(result) {
      passes.append(PassSummary(name: name, summary: words, gains: gains(result), seconds: seconds))
    }
    return result
  }
}
