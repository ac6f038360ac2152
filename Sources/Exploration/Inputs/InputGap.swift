package import NetworkModel
package import Verification

/// How far the same input of two models is from each other, in real numbers: where it is farther than rounding explains,
/// the models answer different questions, and no distance between their answers means anything.
package struct InputGap: Sendable {
  /// The input's name in the first model.
  package let input: String
  /// How many samples were compared.
  package let samples: Int
  /// The difference between the two.
  package let difference: TensorDifference
  /// The largest difference that rounding to both models' steps can make.
  package let rounding: Double

  /// The square root of the mean squared difference.
  package var rmsError: Double { difference.rmsError ?? 0 }

  /// Whether the two differ by more than rounding can explain.
  package var isBeyondRounding: Bool { rmsError > rounding }

  /// How many samples are compared at most.
  private static let sampleLimit = 64

  /// One of the two models.
  package struct Side: Sendable {
    let network: Network
    let meanings: [Int: Provenance.Meaning]
    let data: DataSet

    /// Describes a model.
    ///
    /// - Parameters:
    ///   - network: What its file says.
    ///   - meanings: What the integers of tensors stand for where the file's own parameters do not say it, by tensor.
    ///   - data: The samples, opened for it.
    package init(network: Network, meanings: [Int: Provenance.Meaning], data: DataSet) {
      self.network = network
      self.meanings = meanings
      self.data = data
    }
  }

  /// Compares what two models get of the same samples.
  ///
  /// - Parameters:
  ///   - first: The model under test.
  ///   - second: The model that it is measured against.
  ///   - samples: The samples; of many the first 64.
  /// - Returns: One gap for each input that both have.
  /// - Throws: Whatever reading a sample throws.
  package static func measure(_ first: Side, _ second: Side, samples: SampleIndices) throws -> [InputGap] {
    let pairs = zip(first.network.inputs, second.network.inputs).map { ($0, $1) }
    func dequantizer(_ side: Side, _ tensor: Int) -> Dequantizer {
      Dequantizer(side.network.tensors[tensor], side.meanings[tensor])
    }
    let readers = pairs.map { (dequantizer(first, $0), dequantizer(second, $1)) }
    var largest = [Double](repeating: 0, count: pairs.count)
    var differences = [TensorDifference](repeating: TensorDifference(), count: pairs.count)
    let chosen = samples.prefix(sampleLimit)
    for sample in chosen {
      let (given, wanted) = (try first.data.sample(sample), try second.data.sample(sample))
      for place in pairs.indices where given[place].count == wanted[place].count {
        let (reader, other) = readers[place]
        let expected = other(wanted[place])
        largest[place] = max(largest[place], expected.lazy.map(\.magnitude).max() ?? 0)
        differences[place].add(reader(given[place]), against: expected, step: other.step)
      }
    }
    return pairs.indices.map { place in
      let (reader, other) = readers[place]
      // Scales are float32: products of large integers with them are a little off.
      let slack = (1 + 1e-6) * (reader.step + other.step) / 2 + 1e-6 * largest[place]
      return InputGap(
        input: first.network.tensors[pairs[place].0].name, samples: chosen.count, difference: differences[place],
        rounding: slack)
    }
  }
}
