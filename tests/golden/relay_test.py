#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mpscramble-peer between real sockets, mostly --relay: both ends come to an end whatever fails.

    relay_test.py PEER [unittest options]
"""
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PEER = pathlib.Path(sys.argv.pop(1)).resolve()
CONTENT = bytes(range(256)) * 4096


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Relay(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.content = pathlib.Path(folder.name, "content")
        self.content.write_bytes(CONTENT)
        self.program = socket.create_server(("127.0.0.1", 0))  # what the listening end relays to
        self.addCleanup(self.program.close)
        self.port = str(free_port())

    def peer(self, *arguments):
        process = subprocess.Popen([PEER, *arguments, "--scheme", "plain", "-p", self.port], stderr=subprocess.PIPE)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.kill)
        return process

    def listening(self, *arguments, does=None):
        process = self.peer("listen", *(does or ["--relay", str(self.program.getsockname()[1])]), *arguments)
        listening = re.compile(f":{int(self.port):04X} 0+:0000 0A")
        deadline = time.monotonic() + 60
        while not any(listening.search(pathlib.Path("/proc/net", table).read_text()) for table in ("tcp", "tcp6")):
            self.assertIsNone(process.poll(), "the listener ended before it listened")
            self.assertLess(time.monotonic(), deadline, "the listener does not listen")
            time.sleep(0.02)
        return process

    def test_a_folder_is_not_served(self):
        folder = self.content.parent
        (folder / "sub").mkdir()
        listener = self.listening(does=["--root", str(folder)])
        sender = self.peer("connect", "127.0.0.1", "--request", "GET /sub")
        self.assertEqual((listener.wait(60), sender.wait(60)), (0, 3))

    def test_carries_the_bytes(self):
        listener = self.listening()
        sender = self.peer("connect", "127.0.0.1", "--send", str(self.content))
        local, _ = self.program.accept()
        with local:
            received = b"".join(iter(lambda: local.recv(65536), b""))
        self.assertEqual(received, CONTENT)
        self.assertEqual((listener.wait(60), sender.wait(60)), (0, 0))

    def test_failed_receiver_ends_a_program_that_only_listens(self):
        """The local program writes nothing and waits for the end of what it reads."""
        listener = self.listening("--received", "/dev/full")
        self.peer("connect", "127.0.0.1", "--send", str(self.content))
        local, _ = self.program.accept()
        reader = threading.Thread(target=lambda: list(iter(lambda: local.recv(65536), b"")), daemon=True)
        reader.start()
        self.assertNotEqual(listener.wait(60), 0)
        self.assertIn(b"No space left", listener.stderr.read())
        reader.join(60)
        self.assertFalse(reader.is_alive())
        local.close()


if __name__ == "__main__":
    unittest.main()
