#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
""".ci/release in a small repository of its own: what it refuses, and that it makes the same archive for everybody.
Packages are the business of tests/install."""
import hashlib
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Release(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.tree = self.folder / "tree"
        (self.tree / ".ci").mkdir(parents=True)
        shutil.copy(ROOT / ".ci/release", self.tree / ".ci")
        self.git("init", "-q")
        self.write("CMakeLists.txt", "project(mpscramble VERSION 1.2.3 LANGUAGES C CXX)\n")
        self.write("CHANGELOG.md", "# Changes\n\n## 1.2.3 (2026-12-24)\n\n* All of it.\n\n## 1.2.2 (2026-01-01)\n")
        self.commit()

    def git(self, *words, tree=None):
        own = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *own, *words], cwd=tree or self.tree, check=True, capture_output=True)

    def write(self, name, text):
        (self.tree / name).write_text(text)

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-qm", "x")

    def release(self, *options, out="out", tree=None):
        return subprocess.run([(tree or self.tree) / ".ci/release", "--no-packages", *options, self.folder / out],
                              capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False)

    def refused(self, reason, *options):
        done = self.release(*options)
        self.assertEqual(done.returncode, 1)
        self.assertIn(reason, done.stderr)
        self.assertFalse((self.folder / "out").exists())

    def test_archive_and_sums(self):
        done = self.release()
        self.assertEqual(done.returncode, 0, done.stderr)
        archive = self.folder / "out/mpscramble-1.2.3.tar.gz"
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        self.assertEqual((self.folder / "out/SHA256SUMS").read_text(), f"{digest}  {archive.name}\n")
        with tarfile.open(archive) as tar:
            self.assertIn("mpscramble-1.2.3/CMakeLists.txt", tar.getnames())

    def test_same_archive_from_another_clone(self):
        self.release()
        self.git("clone", "-q", self.tree, self.folder / "clone", tree=self.folder)
        (self.folder / "clone/CMakeLists.txt").touch()
        self.release(out="again", tree=self.folder / "clone")
        self.assertEqual(*((self.folder / out / "SHA256SUMS").read_text() for out in ("out", "again")))

    def test_refuses_changes(self):
        self.write("new.txt", "x")
        self.refused("the working tree differs")

    def test_refuses_another_version(self):
        self.write("CMakeLists.txt", "project(mpscramble VERSION 1.2.4 LANGUAGES C CXX)\n")
        self.commit()
        self.refused("says 1.2.4, but CHANGELOG.md begins with: ## 1.2.3", "--dry-run")

    def test_refuses_what_is_not_released(self):
        self.write("CHANGELOG.md", "## 1.2.3 (not released)\n")
        self.commit()
        self.refused("has no date of release")
        self.assertEqual(self.release("--dry-run").returncode, 0)

    def test_refuses_the_tag_of_another_commit(self):
        self.git("tag", "v1.2.3")
        self.assertEqual(self.release().returncode, 0)
        shutil.rmtree(self.folder / "out")
        self.write("more.txt", "x")
        self.commit()
        self.refused("v1.2.3 is the tag of another commit")

    def test_this_version_agrees(self):
        """CMakeLists.txt and CHANGELOG.md of the project itself."""
        for name in ("CMakeLists.txt", "CHANGELOG.md"):
            shutil.copy(ROOT / name, self.tree)
        self.commit()
        done = self.release("--dry-run")
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
