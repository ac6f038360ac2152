/// Guesses which known word was meant.
enum NearestWord {
  /// The known word that the fewest edits separate from a word, if so few that it may have been meant.
  static func nearest(to word: String, in known: [String]) -> String? {
    let ranked = known.map { (word: $0, distance: distance(word.lowercased(), $0.lowercased())) }
    guard let best = ranked.min(by: { ($0.distance, $0.word) < ($1.distance, $1.word) }) else { return nil }
    return best.distance <= max(2, max(word.count, best.word.count) / 2) ? best.word : nil
  }

  /// `unknown key` and the like, with the word that was probably meant and the list of those that are allowed.
  static func refusal(_ what: String, _ word: String, allowed: [String]) -> String {
    let meant = OtherNames.meanings(of: word, among: allowed)
    let words = meant.isEmpty ? [nearest(to: word, in: allowed)].compactMap(\.self) : meant
    let guess = words.isEmpty ? ";" : ", did you mean \(words.map { "\"\($0)\"" }.joined(separator: " or "))?"
    return "\(what)\(guess) allowed: \(allowed.isEmpty ? "none" : allowed.joined(separator: ", "))"
  }

  /// The fewest insertions, deletions, replacements and swaps of neighbours that turn one word into the other, each
  /// letter taking part in one of them (Damerau and Levenshtein's distance in the form of the optimal alignment).
  ///
  /// - Complexity: O(n·m); words are cut at 64 letters, more than any known word has.
  static func distance(_ left: String, _ right: String) -> Int {
    let a = Array(left.prefix(64))
    let b = Array(right.prefix(64))
    var rows = [Array(0...b.count)]
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
