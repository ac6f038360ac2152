/// Output channels in panels of as many as lie side by side; no panel has channels of two groups.
struct ChannelPanels: Sendable {
  /// Channels of a group.
  let channelsOfGroup: Int
  /// Panels of a group.
  let ofGroup: Int
  /// All panels.
  let count: Int
  private let lanes: Int

  init(channels: Int, groups: Int, lanes: Int) {
    self.lanes = lanes
    channelsOfGroup = channels / groups
    ofGroup = (channelsOfGroup + lanes - 1) / lanes
    count = groups * ofGroup
  }

  /// All lanes of all panels.
  var laneCount: Int { count * lanes }

  /// The lane, counted through all panels, that has a channel.
  func lane(of channel: Int) -> Int {
    channel / channelsOfGroup * ofGroup * lanes + channel % channelsOfGroup
  }

  /// The first channel of a panel.
  func firstChannel(of panel: Int) -> Int { panel / ofGroup * channelsOfGroup + panel % ofGroup * lanes }
}
