# SPDX-License-Identifier: GPL-2.0-or-later
"""The laboratory: two network namespaces and the paths between them.

        initiator namespace                                   listener namespace
      +----------------------+                              +------------------------+
      |  10.0.1.1  fd00:1::1 | lte0   LTE, trusted     lte0 | 10.0.1.2  fd00:1::2    |
      |        (capture) ----+------------------------------+----.                   |
      |  10.0.2.1  fd00:2::1 | wlan0  WLAN, untrusted wlan0 | 10.0.2.2  fd00:2::2    |
      |        (capture) ----+------------------------------+----+-- lo: 10.9.0.1    |
      |  10.0.3.1  fd00:3::1 | wlan1  WLAN, untrusted wlan1 | 10.0.3.2  fd00:3::2    |
      |        (capture) ----+------------------------------+----'       fd00:9::1   |
      +----------------------+                              +------------------------+

The listener has one address, 10.9.0.1 or fd00:9::1, reachable over every path; the initiator prefers the lowest one.
Paths are veth pairs, or a pair of tun devices where the capture shall have raw IP packets as from a modem. Rates come
from tbf: without them everything would go over the first path. Nothing here touches the host's own network.
"""
import ctypes
import fcntl
import os
import random
import select
import struct
import subprocess
import threading
import time

OFFLOADS = ["tso", "gso", "gro", "tx", "rx", "sg"]
CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000

# One bit in the flags of MP_CAPABLE of version 1, without and with "checksum required": set on the way out, cleared on
# the way in before the MPTCP code sees it, which would otherwise fall back to plain TCP. The capture is in between.
FLAG_RULES = """
table inet flag_bit {{
  chain out {{
    type filter hook output priority mangle;
    tcp option @30,16,16 0x0101 tcp option @30,16,16 set {plain:#06x}
    tcp option @30,16,16 0x0181 tcp option @30,16,16 set {checked:#06x}
  }}
  chain in {{
    type filter hook prerouting priority mangle;
    tcp option @30,16,16 {plain:#06x} tcp option @30,16,16 set 0x0101
    tcp option @30,16,16 {checked:#06x} tcp option @30,16,16 set 0x0181
  }}
}}
"""


def flag_rules(bit):
    return FLAG_RULES.format(plain=0x0101 | bit, checked=0x0181 | bit)

# Data packets disappear after the capture has seen them.
LOSS_RULES = """
table inet loss {
  chain in {
    type filter hook prerouting priority raw;
    meta l4proto tcp meta length > 200 numgen random mod 1000 < %d drop
  }
}
"""


def run(*words, **options):
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL, **options)


