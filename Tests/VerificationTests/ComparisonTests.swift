import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing
import Verification

@Suite struct ComparisonTests {
  @Test func theRatioIsInDecibels() {
    var comparison = Comparison()
    comparison.add([1, 0, 0], against: [1.1, 0, 0])
    // 10·log10((1.21 − 1.21/3) / 0.01).
    #expect(abs((comparison.sqnrDb ?? 0) - 19.066_941_113) < 1e-6)
    comparison.add([10, 0, 0], against: [10, 0, 0])
    #expect(abs((comparison.sqnrDb ?? 0) - 39.067_39) < 1e-4)
    #expect(abs(comparison.maximumError - 0.1) < 1e-12)
    #expect(abs((comparison.meanError ?? 0) - 0.1 / 6) < 1e-12)
  }

  @Test func equalSamplesHaveNoRatio() {
    var comparison = Comparison()
    #expect(comparison.agreement == nil && comparison.meanError == nil)
    comparison.add([1, 2], against: [1, 2])
    #expect(comparison.sqnrDb == nil && comparison.isIdentical && comparison.agreement == 1)
    comparison.add([1, 2], against: [0, 0])
    #expect(comparison.sqnrDb != nil && !comparison.isIdentical)
  }

  @Test func equalBitsOfWhatIsNoNumberAreNoDifference() {
    let odd = Double(nan: 7, signaling: false)
    let values: [Double] = [odd, -Double.infinity, -Double.nan, 1]
    var (comparison, difference) = (Comparison(), TensorDifference())
    comparison.add(values, against: values)
    difference.add(values, against: values, step: 0)
    #expect(comparison.isIdentical && comparison.sqnrDb == nil && comparison.meanError == 0)
    #expect(difference.isIdentical && difference.maximumSteps == 0 && difference.meanSteps == 0)
  }

  @Test(arguments: [Double.nan, Double.infinity, 2, -Double.nan]) func whatIsNoNumberIsFarFromAllElse(_ other: Double) {
    let odd = Double(nan: 7, signaling: false)
    var (comparison, difference) = (Comparison(), TensorDifference())
    comparison.add([1, other], against: [1, odd])
    difference.add([1, other], against: [1, odd], step: 0)
    #expect(!comparison.isIdentical && comparison.sqnrDb == -.infinity && comparison.maximumError == .infinity)
    #expect(difference.differing == 1 && difference.maximumSteps == .infinity && difference.meanSteps == .infinity)
    #expect(difference.histogram.first == 1 && difference.histogram.last == 1)
  }

  @Test func theFirstLargestElementDecidesAndTiesAreCounted() {
    var comparison = Comparison()
    comparison.add([3, 3, 1], against: [3, 1, 1])
    comparison.add([1, 3, 3], against: [1, 1, 3])
    comparison.add([0, 1], against: [0, 5])
    #expect(comparison.agreements == 2)
    #expect(comparison.ties == 2)
    #expect(comparison.samples == 3 && comparison.elements == 8)
  }

  @Test func mergingIsAddingAll() {
    var (all, left, right) = (Comparison(), Comparison(), Comparison())
    for number in 0..<8 {
      let (a, b) = ([Double(number), 3], [Double(number) + 0.5, 2])
      all.add(a, against: b)
      if number < 5 { left.add(a, against: b) } else { right.add(a, against: b) }
    }
    left.merge(right)
    #expect(left == all)
  }

  @Test func dequantizingFollowsTheAxis() {
    let tensor = Tensor(
      name: "", type: .int8, shape: Shape([2, 2, 2]),
      quantization: Quantization(scales: [1, 10], zeroPoints: [0, 1], axis: 1))
    #expect(Dequantizer(tensor)([1, 2, 3, 4, 5, 6, 7, 8]) == [1, 2, 20, 30, 5, 6, 60, 70])
  }

  @Test func convertingKeepsTheRealNumber() {
    let bytes = Tensor(
      name: "", type: .uint8, shape: Shape([4]), quantization: Quantization(scale: 0.5, zeroPoint: 128))
    let signed = Tensor(name: "", type: .int8, shape: Shape([4]), quantization: Quantization(scale: 0.5))
    let coarse = Tensor(name: "", type: .int8, shape: Shape([4]), quantization: Quantization(scale: 1))
    let stored: [Int32] = [0, 128, 131, 255]
    #expect(Dequantizer.convert(stored, from: bytes, to: signed) == [-128, 0, 3, 127])
    // 1.5 and 63.5 are ties and go away from zero.
    #expect(Dequantizer.convert(stored, from: bytes, to: coarse) == [-64, 0, 2, 64])
    let real = Tensor(name: "", type: .float32, shape: Shape([4]))
    let floats = Dequantizer.convert(stored, from: bytes, to: real)
    #expect(Dequantizer.convert(floats, from: real, to: bytes) == stored)
  }

  @Test func logitsLieBeforeTheSoftmax() {
    let network = Models.everyKernel()
    let softmax = network.nodes.first { $0.operation.name == "SOFTMAX" }
    #expect(network.logits(of: network.outputs[0]) == softmax?.inputs[0])
    let layer = Models.layer(weights: [[1]])
    #expect(layer.logits(of: layer.outputs[0]) == layer.outputs[0])
    #expect(network.logits(of: network.inputs[0]) == network.inputs[0])
  }
}
