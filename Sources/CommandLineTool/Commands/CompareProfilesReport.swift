internal import Exploration
internal import Reports
internal import Workflows

/// What `compare A --profiles … --json` prints.
struct CompareProfilesReport: Encodable {
  struct Machine: Encodable {
    let profile: String
    let identical: Bool
    let firstDifference: ComparedTensor?
    let outputs: [OutputDifference]
    let tensors: [ComparedTensor]
    let requantizations: Int
    let ties: Int
    let tiesByOperator: [Ties]
  }

  struct Ties: Encodable {
    let `operator`: Int
    let name: String
    let requantizations: Int
    let ties: Int
  }

  /// A machine that the model does not fit.
  struct Unfit: Encodable {
    let profile: String
    let faults: [String]
  }

  let passed: Bool
  let failures: [String]
  let model: String
  let samples: [Int]
  let machines: [Machine]
  let unfit: [Unfit]
  let data: DataReport
  let clippedInputShare: Double

  init(
    _ comparison: ProfileComparison, _ unfit: [Unfit], _ model: LoadedModel, _ failures: [String], _ data: DataReport
  ) {
    self.data = data
    clippedInputShare = data.clippedShare
    passed = failures.isEmpty
    self.failures = failures
    self.model = model.path
    samples = comparison.machines[0].comparison.samples
    machines = comparison.machines.map { machine in
      Machine(
        profile: machine.profile, identical: machine.comparison.isIdentical,
        firstDifference: machine.comparison.firstDifference.map(ComparedTensor.init),
        outputs: machine.comparison.outputs.map(OutputDifference.init),
        tensors: machine.comparison.tensors.map(ComparedTensor.init),
        requantizations: machine.ties.reduce(0) { $0 + $1.requantizations },
        ties: machine.ties.reduce(0) { $0 + $1.ties },
        tiesByOperator: machine.ties.map {
          Ties(operator: $0.node, name: $0.name, requantizations: $0.requantizations, ties: $0.ties)
        })
    }
    self.unfit = unfit
  }

  var text: String {
    var table = TextTable([
      TextTable.Column("profile"), TextTable.Column("parts first at", maximumWidth: 48),
      TextTable.Column("tensors", .right), TextTable.Column("elements", .right), TextTable.Column("max", .right),
      TextTable.Column("mean", .right), TextTable.Column("flips", .right), TextTable.Column("exact ties", .right),
    ])
    for (number, machine) in machines.enumerated() {
      let tensors = machine.tensors
      let differing = tensors.filter { $0.accumulated.differing > 0 }
      let elements = tensors.reduce(0) { $0 + $1.accumulated.elements }
      let changed = tensors.reduce(0) { $0 + $1.accumulated.differing }
      let steps = tensors.map(\.accumulated.maximumSteps).max() ?? 0
      let mean = tensors.reduce(0) { $0 + $1.accumulated.meanSteps * Double($1.accumulated.elements) }
      let ties = Format.percent(machine.ties, of: machine.requantizations, decimals: 3)
      guard number > 0 else {
        table.add([machine.profile, "(the measure)", "", "", "", "", "", ties])
        continue
      }
      table.add([
        machine.profile, machine.firstDifference.map { "\($0.place) \"\($0.name)\"" } ?? "never",
        "\(differing.count) of \(tensors.count)", Format.percent(changed, of: elements, decimals: 2),
        Format.number(steps, decimals: 1), Format.number(mean / Double(max(elements, 1)), decimals: 4),
        Format.integer(machine.outputs.reduce(0) { $0 + $1.flips.count }), ties,
      ])
    }
    table.footnotes = [
      "", "max, mean: differences of elements in steps of their tensor; flips: samples with another arg-max;",
      "exact ties: requantizations that met a value exactly between two integers",
    ]
    var text =
      "\(model.visible), \(Format.integer(samples.count)) samples, each machine against \(machines[0].profile.visible)\n\n"
    text += table.render()
    for machine in machines.dropFirst() {
      for output in machine.outputs where !output.flips.isEmpty {
        text += "\(machine.profile.visible): \(output.flipText)\n"
      }
    }
    for machine in unfit {
      text += "\(machine.profile.visible): the model does not fit, \((machine.faults.first ?? "").visible)"
      text += machine.faults.count > 1 ? " (and \(machine.faults.count - 1) more)\n" : "\n"
    }
    for failure in failures { text += "FAIL  \(failure.visible)\n" }
    return text
  }
}
