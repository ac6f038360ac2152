import Foundation
import Testing

@Suite("The command line")
struct UsageTests {
  static let commands = [
    "demo", "inspect", "requantize", "run", "verify", "evaluate", "compare", "explore", "vectors", "bench",
    "profile list", "profile show", "profile check", "profile diff", "profile schema",
  ]

  @Test("every command explains itself with its usage, options and two examples or more", arguments: commands)
  func help(command: String) throws {
    let result = try Workspace().tool(command.split(separator: " ").map(String.init) + ["--help"])
    #expect(result.exitCode == 0)
    #expect(result.errors.isEmpty)
    #expect(result.output.contains("usage: bitexact \(command)"))
    #expect(result.output.contains("--threads N"))
    let examples = try #require(result.output.components(separatedBy: "examples:\n").last)
    #expect(examples.split(separator: "\n").count(where: { $0.hasPrefix("  bitexact \(command)") }) >= 2)
  }

  @Test("the overview names every command", arguments: [["--help"], ["help"], ["-h"]])
  func overview(arguments: [String]) throws {
    let result = try Workspace().tool(arguments)
    #expect(result.exitCode == 0)
    for command in Self.commands { #expect(result.output.contains("  \(command) "), "\(command)") }
  }

  @Test("the version is printed")
  func version() throws {
    let result = try Workspace().tool("--version")
    #expect(result.exitCode == 0)
    #expect(result.output.wholeMatch(of: /bitexact \d+\.\d+\.\d+\n/) != nil)
  }

  @Test(
    "kernels that this CPU does not have are not silently replaced by others", arguments: ["sse9", "neon avx2", ""])
  func unknownKernels(name: String) throws {
    let result = try BitexactTool.run(["demo"], in: Workspace(), limits: "export BITEXACT_KERNELS='\(name)'")
    #expect(result.exitCode == 64)
    #expect(result.errorLines.count == 1)
    #expect(result.errors.contains("BITEXACT_KERNELS names \"\(name)\"") && result.errors.contains("portable"))
  }

  @Test(
    "a mistyped word is answered with what was meant",
    arguments: [
      (["inspct"], "inspect"), (["profile", "shw"], "show"), (["run", "m", "--inptu", "x"], "--input"),
      (["evaluate", "m", "--label=y"], "--labels"),
      (["run", "m", "--input", "x", "--engine", "refrence"], "reference"),
    ])
  func didYouMean(arguments: [String], meant: String) throws {
    let result = try Workspace().tool(arguments)
    #expect(result.exitCode == 64)
    #expect(result.output.isEmpty)
    #expect(result.errorLines.count == 1)
    #expect(result.errors.contains("did you mean \(meant)?"), "\(result.errors)")
  }

  @Test(
    "a command line that means nothing ends with 64 and one line",
    arguments: [
      [], ["run"], ["run", "m"], ["run", "m", "n", "--input", "x"], ["run", "m", "--input"],
      ["run", "m", "--input", "x", "--input", "y"], ["run", "m", "--input", "x", "--json=yes"],
      ["run", "m", "--input", "x", "--threads", "0"], ["run", "m", "--input", "x", "--count", "many"],
      ["run", "m", "--input", "x", "--dequantize"], ["run", "m", "--input", "x", "--tensor", "3"],
      ["run", "m", "--input", "x", "--complement"], ["profile"], ["requantize", "m", "-o", "n"],
      ["evaluate", "m", "--inputs", "x"],
    ])
  func badUsage(arguments: [String]) throws {
    let result = try Workspace().tool(arguments)
    #expect(result.exitCode == 64)
    #expect(result.output.isEmpty)
    if !arguments.isEmpty {
      #expect(result.errorLines.count == 1, "\(result.errors)")
      #expect(result.errors.hasPrefix("bitexact: error: "))
    }
  }

  @Test("an unknown command is answered with each command once")
  func unknownCommand() throws {
    let result = try Workspace().tool("foo")
    #expect(result.exitCode == 64)
    #expect(result.errors.components(separatedBy: "profile").count == 2, "\(result.errors)")
  }
}
