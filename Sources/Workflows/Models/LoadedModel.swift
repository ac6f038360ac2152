internal import Digest
package import HardwareProfile
package import NetworkModel
package import Simulation
package import TFLite
package import Verification

/// A model file with everything that is asked of it.
///
/// A class, so that callers carry one reference over their suspensions rather than all of it.
package final class LoadedModel: Sendable {
  /// Where the profile came from; raw values stand in JSON output.
  package enum ProfileOrigin: String, Sendable {
    case option, metadata, standard = "default"
  }

  /// The file's path.
  package let path: String
  /// The file's bytes.
  package let bytes: [UInt8]
  /// The file's tables.
  package let file: TFLiteFile
  /// What the file says of the chosen graph, with the sizes that its inputs take.
  package let network: Network
  /// The chosen graph; `nil` for a file without any, which is refused.
  package let graph: CallableGraph?
  /// All graphs that a caller can run.
  package let graphs: [CallableGraph]
  /// What to do about inputs whose sizes are placeholders.
  package let openInputs: [String]
  /// What was chosen.
  package let selection: ModelSelection
  /// The hardware.
  package let profile: HardwareProfile
  /// Where the profile came from.
  package let profileOrigin: ProfileOrigin
  /// The profile that the file carries; `nil` for none, or where it cannot be read and is not needed.
  package let ownProfile: HardwareProfile?
  /// What the file says of its origin.
  package let provenance: Verifier.Record

  /// Reads a model and finds its profile.
  ///
  /// - Parameters:
  ///   - path: The file's path.
  ///   - wanted: A built-in name or a path; `nil` takes the profile in the model, or else `tflite`.
  ///   - selection: The graph and the sizes that are meant.
  /// - Throws: ``InputError`` with what is wrong first, `ProfileError`.
  package convenience init(
    _ path: String, profile wanted: String? = nil, _ selection: ModelSelection = ModelSelection()
  ) throws {
    try self.init(bytes: InputFile.bytes(path), path: path, profile: wanted, selection)
  }

  /// Reads a model from its bytes.
  package convenience init(
    bytes: [UInt8], path: String, profile wanted: String? = nil, _ selection: ModelSelection = ModelSelection()
  ) throws {
    let file: TFLiteFile
    do throws(TFLiteError) {
      file = try TFLiteFile(bytes: bytes)
    } catch {
      throw InputError(file: path, faults: error.faults.map(\.description))
    }
    let graphs = file.callableGraphs
    let graph = try selection.graph(of: file, path)
    selection.tell(graph, of: graphs, path)
    try self.init(file, bytes, path, graph, graphs, selection, profile: wanted)
    if selection.requiresSizes { try requireSizes() }
    for text in openInputs where !selection.isQuiet {
      selection.notices.note("\(path): \(text)")
    }
  }

  /// Another graph of the same file.
  ///
  /// - Throws: ``InputError`` with what is wrong first.
  package func at(_ graph: CallableGraph) throws -> LoadedModel {
    var selection = selection.shared()
    selection.data = nil
    selection.shapes.removeAll { $0.name == nil }
    return try LoadedModel(
      file, bytes, path, graph, graphs, selection, profile: profile, profileOrigin, own: ownProfile)
  }

  /// The same model on another machine.
  ///
  /// - Parameter profile: The machine.
  /// - Returns: The model.
  /// - Throws: ``InputError`` with what is wrong first.
  package func on(_ profile: HardwareProfile) throws -> LoadedModel {
    try LoadedModel(file, bytes, path, graph, graphs, selection, profile: profile, .option, own: ownProfile)
  }

  private convenience init(
    _ file: TFLiteFile, _ bytes: [UInt8], _ path: String, _ graph: CallableGraph?, _ graphs: [CallableGraph],
    _ selection: ModelSelection, profile wanted: String?
  ) throws {
    let profile: HardwareProfile
    let origin: ProfileOrigin
    let own = wanted == nil ? try LoadedModel.embeddedProfile(file, path) : try? LoadedModel.embeddedProfile(file, path)
    if let wanted {
      profile = try Profiles.resolve(wanted)
      origin = .option
    } else if let own {
      profile = own
      origin = .metadata
    } else {
      profile = try Profiles.resolve("tflite")
      origin = .standard
    }
    try self.init(file, bytes, path, graph, graphs, selection, profile: profile, origin, own: own)
  }

  private init(
    _ file: TFLiteFile, _ bytes: [UInt8], _ path: String, _ graph: CallableGraph?, _ graphs: [CallableGraph],
    _ selection: ModelSelection, profile: HardwareProfile, _ origin: ProfileOrigin, own: HardwareProfile?
  ) throws {
    (self.file, self.bytes, self.path) = (file, bytes, path)
    (self.graph, self.graphs, self.selection) = (graph, graphs, selection)
    (self.profile, profileOrigin, ownProfile) = (profile, origin, own)
    let subgraph = graph?.subgraph ?? 0
    let shapes = try InputShapes(selection, file, subgraph, path)
    openInputs = shapes.open
    do throws(TFLiteError) {
      network = try file.network(subgraph: subgraph, inputShapes: shapes.chosen)
    } catch {
      let place = graphs.count > 1 ? graph.map { "\($0.label), " } ?? "" : ""
      throw InputError(file: path, faults: error.faults.map { "\(place)\($0)" })
    }
    for omission in network.omissions { selection.notices.note("\(path): \(network.text(of: omission))") }
    provenance = LoadedModel.record(file, subgraph)
  }

  /// The profile that an emitted model carries.
  private static func embeddedProfile(_ file: TFLiteFile, _ path: String) throws(InputError) -> HardwareProfile? {
    guard let bytes = file.metadata(named: Provenance.profileMetadataName) else { return nil }
    do throws(ProfileError) {
      return try HardwareProfile.decode(bytes, file: "\(path), metadata \(Provenance.profileMetadataName)")
    } catch {
      throw InputError(error)
    }
  }

  private static func record(_ file: TFLiteFile, _ subgraph: Int) -> Verifier.Record {
    guard let bytes = file.metadata(named: Provenance.metadataName) else { return .absent }
    do throws(ProvenanceError) {
      return try Provenance(json: bytes).record(ofSubgraph: subgraph).map { .present($0) } ?? .absent
    } catch {
      return .unreadable(error.description)
    }
  }

  /// The file's path without its folder.
  package var fileName: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// The other graphs that a caller can run.
  package var others: [CallableGraph] { graphs.filter { $0 != graph } }

  /// Refuses to conclude anything from inputs whose sizes are placeholders.
  ///
  /// - Throws: ``InputError`` that names the input and the option.
  package func requireSizes() throws(InputError) {
    if let text = openInputs.first {
      throw InputError("\(path): \(graphs.count > 1 ? graph.map { "\($0.label): " } ?? "" : "")\(text)")
    }
  }

  /// The SHA-256 of the file in hexadecimal.
  package func digest() -> String { SHA256.hash(of: bytes).hex }

  /// The model as one that another was made from.
  ///
  /// - Parameters:
  ///   - samples: The samples in its own integers; `nil` converts those of the other model.
  ///   - isMadeUp: Whether the samples are made up.
  /// - Returns: What a verification takes.
  package func asSource(samples: [[[Int32]]]?, isMadeUp: Bool) -> Verifier.Source {
    Verifier.Source(
      network: network, profile: profile, provenance: provenance, sha256: digest(), samples: samples, isMadeUp: isMadeUp
    )
  }

  /// What the hardware does when it runs the model.
  ///
  /// - Throws: ``InputError`` when the model does not fit the profile.
  package func program() throws -> Program {
    do throws(LoweringError) {
      return try Program.lower(network, for: profile)
    } catch {
      throw InputError(
        file: path,
        faults: ["does not fit the profile \(profile.name): \(error.faults.first?.description ?? "")"]
          + error.faults.dropFirst().map(\.description),
        hint: "bitexact inspect --profile lists them and their repairs")
    }
  }

  /// How many samples may be worked on at a time: fewer than the user allows where their activations are large.
  package func threads(atMost allowed: Int) -> Int {
    min(allowed, max(1, Network.liveElementLimit / max(1, network.peakLiveElements().elements)))
  }
}

extension Network {
  /// What is told of an operator that is left out.
  package func text(of omission: Omission) -> String {
    let outputs = omission.outputs.map(label(ofTensor:)).joined(separator: ", ")
    return "operator \(omission.node) (\(omission.name)) is left out; outputs are what it reads: \(outputs)"
  }
}
