package import Simulation

extension VectorManifest {
  /// Collects what the vectors are.
  package init(
    _ operators: [OperatorVectors], of program: Program, model: Model, encoding: VectorEncoding, samples: [Int]
  ) {
    self.encoding = encoding
    self.model = model
    profile = program.profile
    programDigest = program.digest()
    self.samples = samples
    arrays = operators.flatMap { $0.arrays.map(\.file) }
    let headers = encoding == .c ? [Self.headerName] : []
    files = (arrays + operators.flatMap { $0.texts.map(\.file) } + headers).sorted()
    self.operators = operators.map(\.manifest)
  }
}
