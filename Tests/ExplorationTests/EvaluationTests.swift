import Exploration
import NetworkModel
import Simulation
import Testing

@Suite("Evaluations")
struct EvaluationTests {
  /// Seven samples whose greatest of six scores has the index of the sample modulo 6.
  static func data() throws -> DataSet {
    let values = (0..<7).flatMap { sample in (0..<6).map { Int8($0 == sample % 6 ? 100 : 6 - $0) } }
    return try DataSet(bytes: npy(values, [7, 6]), name: "x.npy", for: slot(.int8, count: 6))
  }

  static func labels(_ classes: [Int32]) throws -> Labels {
    try Labels(bytes: npy(classes, [classes.count]), name: "y.npy")
  }

  @Test("hits among the first and the first five are counted, events are added", arguments: [1, 2, 5])
  func counts(threads: Int) async throws {
    // Sample 1's label has the rank 4, sample 2's the rank 5: the others' scores fall with their index.
    let labels = try Self.labels([0, 4, 5, 3, 4, 5, 0])
    let result = try await Evaluation.run(EchoEngine(classes: 6), on: Self.data(), labels: labels, threads: threads)
    #expect(result.count == 7)
    #expect(result.predictions == [0, 1, 2, 3, 4, 5, 0])
    #expect(result.top1 == 5)
    #expect(result.top5 == 6)
    #expect(result.events == [StepEvents(accumulatorOverflows: 7, outputSaturations: 14)])
  }

  @Test("a subset is evaluated with its own samples' labels")
  func subset() async throws {
    let labels = try Self.labels([9, 1, 9, 3, 9, 5, 9].map { $0 == 9 ? 0 : $0 })
    let result = try await Evaluation.run(
      EchoEngine(classes: 6), on: Self.data(), labels: labels, subset: Subset(every: 2, complement: true), threads: 2)
    #expect(result.samples == [1, 3, 5])
    #expect(result.top1 == 3)
  }

  @Test("without labels there are predictions only")
  func noLabels() async throws {
    let result = try await Evaluation.run(
      EchoEngine(classes: 6), on: Self.data(), subset: Subset(limit: 2), threads: 1)
    #expect(result.predictions == [0, 1])
    #expect(result.top1 == nil && result.top5 == nil)
  }

  @Test("labels that are counted from another number than the classes are noticed")
  func shiftedLabels() throws {
    let predictions = [1, 2, 3, 4, 5, 0]
    let samples = [0, 1, 2, 3, 4, 6]
    func hint(_ classes: [Int32]) throws -> String? {
      try Self.labels(classes).shiftHint(predictions, samples: samples, scores: 6)
    }
    // Sample 5 is not among the samples.
    let low = try #require(try hint([0, 1, 2, 3, 4, 0, 4]))
    #expect(low.contains("1 added to each label 5 of 6 samples would be right instead of 0") && low.contains("0 to 5"))
    #expect(try hint([2, 3, 4, 5, 0, 0, 1])?.contains("1 subtracted from each label 5 of 6") == true)
    #expect(try hint([1, 2, 3, 4, 5, 0, 0]) == nil)
    // Two more that are right say nothing, nor do a few among many that are right anyway.
    #expect(try hint([0, 1, 4, 1, 1, 0, 3]) == nil)
    #expect(try hint([1, 2, 3, 3, 4, 0, 4]) == nil)
  }

  @Test("labels counted from 1 are called so")
  func labelsFromOne() async throws {
    let labels = try Self.labels([1, 2, 3, 4, 5, 6, 1])
    let error = await #expect(throws: DataSetError.self) {
      try await Evaluation.run(EchoEngine(classes: 6), on: Self.data(), labels: labels, threads: 1)
    }
    #expect(error?.description.contains("subtract 1 from each") == true, "\(String(describing: error))")
  }

  @Test("labels that do not fit are refused: too few, no class, no integers, no list")
  func wrongLabels() async throws {
    let data = try Self.data()
    for (classes, part) in [([Int32](repeating: 0, count: 6), "6 labels"), ([0, 0, 6, 0, 0, 0, 0], "label 6")] {
      let labels = try Self.labels(classes)
      let error = await #expect(throws: DataSetError.self) {
        try await Evaluation.run(EchoEngine(classes: 6), on: data, labels: labels, threads: 1)
      }
      #expect(error?.description.contains(part) == true, "\(String(describing: error))")
    }
    #expect(message { _ = try Labels(bytes: npy([Float(1)], [1]), name: "y.npy") }.contains("float32"))
    #expect(message { _ = try Labels(bytes: npy([Int32(1), 2], [1, 2]), name: "y.npy") }.contains("[1, 2]"))
  }

  @Test("a model that gives no list of scores is refused, and so is an empty subset")
  func refusals() async throws {
    let image = EchoEngine(classes: 6, shape: [1, 2, 3])
    let error = await #expect(throws: DataSetError.self) {
      try await Evaluation.run(image, on: Self.data(), threads: 1)
    }
    #expect(error?.description.contains("1×2×3") == true)
    await #expect(throws: DataSetError.self) {
      try await Evaluation.run(EchoEngine(classes: 6), on: Self.data(), subset: Subset(skip: 7), threads: 1)
    }
  }
}

