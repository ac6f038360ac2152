"""That models survive reading and writing as trees, and that a case follows from its number alone."""

import random
import unittest

import tflite
from cases import Case
from mutations import arrays, documents, graphs
from seeds import ROOT, Seeds


def plain(value):
    """A tree as values that can be compared; what is no number equals itself."""
    if isinstance(value, tflite.Table):
        return value.schema, {name: plain(item) for name, item in value.fields.items()}
    return [plain(item) for item in value] if isinstance(value, list) else repr(value)


class MutateTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.seeds = Seeds()

    def test_models_survive(self):
        for path in sorted((ROOT / "Tests/Fixtures/litert").glob("*.tflite"))[::7]:
            tree = tflite.read(path.read_bytes())
            self.assertEqual(plain(tflite.read(tflite.write(tree)[0])), plain(tree), path.name)

    def test_a_case_follows_from_its_number(self):
        for number in range(150):
            first, second = Case(self.seeds, 5, number), Case(self.seeds, 5, number)
            self.assertEqual((first.files, first.lines, first.texts), (second.files, second.lines, second.texts))
            # A command that is repeated with fewer mutations is the same command.
            if first.kind == "model":
                self.assertEqual(
                    Case(self.seeds, 5, number, first.kept[:1]).files.get("s.tflite"), first.files["s.tflite"]
                )

    def test_mutations_leave_the_seed_alone(self):
        rng = random.Random(1)
        tree = self.seeds.models["NETWORK"][0]
        before = plain(tree)
        for _ in range(300):
            graphs.mutate(rng, tree.copy(), [tree, self.seeds.models["ADD"][0]])
        self.assertEqual(plain(tree), before)

    def test_documents_survive(self):
        for path in (ROOT / "hwprofiles").glob("*.json"):
            tree = documents.parse(path.read_text())
            self.assertEqual(documents.parse(documents.text(tree)), tree)

    def test_arrays_are_what_they_say(self):
        data = arrays.plain("int16", [3, 5])
        self.assertEqual(len(data) % 64, 30)
        self.assertIn(b"'shape': (3, 5, )", data)


if __name__ == "__main__":
    unittest.main()
