internal import HardwareProfile
internal import Simulation
internal import Workflows

/// The arithmetic and the limits of one machine: bit widths, zero points, scales, accumulators, every rounding.
///
/// `docs/profile-reference.md` lists all keys of the JSON form.
public struct Profile: Sendable, Hashable {
  let hardware: HardwareProfile

  init(_ hardware: HardwareProfile) { self.hardware = hardware }

  /// The names of the built-in profiles, sorted.
  public static var builtInNames: [String] { HardwareProfile.builtInNames }

  /// Takes a built-in profile.
  ///
  /// - Parameter name: One of ``builtInNames``.
  /// - Throws: ``BitexactError/profile(_:)`` with the names that there are.
  public init(named name: String) throws(BitexactError) {
    hardware = try BitexactError.rethrowing(BitexactError.profile) { try HardwareProfile.builtIn(named: name) }
  }

  /// Reads a profile from a JSON file; what it extends is built in, or a file beside it or below.
  ///
  /// - Parameter path: The file's path.
  /// - Throws: ``BitexactError/profile(_:)`` with everything that is wrong with it.
  public init(contentsOf path: String) throws(BitexactError) {
    try BitexactError.rethrowing(BitexactError.file) { try FileKind.check(path, as: .profile) }
    hardware = try BitexactError.rethrowing(BitexactError.profile) { try HardwareProfile.load(path: path) }
  }

  /// Reads a profile from JSON; it can extend built-in profiles only.
  ///
  /// - Parameters:
  ///   - json: The text.
  ///   - name: What messages call it.
  /// - Throws: ``BitexactError/profile(_:)`` with everything that is wrong with it.
  public init(json: String, name: String = "profile.json") throws(BitexactError) {
    hardware = try BitexactError.rethrowing(BitexactError.profile) {
      try HardwareProfile.decode(Array(json.utf8), file: name)
    }
  }

  /// The name that the profile states.
  public var name: String { hardware.name }

  /// The whole profile as JSON with sorted keys, without `extends`; reading it gives an equal profile.
  public var json: String { hardware.canonicalJSON() }

  /// The same machine with another value at a key.
  ///
  /// - Parameters:
  ///   - key: The key as in messages, without indices: `accumulator.bits`, `requantize.rounding`, `weights.bits`.
  ///   - value: The value as JSON; a word needs no quotes.
  /// - Returns: The machine.
  /// - Throws: ``BitexactError/profile(_:)`` where there is no such key, or the profile with the value has faults.
  public func setting(_ key: String, to value: String) throws(BitexactError) -> Profile {
    try BitexactError.rethrowing(BitexactError.profile) { Profile(try hardware.setting(key, to: value)) }
  }

  /// A rule of a machine that a model breaks.
  public struct Fault: Hashable, Sendable, CustomStringConvertible {
    /// The file's index of the operator.
    public let operatorIndex: Int
    /// The operator, or its tensor, in words.
    public let place: String
    /// The key of the profile that demands it; `nil` where the operator itself does.
    public let key: String?
    /// What the rule is, and what the model has.
    public let rule: String
    /// What to do.
    public let remedy: String

    /// All of it on one line.
    public var description: String { "\(place): \(rule); \(remedy)" }
  }

  /// The rules that a model breaks; none for a model that the machine can run.
  ///
  /// - Parameter model: The model; of a file with several graphs the one that is meant.
  /// - Returns: The faults, in the order of the file.
  public func faults(of model: Model) -> [Fault] {
    hardware.conformanceFaults(of: model.loaded.network).map {
      Fault(operatorIndex: $0.node, place: $0.place, key: $0.key, rule: $0.rule, remedy: $0.remedy)
    }
  }
}
