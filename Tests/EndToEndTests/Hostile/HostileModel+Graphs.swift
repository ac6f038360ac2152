import NetworkModel
import TFLite
import TestSupport

/// Graphs that are no graphs, and those that are too large.
extension HostileModel {
  static let graphs: [HostileModel] = frames + texts + large

  private static let frames: [HostileModel] = [
    HostileModel("no subgraph", "has no subgraph", .convolution) { $0.model.set("subgraphs", [Table]()) },
    HostileModel("no inputs", "the graph: has no input", .convolution) { $0.graph { $0.set("inputs", [Int64]()) } },
    HostileModel("no outputs", "the graph: has no output", .convolution) { $0.graph { $0.set("outputs", [Int64]()) } },
    HostileModel("no operators", "has no operator", .convolution) { $0.graph { $0.set("operators", [Table]()) } },
    HostileModel("no tensors", "the file has 0 tensors", .convolution) { $0.graph { $0.set("tensors", [Table]()) } },
    HostileModel("an input beyond the tensors", "is tensor 2147483647", .convolution) {
      $0.graph { $0.set("inputs", [Int64(Int32.max)]) }
    },
    HostileModel("an output of −1", "is tensor -1", .convolution) { $0.graph { $0.set("outputs", [-1]) } },
    HostileModel("the same input twice", "an input of the graph twice", .convolution) {
      $0.graph { $0.set("inputs", [0, 0]) }
    },
    HostileModel("a constant as input", "yet constant", .convolution) { $0.graph { $0.set("inputs", [0, 4]) } },
    HostileModel("an output that nobody writes", "is an output that nothing writes", .convolution) { file in
      file.graph { graph in
        graph.set("tensors", graph.tables("tensors") + [graph.tables("tensors")[6]])
        graph.set("outputs", [7])
      }
    },
    HostileModel("another schema version", "schema version 4", .convolution) { $0.model.set("version", 4) },
    HostileModel("an empty model", "has no subgraph", .convolution) { $0.model = TFLiteFile().model },
  ]

  /// Texts that would make the one line many, or endless.
  private static let texts: [HostileModel] = [
    HostileModel("a name of several lines", #"tensor 3 "a; b; \u{1B}[31m""#, .convolution) { file in
      file.tensor(3) { $0.set("name", "a\nb\r\u{1B}[31m") }
      file.scale(3, 0)
    },
    HostileModel("a name of a million accents", "has the scale 0.0", .convolution) { file in
      file.tensor(3) { $0.set("name", "a" + String(repeating: "\u{301}", count: 1_000_000)) }
      file.scale(3, 0)
    },
    HostileModel("a name that is no UTF-8", "has the scale 0.0", .convolution) { file in
      file.tensor(3) { $0["name"] = .string([0xC3, 0x28, 0xFF, 0xFE, 0]) }
      file.scale(3, 0)
    },
    HostileModel("a profile in the metadata that is nested without end", "nested deeper", .convolution) {
      $0 = try withMetadata($0, "bitexact.profile", String(repeating: "[", count: 1_000_000))
    },
    HostileModel("a profile in the metadata that reads another file", "extends", .convolution) {
      $0 = try withMetadata(
        $0, "bitexact.profile", #"{"schemaVersion":1,"name":"x","extends":"../../etc/passwd.json"}"#)
    },
    HostileModel("an origin in the metadata that is nested without end", "cannot be read", .convolution, at: .lowering)
    {
      $0 = try withMetadata($0, "bitexact.provenance", String(repeating: "[", count: 1_000_000))
    },
    origin("an origin with a zero point of −2^63", scale: "1", zeroPoint: "-9223372036854775808"),
    origin("an origin with a scale of 0", scale: "0", zeroPoint: "0"),
    origin("an origin with a negative scale", scale: "-1", zeroPoint: "0"),
  ]

  private static func withMetadata(_ file: TFLiteFile, _ name: String, _ text: String) throws -> TFLiteFile {
    try TFLiteFile(file.network(), replacing: file, metadata: [(name, Array(text.utf8))])
  }

  /// A model that says of the model it was made from that its uint8 input had such parameters.
  private static func origin(_ name: String, scale: String, zeroPoint: String) -> HostileModel {
    HostileModel(name, "source.inputs[0]", .byteConvolution, at: .lowering) {
      let port =
        #"{"name":"x","type":"uint8","shape":[1,4,4,1],"scale":\#(scale),"zeroPoint":\#(zeroPoint)}"#
      let record =
        #"{"schemaVersion":1,"toolVersion":"1","source":{"file":"x","sha256":"","inputs":[\#(port)],"outputs":[]},"#
        + #""profile":{"name":"tflite","sha256":""},"programDigest":"","passes":[]}"#
      $0 = try withMetadata($0, "bitexact.provenance", record)
    }
  }
}
