internal import DemoModel
internal import FastEngine
internal import FixedPoint
internal import Foundation
internal import HardwareProfile
internal import NetworkModel
internal import Requantizer
internal import Simulation
internal import Synchronization
internal import TFLite
internal import TestSupport
internal import Testing

/// Models from files, on machines that exist and machines that might.
@Suite struct WholeModelTests {
  @Test("LiteRT's single-operator models: every tensor equals the reference engine's")
  func fixtures() throws {
    let names = try RepositoryFiles.names(in: "Tests/Fixtures/litert").filter { $0.hasSuffix(".tflite") }
    let profile = try HardwareProfile.builtIn(named: "tflite")
    var compared = 0
    for name in names {
      let bytes = [UInt8](try RepositoryFiles.data("Tests/Fixtures/litert/\(name)"))
      let network = try TFLiteFile(bytes: bytes).network()
      guard let program = try? Program.lower(network, for: profile) else { continue }
      let difference = firstDifference(program, TestScope.some(2, of: samples(program, seed: 11)))
      #expect(difference == nil, "\(name)")
      compared += 1
    }
    #expect(compared > 150)
  }

  /// A machine: a built-in profile with changes.
  enum Machine: String, CaseIterable {
    case nna = "nna-int8"
    case shift = "nna-int8-shift"
    case pow2 = "nna-int8-pow2"
    case narrowWrap, shortSaturate, tiesToEven, floor, toOdd, channelFirst, saturateGroups

    /// The built-in machine that this one is or differs from.
    var base: Machine { HardwareProfile.builtInNames.contains(rawValue) ? self : .pow2 }

    var profile: HardwareProfile {
      get throws {
        var profile = try HardwareProfile.builtIn(named: base.rawValue)
        switch self {
        case .nna, .shift, .pow2: break
        case .narrowWrap:
          profile.accumulator.bits = 16
          profile.accumulator.overflow = .wrap
        case .shortSaturate:
          profile.accumulator.bits = 13
          profile.accumulator.overflow = .saturate
        case .tiesToEven: profile.requantize = [.shift(rounding: .tiesToEven, minimum: 0, maximum: 31)]
        case .floor: profile.requantize = [.shift(rounding: .floor, minimum: 0, maximum: 31)]
        case .toOdd: profile.requantize = [.shift(rounding: .toOdd, minimum: 0, maximum: 31)]
        case .channelFirst: profile.accumulator.order = .channelHeightWidth
        case .saturateGroups:
          profile.accumulator.order = .channelHeightWidth
          profile.accumulator.bits = 18
          profile.accumulator.check = .group
          profile.accumulator.groupSize = 16
        }
        return profile
      }
    }
  }

  static let demos = [DemoModel.File.int8Model, .uint8Model]

  static func demo(_ file: DemoModel.File) throws -> Network {
    try TFLiteFile(bytes: DemoModel.bytes(of: file)).network()
  }

  /// What was rewritten, since that takes long and several tests ask for it.
  private static let rewritten = Mutex<[String: Task<Network, any Error>]>([:])

  /// A built-in model rewritten for a machine, without calibration.
  ///
  /// In the quick suite a machine takes what was rewritten for the built-in one that it differs from in sums or roundings.
  static func program(_ file: DemoModel.File, _ machine: Machine) async throws -> Program {
    let maker = TestScope.isExhaustive ? machine : machine.base
    let task = rewritten.withLock { tasks in
      let key = "\(file.rawValue) \(maker)"
      let task =
        tasks[key] ?? Task { try await Requantizer(profile: maker.profile).requantize(demo(file)).network }
      tasks[key] = task
      return task
    }
    return try Program.lower(try await task.value, for: machine.profile)
  }

  @Test("The built-in models under tflite: every tensor, traced and not", arguments: demos)
  func host(file: DemoModel.File) throws {
    let program = try Program.lower(Self.demo(file), for: HardwareProfile.builtIn(named: "tflite"))
    #expect(firstDifference(program, Array(samples(program, seed: 7).prefix(2))) == nil)
  }

  @Test("The built-in models re-quantized: every tensor, traced and not", arguments: Machine.allCases)
  func requantized(machine: Machine) async throws {
    try await compare(.int8Model, machine)
    let others = TestScope.those(of: [Machine.nna, .shift, .pow2]) { $0 == .pow2 }
    if others.contains(machine) { try await compare(.uint8Model, machine) }
  }

  private func compare(_ file: DemoModel.File, _ machine: Machine) async throws {
    let program = try await Self.program(file, machine)
    // Random pixels for one model, alternating ones for the other.
    let sample = samples(program, seed: 8)[file == .int8Model ? 0 : 3]
    #expect(firstDifference(program, [sample]) == nil, "\(file.rawValue)")
  }

  /// The kernels of the steps with weights.
  private static func weightedKernels(_ engine: FastEngine) -> [String] {
    let weighted: Set = ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"]
    return zip(engine.program.steps, engine.kernelNames).filter { weighted.contains($0.0.name) }.map(\.1)
  }

  @Test(
    "Of a re-quantized model every weighted step takes the vector kernels, where the CPU has them", arguments: demos)
  func kernels(file: DemoModel.File) async throws {
    let skipped = KernelSet.allCases.filter { !$0.isSupported }.map(\.rawValue)
    if !skipped.isEmpty { print("this CPU lacks the kernels \(skipped.joined(separator: ", ")); they are not tested") }
    let machines = [Machine.nna, .shift, .pow2, .tiesToEven, .channelFirst]
    for machine in TestScope.those(of: machines, where: { $0.base == .pow2 || file == .int8Model }) {
      let program = try await Self.program(file, machine)
      for kernels in supportedKernels {
        let engine = FastEngine(program, kernels: kernels)
        let names = Self.weightedKernels(engine)
        #expect(names.count > 5 && Set(names) == [kernels.rawValue], "\(machine) \(kernels.rawValue)")
      }
    }
  }

  @Test("A narrow register takes the checked way, and a rounding that no kernel has takes the portable one")
  func slowWays() async throws {
    for kernels in supportedKernels {
      let narrow = FastEngine(try await Self.program(.int8Model, .narrowWrap), kernels: kernels)
      #expect(Self.weightedKernels(narrow).contains("checked"))
      let short = FastEngine(try await Self.program(.int8Model, .shortSaturate), kernels: kernels)
      #expect(Self.weightedKernels(short).contains("checked16"))
      let jammed = FastEngine(try await Self.program(.int8Model, .toOdd), kernels: kernels)
      #expect(Set(Self.weightedKernels(jammed)) == ["portable"])
    }
  }
}
