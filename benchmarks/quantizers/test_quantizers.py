"""What is computed and printed of the logits."""

import unittest

from quantizers.contenders import CONTENDERS, wanted
from quantizers.measures import measures
from quantizers.page import BEGIN, END, GROUPS, body, updated

FOUND = {
    "machine": {"cpu": "A", "cores": 2, "system": "B", "revision": "c0", "swift": "D", "python": "3"},
    "versions": {"torch": "1"}, "options": {"calibration": 63, "held": 437, "threads": 1}, "sourceTop1": 0.875,
    "rows": [
        {"title": "fine", "granularity": "tensor", "scales": "any", "took": {"processorSeconds": 1.5, "peakBytes": 3 << 20},
         "measures": {"sqnr": 12.34, "agreement": 0.5, "top1": 0.25, "lost": 7, "won": 2}},
        {"title": "same", "granularity": "source", "scales": "any", "took": {},
         "measures": {"sqnr": None, "agreement": 1, "top1": 0.875, "lost": 0, "won": 0}},
        {"title": "broken", "granularity": "channel", "scales": "any", "failed": "no wheel"},
    ],
}


class MeasuresTests(unittest.TestCase):
    """The distance from the source."""

    def test_counts_and_decibels(self):
        """Lost, won, agreement and the ratio of powers."""
        source = [[3.0, 0.0], [0.0, 4.0], [5.0, 0.0], [1.0, 1.0]]
        found = [[3.0, 0.0], [5.0, 4.0], [5.0, 5.5], [1.0, 1.0]]
        # Signal 9 + 16 + 25 + 2 less 8·1.75², noise 25 + 30.25.
        result = measures(source, found, [0, 1, 0, 0])
        self.assertAlmostEqual(result["sqnr"], -3.02999, places=4)
        self.assertEqual(result | {"sqnr": 0}, {
            "samples": 4, "sqnr": 0, "agreement": 0.5, "top1": 0.5, "lost": 2, "won": 0})
        self.assertEqual(measures(source, found, [0, 0, 1, 0])["won"], 2)

    def test_equal_is_no_number(self):
        """No noise has no ratio."""
        self.assertIsNone(measures([[1.0, 2.0]], [[1.0, 2.0]], [1])["sqnr"])

    def test_refuses(self):
        """Other sizes, and what is no number."""
        for found, labels in (([[1.0]], [0]), ([[1.0, 2.0]], [0, 0]), ([[1.0, float("nan")]], [0])):
            with self.assertRaises(ValueError):
                measures([[1.0, 2.0]], found, labels)


class PageTests(unittest.TestCase):
    """The tables."""

    def test_rows(self):
        """Each in its group, with the reason where there are no figures."""
        text = body(FOUND)
        self.assertIn("| fine | any | 12.3 | 50.0 | 25.0 | 7 | 2 | 1.50 | 3.00 |", text)
        self.assertIn("| same | any | equal | 100.0 | 87.5 | 0 | 0 |  |  |", text)
        self.assertIn("failed: no wheel", text)
        positions = [text.index(title) for title in ("same", "fine", "broken")]
        self.assertEqual(positions, sorted(positions))

    def test_markers(self):
        """Only what stands between them is replaced."""
        self.assertEqual(updated(f"a{BEGIN}old{END}b", "new"), f"a{BEGIN}\n\nnew\n{END}b")
        for document in ("", f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}"):
            with self.assertRaises(ValueError):
                updated(document, "new")


class ContendersTests(unittest.TestCase):
    """The list of rows."""

    def test_keys(self):
        """Keys name folders: they differ, and each group has a title."""
        keys = [contender.key for contender in CONTENDERS]
        self.assertEqual(len(keys), len(set(keys)))
        self.assertEqual(wanted([]), set(keys))
        self.assertEqual(wanted(["esp-ppq-c", "float"]), {"esp-ppq-c", "float"})
        self.assertEqual(wanted(["mct-pow2"]), {"mct-pow2-tensor", "mct-pow2-channel"})
        self.assertTrue(all(contender.granularity in GROUPS for contender in CONTENDERS))


if __name__ == "__main__":
    unittest.main()
