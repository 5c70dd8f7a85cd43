# SPDX-License-Identifier: GPL-2.0-or-later
"""bench/run_all finds the plugin that was built, and bench/plugin_cost measures it. Its figures are not looked at: a test is no
place for them."""
import argparse
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from wireshark import SOURCE

BUILD = pathlib.Path(os.environ["MPS_BUILD_DIR"])


def run_all():
    """The script as a module: it has no suffix that Python knows."""
    loader = importlib.machinery.SourceFileLoader("run_all", str(SOURCE / "bench" / "run_all"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_all", loader))
    loader.exec_module(module)
    return module


class Cost(unittest.TestCase):
    def test_it_is_measured(self):
        with tempfile.TemporaryDirectory() as folder:
            output = pathlib.Path(folder)
            given = argparse.Namespace(output=output, full=False, rounds=1)
            command = run_all().commands("plugin", BUILD, given)
            command[command.index("--packets") + 1] = "500"
            done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  timeout=300, check=False)
            self.assertEqual(done.returncode, 0, done.stdout)
            goals = json.loads((output / "plugin.json").read_text())["goals"]
            self.assertEqual(sorted({goal["name"] for goal in goals}), ["W1", "W2", "W3"])


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