@Suite("Subsets")
struct SubsetTests {
  @Test("a subset and its complement are the whole", arguments: [1, 2, 3, 8, 100])
  func complement(every: Int) {
    let chosen = Subset(every: every).indices(of: 20)
    let others = Subset(every: every, complement: true).indices(of: 20)
    #expect(chosen.allSatisfy { $0 % every == 0 })
    #expect((chosen + others).sorted() == Array(0..<20))
  }

  @Test("a limit keeps the first, a skip leaves them out")
  func limits() {
    #expect(Subset(limit: 3).indices(of: 10) == [0, 1, 2])
    #expect(Subset(skip: 8).indices(of: 10) == [8, 9])
    #expect(Subset(skip: 1, every: 4, limit: 1).indices(of: 10) == [4])
    #expect(Subset(skip: 11).indices(of: 10).isEmpty)
    #expect(Subset(limit: 30).indices(of: 2) == [0, 1])
  }
}

@Suite("Samples of huge data sets")
struct SampleIndexTests {
  @Test("indices that are computed are those that a filter finds")
  func indices() {
    for count in [0, 1, 2, 7, 20] {
      for (skip, every) in [(0, 1), (3, 1), (0, 2), (1, 2), (5, 3), (6, 3), (25, 4), (0, 100)] {
        for complement in [false, true] {
          for limit in [nil, 0, 3] {
            let subset = Subset(skip: skip, every: every, complement: complement, limit: limit)
            let all = (0..<count).filter { $0 >= skip && ($0 % every == 0) != complement }
            #expect(Array(subset.chosen(of: count)) == Array(all.prefix(limit ?? count)), "\(subset)")
          }
        }
      }
    }
  }

  @Test("no list is made of them, and none of the extreme values overflows")
  func extremes() {
    let all = Subset().chosen(of: .max)
    #expect(all.count == .max && all[.max - 1] == .max - 1)
    let others = Subset(every: 2, complement: true).chosen(of: .max)
    #expect(others.last == .max - 2 && others.count == .max / 2)
    #expect(Array(Subset(every: .max).chosen(of: .max)) == [0])
    #expect(Subset(skip: .max, every: .max).chosen(of: .max).isEmpty)
    #expect(Array(Subset(skip: .max - 1, every: 1).chosen(of: .max)) == [.max - 1])
    #expect(
      Array(Subset(skip: 1 << 40, every: 3, complement: true, limit: 2).chosen(of: .max)) == [1 << 40, (1 << 40) + 1])
  }
}

@Suite("Work on many samples")
struct ParallelSamplesTests {
  struct Fault: Error, Equatable { let index: Int }

  @Test("results come in order whatever the number of threads", arguments: [1, 2, 3, 16])
  func order(threads: Int) async throws {
    var seen: [Int] = []
    try await ParallelSamples.run(Array(stride(from: 0, to: 300, by: 3)), threads: threads) { index in
      // Uneven work lets later samples end before earlier ones.
      (0..<(index % 7) * 2000).reduce(index) { $0 ^ $1 ^ $1 }
    } deliver: { index, result in
      #expect(result == index)
      seen.append(index)
    }
    #expect(seen == Array(stride(from: 0, to: 300, by: 3)))
  }

  @Test("the error of the first index that has one is thrown, after the results before it", arguments: [1, 4])
  func errors(threads: Int) async throws {
    var seen: [Int] = []
    let error = await #expect(throws: Fault.self) {
      try await ParallelSamples.run(Array(0..<50), threads: threads) { index in
        if index >= 20 { throw Fault(index: index) }
        return index
      } deliver: { index, _ in
        seen.append(index)
      }
    }
    #expect(error == Fault(index: 20))
    #expect(seen == Array(0..<20))
  }

  @Test("nothing to do is done")
  func nothing() async throws {
    try await ParallelSamples.run([], threads: 2) {
      $0
    } deliver: { _, _ in
      Issue.record("there is no sample")
    }
  }
}
