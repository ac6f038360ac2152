package import NetworkModel
package import Simulation
package import Verification

/// One side of a comparison: a model on a machine, and its samples.
package struct ComparedModel: Sendable {
  /// Makes an engine for a program.
  package typealias EngineMaker = @Sendable (Program) -> any Engine

  /// What the file says.
  package let network: Network
  /// What the machine does.
  package let program: Program
  /// What the integers of tensors stand for where the file's own parameters do not say it.
  package let meanings: [Int: Provenance.Meaning]
  let data: DataSet

  /// Describes a side whose samples come from somewhere else.
  ///
  /// - Parameters:
  ///   - network: What the file says.
  ///   - program: What the machine does.
  ///   - meanings: What the integers of tensors stand for where the file's own parameters do not say it, by tensor.
  package init(network: Network, program: Program, meanings: [Int: Provenance.Meaning]) {
    self.init(network: network, program: program, meanings: meanings, data: .empty)
  }

  /// Describes a side.
  ///
  /// - Parameters:
  ///   - network: What the file says.
  ///   - program: What the machine does.
  ///   - meanings: What the integers of tensors stand for where the file's own parameters do not say it, by tensor.
  ///   - data: The samples, opened for this model.
  package init(network: Network, program: Program, meanings: [Int: Provenance.Meaning] = [:], data: DataSet) {
    self.network = network
    self.program = program
    self.meanings = meanings
    self.data = data
  }

  /// The way from a tensor's integers to real numbers.
  func dequantizer(_ tensor: Int) -> Dequantizer { Dequantizer(network.tensors[tensor], meanings[tensor]) }
}
