public import NetworkModel
public import Simulation
public import Verification

/// One side of a comparison: a model on a machine, and its samples.
public struct ComparedModel: Sendable {
  /// Makes an engine for a program.
  public typealias EngineMaker = @Sendable (Program) -> any Engine

  /// What the file says.
  public let network: Network
  /// What the machine does.
  public let program: Program
  /// What the integers of tensors stand for where the file's own parameters do not say it.
  public let meanings: [Int: Provenance.Meaning]
  let data: DataSet

  /// Describes a side whose samples come from somewhere else.
  ///
  /// - Parameters:
  ///   - network: What the file says.
  ///   - program: What the machine does.
  ///   - meanings: What the integers of tensors stand for where the file's own parameters do not say it, by tensor.
  public init(network: Network, program: Program, meanings: [Int: Provenance.Meaning]) {
    self.init(network: network, program: program, meanings: meanings, data: .empty)
  }

  /// Describes a side.
  ///
  /// - Parameters:
  ///   - network: What the file says.
  ///   - program: What the machine does.
  ///   - meanings: What the integers of tensors stand for where the file's own parameters do not say it, by tensor.
  ///   - data: The samples, opened for this model.
  public init(network: Network, program: Program, meanings: [Int: Provenance.Meaning] = [:], data: DataSet) {
    self.network = network
    self.program = program
    self.meanings = meanings
    self.data = data
  }

  /// The way from a tensor's integers to real numbers.
  func dequantizer(_ tensor: Int) -> Dequantizer { Dequantizer(network.tensors[tensor], meanings[tensor]) }
}
