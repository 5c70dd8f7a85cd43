#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian packages as their users meet them: made by cpack, looked at by lintian, then installed, run and removed in a
Debian system of their own (debootstrap) that has nothing else.

    packages_test.py BUILD_FOLDER        the build must be complete; exit code 77: not root
"""
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

BUILD = pathlib.Path(sys.argv[1]).resolve()
WORK = BUILD / "packages"
ROOT = WORK / "root"
NAMES = ("mpscramble", "mpscramble-captures", "mpscramble-gui", "wireshark-mpscramble", "mpscramble-dkms",
         "libmpscramble-dev")
SUITE = "bookworm"
# Not for a package that is no part of Debian: no bug number of an intention to package it.
LINTIAN_SUPPRESSED = "initial-upload-closes-no-bugs"


def run(*command, fine=(0,), **options):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", stdin=subprocess.DEVNULL, **options)
    if done.returncode not in fine:
        raise AssertionError(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout[-6000:]}")
    return done.stdout


def inside(*command, user=None, **options):
    """Runs a command in the system of the packages, without the environment of this one."""
    as_user = [f"--userspec={user}"] if user else []
    return run("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/tmp", "LC_ALL=C.UTF-8",
               "DEBIAN_FRONTEND=noninteractive", "QT_QPA_PLATFORM=offscreen", "chroot", *as_user, ROOT, *command,
               **options)


def apt(*words):
    return inside("apt-get", "-q", "-y", "--no-install-recommends", *words)


def mirror():
    """Where this machine gets its own packages."""
    for line in run("apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)").splitlines():
        uri, _, codename = line.partition(" ")
        if codename == SUITE:
            return uri
    raise AssertionError(f"no source of {SUITE} in this machine's apt")


def deb(name):
    found = sorted(WORK.glob(f"{name}_*.deb"))
    assert len(found) == 1, f"{name}: {found}"
    return found[0]


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tearDownClass()
        WORK.mkdir(exist_ok=True)
        run("cpack", "-G", "DEB", cwd=BUILD)
        run("debootstrap", "--variant=minbase", "--include=ca-certificates", SUITE, ROOT, mirror())
        for part in ("apt.conf.d", "sources.list", "sources.list.d", "keyrings", "trusted.gpg.d"):
            source, target = pathlib.Path("/etc/apt", part), ROOT / "etc/apt" / part
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True)
            elif source.exists():
                shutil.copy(source, target)
        for file in ("/etc/resolv.conf", "/etc/hosts"):
            shutil.copy(file, ROOT / file[1:])
        shutil.copytree("/usr/share/keyrings", ROOT / "usr/share/keyrings", dirs_exist_ok=True)
        run("mount", "-t", "proc", "proc", ROOT / "proc")
        apt("update")
        for name in NAMES:
            shutil.copy(deb(name), ROOT / "var/cache")

    @classmethod
    def tearDownClass(cls):
        if os.path.ismount(ROOT / "proc"):
            run("umount", ROOT / "proc")
        shutil.rmtree(WORK, ignore_errors=True)

    def install(self, *names):
        apt("install", *(f"/var/cache/{deb(name).name}" for name in names))
        self.addCleanup(self.remove, *names)

    def remove(self, *names):
        files = [line for name in names for line in inside("dpkg", "-L", name).splitlines()]
        apt("purge", *names)
        left = [name for name in files if "mpscramble" in name and (ROOT / name[1:]).exists()]
        self.assertEqual(left, [])

    def test_lintian_finds_no_errors(self):
        for name in NAMES:
            run("lintian", "--fail-on", "error", "--suppress-tags", LINTIAN_SUPPRESSED, deb(name))

    def test_command_line(self):
        self.install("mpscramble", "mpscramble-captures")
        report = inside("mpscramble-analyze", "/usr/share/mpscramble/captures/http_text.pcapng", user="nobody:nogroup")
        self.assertIn("58436 bytes, all recovered exactly", report)
        for page in ("man1/mpscramble-analyze.1.gz", "man5/mpscramble-keys.5.gz", "man7/mpscramble.7.gz"):
            self.assertTrue((ROOT / "usr/share/man" / page).exists(), page)

    def test_window(self):
        self.install("mpscramble-gui", "mpscramble-captures")
        inside("mpscramble-gui", "--demo", "plain", "--report", "/tmp/plain.html", user="nobody:nogroup")
        self.assertIn("<html", (ROOT / "tmp/plain.html").read_text())

    def test_plugin(self):
        """As nobody: for root Wireshark loads plugins of its own folder only, which this is; both must work."""
        self.install("wireshark-mpscramble", "mpscramble-captures")
        apt("install", "tshark")
        for user in (None, "nobody:nogroup"):
            self.assertIn("mpscramble.so", inside("tshark", "-G", "plugins", user=user))
            rows = inside("tshark", "-r", "/usr/share/mpscramble/captures/http_text.pcapng", "-Y", "http.response", "-T",
                          "fields", "-e", "http.response.code", user=user)
            self.assertIn("200", rows.split())

    def test_library(self):
        self.install("libmpscramble-dev", "mpscramble-captures")
        apt("install", "g++", "cmake", "ninja-build", "pkg-config")
        shutil.copytree(pathlib.Path(__file__).parent / "consumer", ROOT / "tmp/consumer")
        inside("cmake", "-G", "Ninja", "-S", "/tmp/consumer", "-B", "/tmp/built")
        inside("cmake", "--build", "/tmp/built")
        digests = inside("/tmp/built/consumer", "/usr/share/mpscramble/captures/http_text.pcapng").split()
        self.assertEqual(len(digests), 2)

    def test_kernel_module(self):
        """Without a kernel there is nothing to build; DKMS knows the module, and forgets it."""
        self.install("mpscramble-dkms")
        self.assertIn("mpscramble/", inside("dkms", "status"))


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("SKIPPED: packages are installed into a system of their own, which needs root")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1], verbosity=2)
