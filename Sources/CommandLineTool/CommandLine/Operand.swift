/// What an argument or an option's value stands for, with its placeholder in help texts.
///
/// Each says what the command does with the file that it names, if any: ``FileClaims`` refuses to begin where an output
/// is an input, or two outputs are one.
enum Operand: Sendable {
  /// A number or a word, which names no file.
  case word(String)
  /// A model that is read.
  case file(String)
  /// An array that is read: an .npy file, an .npz file or an array in one, `FILE.npz:NAME`.
  case array(String)
  /// A plan of a re-quantization that is read.
  case plan(String)
  /// A built-in profile's name, or a profile's file that is read, with those that it extends.
  case profile(String)
  /// Several of them with commas between.
  case profiles(String)
  /// A file that is written.
  case output(String)
  /// A file that is written; or a folder, which exists or ends in "/", where files are written beside others. A command
  /// claims the names of those with ``FileClaims/claim(_:for:)`` before it writes the first.
  case outputs(String)
  /// A folder that the command has to itself. What an earlier run left there makes way, if it holds the file that such
  /// a run leaves; the command refuses a folder that holds anything else.
  case folder(String, knownBy: String)
  /// A file that is read and goes on.
  case journal(String)

  /// What help texts call it.
  var placeholder: String {
    switch self {
    case .word(let text), .file(let text), .array(let text), .plan(let text), .profile(let text), .profiles(let text),
      .output(let text),
      .outputs(let text), .folder(let text, knownBy: _), .journal(let text):
      text
    }
  }

  /// Whether it names something that is written.
  var isOutput: Bool {
    switch self {
    case .word, .file, .array, .plan, .profile, .profiles: false
    case .output, .outputs, .folder, .journal: true
    }
  }
}
