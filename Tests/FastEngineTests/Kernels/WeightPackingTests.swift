@testable internal import FastEngine
internal import Testing

/// How weights are laid out for kernels, whether this CPU has the kernels or not.
@Suite struct WeightPackingTests {
  private let vnni: WeightPacking

  init() throws { vnni = try #require(KernelTable.packings.first { $0.set == .avx512vnni }).convolution }

  @Test("The last panel is one and a half blocks where that many channels and pixels are left")
  func panels() {
    let shared = WeightPacking.blockAndHalf
    #expect(vnni.panels(channels: 24, pixels: 4) == [shared])
    #expect(vnni.panels(channels: 17, pixels: 4) == [shared])
    #expect(vnni.panels(channels: 88, pixels: 100) == [4, shared])
    #expect(vnni.panels(channels: 24, pixels: 3) == [2])
    #expect(vnni.panels(channels: 25, pixels: 100) == [2])
    #expect(vnni.panels(channels: 16, pixels: 100) == [1])
    #expect(vnni.panels(channels: 40, pixels: 100) == [2, 1])
  }

  @Test("The half block's channels stand twice")
  func lanes() {
    let order = LaneOrder(panels: [WeightPacking.blockAndHalf], lanes: 16)
    #expect(order.channels == Array(0..<16) + Array(16..<24) + Array(16..<24))
    #expect(order.panelRanges == [0..<32])
  }

  @Test("What segments have beyond whole groups is gathered where that saves groups")
  func split() {
    let rows = [Array(0..<9), Array(9..<18), Array(18..<27)]
    let image = vnni.split(rows, starts: [0, 672, 1344])
    #expect(image.segments == [Array(0..<8), Array(9..<17), Array(18..<26), [8, 17, 26]])
    #expect(image.tailOffsets == [8, 680, 1352, 8])
    // Three bytes of each row fill as many groups as there are rows.
    let wide = vnni.split(rows.map { Array($0[..<7]) }, starts: [0, 672, 1344])
    #expect(wide.segments == rows.map { Array($0[..<7]) })
    #expect(wide.tailOffsets.isEmpty)
    #expect(vnni.split([Array(0..<8)], starts: [0]).tailOffsets.isEmpty)
  }
}
