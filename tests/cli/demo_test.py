#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mpscramble-analyze --demo: finds its captures wherever it was installed, and says where it looked if there are none.

    demo_test.py PROGRAM [unittest options]
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else None


class Demo(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def captures(self, folder):
        """A folder with what the demonstration needs."""
        folder.mkdir(parents=True)
        for name in ("MANIFEST.json", "http_text.pcapng"):
            shutil.copy(ROOT / "captures" / name, folder)
        return folder

    def run_demo(self, *options, program=PROGRAM, **environment):
        clean = {key: value for key, value in os.environ.items() if key != "MPSCRAMBLE_CAPTURES"}
        return subprocess.run([program, "--demo", *options], cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=300, env=clean | environment, check=False)

    def test_shows_both_sides(self):
        done = self.run_demo()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        whole, tapped = done.stdout.split("$ mpscramble-analyze -z leakage")
        self.assertIn("58436 bytes, all recovered exactly", whole)
        self.assertIn("exact decoding         0 of 34240 seen bytes determined", tapped)
        self.assertIn("a cryptanalyst         34240 of 34240 attacked bytes accepted", tapped)
        self.assertIn("not secrecy", tapped)

    def test_shown_commands_do_the_same(self):
        """Without the attack, to be quick: the part of the output that precedes it."""
        shown = self.run_demo("--attack", "exact").stdout
        commands = [line[2:] for line in shown.splitlines() if line.startswith("$ ")]
        self.assertEqual(len(commands), 2)
        for command in commands:
            done = subprocess.run([PROGRAM, *command.split()[1:], "--attack", "exact"], capture_output=True, text=True,
                                  cwd=self.folder, timeout=300, check=True)
            self.assertIn(f"$ {command}\n\n{done.stdout}", shown)

    def test_finds_the_installed_captures(self):
        program = self.folder / "bin" / "mpscramble-analyze"
        program.parent.mkdir()
        shutil.copy(PROGRAM, program)
        installed = self.captures(self.folder / "share/mpscramble/captures")
        done = self.run_demo("--attack", "none", program=program)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(f"{installed}/http_text.pcapng", done.stdout)

    def test_environment_names_the_folder(self):
        elsewhere = self.captures(self.folder / "elsewhere")
        done = self.run_demo("--attack", "none", MPSCRAMBLE_CAPTURES=str(elsewhere))
        self.assertEqual(done.returncode, 0)
        self.assertIn(f"{elsewhere}/http_text.pcapng", done.stdout)

    def complaint(self, folder):
        done = self.run_demo(MPSCRAMBLE_CAPTURES=str(folder))
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr

    def test_no_captures(self):
        self.assertIn("there is no MANIFEST.json in it", self.complaint(self.folder))

    def test_broken_manifest(self):
        for text in ("", "[]", '{"captures": 1}', "{", '{"captures": ["http_text"]}'):
            (self.folder / "MANIFEST.json").write_text(text)
            self.assertIn("MANIFEST.json: ", self.complaint(self.folder))
        (self.folder / "MANIFEST.json").write_text('{"captures": [{"name": "http_text", "files": 7, "paths": []}]}')
        self.assertIn("no capture of all paths", self.complaint(self.folder))

    def test_capture_is_gone(self):
        folder = self.captures(self.folder / "half")
        (folder / "http_text.pcapng").unlink()
        done = self.run_demo(MPSCRAMBLE_CAPTURES=str(folder))
        self.assertEqual(done.returncode, 2)
        self.assertIn("http_text.pcapng: No such file", done.stderr)


if __name__ == "__main__":
    unittest.main()
