// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "requantize-example",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "bitexact", path: "../../..")],
  targets: [
    .executableTarget(name: "requantize", dependencies: [.product(name: "Bitexact", package: "bitexact")])
  ])
