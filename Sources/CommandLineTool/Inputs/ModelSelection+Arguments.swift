internal import NetworkModel
internal import Workflows

extension Option {
  /// The options that choose a graph of a model and sizes that its file leaves open.
  static let selection = [
    Option(
      name: "--signature", value: .word("NAME"),
      help: "the signature, or else the subgraph, of a model with several; default: the first subgraph"),
    Option(
      name: "--input-shape", value: .word("NAME=1,H,W,C"),
      help: "the shape of an input whose sizes are free; NAME= may be left away for a model with one input",
      isRepeatable: true),
  ]
}

extension ModelSelection {
  /// What the command line says.
  ///
  /// - Throws: ``UsageError`` for a shape that is none.
  init(_ arguments: Arguments) throws(UsageError) {
    self.init()
    signature = arguments.text("--signature")
    for text in arguments.all("--input-shape") { shapes.append(try Self.shape(text)) }
    data = arguments.text("--inputs") ?? arguments.text("--input") ?? arguments.text("--calibrate")
    notices = .console
    isQuiet = arguments.isSet("--quiet")
  }

  private static func shape(_ text: String) throws(UsageError) -> (name: String?, extents: [Int]) {
    let separator = text.lastIndex(of: "=")
    let name = separator.map { String(text[..<$0]) }
    let list = separator.map { text[text.index(after: $0)...] } ?? text[...]
    let extents = list.split(omittingEmptySubsequences: false) { ",x×".contains($0) }.map { Int($0) }
    guard !extents.isEmpty, extents.count <= Network.rankLimit, name != "",
      extents.allSatisfy({ ($0.map { (1...Int(Int32.max)).contains($0) }) ?? false })
    else {
      throw UsageError(
        "--input-shape is \"\(text)\"; write NAME=1,224,224,3 or, for a model with one input, 1,224,224,3")
    }
    return (name, extents.compactMap(\.self))
  }
}

extension LoadedModel {
  /// How many samples may be worked on at a time.
  func threads(_ console: Console) -> Int { threads(atMost: console.threads) }
}
