#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each rule of .ci/check-dependencies catches a file that breaks it, and lets a good one pass."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parents[2] / ".ci" / "check-dependencies"
HEAD = "// SPDX-License-" "Identifier: GPL-2.0-or-later\n"  # in two parts: reuse reads this file as well


def check(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        done = subprocess.run([sys.executable, CHECK, folder], capture_output=True, text=True)
        return done.returncode, done.stdout


class CheckDependencies(unittest.TestCase):
    def breach(self, name, text, reason):
        code, out = check({name: text})
        self.assertEqual(code, 1, out)
        self.assertIn(reason, out)
        self.assertTrue(out.startswith(name + ":"), out)

    def good(self, name, text):
        code, out = check({name: text})
        self.assertEqual(code, 0, out)

    def test_directions(self):
        for name, header in [("core/mptcp/a.cpp", "core/leak/attack.h"), ("core/leak/a.cpp", "core/capture/packet_source.h"),
                             ("core/packet/a.cpp", "core/mptcp/tracker.h"), ("core/session/a.h", "analyzer/run.h"),
                             ("core/capture/a.h", "gui/window.h"), ("plugin/a.cpp", "core/capture/packet_source.h"),
                             ("plugin/a.cpp", "core/session/session.h"), ("plugin/a.cpp", "core/leak/attack.h"),
                             ("kernel/a.c", "core/mptcp/tracker.h"), ("core/scramble/a.c", "core/packet/ip.h")]:
            with self.subTest(name=name, header=header):
                self.breach(name, HEAD + f'#include "{header}"\n', header)

    def test_outside_headers(self):
        for name, header in [("core/mptcp/a.cpp", "pcap/pcap.h"), ("core/session/a.cpp", "wiretap/wtap.h"),
                             ("analyzer/a.cpp", "wsutil/wslog.h"), ("core/leak/a.cpp", "epan/packet.h"),
                             ("core/leak/a.cpp", "QWidget"), ("core/capture/a.cpp", "epan/packet.h"),
                             ("core/scramble/a.c", "gcrypt.h"), ("plugin/a.cpp", "pcap.h")]:
            with self.subTest(name=name, header=header):
                self.breach(name, HEAD + f"#  include <{header}>\n", header)

    def test_what_is_allowed(self):
        for name, header in [("core/capture/a.cpp", "<pcap/pcap.h>"), ("core/session/a.cpp", '"core/leak/exact_engine.h"'),
                             ("plugin/a.cpp", "<epan/packet.h>"), ("plugin/a.cpp", '"core/leak/exact_engine.h"'),
                             ("gui/a.cpp", "<QWidget>"), ("analyzer/a.cpp", '"core/session/session.h"'),
                             ("tests/a.cpp", "<pcap/pcap.h>")]:
            with self.subTest(name=name, header=header):
                self.good(name, HEAD + f"#include {header}\n")

    def test_paths_begin_at_the_root(self):
        self.breach("core/leak/a.cpp", HEAD + '#include "../capture/packet_source.h"\n', "from the root")

    def test_new_folder_of_the_library(self):
        self.breach("core/new/a.cpp", HEAD, "without a rule")

    def test_heads(self):
        self.breach("analyzer/a.cpp", "int x;\n", "SPDX")
        self.breach("tests/run", "#!/bin/sh\ntrue\n", "SPDX")

    def test_length(self):
        self.breach("tests/a.cpp", HEAD + "\n" * 600, "601 lines")
        self.good("tests/a.cpp", HEAD + "// Long because it is one table.\n" + "\n" * 600)

    def test_nothing_to_check_is_no_success(self):
        self.assertEqual(check({})[0], 1)


if __name__ == "__main__":
    unittest.main()
