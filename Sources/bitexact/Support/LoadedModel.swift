internal import Digest
internal import Exploration
internal import HardwareProfile
internal import Network
internal import Simulation
internal import TFLite
internal import Verification

/// A model file with everything that commands ask of it.
struct LoadedModel: Sendable {
  /// Where the profile came from; raw values stand in JSON output.
  enum ProfileOrigin: String, Sendable {
    case option, metadata, standard = "default"
  }

  /// The file's path.
  let path: String
  /// The file's bytes.
  let bytes: [UInt8]
  /// The file's tables.
  let file: TFLiteFile
  /// What the file says.
  let network: Network
  /// The hardware.
  let profile: HardwareProfile
  /// Where the profile came from.
  let profileOrigin: ProfileOrigin
  /// The profile that the file carries; `nil` for none, or where it cannot be read and is not needed.
  let ownProfile: HardwareProfile?
  /// What the file says of its origin.
  let provenance: Verifier.Record

  /// Reads a model and finds its profile.
  ///
  /// - Parameters:
  ///   - path: The file's path.
  ///   - wanted: A built-in name or a path; `nil` takes the profile in the model, or else `tflite`.
  /// - Throws: ``InputError`` with what is wrong first, `ProfileError`.
  init(_ path: String, profile wanted: String? = nil) throws {
    try self.init(bytes: InputFile.bytes(path), path: path, profile: wanted)
  }

  /// Reads a model from its bytes.
  init(bytes: [UInt8], path: String, profile wanted: String? = nil) throws {
    self.path = path
    self.bytes = bytes
    do throws(TFLiteError) {
      file = try TFLiteFile(bytes: bytes)
      network = try file.network()
    } catch {
      throw InputError(file: path, faults: error.faults.map(\.description))
    }
    for omission in network.omissions { Console.writeError("bitexact: note: \(path): \(network.text(of: omission))\n") }
    if let wanted {
      profile = try Profiles.resolve(wanted)
      profileOrigin = .option
      ownProfile = try? LoadedModel.embeddedProfile(file, path)
    } else if let embedded = try LoadedModel.embeddedProfile(file, path) {
      profile = embedded
      profileOrigin = .metadata
      ownProfile = embedded
    } else {
      profile = try Profiles.resolve("tflite")
      profileOrigin = .standard
      ownProfile = nil
    }
    provenance = LoadedModel.record(file)
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

  private static func record(_ file: TFLiteFile) -> Verifier.Record {
    guard let bytes = file.metadata(named: Provenance.metadataName) else { return .absent }
    do throws(ProvenanceError) {
      return .present(try Provenance(json: bytes))
    } catch {
      return .unreadable(error.description)
    }
  }

  /// The SHA-256 of the file in hexadecimal.
  func digest() -> String { SHA256.hash(of: bytes).hex }

  /// What the hardware does when it runs the model.
  ///
  /// - Throws: ``InputError`` when the model does not fit the profile.
  func program() throws -> Program {
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
  func threads(_ console: Console) -> Int {
    min(console.threads, max(1, Network.liveElementLimit / max(1, network.peakLiveElements().elements)))
  }
}

extension Network {
  /// What is told of an operator that is left out.
  func text(of omission: Omission) -> String {
    let outputs = omission.outputs.map(label(ofTensor:)).joined(separator: ", ")
    return "operator \(omission.node) (\(omission.name)) is left out; outputs are what it reads: \(outputs)"
  }
}

/// Profiles as commands name them.
enum Profiles {
  /// A profile by its built-in name or its path.
  ///
  /// - Throws: ``InputError`` with the first fault.
  static func resolve(_ name: String) throws(InputError) -> HardwareProfile {
    do throws(ProfileError) {
      return try HardwareProfile.resolve(name)
    } catch {
      throw InputError(error)
    }
  }
}

extension InputError {
  /// The first of a profile's faults; the fault itself names its file.
  init(_ error: ProfileError) {
    let others = error.faults.count - 1
    let rest = others > 0 ? " (and \(others) more; bitexact profile check lists them)" : ""
    self.init("\(error.faults.first?.description ?? "the profile cannot be used")\(rest)")
  }
}
