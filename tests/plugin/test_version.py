# SPDX-License-Identifier: GPL-2.0-or-later
"""What a Wireshark of another version says, as docs/wireshark.md has it."""
import os
import pathlib
import subprocess
import tempfile
import unittest

from wireshark import PLUGINS, SOURCE, WiresharkTest, run

# What Wireshark looks at before it calls anything of a plugin.
OTHER = """const char plugin_version[] = "0.1.0";
const int plugin_want_major = 4, plugin_want_minor = 99;
void plugin_register(void) {}
"""


class Version(WiresharkTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.folder.chmod(0o755)
        self.series = next(path.name for path in PLUGINS.iterdir() if (path / "epan").is_dir())

    def plugin(self, series):
        where = self.folder / series / "epan"
        where.mkdir(parents=True)
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-x", "c", "-", "-o", where / "mpscramble.so"],
                       input=OTHER, text=True, check=True)

    def read(self, *options):
        return run("tshark", "-n", "-r", SOURCE / "captures/http_text.pcapng", "-c", "3", *options, plugins=self.folder,
                   check=False)

    def test_refused_with_a_message(self):
        self.plugin(self.series)
        done = self.read()
        self.assertIn("The plugin 'mpscramble.so' was compiled for Wireshark version 4.99", done.stderr)
        self.assertEqual(done.stdout.count("\n"), 3)

    def test_not_found_without_a_word(self):
        self.plugin("4.99")
        done = self.read()
        self.assertNotIn("mpscramble", done.stderr)
        self.assertEqual(done.stdout.count("\n"), 3)
        self.assertIn("mpscramble is neither a field nor a protocol name", self.read("-Y", "mpscramble").stderr)


if __name__ == "__main__":
    unittest.main()
