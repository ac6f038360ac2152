internal import Digest
package import HardwareProfile
package import NetworkModel
package import Simulation

/// What an emitted model says of itself in the file's metadata: from what, for which machine and by which steps it was
/// made, and which program it must lower to.
package struct Provenance: Hashable, Sendable, Codable {
  /// The name of the metadata entry that holds this record as JSON.
  package static let metadataName = "bitexact.provenance"
  /// The name of the metadata entry that holds the profile's canonical JSON, so that a custom profile travels along.
  package static let profileMetadataName = "bitexact.profile"
  /// The version of the record that this code writes; version 1, which lists the numbers of each channel, is read too.
  package static let schemaVersion = 2

  /// The version of the record.
  package var schemaVersion: Int
  /// The version of the tool that made the model.
  package var toolVersion: String
  /// The model that it was made from.
  package var source: Source
  /// The machine that it was made for.
  package var profile: Profile
  /// The digest of the program that the model lowers to for that machine.
  package var programDigest: String
  /// What was done to the source, in order.
  package var passes: [Pass]
  /// What the integers of tensors stand for where the file's own parameters do not say it; `nil` for none.
  package var meanings: [Meaning]?
  /// The subgraph that all this is about; `nil` for the first.
  package var subgraph: Int?
  /// The same of the file's other subgraphs that were made for the machine; `nil` for none.
  package var others: [Graph]?

  /// What one tensor's integers stand for: `real = scale · (stored − zeroPoint) + offset`.
  package struct Meaning: Hashable, Sendable, Codable {
    /// The tensor's index.
    package var tensor: Int
    /// One scale, or one for each channel (the last axis).
    package var scales: [Double]
    /// The real number that the zero point stands for: one number, or one for each channel.
    package var offsets: [Double]

    /// Creates a meaning.
    package init(tensor: Int, scales: [Double], offsets: [Double]) {
      self.tensor = tensor
      self.scales = scales
      self.offsets = offsets
    }
  }

  /// The model that another was made from.
  package struct Source: Hashable, Sendable, Codable {
    /// The file's name without its folder.
    package var file: String
    /// The SHA-256 of the file in hexadecimal.
    package var sha256: String
    /// The inputs, in order: what a caller's integers mean who has data for the source.
    package var inputs: [Port]
    /// The outputs, in order.
    package var outputs: [Port]
    /// Where the source was made from another model, from what, the first one first; `nil` for none.
    ///
    /// Data may have been made for each of them.
    package var ancestors: [Ancestor]?

    /// A model from which a source was made.
    package struct Ancestor: Hashable, Sendable, Codable {
      /// The file's name without its folder.
      package var file: String
      /// The inputs, in order.
      package var inputs: [Port]
      /// The SHA-256 of the file in hexadecimal; `nil` in records that do not say it.
      package var sha256: String?
    }

    /// Creates a description.
    package init(file: String, sha256: String, inputs: [Port], outputs: [Port], ancestors: [Ancestor]? = nil) {
      self.file = file
      self.sha256 = sha256
      self.inputs = inputs
      self.outputs = outputs
      self.ancestors = ancestors
    }

    /// What a model that is made from this record's model says of its ancestors.
    package var lineage: [Ancestor] { (ancestors ?? []) + [Ancestor(file: file, inputs: inputs, sha256: sha256)] }

    /// Describes a source model.
    ///
    /// - Parameters:
    ///   - file: The file's name without its folder.
    ///   - bytes: The file's content.
    ///   - network: What was read from it.
    ///   - ancestors: Where it was made from another model, from what; `nil` for none.
    package init(file: String, bytes: [UInt8], network: Network, ancestors: [Ancestor]? = nil) {
      self.init(
        file: file, sha256: SHA256.hash(of: bytes).hex, inputs: network.inputs.map { Port(network.tensors[$0]) },
        outputs: network.outputs.map { Port(network.tensors[$0]) }, ancestors: ancestors)
    }
  }

  /// An input or output of the source.
  package struct Port: Hashable, Sendable, Codable {
    /// The tensor's name.
    package var name: String
    /// The type of the stored elements.
    package var type: ElementType
    /// The extents.
    package var shape: [Int]
    /// The real size of one step; `nil` where integers or floats stand for themselves.
    package var scale: Float?
    /// The stored integer that stands for 0.
    package var zeroPoint: Int64?

    /// Describes a tensor.
    package init(_ tensor: Tensor) {
      name = tensor.name
      type = tensor.type
      shape = tensor.shape.extents
      scale = tensor.quantization?.scale
      zeroPoint = tensor.quantization?.zeroPoint
    }

    /// The tensor that the port describes, without data.
    package var tensor: Tensor {
      Tensor(
        name: name, type: type, shape: Shape(shape),
        quantization: scale.map { Quantization(scale: $0, zeroPoint: zeroPoint ?? 0) })
    }
  }

  /// The machine that a model was made for.
  package struct Profile: Hashable, Sendable, Codable {
    /// The profile's name.
    package var name: String
    /// The SHA-256 of the profile's canonical JSON in hexadecimal.
    package var sha256: String

    /// Describes a profile.
    package init(_ profile: HardwareProfile) {
      name = profile.name
      sha256 = SHA256.hash(of: Array(profile.canonicalJSON().utf8)).hex
    }
  }

  /// One step of a re-quantization.
  package struct Pass: Hashable, Sendable, Codable {
    /// The pass's name.
    package var name: String
    /// Its parameters as text.
    package var parameters: [String: String]

    /// Describes a pass.
    package init(name: String, parameters: [String: String] = [:]) {
      self.name = name
      self.parameters = parameters
    }
  }

  /// Creates the record of a model.
  ///
  /// - Parameters:
  ///   - toolVersion: The version of the tool.
  ///   - source: The model that it was made from.
  ///   - profile: The machine.
  ///   - program: What the emitted model lowers to for that machine.
  ///   - passes: What was done to the source.
  ///   - meanings: What the integers of tensors stand for where the file's parameters do not say it.
  package init(
    toolVersion: String, source: Source, profile: HardwareProfile, program: Program, passes: [Pass],
    meanings: [Meaning] = []
  ) {
    schemaVersion = Self.schemaVersion
    self.toolVersion = toolVersion
    self.source = source
    self.profile = Profile(profile)
    programDigest = program.digest()
    self.passes = passes
    self.meanings = meanings.isEmpty ? nil : meanings
  }

  /// Everything in which the record differs from what is computed now; empty when it holds.
  ///
  /// - Parameters:
  ///   - profile: The machine that the model is verified for.
  ///   - program: What the model lowers to now.
  /// - Returns: One sentence for each difference.
  package func differences(profile: HardwareProfile, program: Program) -> [String] {
    var found: [String] = []
    let current = Profile(profile)
    if current.sha256 != self.profile.sha256 {
      found.append(
        "the profile \"\(current.name)\" has the digest \(current.sha256); the model was made for "
          + "\"\(self.profile.name)\" with \(self.profile.sha256)")
    }
    let digest = program.digest()
    if digest != programDigest {
      found.append("the program's digest is \(digest); the model was made with \(programDigest)")
    }
    return found
  }
}
