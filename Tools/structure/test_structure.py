"""What counts as code and as a reference, which circles there are, and that the picture follows from the package alone."""

import unittest

import circles
import picture


def arrows(members=False, **texts):
    """The arrows between files A, B, ... with the names on each."""
    found = circles.Target(texts, members).arrows
    return {f"{start}{end}": sorted(names) for start, ends in found.items() for end, names in ends.items()}


class TokenTests(unittest.TestCase):
    def words(self, text):
        return [token for token in circles.tokens(text) if circles.WORD.match(token)]

    def test_comments_do_not_count(self):
        self.assertEqual(self.words("a // b\nc /* d /* e */ f */ g /* h"), ["a", "c", "g"])
        self.assertEqual(self.words('a("// b") c'), ["a", "c"])

    def test_strings_do_not_count(self):
        self.assertEqual(self.words(r'a "b \" c" d "\\" e'), ["a", "d", "e"])
        self.assertEqual(self.words('a """\n b "c" /* \\""" d\n """ e'), ["a", "e"])
        self.assertEqual(self.words(r'a #"b "c" \(d) \n"# e ##"f "# g"## h'), ["a", "e", "h"])

    def test_interpolated_code_counts(self):
        self.assertEqual(self.words(r'"a \(b) c \(d(e)) f" g'), ["b", "d", "e", "g"])
        self.assertEqual(self.words(r'"a \(b("c \(d) e", f)) g" h'), ["b", "d", "f", "h"])
        self.assertEqual(self.words(r'#"a \(b) \#(c) d"# e'), ["c", "e"])
        self.assertEqual(self.words('"""\n a \\(b) "c" \\("d") e\n """ f'), ["b", "f"])


class ReferenceTests(unittest.TestCase):
    def test_types(self):
        found = arrows(
            A="struct One { let x: [Two?] }", B="enum Two: P {}", C="public protocol P: AnyObject {}\n// One",
            D="extension One { func f(_ x: any P) {} }", E='final class Five { let text = "Two" }')
        self.assertEqual(found, {"AB": ["Two"], "BC": ["P"], "DA": ["One"], "DC": ["P"]})

    def test_nested_types(self):
        declared = "struct Outer { enum Kind { case a } }"
        self.assertEqual(arrows(A=declared, B="let x: Kind = .a"), {})
        self.assertEqual(arrows(A=declared, B="let x: Outer.Kind"), {"BA": ["Outer", "Outer.Kind"]})
        self.assertEqual(arrows(A=declared, B="extension Outer { var k: Kind { .a } }"), {"BA": ["Outer", "Outer.Kind"]})
        self.assertEqual(
            arrows(A="struct Kind {}", B="struct Outer { enum Kind {}\n struct Inner { var k: Kind } }"), {})
        self.assertEqual(
            arrows(A="extension Outer { enum Kind {} }", B="struct Outer {}", C="typealias T = Outer.Kind"),
            {"AB": ["Outer"], "CA": ["Outer.Kind"], "CB": ["Outer"]})

    def test_generic_parameters_hide_types(self):
        declared = "struct Value {}"
        self.assertEqual(arrows(A=declared, B="struct Box<Value: P> { let x: Value; struct In { let y: Value } }"), {})
        self.assertEqual(arrows(A=declared, B="func f<T, Value>(_ x: Value) -> Value { x as Value }"), {})
        self.assertEqual(
            arrows(A=declared, B="protocol P { func f<Value>(_ x: Value)\n func g(_ x: Value) }"), {"BA": ["Value"]})
        self.assertEqual(arrows(A=declared, B="protocol P { associatedtype Value\n var x: Value { get } }"), {})

    def test_a_file_prefers_its_own_types(self):
        self.assertEqual(arrows(A="struct Row {}", B="private struct Row {}\nlet x = Row()"), {})
        self.assertEqual(arrows(A="private struct Row {}", B="let x = Row()"), {})
        self.assertEqual(arrows(A="struct Row {}", B="func f() { struct Row {}; print(Row()) }"), {})

    def test_free_functions_and_global_values(self):
        declared = "func scale(_ x: Int) -> Int { x }\nlet names = [1]\nprivate func own() {}"
        self.assertEqual(arrows(A=declared, B="let y = scale(names[0]) + own()"), {"BA": ["names", "scale"]})
        self.assertEqual(arrows(A=declared, B="func f(scale: Int, at names: Int) { x.scale(scale: names, names: 2) }"), {})
        self.assertEqual(arrows(A=declared, B="let y = f(scale: 1, names: 2)"), {})
        self.assertEqual(arrows(A=declared, B="struct S { func scale() {}\n func f() { scale() } }"), {})
        self.assertEqual(arrows(A=declared, B="let f = { names, scale in names + scale }"), {})
        self.assertEqual(arrows(A=declared, B="func f() { for names in x { let (y, scale) = (1, names); g(y, scale) } }"), {})

    def test_members(self):
        texts = {
            "A": "struct One { var first: Int; func run() { helped() } }",
            "B": "extension One { func helped() {}\n func first(_ x: Int) {}\n private func own() {} }",
            "C": "let c = one.helped() + one.first(1) + two.own()", "D": "let d: Q = .helped",
            "E": "extension Int { func append() {} }", "F": "func f() { x.append(1) }"}
        self.assertEqual(arrows(**texts), {"BA": ["One"]})
        self.assertEqual(arrows(True, **texts), {"BA": ["One"], "AB": [".helped"], "CB": [".helped"]})


