import HardwareProfile

/// The faults of a text; none when it is a profile.
func faults(_ text: String) -> [ProfileFault] { faults(Array(text.utf8)) }

/// The faults of a file's bytes; none when they are a profile.
func faults(_ bytes: [UInt8], file: String = "test.json", read: ((String) -> [UInt8]?)? = nil) -> [ProfileFault] {
  do {
    _ = try HardwareProfile.decode(bytes, file: file, read: read)
    return []
  } catch { return error.faults }
}

/// A profile that extends a built-in one by some members.
func whatIf(_ members: String, extends: String = "nna-int8") -> String {
  #"{"schemaVersion": 1, "name": "what-if", "extends": "\#(extends)", \#(members)}"#
}

/// A small generator of a fixed sequence (SplitMix64), so that every run tests the same.
struct Sequence64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
