/// The candidate that was probably meant by a mistyped word.
///
/// The distance is the number of letters inserted, deleted, replaced, or swapped with their neighbour (Damerau and
/// Levenshtein, in the form that edits no place twice), regardless of case. At most a third of the longer word may
/// differ, and one letter always may. Where nothing is so near, a word of three letters or more that begins exactly one
/// candidate means that one.
///
/// - Parameters:
///   - word: What was written.
///   - candidates: What could have been meant.
/// - Returns: The nearest candidate, the first of equals, or `nil` where none is near.
package func didYouMean(_ word: String, among candidates: [String]) -> String? {
  let completions = candidates.filter { $0.count > word.count && $0.lowercased().hasPrefix(word.lowercased()) }
  if word.filter(\.isLetter).count >= 3, completions.count == 1 { return completions.first }
  let written = Array(word.lowercased())
  guard !written.isEmpty, written.count <= 100 else { return nil }
  var best: (candidate: String, distance: Int)?
  for candidate in candidates where !candidate.isEmpty && candidate.count <= 100 {
    let meant = Array(candidate.lowercased())
    let distance = editDistance(written, meant)
    let longer = max(written.count, meant.count)
    // One letter for another is no likeness where the words have only one.
    guard distance <= max(1, longer / 3), distance < longer else { continue }
    if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
  }
  return best?.candidate
}

/// The optimal string alignment distance, in three rows of the usual table.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var beforeLast = [Int](repeating: 0, count: b.count + 1)
  var last = Array(0...b.count)
  for i in 1...a.count {
    var row = [i]
    for j in 1...b.count {
      let replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
      var distance = min(last[j] + 1, row[j - 1] + 1, replaced)
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
        distance = min(distance, beforeLast[j - 2] + 1)
      }
      row.append(distance)
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}