class TunPair:
    """Two tun devices and the thread that carries packets from one to the other, losing some on the way: then the
    side that captures never sees the first copy of what it should have received."""

    def __init__(self, name, namespaces, loss_per_mille):
        self.loss = loss_per_mille
        self.lost = 0
        self.dice = random.Random()
        self.ends = [self.open_in(namespace, name) for namespace in namespaces]
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.carry)
        self.thread.start()

    @staticmethod
    def open_in(namespace, name):
        opened = []

        def enter_and_open():  # setns is for the calling thread alone
            libc = ctypes.CDLL(None, use_errno=True)
            with open(f"/run/netns/{namespace}", "rb") as handle:
                if libc.setns(handle.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
            opened.append(end)

        thread = threading.Thread(target=enter_and_open)
        thread.start()
        thread.join()
        if not opened:
            raise OSError(f"no tun device {name} in {namespace}")
        return opened[0]

    def carry(self):
        other = dict(zip(self.ends, reversed(self.ends)))
        while not self.stopped.is_set():
            for end in select.select(self.ends, [], [], 0.05)[0]:
                packet = os.read(end, 65536)
                if len(packet) > 200 and self.dice.randrange(1000) < self.loss:
                    self.lost += 1
                else:
                    os.write(other[end], packet)

    def close(self):
        self.stopped.set()
        self.thread.join()
        for end in self.ends:
            os.close(end)


class Laboratory:
    """Context manager. `paths`: interface names in order; `flag`: the bit to set in MP_CAPABLE, or 0. Namespaces carry the
    process id, so that several may exist."""

    def __init__(self, paths, rates, offloads=False, tun=None, tun_loss=0, flag=0x10, loss=0, checksums=False):
        self.paths, self.rates, self.offloads, self.tun, self.tun_loss = paths, rates, offloads, tun, tun_loss
        self.flag, self.loss, self.checksums = flag, loss, checksums
        self.client, self.server = (f"mps{os.getpid()}{side}" for side in "cs")
        self.tun_pair = None

    def __enter__(self):
        try:
            self.build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.tun_pair:
            self.tun_pair.close()
        for namespace in (self.client, self.server):
            subprocess.run(["ip", "netns", "del", namespace], stderr=subprocess.DEVNULL, check=False)

    def sysctl(self, namespace, setting, value):
        run("ip", "netns", "exec", namespace, "sysctl", "-q", "-w", f"{setting}={value}")

    def build(self):
        for namespace in (self.client, self.server):
            run("ip", "netns", "add", namespace)
            run("ip", "-n", namespace, "link", "set", "lo", "up")
            self.sysctl(namespace, "net.ipv6.conf.default.accept_dad", 0)
            self.sysctl(namespace, "net.ipv6.conf.default.router_solicitations", 0)
            self.sysctl(namespace, "net.mptcp.checksum_enabled", int(self.checksums))
            run("ip", "-n", namespace, "mptcp", "limits", "set", "subflows", 4, "add_addr_accepted", 4)
        for number, name in enumerate(self.paths, 1):
            self.build_path(number, name)
        run("ip", "-n", self.server, "addr", "add", "10.9.0.1/32", "dev", "lo")
        run("ip", "-n", self.server, "addr", "add", "fd00:9::1/128", "dev", "lo", "nodad")
        for namespace in (self.client, self.server):
            for rules in [flag_rules(self.flag)] * (self.flag > 0) + [LOSS_RULES % self.loss] * (self.loss > 0):
                run("ip", "netns", "exec", namespace, "nft", "-f", "-", input=rules.encode())

    def build_path(self, number, name):
        if name == self.tun:
            self.tun_pair = TunPair(name, (self.client, self.server), self.tun_loss)
        else:
            run("ip", "-n", self.client, "link", "add", name, "address", f"02:00:00:00:0{number}:01", "type", "veth",
                "peer", "name", name, "address", f"02:00:00:00:0{number}:02", "netns", self.server)
        for host, namespace in enumerate((self.client, self.server), 1):
            if name != self.tun and not self.offloads:
                run("ip", "netns", "exec", namespace, "ethtool", "-K", name, *[w for o in OFFLOADS for w in (o, "off")])
            run("ip", "-n", namespace, "link", "set", name, "up")
            run("ip", "-n", namespace, "addr", "add", f"10.0.{number}.{host}/24", "dev", name)
            run("ip", "-n", namespace, "addr", "add", f"fd00:{number}::{host}/64", "dev", name, "nodad")
            burst = "128kb" if self.offloads else "5kb"  # tbf cuts super-segments that exceed its burst
            run("tc", "-n", namespace, "qdisc", "add", "dev", name, "root", "tbf", "rate", self.rates[number - 1],
                "burst", burst, "latency", "150ms")
        for family, service, gateway in (("-4", "10.9.0.1", f"10.0.{number}.2"), ("-6", "fd00:9::1", f"fd00:{number}::2")):
            run("ip", "-n", self.client, family, "route", "add", service, "via", gateway, "dev", name, "metric", 10 * number)


class Capture:
    """tcpdump on one interface of the initiator, ready when the context is entered. Immediate mode, since the kernel
    keeps up to a second of packets to itself otherwise, and they would be missing at the end."""

    def __init__(self, namespace, interface, file):
        self.command = ["ip", "netns", "exec", namespace, "tcpdump", "-Z", "root", "-i", interface, "--immediate-mode", "-s", "0",
                        "--time-stamp-precision=nano", "-w", str(file), "tcp"]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "listening on" in line:
                return self
        raise RuntimeError("tcpdump did not start: " + " ".join(self.command))

    def __exit__(self, *_):
        time.sleep(0.3)
        self.process.terminate()
        self.process.communicate()
