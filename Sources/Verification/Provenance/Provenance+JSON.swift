internal import NetworkModel

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension Provenance {
  /// The record as JSON with sorted keys, ended by a newline: equal records give equal bytes.
  package func json() -> String {
    let encoder = JSONEncoder()
    // On one line: white space would be most of long lists.
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Every field is text, an integer or a finite scale of a validated tensor, none of which can fail to be written.
    guard let data = try? encoder.encode(self) else { return "{}\n" }
    return String(decoding: data, as: UTF8.self) + "\n"
  }

  /// Reads a record.
  ///
  /// - Parameter json: The bytes of the metadata entry.
  /// - Throws: ``ProvenanceError`` when they are no record of a known version.
  package init(json: [UInt8]) throws(ProvenanceError) {
    struct Version: Decodable {
      var schemaVersion: Int
    }
    let data = Data(json)
    do {
      let version = try JSONDecoder().decode(Version.self, from: data).schemaVersion
      guard 1...Provenance.schemaVersion ~= version else {
        throw ProvenanceError(
          "its schemaVersion is \(version); this version of the tool reads 1 to \(Provenance.schemaVersion)")
      }
      self = try JSONDecoder().decode(Provenance.self, from: data)
      let others = (others ?? []).flatMap { [("inputs", $0.inputs), ("outputs", $0.outputs)] }
      let ancestors = (source.ancestors ?? []).enumerated().map { ("ancestors[\($0)].inputs", $1.inputs) }
      for (name, ports) in [("inputs", source.inputs), ("outputs", source.outputs)] + ancestors + others {
        for (index, port) in ports.enumerated() {
          if let problem = port.problem { throw ProvenanceError("source.\(name)[\(index)].\(problem)") }
        }
      }
    } catch let error as ProvenanceError {
      throw error
    } catch let error as DecodingError {
      throw ProvenanceError(error.inWords)
    } catch {
      throw ProvenanceError("it is not JSON")
    }
  }
}

extension Provenance.Port {
  /// What is wrong with the parameters; `nil` when nothing is.
  fileprivate var problem: String? {
    if let scale, !(scale.isFinite && scale > 0) { return "scale is \(scale); scales are finite and positive" }
    if let zeroPoint, let range = type.integerRange, !range.contains(zeroPoint) {
      return "zeroPoint is \(zeroPoint), which \(type) cannot hold"
    }
    return nil
  }
}

/// Why the provenance in a model file cannot be read.
package struct ProvenanceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong with the record.
  package let problem: String

  init(_ problem: String) { self.problem = problem }

  /// What, where and how to repair.
  package var description: String {
    "the model's metadata \"\(Provenance.metadataName)\" cannot be read: \(problem); emit the model again"
  }
}
