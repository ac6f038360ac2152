/// Output channels in panels of as many as lie side by side; no panel has channels of two groups.
struct ChannelPanels: Sendable {
  /// Channels of a group.
  let channelsOfGroup: Int
  private let panelsOfGroup: Int
  /// All panels.
  let count: Int
  private let lanes: Int

  init(channels: Int, groups: Int, lanes: Int) {
    self.lanes = lanes
    channelsOfGroup = channels / groups
    panelsOfGroup = (channelsOfGroup + lanes - 1) / lanes
    count = groups * panelsOfGroup
  }

  /// All lanes of all panels.
  var laneCount: Int { count * lanes }

  /// The lane, counted through all panels, that has a channel.
  func lane(of channel: Int) -> Int {
    channel / channelsOfGroup * panelsOfGroup * lanes + channel % channelsOfGroup
  }

  /// The panels of a group.
  func ofGroup(_ group: Int) -> Range<Int> { group * panelsOfGroup..<(group + 1) * panelsOfGroup }

  /// Whether a panel is its group's first.
  func beginsGroup(_ panel: Int) -> Bool { panel % panelsOfGroup == 0 }

  /// The group of a panel.
  func group(of panel: Int) -> Int { panel / panelsOfGroup }

  /// The first channel of a panel.
  func firstChannel(of panel: Int) -> Int {
    panel / panelsOfGroup * channelsOfGroup + panel % panelsOfGroup * lanes
  }
}
