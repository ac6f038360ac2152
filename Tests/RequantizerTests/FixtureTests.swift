import FixedPoint
import HardwareProfile
import NetworkModel
import Requantizer
import Simulation
import TFLite
import TestSupport
import Testing

@Suite struct FixtureTests {
  /// What no profile serves: activations that are no clamps.
  static let unfused = ["conv_i8_tanh", "conv_u8_tanh", "conv_u8_sign_bit"]
  /// What shifts to the right do not serve: a gain of 2^19, with which one step of the input jumps over the output.
  static let beyondShifts = ["conv_i8_shift_wrap", "conv_u8_shift_wrap"]
  /// Products on a finer scale than a right shift gives, where the device multiplies.
  static let beyondProducts = ["mul_i8_gain", "mul_u8_gain"]
  /// What no machine of int16 activations has.
  static let eightBitsOnly = ["hard_swish_", "l2_normalization_", "lstm_", "prelu_", "sum_", "svdf_"]

  /// The models that a profile meets: all, or a seventh of them beside those that are refused.
  static func models(_ profile: String) throws -> [String] {
    let names = try RepositoryFiles.names(in: "Tests/Fixtures/litert", suffix: ".tflite").map {
      String($0.dropLast(".tflite".count))
    }
    let place = HardwareProfile.builtInNames.firstIndex(of: profile) ?? 0
    let refused = unfused + beyondShifts + beyondProducts
    // There are more profiles than seven, so that each model meets two or three of them.
    let models = TestScope.those(of: Array(names.enumerated())) { number, name in
      (number + place) % 7 == 0 || refused.contains(name)
    }
    return models.map(\.element)
  }

  @Test(arguments: HardwareProfile.builtInNames)
  func everySingleOperatorModelFitsOrIsRefusedWithAReason(_ name: String) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    var refused: [String] = []
    var expected = Self.unfused
    for model in try Self.models(name) {
      let file = "Tests/Fixtures/litert/\(model).tflite"
      let source = try TFLiteFile(bytes: Array(RepositoryFiles.data(file))).network()
      let isWide = model.contains("i16") || model.contains("int16")
      if profile.activations.formats == [.int(16)] && Self.eightBitsOnly.contains(where: model.hasPrefix) {
        expected.append(model)
      }
      do {
        let result = try await Requantizer(profile: profile).requantize(source)
        #expect(!isWide || result.isUnchanged, "\(model)")
        if result.isUnchanged {
          #expect(result.network == source, "\(model)")
          continue
        }
        #expect(Laws.breaches(result.network, source: source, profile) == [], "\(model)")
        let again = try await Requantizer(profile: profile).requantize(result.network)
        #expect(again.isUnchanged && again.network == result.network, "\(model)")
      } catch let error as RequantizationError where isWide {
        let hasPlace = error.description.contains("int16") || error.description.contains("operator 0 (")
        #expect(hasPlace || (!profile.vendor.isEmpty && name != "tflite"), "\(model): \(error)")
      } catch let error as RequantizationError {
        refused.append(model)
        // A machine of a vendor lacks operators; the first that it lacks may stand further on.
        if !profile.vendor.isEmpty && name != "tflite" { continue }
        #expect(error.description.contains("operator 0 ("), "\(model)")
      }
    }
    if !profile.vendor.isEmpty && name != "tflite" { return }
    let isShiftOnly = profile.requantize.count == 1
    // Nor does a 16-bit multiplier, whose fraction is shorter than the gain.
    if isShiftOnly || profile.activations.formats == [.int(16)] { expected += Self.beyondShifts }
    if isShiftOnly && profile.operators["MUL"]?.run == .device { expected += Self.beyondProducts }
    #expect(refused.sorted() == expected.sorted())
  }

  @Test func tensorFlowLiteNeedsNoRequantization() async throws {
    let profile = try HardwareProfile.builtIn(named: "tflite")
    for file in try RepositoryFiles.names(in: "Tests/Fixtures/litert", suffix: ".tflite")
    where !Self.unfused.contains(String(file.dropLast(".tflite".count))) {
      let source = try TFLiteFile(bytes: Array(RepositoryFiles.data("Tests/Fixtures/litert/\(file)"))).network()
      #expect(try await Requantizer(profile: profile).requantize(source).isUnchanged, "\(file)")
    }
  }
}