class CircleTests(unittest.TestCase):
    graph = {"a": "b", "b": "ca", "c": "ad", "d": "e", "e": "d", "f": "a", "g": ""}

    def test_circles(self):
        self.assertEqual(circles.circles(self.graph), [["a", "b", "c"], ["d", "e"]])
        self.assertEqual(circles.circles({"a": "b", "b": "c", "c": ""}), [])

    def test_exempt_names(self):
        graph = {"x/a": {"b": {"P", "Q"}, "c": {"P"}}, "b": {"x/a": {"P"}}}
        self.assertEqual(
            circles.without(graph, [("x/*", {"P"}), ("y", {"Q"})]), {"x/a": {"b": {"Q"}}, "b": {"x/a": {"P"}}})

    def test_few_arrows_are_cut(self):
        nodes = "abcdefg"
        ring = {node: {nodes[index - 1]: {"N"}} for index, node in enumerate(nodes)}
        self.assertEqual(len(circles.to_cut(ring, nodes, 4)), 1)
        self.assertEqual(circles.to_cut(ring, nodes, 7), [])
        # Two rings through one node, where one arrow of each has a name, the others three.
        rings = {"a": {"b": set("NMO"), "c": {"N"}}, "b": {"a": {"N"}}, "c": {"d": set("NMO")}, "d": {"a": set("NMO")}}
        self.assertEqual(sorted(circles.to_cut(rings, "abcd", 1)), [("a", "c"), ("b", "a")])


class PictureTests(unittest.TestCase):
    imported = {"a": [], "b": ["a"], "c": ["a", "b"], "d": ["c", "b", "e"], "e": []}

    def test_implied_arrows_and_levels(self):
        kept = picture.without_implied(self.imported)
        self.assertEqual(kept, {"a": [], "b": ["a"], "c": ["b"], "d": ["c", "e"], "e": []})
        self.assertEqual(picture.levels(kept), {"a": 0, "b": 1, "c": 2, "d": 3, "e": 2})

    def test_boxes_and_arrows_keep_apart(self):
        layout = picture.Layout(picture.without_implied(self.imported | {"f": ["a"], "g": ["d", "f"]}))
        self.assertEqual(layout.crossings(layout.rows), 0)
        for row in layout.rows:
            for left, right in zip(row, row[1:]):
                room = (picture.width(left) + picture.width(right)) / 2 + picture.GAP
                self.assertGreaterEqual(layout.x[right] - layout.x[left], room - 1)

    def test_the_picture_follows_from_the_package(self):
        targets = [
            {"name": name, "type": "regular", "dependencies": [{"byName": [other, None]} for other in others]}
            for name, others in self.imported.items()]
        tests = {"name": "dTests", "type": "test", "dependencies": [{"byName": ["d", None]}]}
        first, second = (picture.svg({"name": "p", "targets": targets + [tests]}, {"a"}) for _ in range(2))
        self.assertEqual(first, second)
        self.assertEqual(first.count('class="box'), 5)
        self.assertEqual(first.count('class="box c"'), 4)
        self.assertEqual(first.count("marker-end"), 4)


if __name__ == "__main__":
    unittest.main()
