# SPDX-License-Identifier: GPL-2.0-or-later
"""Both ways of installing the plugin, each into an empty folder, and a Wireshark that finds it there."""
import os
import pathlib
import subprocess
import tempfile
import unittest

from wireshark import SOURCE, WiresharkTest, environment, unprivileged

CMAKE, BUILD = os.environ["MPS_CMAKE"], os.environ["MPS_BUILD_DIR"]
CAPTURE = SOURCE / "captures" / "http_text.pcapng"


def run(*command, **env):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env=env, timeout=600, check=False)
    if done.returncode:
        raise AssertionError(f"{command}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


class Install(WiresharkTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.folder.chmod(0o755)

    def tshark(self, *arguments, **env):
        return run(*unprivileged(), "tshark", *arguments, **env)

    def check(self, env):
        """Wireshark lists the plugin, once, from where it was put, and it works."""
        listed = [line.split() for line in self.tshark("-G", "plugins", **env).splitlines()]
        [path] = [fields[-1] for fields in listed if fields[0] == "mpscramble.so"]
        self.assertTrue(path.startswith(str(self.folder)), path)
        found = self.tshark("-n", "-r", CAPTURE, "-Y", "mpscramble && http.response", **env)
        self.assertEqual(len(found.splitlines()), 3)

    def test_into_the_folder_of_wireshark(self):
        run(CMAKE, "--install", BUILD, "--component", "plugin", **os.environ, DESTDIR=str(self.folder))
        [plugin] = self.folder.rglob("mpscramble.so")
        # .../wireshark/plugins/4.0/epan: where the Wireshark of the headers looks, below its own prefix
        self.assertEqual(plugin.parent.name, "epan")
        self.check(environment(plugins=plugin.parents[2]))

    def test_into_ones_own_folder(self):
        told = run(CMAKE, "--build", BUILD, "--target", "install-plugin-for-me",
                   **{key: value for key, value in os.environ.items() if key != "XDG_CONFIG_HOME"} | {"HOME": str(self.folder)})
        self.assertIn(f"{self.folder}/.local/lib/wireshark/plugins/", told)
        env = environment(HOME=str(self.folder))
        del env["WIRESHARK_PLUGIN_DIR"]
        self.check(env)
        profile = self.folder / ".config" / "wireshark" / "profiles" / "MPTCP Data Scrambling"
        self.assertTrue((profile / "preferences").exists())
        self.tshark("-C", "MPTCP Data Scrambling", "-n", "-r", CAPTURE, "-c", "1", **env)


if __name__ == "__main__":
    unittest.main()
