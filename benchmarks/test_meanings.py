"""Tests of what is read from a re-quantized file's metadata; they need no package."""

import unittest

from meanings import unpacked


class Unpacked(unittest.TestCase):
    def test_numbers_of_channels_come_back(self):
        short = {"tensor": 5, "scales": [0.5, 0.25], "channels": [0, 1, 0], "offsetSteps": 128}
        known = {5: unpacked(short, {})}
        self.assertEqual(known[5], {"scales": [0.5, 0.25, 0.5], "offsets": [64, 32, 64]})
        self.assertEqual(unpacked({"tensor": 6, "like": 5}, known), known[5])

    def test_listed_numbers_are_taken_as_they_are(self):
        listed = {"tensor": 5, "scales": [0.5, 0.25], "offsets": [1.5, 2]}
        self.assertEqual(unpacked(listed, {}), {"scales": [0.5, 0.25], "offsets": [1.5, 2]})


if __name__ == "__main__":
    unittest.main()
