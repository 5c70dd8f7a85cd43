# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs every command of docs/wireshark.md, and those of docs/tutorial.md, so that the pages cannot grow old."""
import os
import re
import tempfile
import unittest

from wireshark import SOURCE, WiresharkTest, run

# What must not be empty, and what must: a table of keys that are nobody's.
SILENT = ("uat:mpscramble_keys", "--export-objects", "-U MPScramble", "mpscramble.data.len -T fields -e mpscramble.offset")


class Cookbook(WiresharkTest):
    def test_every_command(self):
        captures = SOURCE / "captures"
        page = (SOURCE / "docs" / "wireshark.md").read_text()
        commands = [line for block in re.findall(r"```sh\n(.*?)```", page, re.S) for line in block.splitlines()]
        self.assertGreater(len(commands), 20)
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            for command in commands:
                with self.subTest(command=command):
                    done = run("sh", "-c", f"cd '{captures}' && {command}", TMPDIR=folder)
                    self.assertNotIn("tshark:", done.stderr)
                    if not any(word in command for word in SILENT):
                        self.assertGreater(len(done.stdout), 20)
                        self.assertRegex(done.stdout, r"[0-9]")
            self.assertEqual(len(os.listdir(f"{folder}/objects")), 4)

    def test_the_lesson(self):
        page = (SOURCE / "docs" / "tutorial.md").read_text()
        commands = re.findall(r"^tshark .*$", page, re.M)
        self.assertGreater(len(commands), 0)
        for command in commands:
            with self.subTest(command=command):
                self.assertRegex(run("sh", "-c", f"cd '{SOURCE}' && {command}").stdout, "HTTP/1.1 200 OK")

    def test_every_filter(self):
        page = (SOURCE / "docs" / "wireshark.md").read_text()
        filters = re.findall(r"^\| `(mpscramble[^`]*)` \|", page, re.M)
        self.assertGreater(len(filters), 8)
        capture = SOURCE / "captures" / "http_text.pcapng"
        for text in filters:
            with self.subTest(filter=text):
                run("tshark", "-n", "-r", capture, "-Y", text)


if __name__ == "__main__":
    unittest.main()
