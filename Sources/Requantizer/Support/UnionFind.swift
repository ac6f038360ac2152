/// Sets that grow together.
struct UnionFind {
  private var parents: [Int]

  init(count: Int) { parents = Array(0..<count) }

  /// The representative of the set that holds an element: its smallest member.
  func find(_ element: Int) -> Int {
    var root = element
    while parents[root] != root { root = parents[root] }
    return root
  }

  /// Joins the sets of two elements.
  mutating func join(_ a: Int, _ b: Int) {
    let (x, y) = (find(a), find(b))
    parents[max(x, y)] = min(x, y)
  }
}
