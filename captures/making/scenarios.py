# SPDX-License-Identifier: GPL-2.0-or-later
"""What is captured, in the order of MANIFEST.json."""
import dataclasses

TRUST = {"lte0": "trusted", "wwan0": "trusted", "wlan0": "untrusted", "wlan1": "untrusted"}
DESCRIPTION = {"lte0": "LTE, trusted", "wwan0": "LTE modem, raw IP, trusted", "wlan0": "WLAN, untrusted",
               "wlan1": "second WLAN, untrusted"}

# Bytes that each side sends alone at first. From S[65] on a run says nothing about the register it started with; and
# the shortest request is longer than this.
HEAD = 80

# Brings up the joined subflow from the initiator's second (third) address.
JOIN = "ip mptcp endpoint add 10.0.2.1 dev {path2} subflow"
JOIN_V6 = "ip mptcp endpoint add fd00:2::1 dev {path2} subflow"
JOIN_THREE = JOIN + " && ip mptcp endpoint add 10.0.3.1 dev {path3} subflow"

TEXT = ("GET /gpl-3.txt", "POST /upload {plain}/gfdl-1.3.txt")


# The bit of the MP_CAPABLE flags that announces each scheme.
FLAG_BITS = {"paper": 0x10, "h1": 0x08, "h2": 0x04}


@dataclasses.dataclass
class Scenario:
    name: str
    description: str
    requests: tuple = ()       # HTTP; otherwise `send` goes both ways
    send: str = ""
    application: str = ""      # or two ordinary programs: making/applications.py
    port: int = 40404          # what the listener's port says about the content
    paths: tuple = ("lte0", "wlan0")
    rates: tuple = ("6mbit", "6mbit", "6mbit")
    target: str = "10.9.0.1"
    ipv6_socket: bool = False  # reach the IPv4 target through an IPv6 socket
    join: str = JOIN           # run by the initiator when both heads are through
    server_join: str = ""      # run by the listener when its head is acknowledged, instead
    hooks: tuple = ()          # further (bytes received by the initiator, command)
    plain: bool = False
    scheme: str = "paper"
    flag: bool = True
    init: str = "key"
    order: str = "wire"
    checksums: bool = False
    loss: int = 0              # per mille of data packets, after the capture has seen them
    offloads: bool = False
    tun: str = ""
    tun_loss: int = 0          # per mille of packets, half way
    path_files: bool = False   # keep one file per path as well
    head_trusted: bool = True
    least_share: float = 0.2   # of the larger direction, on every path
    reinjected: bool = False   # some bytes must have crossed several subflows
    chunk: int = 3000          # bytes in one write: small ones make the scheduler change paths more often
    notes: str = ""

    @property
    def flag_bit(self):
        return FLAG_BITS[self.scheme]

    @property
    def rule(self):
        return "never" if self.plain else "flag" if self.flag else "assume"


SCENARIOS = [
    Scenario("http_text", "English text over HTTP, both directions dispersed over LTE and WLAN",
             ("GET /gpl-3.txt", "GET /gfdl-1.3.txt", "POST /upload {plain}/gpl-3.txt"),
             path_files=True),
    Scenario("http_json", "JSON over HTTP, down and up", ("GET /sensors.json", "POST /upload {plain}/sensors.json")),
    Scenario("http_bitmap", "an uncompressed picture over HTTP", ("GET /picture.bmp",), path_files=True),
    Scenario("http_gzip", "a gzip file over HTTP", ("GET /access.log.gz",),
             notes="compressed content: what it is cannot be guessed from single bytes"),
    Scenario("random", "random bytes both ways at once, no HTTP", send="random.bin",
             notes="nothing can be guessed about the content"),
    Scenario("three_paths", "three subflows, one trusted and two untrusted", TEXT + ("GET /sensors.json",),
             paths=("lte0", "wlan0", "wlan1"), join=JOIN_THREE, path_files=True, least_share=0.1),
    Scenario("ipv6_checksum_loss", "IPv6, DSS checksums, 6 % of the data packets lost behind the capture", TEXT,
             target="fd00:9::1", join=JOIN_V6, checksums=True, loss=60),
    Scenario("mixed_families", "the initial subflow over IPv4, the joined one over IPv6 after ADD_ADDR", TEXT,
             ipv6_socket=True, join="", server_join="ip mptcp endpoint add fd00:2::2 dev {path2} signal"),
    Scenario("gso", "segmentation offload on: captured packets of several mappings' worth, checksums left to hardware",
             ("GET /picture.bmp", "GET /random.bin"), offloads=True, rates=("30mbit", "30mbit"), least_share=0.1, chunk=200000,
             notes="TCP checksums of outgoing packets are those of the offload, so most do not verify"),
    Scenario("path_down", "WLAN fails in mid-transfer: what it carried last is reinjected over LTE",
             ("GET /picture.bmp",), least_share=0.1, reinjected=True,
             hooks=((40000, "nft add table inet down && nft add chain inet down in "
                            "'{{ type filter hook prerouting priority raw; }}' && "
                            "nft add rule inet down in iifname {path2} drop"),)),
    Scenario("plain", "not scrambled: the control", TEXT, plain=True, flag=False),
    Scenario("plain_checksum", "not scrambled, IPv6, DSS checksums", TEXT, target="fd00:9::1", join=JOIN_V6,
             plain=True, flag=False, checksums=True),
    Scenario("no_flag", "scrambled, but no bit in MP_CAPABLE says so", TEXT, flag=False),
    Scenario("init_hmac", "initial register from the HMAC of the key", ("GET /sensors.json",), init="hmac"),
    Scenario("order_host", "key in the register in little-endian host order", ("GET /sensors.json",), order="host"),
    Scenario("raw_ip", "one capture file with two link types: raw IP from the modem, Ethernet from WLAN; 6 % of the "
             "modem's packets lost half way", TEXT, paths=("wwan0", "wlan0"), tun="wwan0", tun_loss=60),
    Scenario("listener_joins", "the joined subflow is opened by the listener, towards a port that ADD_ADDR announced",
             TEXT, join="ip mptcp endpoint add 10.0.2.1 dev {path2} signal port 40500"),
    Scenario("head_untrusted", "counter-example: the initial subflow, and so the first bytes of both directions, "
             "over WLAN", TEXT, paths=("wlan0", "lte0"), head_trusted=False, path_files=True,
             notes="who taps WLAN has the start of both streams: no key is needed to begin"),
    Scenario("http_text_h1", "English text over HTTP under H1: XOR with a keystream from both keys", TEXT, scheme="h1",
             path_files=True, notes="who taps LTE has the handshake and reads what crosses it; WLAN alone is noise"),
    Scenario("http_text_h2", "English text over HTTP under H2: a keystream from both keys and all earlier bytes", TEXT,
             scheme="h2", checksums=True, path_files=True,
             notes="who taps LTE has the handshake and reads up to the first block that WLAN has a byte of; WLAN alone is "
                   "noise"),
    Scenario("tls", "HTTP over TLS 1.3 between OpenSSL's client and server; tls.keys decrypts it", application="tls", port=443,
             notes="what is scrambled is TLS; its key log, in the format of SSLKEYLOGFILE, is tls.keys"),
    Scenario("ssh", "an OpenSSH session: key exchange, login, one command", application="ssh", port=22, least_share=0.1),
    Scenario("dns", "DNS over TCP: four questions in one segment, two of the answers longer than one", application="dns", port=53,
             chunk=1000, least_share=0.05),
]

QUICK = Scenario("quick", "a short run for the test suite", ("GET /sensors.json",))
