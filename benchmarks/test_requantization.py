"""Tests of the tables of docs/requantization.md; they need no package."""

import unittest

from requantizing import page
from requantizing.cases import EVERY, PARTS, TABLES, cases


def row(table: str, key: str, draw: int, **values) -> dict:
    """A row as requantization.py makes it."""
    return {"table": table, "key": key, "draw": draw, "model": "net", "profile": "nna-int8", "title": "fast",
            "isTimed": draw == 0, "sqnrDb": 20.0, "agreement": 0.96, "tied": 3, "seconds": 5.0, "cpuSeconds": 9.0,
            "peakBytes": 1 << 28, "verified": True, "likeNoise": 0.9, "floor": {"sqnrDb": None, "agreement": 1.0}} | values


class Cases(unittest.TestCase):
    def test_draws_of_a_row_share_its_key_and_no_other(self):
        for table in TABLES:
            found = list(cases({table}, 3))
            self.assertTrue(found)
            self.assertEqual(len({(case.key, case.draw) for case in found}), len(found))
            self.assertTrue(all(case.draw is None or 0 <= case.draw < EVERY for case in found))

    def test_every_part_is_left_out_alone(self):
        for profile in ("nna-int8-shift", "nna-int8-pow2"):
            left = [case.options for case in cases({"ablation"}, 1) if case.profile == profile]
            for part in PARTS:
                self.assertIn(("--skip-pass", part), left)


class Page(unittest.TestCase):
    def test_draws_become_mean_and_range(self):
        rows = [row("main", "a", 0), row("main", "a", 1, sqnrDb=22.0, tied=4, seconds=99.0)]
        text = page.body("main", {"rows": rows, "machine": {"revision": "r", "cpu": "c", "cores": 2}})
        self.assertIn("21.0 (20.0 to 22.0)", text)
        self.assertIn("| 96.0 (96.0 to 96.0) | 3.5 |", text)
        self.assertIn("| 5.0 | 9.0 | 256 | yes |", text)
        self.assertNotIn("99.0", text)

    def test_one_unverified_draw_shows(self):
        rows = [row("free", "a", 0), row("free", "a", 1, verified=False)]
        self.assertIn("NO", page.body("free", {"rows": rows, "machine": {"revision": "", "cpu": "", "cores": 1}}))

    def test_equal_is_not_a_number(self):
        self.assertEqual(page.spread([None], 1), "equal")
        self.assertEqual(page.spread([], 1), "")

    def test_failures_are_named(self):
        rows = [{"table": "models", "key": "net p", "draw": 0, "failed": "no scale"}]
        text = page.body("models", {"rows": rows, "machine": {"revision": "", "cpu": "", "cores": 1}})
        self.assertIn("net p: failed, no scale", text)

    def test_only_the_section_is_replaced(self):
        document = f"a\n{page.begin('main')}\nold\n{page.end('main')}\nz\n"
        text = page.updated(document, "main", "new")
        self.assertEqual(text, f"a\n{page.begin('main')}\n\nnew\n{page.end('main')}\nz\n")
        self.assertEqual(page.updated(text, "main", "new"), text)
        with self.assertRaises(ValueError):
            page.updated("none", "main", "new")

    def test_every_table_has_a_layout(self):
        self.assertEqual(set(page.LAYOUTS), set(TABLES))
        self.assertEqual(set(page.COMMANDS), set(TABLES))


if __name__ == "__main__":
    unittest.main()
