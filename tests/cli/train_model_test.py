#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mps-train-model, which makes the bundled models, and what the analyzer does with its work.

    train_model_test.py ANALYZE TRAIN [unittest options]
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
TRAIN = pathlib.Path(sys.argv.pop(2)).resolve() if len(sys.argv) > 2 else None
ANALYZE = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else None
DOCUMENTS = sorted((SOURCE / "docs").glob("*.md"))


class TrainModel(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def train(self, *arguments):
        return subprocess.run([TRAIN, *map(str, arguments)], capture_output=True, text=True, check=False)

    def test_a_model_by_list_is_the_one_by_names_and_attacks(self):
        model, again, names = self.folder / "docs.mpslm", self.folder / "again.mpslm", self.folder / "names"
        made = self.train("--name", "pages", "--order", "4", "--size", "200000", "-o", model, *DOCUMENTS)
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        self.assertIn(f"{len(DOCUMENTS)} documents", made.stdout)
        self.assertIn(f"{model.stat().st_size} bytes", made.stdout)
        self.assertLess(model.stat().st_size, 400000)
        names.write_text("".join(f"{document}\n" for document in DOCUMENTS))
        self.assertEqual(self.train("--name", "pages", "--order", "4", "--size", "200000", "--list", names, "-o", again).returncode, 0)
        self.assertEqual(model.read_bytes(), again.read_bytes())
        damped = self.train("--name", "pages", "--order", "4", "--size", "200000", "--damp", "-o", again, *DOCUMENTS)
        self.assertEqual(damped.returncode, 0)
        self.assertNotEqual(model.read_bytes(), again.read_bytes())

        report = subprocess.run([ANALYZE, SOURCE / "captures/http_text.lte0.pcap", "-z", "leakage", "-T", "json", "--model", model],
                                capture_output=True, text=True, check=False)
        self.assertEqual(report.returncode, 3, report.stderr)  # one path alone
        for stream in json.loads(report.stdout)["leakage"]:
            for observer in stream["observers"]:
                self.assertEqual(observer["inferred"]["model"].split(", ")[0], "pages")

    def test_errors_are_said(self):
        model = self.folder / "none.mpslm"
        for arguments, words in [(["-o", model, self.folder / "absent"], f"{self.folder}/absent: cannot be read"),
                                 (["-o", self.folder / "absent" / "m", *DOCUMENTS], f"{self.folder}/absent/m: cannot be written"),
                                 (["--order", "7", "-o", model, *DOCUMENTS], "order"),
                                 (["-o", model], "")]:
            tried = self.train(*arguments)
            self.assertEqual(tried.returncode, 1, arguments)
            self.assertIn(words, tried.stderr)
            self.assertTrue(tried.stderr.strip())
            self.assertFalse(model.exists())


if __name__ == "__main__":
    unittest.main()
