#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages lead where they say: links, and the files and folders of this tree that they name, are there, and
docs/README.md leads to every page. (What commands on the pages print is the business of tests/cli/readme_test.py.)"""
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("analyzer", "bench", "captures", "cli", "cmake", "core", "docs", "gui", "kernel", "plugin", "tests", r"\.ci")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
NAMED = re.compile(r"(?<![\w/.<-])((?:%s)/[\w./-]*\w)" % "|".join(FOLDERS))


def pages():
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True)
    found = [ROOT / name for name in listed.stdout.split()]
    # An unpacked archive has no repository around it, and nothing but what belongs to it.
    return found or [page for page in ROOT.rglob("*.md") if "build" not in page.relative_to(ROOT).parts]


class Pages(unittest.TestCase):
    def test_links_and_names(self):
        self.assertGreater(len(pages()), 20)
        for page in pages():
            text = page.read_text()
            for link in LINK.findall(text):
                if not re.match(r"[a-z]+:", link):
                    with self.subTest(page=str(page.relative_to(ROOT)), link=link):
                        self.assertTrue((page.parent / link).exists())
            for name in NAMED.findall(text):
                with self.subTest(page=str(page.relative_to(ROOT)), name=name):
                    self.assertTrue((ROOT / name).exists() or (page.parent / name).exists())

    def test_the_index_is_complete(self):
        index = ROOT / "docs" / "README.md"
        reached = {(index.parent / link).resolve() for link in LINK.findall(index.read_text())}
        aside = {index, ROOT / "core" / "leak" / "models" / "README.md"}  # where the bundled models come from
        self.assertEqual([str(page.relative_to(ROOT)) for page in pages() if page not in reached | aside], [])


if __name__ == "__main__":
    unittest.main()
