"""Tests of spread.py and of the report's pure parts: python3 -m unittest discover benchmarks"""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from spread import Spread, paired_ratios, ratio, verdict  # noqa: E402


class SpreadTests(unittest.TestCase):
    def test_the_middle_and_the_range(self):
        self.assertEqual(Spread.of([3.0, 1.0, 2.0]), Spread(2.0, 1.0, 3.0, 3))
        self.assertEqual(Spread.of([4.0, 1.0]), Spread(2.5, 1.0, 4.0, 2))
        self.assertIsNone(Spread.of([]))

    def test_ratios_are_taken_within_a_round(self):
        # Both sides are twice as slow in the second round: the ratio does not move.
        self.assertEqual(ratio([10.0, 20.0, 10.0], [5.0, 10.0, 5.0]), Spread(2.0, 2.0, 2.0, 3))
        # The ratio of the medians would be 1.
        self.assertEqual(ratio([1.0, 2.0, 3.0], [3.0, 2.0, 1.0]), Spread(1.0, 1 / 3, 3.0, 3))

    def test_rounds_without_a_partner_are_left_out(self):
        self.assertEqual(paired_ratios([1.0, None, 3.0, 4.0], [2.0, 2.0, None, 2.0]), [0.5, 2.0])
        self.assertEqual(paired_ratios([1.0], [0.0]), [])
        self.assertIsNone(ratio([None], [1.0]))


class VerdictTests(unittest.TestCase):
    def test_a_regression_is_beyond_the_spread_and_the_tolerance(self):
        self.assertEqual(verdict(Spread(1.10, 1.05, 1.20, 5)), "REGRESSION")
        self.assertEqual(verdict(Spread(1.10, 0.99, 1.20, 5)), "within the spread")
        self.assertEqual(verdict(Spread(1.01, 1.005, 1.02, 5)), "within the spread")

    def test_a_gain_is_its_mirror_image(self):
        self.assertEqual(verdict(Spread(0.90, 0.80, 0.95, 5)), "gain")
        self.assertEqual(verdict(Spread(0.90, 0.80, 1.01, 5)), "within the spread")

    def test_throughput_is_better_when_larger(self):
        self.assertEqual(verdict(Spread(0.90, 0.80, 0.95, 5), smaller_is_better=False), "REGRESSION")
        self.assertEqual(verdict(Spread(1.10, 1.05, 1.20, 5), smaller_is_better=False), "gain")

    def test_few_rounds_have_no_spread(self):
        self.assertEqual(verdict(Spread(2.0, 2.0, 2.0, 2)), "too few rounds")
        self.assertEqual(verdict(None), "too few rounds")


if __name__ == "__main__":
    unittest.main()
