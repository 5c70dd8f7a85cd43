# SPDX-License-Identifier: GPL-2.0-or-later
"""sharkd visits frames in any order, as the window does: each frame must look the same whenever it is shown."""
import json
import random
import subprocess
import unittest

from wireshark import ASSUME, SOURCE, WiresharkTest, environment, follow, prefix, shared


class Sharkd:
    def __init__(self):
        self.process = subprocess.Popen([*prefix("sharkd"), "sharkd", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=environment())
        self.number = 0

    def ask(self, method, **params):
        self.number += 1
        request = {"jsonrpc": "2.0", "id": self.number, "method": method, **({"params": params} if params else {})}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            answer = json.loads(line)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise AssertionError(answer["error"])
                return answer["result"]
        raise AssertionError("sharkd ended: " + self.process.stderr.read()[-2000:])

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()
        self.process.stderr.close()


def without_noise(tree):
    """Wireshark 4.0 itself says other things at a second visit: HTTP about its partner frame, MPTCP about data ACKs."""
    def keep(node):
        label = node.get("l", "")
        return not label.startswith("Transmission Control Protocol") and not any(
            word in label for word in ("esponse for URI", "equest URI", "ime since", "in frame"))
    return [{**node, "n": without_noise(node["n"])} if "n" in node else node for node in tree if keep(node)]


class RandomAccess(WiresharkTest):
    def visit(self, capture, preferences=()):
        sharkd = Sharkd()
        self.addCleanup(sharkd.close)
        for name, value in preferences:
            sharkd.ask("setconf", name=name, value=value)
        sharkd.ask("load", file=str(capture))
        count = sharkd.ask("status")["frames"]
        order = list(range(1, count + 1)) * 2
        random.Random(1).shuffle(order)
        seen = {}
        recovered = 0
        for number in order:
            frame = sharkd.ask("frame", frame=number, proto=True, bytes=True, columns=True)
            shown = json.dumps([without_noise(frame["tree"]), frame.get("ds"), frame.get("bytes")])
            self.assertEqual(seen.setdefault(number, shown), shown, f"frame {number} changed")
            recovered += "Descrambled MPTCP bytes" in shown or "Recovered MPTCP bytes" in shown
        self.assertGreater(recovered, 10)
        return sharkd

    def test_scrambled(self):
        capture = SOURCE / "captures" / "http_text.pcapng"
        sharkd = self.visit(capture)
        followed = sharkd.ask("follow", follow="MPScramble", filter="mpscramble.stream == 0")
        self.assertEqual(sum(len(direction) for direction in follow(capture)),
                         followed["cbytes"] + followed["sbytes"])

    def test_hardened(self):
        for scheme in ("h1", "h2"):
            self.visit(SOURCE / "captures" / f"http_text_{scheme}.pcapng")

    def test_plain(self):
        self.visit(shared("made/http-plain-v4.pcapng"))

    def test_path_alone(self):
        capture = SOURCE / "captures" / "http_text.lte0.pcap"
        self.visit(capture)


if __name__ == "__main__":
    unittest.main()
