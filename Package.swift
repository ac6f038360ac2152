// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is compiled with the same strict settings.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
]

/// A library target; `dependencies` are the only targets it may import, and the arrows point one way.
func layer(_ name: String, _ dependencies: [String] = []) -> Target {
  .target(name: name, dependencies: dependencies.map { .byName(name: $0) }, swiftSettings: strict)
}

/// The tests of one target, which may use the shared test support.
func tests(_ name: String, _ dependencies: [String]) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: (dependencies + ["TestSupport"]).map { .byName(name: $0) },
    swiftSettings: strict)
}

let package = Package(
  name: "bitexact",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Bitexact", targets: ["Bitexact"]),
    .executable(name: "bitexact", targets: ["CommandLineTool"]),
  ],
  targets: [
    // From the top of the architecture down: a target imports only targets above it.
    .target(
      name: "FixedPoint", swiftSettings: strict,
      // Double.rounded(_:) calls the C mathematics library.
      linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    layer("Digest"),
    layer("Arrays"),
    layer("NetworkModel"),
    .target(
      name: "CEmbedded",
      cSettings: [.treatAllWarnings(as: .error), .disableWarning("c23-extensions")]),
    layer("HardwareProfile", ["FixedPoint", "CEmbedded"]),
    layer("TFLite", ["NetworkModel"]),
    .target(
      name: "DemoModel", dependencies: ["CEmbedded"], exclude: ["Resources"], swiftSettings: strict),
    layer("Simulation", ["FixedPoint", "Digest", "NetworkModel", "HardwareProfile"]),
    .target(name: "CKernels", cSettings: [.treatAllWarnings(as: .error)]),
    layer("FastEngine", ["FixedPoint", "NetworkModel", "HardwareProfile", "Simulation", "CKernels"]),
    layer("Requantizer", ["FixedPoint", "NetworkModel", "HardwareProfile", "Simulation"]),
    layer("Verification", ["FixedPoint", "Digest", "Arrays", "NetworkModel", "HardwareProfile", "Simulation"]),
    layer("Exploration", ["FixedPoint", "Digest", "Arrays", "NetworkModel", "Simulation", "Verification"]),
    .target(name: "Reports", dependencies: ["CEmbedded"], exclude: ["Web"], swiftSettings: strict),
    layer(
      "Workflows",
      [
        "Digest", "Arrays", "NetworkModel", "HardwareProfile", "TFLite", "Simulation", "FastEngine", "Requantizer",
        "Verification", "Exploration", "Reports",
      ]),
    layer(
      "Bitexact",
      [
        "Arrays", "NetworkModel", "HardwareProfile", "DemoModel", "Simulation", "FastEngine", "Requantizer",
        "Verification", "Exploration", "Workflows",
      ]),
    .executableTarget(
      name: "CommandLineTool",
      dependencies: [
        "FixedPoint", "Digest", "Arrays", "NetworkModel", "HardwareProfile", "TFLite", "DemoModel", "Simulation",
        "FastEngine", "Requantizer", "Verification", "Exploration", "Reports", "Workflows",
      ],
      swiftSettings: strict),

    .target(name: "TestSupport", dependencies: ["NetworkModel"], path: "Tests/TestSupport", swiftSettings: strict),
    tests("FixedPoint", ["FixedPoint"]),
    tests("Digest", ["Digest"]),
    tests("Arrays", ["Arrays"]),
    tests("NetworkModel", ["NetworkModel"]),
    tests("HardwareProfile", ["HardwareProfile", "FixedPoint"]),
    tests("TFLite", ["TFLite", "NetworkModel"]),
    tests("Simulation", ["Simulation", "FixedPoint", "NetworkModel", "HardwareProfile", "TFLite", "Arrays"]),
    tests(
      "FastEngine",
      [
        "FastEngine", "CKernels", "Requantizer", "Simulation", "FixedPoint", "NetworkModel", "HardwareProfile",
        "TFLite", "Arrays", "DemoModel",
      ]),
    tests(
      "Requantizer",
      ["Requantizer", "Simulation", "NetworkModel", "HardwareProfile", "TFLite", "Arrays", "DemoModel", "FixedPoint"]),
    tests(
      "Verification",
      ["Verification", "Simulation", "NetworkModel", "HardwareProfile", "TFLite", "FixedPoint", "Arrays"]),
    tests(
      "Exploration",
      [
        "Exploration", "Verification", "FastEngine", "Arrays", "NetworkModel", "Simulation", "FixedPoint",
        "HardwareProfile", "TFLite", "DemoModel",
      ]),
    tests("Reports", ["Reports"]),
    tests("Bitexact", ["Bitexact", "NetworkModel", "Requantizer"]),
    tests("EndToEnd", ["CommandLineTool", "Bitexact", "Arrays", "NetworkModel", "TFLite"]),
  ]
)
