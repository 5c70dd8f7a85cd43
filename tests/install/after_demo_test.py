#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What ./demo and `make` build is enough for `cmake --install`, as README.md has it: each file of the build folder that
the install scripts want is made by the targets named there. Reads the scripts and asks ninja; builds nothing.

    after_demo_test.py BUILD-DIR"""
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(sys.argv[1]).resolve()
NOT_BUILT_THERE = {"gui", "plugin"}  # components, by the options with which ./demo configures


def ninja(*arguments):
    done = subprocess.run(["ninja", "-C", BUILD, "-t", *arguments], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def wanted(without):
    for script in BUILD.rglob("cmake_install.cmake"):
        for component, body in re.findall(r'if\(CMAKE_INSTALL_COMPONENT STREQUAL "(\w+)"[^\n]*\n(.*?)\nendif\(\)',
                                          script.read_text(), re.DOTALL):
            if component not in without:
                for file in re.findall(r'file\(INSTALL[^)]*?FILES "([^"]+)"', body):
                    if file.startswith(f"{BUILD}/"):
                        yield file.removeprefix(f"{BUILD}/")


def outputs():
    return {line.rsplit(": ", 1)[0].removeprefix(f"{BUILD}/") for line in ninja("targets", "all")}


class AfterDemo(unittest.TestCase):
    def check(self, script, pattern, without):
        targets = re.search(pattern, (ROOT / script).read_text()).group(1).split()
        made = set(ninja("commands", *targets))
        files = set(wanted(without)) & outputs()  # configuring made the others
        self.assertGreater(len(files), 8)
        self.assertEqual([file for file in sorted(files) if ninja("commands", file)[-1] not in made], [])

    def test_demo(self):
        self.check("demo", r"--preset release --target ([\w -]+\w)", NOT_BUILT_THERE)

    def test_make(self):
        self.check("Makefile", r"GUI=OFF,--target ([\w -]+)\)", NOT_BUILT_THERE)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
