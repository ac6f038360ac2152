// Re-quantizes a model for a machine, verifies the result and runs one input through it.
//
//     swift run requantize [MODEL.tflite [PROFILE]]
//
// Without a model it takes the built-in one, without a profile the built-in machine nna-int8-pow2.

import Bitexact

let words = CommandLine.arguments.dropFirst()

do {
  // A model, and the machine that it is for.
  let source = try words.first.map { try Model(contentsOf: $0) } ?? .demo
  let profile = try words.dropFirst().first.map { try Profile(contentsOf: $0) } ?? Profile(named: "nna-int8-pow2")
  print("\(source.name): \(source.operators.count) operators, for \(profile.name)")
  print("it breaks \(profile.faults(of: source).count) of the machine's rules")

  // Without samples some are made up; Samples(contentsOf: "images.npy") takes real ones.
  let result = try await Requantizer(profile: profile, effort: .fast, threads: 2).requantize(source)
  for warning in result.warnings { print("warning: \(warning)") }
  for layer in result.layers.prefix(3) {
    print("\(layer.operatorName): \(layer.before) became \(layer.after), shift \(layer.shift ?? 0)")
  }

  // What is proved of it, and how far it is from its source.
  let verdict = try await Verifier().verify(result.model, source: source)
  for part in verdict.parts { print("\(part.name) \(part.status): \(part.summary)") }
  print(verdict.words)

  // The same real numbers for both models.
  let (before, after) = (try Simulator(source), try Simulator(result.model))
  let numbers = source.inputs.map { input in
    (0..<input.elementCount).map { Float($0 % 255 - (input.zeroPoint ?? 0)) * (input.scale ?? 1) }
  }
  func run(_ simulator: Simulator) throws -> [Float] {
    let inputs = try numbers.enumerated().map { try simulator.quantize($1, input: $0) }
    return try simulator.run(inputs).first?.realValues ?? []
  }
  print("before: \(try run(before).prefix(5))")
  print("after:  \(try run(after).prefix(5)), program \(after.programDigest.prefix(12))")
} catch let error as BitexactError {
  for reason in error.reasons { print("error: \(reason)") }
}
