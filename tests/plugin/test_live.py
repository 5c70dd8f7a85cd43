# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets that arrive while Wireshark is already looking: through a pipe, and the key log still growing."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from wireshark import SANITIZER_RUNTIME, SOURCE, WiresharkTest, environment, manifest, prefix, run


class Live(WiresharkTest):
    def setUp(self):
        if SANITIZER_RUNTIME:
            self.skipTest("tshark starts dumpcap, which hangs with the sanitizer's runtime in front")
        self.folder = tempfile.TemporaryDirectory()
        os.chmod(self.folder.name, 0o777)
        self.addCleanup(self.folder.cleanup)
        self.capture = SOURCE / "captures" / "http_text.pcapng"

    def start(self, source, *arguments):
        return subprocess.Popen([*prefix("tshark"), "tshark", "-n", "-l", "-i", source, *arguments], env=environment(),
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_from_a_pipe(self):
        """As `-i` with dumpcap: one pass, nothing known of what comes."""
        classic = pathlib.Path(self.folder.name) / "http.pcap"
        run("editcap", "-F", "pcap", self.capture, classic)
        process = self.start("-", "-Y", "http", "-T", "fields", "-e", "http.response.code", "-e", "http.request.method")
        out, err = process.communicate(classic.read_bytes(), timeout=120)
        self.assertEqual(out.decode().split(), ["GET", "200", "GET", "200", "POST", "201"], err.decode()[-500:])

    def test_keys_are_logged_after_the_capture_began(self):
        """A joined subflow alone: its keys come while packets arrive, and what waited is placed then."""
        capture = SOURCE / "captures" / "http_text.wlan0.pcap"
        keys = next(c for c in manifest() if c["name"] == "http_text")["keys"]
        log = pathlib.Path(self.folder.name) / "keys.log"
        log.write_text("")
        log.chmod(0o644)
        data = capture.read_bytes()
        process = self.start("-", "-o", f"mpscramble.keylog_file:{log}", "-o", "mpscramble.scrambled:assume",
                             "-T", "fields", "-e", "mpscramble.key_source", "-e", "mpscramble.token")
        half = len(data) // 2
        process.stdin.write(data[:half])
        process.stdin.flush()
        time.sleep(5)
        with log.open("a") as file:
            file.write(f"MPTCP_KEYS {keys['initiator']} {keys['listener']}\n")
        out, err = process.communicate(data[half:], timeout=120)
        rows = [line.split("\t") for line in out.decode().splitlines()]
        self.assertTrue(rows[0][1].startswith("0x"), err.decode()[-500:])
        self.assertEqual(rows[-1][0], "key-log")

    def test_on_an_interface(self):
        """tcpreplay is not needed: a packet socket on a veth of a namespace of our own sends the capture's frames."""
        if os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("dumpcap"):
            self.skipTest("needs root, ip and dumpcap")
        script = r'''
import socket, struct, subprocess, sys, time
subprocess.run("ip link add a type veth peer name b && ip link set a up && ip link set b up", shell=True, check=True)
capture = subprocess.Popen(["dumpcap", "-q", "-i", "b", "-f", "tcp", "-w", sys.argv[2], "-P"], stderr=subprocess.PIPE)
time.sleep(3)
data = open(sys.argv[1], "rb").read()
sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sender.bind(("a", 0))
at = 24
while at < len(data):
    size = struct.unpack_from("<I", data, at + 8)[0]
    sender.send(data[at + 16:at + 16 + size])
    at += 16 + size
    time.sleep(0.002)
time.sleep(2)
capture.terminate()
capture.wait()
'''
        classic, live = (pathlib.Path(self.folder.name) / name for name in ("http.pcap", "live.pcap"))
        run("editcap", "-F", "pcap", self.capture, classic)
        done = subprocess.run(["unshare", "-n", "python3", "-c", script, classic, live], capture_output=True, text=True,
                              timeout=120, check=False)
        if done.returncode != 0 or not live.exists():
            self.skipTest("no namespace or no capturing here: " + done.stderr[-300:])
        live.chmod(0o644)
        process = self.start("-", "-Y", "http.response", "-T", "fields", "-e", "http.response.code")
        out, err = process.communicate(live.read_bytes(), timeout=120)
        self.assertEqual(out.decode().split(), ["200", "200", "201"], err.decode()[-500:])


if __name__ == "__main__":
    unittest.main()
