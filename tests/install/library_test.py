#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Installs the library into an empty folder and builds somebody else's project with it, by CMake and by pkg-config.

    library_test.py CMAKE BUILD_FOLDER
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
CMAKE, BUILD = sys.argv[1:3]


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          **options)
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}")
    return done.stdout


class Library(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.prefix = pathlib.Path(cls.folder.name, "prefix")
        run(CMAKE, "--install", BUILD, "--component", "dev", "--prefix", cls.prefix)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def check(self, program):
        captures = HERE.parents[1] / "captures"
        manifest = json.loads((captures / "MANIFEST.json").read_text())
        streams = next(c for c in manifest["captures"] if c["name"] == "http_text")["streams"]
        digests = run(program, captures / "http_text.pcapng").split()
        self.assertEqual(sorted(digests), sorted(stream["sha256"] for stream in streams.values()))

    def test_cmake(self):
        build = pathlib.Path(self.folder.name, "by-cmake")
        run(CMAKE, "-G", "Ninja", "-S", HERE / "consumer", "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run(CMAKE, "--build", build)
        self.check(build / "consumer")

    def test_pkg_config(self):
        found = next(self.prefix.rglob("mpscramble.pc")).parent
        environment = dict(os.environ, PKG_CONFIG_PATH=str(found))
        flags = run("pkg-config", "--cflags", "--libs", "mpscramble", env=environment).split()
        program = pathlib.Path(self.folder.name, "by-pkg-config")
        run("c++", "-std=c++20", HERE / "consumer" / "main.cpp", "-o", program, *flags)
        self.check(program)

    def test_every_header_stands_alone(self):
        """What is installed includes only what is installed."""
        include = self.prefix / "include" / "mpscramble"
        headers = sorted(str(path.relative_to(include)) for path in include.rglob("*.h"))
        self.assertGreater(len(headers), 50)
        for header in headers:
            text = (include / header).read_text()
            for line in text.splitlines():
                if line.startswith('#include "'):
                    named = line.split('"')[1]
                    self.assertTrue((include / named).exists() or (include / header).parent.joinpath(named).exists(),
                                    f"{header} includes {named}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
