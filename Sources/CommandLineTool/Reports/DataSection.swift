internal import Reports
internal import Workflows

extension DataReport {
  /// What the arrays mean, below the warnings.
  var section: HTMLReport.Section {
    HTMLReport.Section(
      "Data",
      (warnings.map { "WARNING: \($0)" } + notes + inputs.map { "\(file), input \"\($0.input)\": \($0.sentence)." })
        .map { .paragraph($0) })
  }
}
