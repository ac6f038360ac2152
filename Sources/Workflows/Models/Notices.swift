/// Where work tells what a user should know beside its result.
package struct Notices: Sendable {
  /// Takes what is good to know.
  package let note: @Sendable (String) -> Void
  /// Takes what must not be missed: results that it concerns are not what they seem.
  package let warn: @Sendable (String) -> Void

  /// Names who is told.
  package init(note: @escaping @Sendable (String) -> Void, warn: @escaping @Sendable (String) -> Void) {
    (self.note, self.warn) = (note, warn)
  }

  /// Nobody is told.
  package static let none = Notices(note: { _ in }, warn: { _ in })
}
