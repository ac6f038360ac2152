extension Inheritance {
  /// An object over an inherited one: members of objects are merged, other values replaced, `null` removes.
  ///
  /// An object that names another `method` than the inherited one replaces it, because the keys of one method mean
  /// nothing to another.
  mutating func merge(_ node: JSONNode, over base: JSONNode, _ path: JSONPath) -> JSONNode {
    guard let members = node.members, var merged = base.members else {
      refuseNulls(in: node, path, "removes an inherited key, but nothing is inherited here")
      return node
    }
    let tag = Choice<Never>.tag
    if let method = members[tag], method != merged[tag] {
      refuseNulls(in: node, path, "removes an inherited key, but another \"\(tag)\" inherits nothing")
      return node
    }
    for (key, member) in members.sorted(by: { $0.key < $1.key }) {
      let place = path.member(key)
      if member.value == .null {
        if merged.removeValue(forKey: key) == nil {
          let what = "null removes an inherited key, and there is no \(JSONText.quoted(key.abbreviated))"
          report.add(member, place, NearestWord.refusal(what, key, allowed: merged.keys.sorted()))
        }
      } else if let inherited = merged[key] {
        merged[key] = merge(member, over: inherited, place)
      } else {
        refuseNulls(in: member, place, "removes an inherited key, but nothing is inherited here")
        merged[key] = member
      }
    }
    return JSONNode(value: .object(merged), origin: node.origin)
  }

  /// Reports members that remove what is not there; a null in a list is left to the reading of the list.
  mutating func refuseNulls(in node: JSONNode, _ path: JSONPath, _ why: String) {
    for (key, member) in (node.members ?? [:]).sorted(by: { $0.key < $1.key }) {
      if member.value == .null { report.add(member, path.member(key), "null \(why)") }
      refuseNulls(in: member, path.member(key), why)
    }
  }
}
