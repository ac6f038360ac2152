"""Tests of the report's pure functions: python3 -m unittest discover benchmarks"""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from report import BEGIN, END, markdown, updated  # noqa: E402
from tables import number, ranged, table  # noqa: E402
from spread import Spread  # noqa: E402


def contender(title, latencies, rates):
    rounds = [{"latencyMs": latency, "latencyMinMs": latency, "throughput1": rate, "throughputN": 2 * rate,
               "loweringMs": 1.0, "packingMs": 2.0} for latency, rate in zip(latencies, rates)]
    return {"title": title, "model": "kws_ref_model.tflite", "rounds": rounds}


def findings():
    return {
        "schemaVersion": 1,
        "machine": {"cpu": "a CPU", "features": ["avx2"], "cores": 2, "system": "a system", "python": "3", "swift": "6",
                    "revision": "abc", "ai-edge-litert": "1", "onnxruntime": "1", "numpy": "2"},
        "load": {"before": 0.0, "after": 1.0},
        "options": {"rounds": 3, "seconds": 1.0, "threads": 2, "quick": False, "only": []},
        "builds": ["bitexact", "older build"],
        "cases": [{
            "name": "kws_ref_model", "model": "kws_ref_model.tflite", "yardstick": "kws_ref_model.tflite", "notes": [],
            "skipped": {"bitexact avx2": "no such kernels"},
            "contenders": {
                "bitexact": contender("bitexact", [2.0, 4.0, 2.0], [500.0, 250.0, 500.0]),
                "older build": contender("older build", [1.0, 2.0, 1.0], [500.0, 250.0, 500.0]),
                "litert-xnnpack": contender("LiteRT, XNNPACK", [4.0, 8.0, 4.0], [100.0, 100.0, 100.0]),
            }}],
        "evaluations": {"count": 500, "threads": 2, "seconds": {"m": {"bitexact": [1.0, None, 3.0],
                                                                      "older build": [2.0, 2.0, 4.0]}},
                        "memory": [{"name": "m", "samples": 500, "inputBytes": 1 << 20, "seconds": 1.0,
                                    "residentBytes": 3 << 20, "anonymousBytes": 2 << 20}], "failed": {}},
        "notMeasured": {"other": "an operator"},
    }


class ReportTests(unittest.TestCase):
    def test_ratios_regressions_and_reasons_are_in_the_report(self):
        text = markdown(findings())
        self.assertIn(
            "| latency, kws_ref_model under tflite / XNNPACK on the same file | 0.500 (0.500 to 0.500) |", text)
        self.assertIn("| samples a second on 2 threads / on 1, kws_ref_model | 2.00 (2.00 to 2.00) |", text)
        self.assertIn("| kws_ref_model | older build | latency | 2.00 (2.00 to 2.00) | **REGRESSION** |", text)
        self.assertIn(
            "| kws_ref_model | older build | throughput, 1 thread | 1.00 (1.00 to 1.00) | within the spread |", text)
        # Two of three rounds are left.
        self.assertIn("| evaluate m | older build | whole process | 0.625 (0.500 to 0.750) | too few rounds |", text)
        self.assertIn("1 of 4 ratios are regressions", text)
        self.assertIn("Not run: bitexact avx2: no such kernels.", text)
        self.assertIn("* other: an operator", text)

    def test_a_report_without_measurements_is_still_one(self):
        found = findings() | {"cases": [], "evaluations": None, "builds": ["bitexact"]}
        self.assertIn("Nothing of what this table lists was measured.", markdown(found))

    def test_every_row_of_a_table_has_as_many_cells_as_its_head(self):
        width = None
        for line in markdown(findings()).splitlines():
            if not line.startswith("|"):
                width = None
                continue
            width = width or line.count("|")
            self.assertEqual(line.count("|"), width, line)


class DocumentTests(unittest.TestCase):
    def test_only_the_measured_section_is_replaced(self):
        text = updated(f"before\n{BEGIN}\nold\n{END}\nafter\n", findings())
        self.assertTrue(text.startswith(f"before\n{BEGIN}\n"))
        self.assertTrue(text.endswith(f"{END}\nafter\n"))
        self.assertNotIn("old\n" + END, text)
        self.assertEqual(updated(text, findings()), text)

    def test_a_document_without_markers_is_left_alone(self):
        with self.assertRaises(ValueError):
            updated("no markers", findings())
        with self.assertRaises(ValueError):
            updated(f"{END}{BEGIN}", findings())

    def test_the_document_in_the_repository_has_them(self):
        updated((Path(__file__).parents[1] / "docs" / "performance.md").read_text(), findings())


class NumberTests(unittest.TestCase):
    def test_three_digits(self):
        self.assertEqual([number(v) for v in (0, 0.006178, 0.01234, 0.1234, 1.234, 12.34, 1234.5)],
                         ["0", "0.00618", "0.0123", "0.123", "1.23", "12.3", "1,234"])

    def test_a_single_round_has_no_range(self):
        self.assertEqual(ranged(Spread(1.5, 1.5, 1.5, 1)), "1.50")
        self.assertEqual(ranged(None), "")

    def test_alignment(self):
        self.assertEqual(table(["a", "b"], [["1", "2"]], "l"), "| a | b |\n| --- | ---: |\n| 1 | 2 |\n")


if __name__ == "__main__":
    unittest.main()
