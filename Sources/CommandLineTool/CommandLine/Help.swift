internal import Reports

/// The texts that explain the tool.
enum Help {
  /// What `bitexact --help` prints.
  static func overview(_ commands: [Command]) -> String {
    var table = TextTable([TextTable.Column(""), TextTable.Column("")])
    for command in commands { table.add(["  \(command.name)", command.summary]) }
    return """
      bitexact: re-quantizes neural networks for integer hardware, simulates them bit by bit, and proves the result.

      usage: bitexact COMMAND [ARGUMENTS]
             bitexact COMMAND --help

      commands:
      \(table.render())
      options:
        --help     print this text
        --version  print the version

      P, the hardware, is the name of a built-in profile (bitexact profile list) or the path of a JSON file.
      Exit codes: 0 success, 1 a check failed, 2 bad input, 64 bad usage.

      Start with: bitexact demo

      """
  }

  /// What `bitexact COMMAND --help` prints.
  static func text(for command: Command) -> String {
    var lines = ["bitexact \(command.name): \(command.summary)", "", "usage: \(usage(of: command))", "", "options:"]
    var table = TextTable([TextTable.Column(""), TextTable.Column("")])
    for option in command.allOptions {
      let names = [option.short, option.name].compactMap(\.self).joined(separator: ", ")
      table.add(["  \(names)\(option.value.map { " \($0.placeholder)" } ?? "")", option.help])
    }
    lines += table.render().split(separator: "\n").map(String.init)
    if !command.notes.isEmpty { lines += [""] + command.notes }
    lines += ["", "examples:"] + command.examples.map { "  bitexact \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The command line in one line.
  static func usage(of command: Command) -> String {
    let options = command.options.map { option in
      let text = "\(option.short ?? option.name)\(option.value.map { " \($0.placeholder)" } ?? "")"
      return option.isRequired ? text : option.isRepeatable ? "[\(text) …]" : "[\(text)]"
    }
    let optional = command.optionalPositional.map { ["[\($0.placeholder)]"] } ?? []
    return (["bitexact", command.name] + command.positionals.map(\.placeholder) + optional + options).joined(
      separator: " ")
  }
}
