#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a table of cases cannot say about mpscramble-analyze: signals, pipes, full disks, written captures.

    behaviour_test.py PROGRAM [unittest options]
"""
import fcntl
import gzip
import hashlib
import json
import os
import pathlib
import pwd
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "flood"))
import flood  # noqa: E402
import made_inputs  # noqa: E402

CAPTURES = HERE.parents[1] / "captures"
PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else None
WHOLE = (CAPTURES / "http_text.pcapng").read_bytes()


def analyze(*arguments, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([PROGRAM, *map(str, arguments)], cwd=CAPTURES, capture_output=True, timeout=120, **options)


def streams(*arguments):
    """The JSON report's streams of connection 0, by direction."""
    done = analyze("-T", "json", *arguments)
    return {stream["direction"]: stream for stream in json.loads(done.stdout)["connections"][0]["streams"]}


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the program did not get that far")
        time.sleep(0.02)


def catches(process, number):
    """Whether the process has a handler for this signal by now."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught, 16) >> (number - 1) & 1)


def unread(descriptor):
    return struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4)))[0]


def most_memory(*arguments):
    """Bytes that the program has at most."""
    code = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    done = subprocess.run([sys.executable, "-c", code, PROGRAM, *arguments], capture_output=True, check=True)
    return int(done.stdout) << 10


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)


class Interruption(Folder):
    def interrupted(self, content, *arguments):
        """Feeds a FIFO with the beginning of a capture, waits until it is read, and sends SIGINT."""
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        held = os.open(fifo, os.O_RDWR)  # so that opening does not wait and reading does not end
        self.addCleanup(os.close, held)
        process = subprocess.Popen([PROGRAM, *map(str, arguments), fifo], cwd=CAPTURES, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        for at in range(0, len(content), 4096):
            os.write(held, content[at:at + 4096])
        wait_until(lambda: catches(process, signal.SIGINT) and unread(held) == 0)
        time.sleep(0.3)  # what was read is being looked at
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def test_partial_report(self):
        code, out, err = self.interrupted(WHOLE[:60000])
        self.assertEqual(code, 130)
        self.assertIn(b"Interrupted: this covers what was read so far.", out)
        self.assertIn(b"c2s initiator to listener: ", out)
        self.assertEqual(err, b"")

    def test_partial_json(self):
        code, out, _ = self.interrupted(WHOLE[:60000], "-T", "json")
        self.assertEqual(code, 130)
        self.assertIs(json.loads(out)["interrupted"], True)

    def test_partial_extraction_says_so(self):
        code, _, err = self.interrupted(WHOLE[:60000], "-q", "--extract", self.folder / "out")
        self.assertEqual(code, 130)
        gaps = json.loads((self.folder / "out" / "conn0.c2s.gaps.json").read_text())
        self.assertIs(gaps["interrupted"], True)

    def test_nothing_has_come_yet(self):
        for content in (b"", WHOLE[:2]):
            with self.subTest(bytes=len(content)):
                code, out, _ = self.interrupted(content)
                self.assertEqual((code, out), (130, b""))
                (self.folder / "fifo").unlink()

    def test_nobody_opens_the_pipe(self):
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        process = subprocess.Popen([PROGRAM, fifo], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        wait_until(lambda: catches(process, signal.SIGTERM))
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, out, err), (130, b"", b""))


    def test_at_any_time(self):
        """Whenever the signal comes, the program ends by itself, and leaves nothing half done."""
        for step in range(12):
            out = self.folder / f"out{step}"
            process = subprocess.Popen([PROGRAM, "-T", "json", "--extract", out, "http_text.pcapng"], cwd=CAPTURES,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            self.addCleanup(process.kill)
            wait_until(lambda: process.poll() is not None or catches(process, signal.SIGINT))
            time.sleep(step * 0.002)
            process.send_signal(signal.SIGINT)
            text, _ = process.communicate(timeout=60)
            with self.subTest(step=step, code=process.returncode):
                self.assertIn(process.returncode, (0, 130))
                if text:
                    self.assertIs(json.loads(text)["interrupted"], process.returncode == 130)
                if out.exists():
                    self.assertEqual([p.name for p in out.iterdir() if p.name.startswith(".")], [])


class Memory(Folder):
    def test_limit_of_the_process(self):
        """What was read before memory ran out is reported, and labelled."""
        path = self.folder / "syns.pcap"
        flood.write(flood.connections, 60000, path)
        for limit in (150, 250, 350):
            size = limit << 20
            done = analyze(path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size)))
            with self.subTest(mebibytes=limit, stderr=done.stderr):
                self.assertIn(done.returncode, (2, 4))
                if done.returncode == 2:
                    self.assertIn(b"out of memory", done.stderr)
                if done.returncode == 2 and done.stdout:
                    self.assertIn(b"this covers what was read so far", done.stdout)

    def test_many_files_share_what_is_kept_at_hand(self):
        """Each input has a buffer; 400 of them must not have 2 MiB each."""
        path = self.folder / "long.pcap"
        flood.write(flood.connections, 40000, path)
        self.assertGreater(path.stat().st_size, 2 << 20)
        links = [self.folder / f"{number}.pcap" for number in range(400)]
        for link in links:
            link.symlink_to(path)

        self.assertLess(most_memory(*links) - most_memory(path), 100 << 20)

    def test_json_of_many_connections(self):
        """One connection at a time becomes JSON."""
        path = self.folder / "syns.pcap"
        flood.write(flood.connections, 20000, path)
        self.assertLess(most_memory("-T", "json", path) - most_memory(path), 50 << 20)
        report = json.loads(analyze("-T", "json", path).stdout)
        self.assertEqual([c["connection"] for c in report["connections"]], list(range(20000)))

    def test_limits_are_options_and_told(self):
        path = self.folder / "syns.pcap"
        flood.write(flood.connections, 100, path)
        done = analyze("--max-connections", "30", path)
        self.assertEqual(done.returncode, 4)
        self.assertIn(b"connections or subflows not tracked, met 70 times: too many (--max-connections", done.stdout)
        flood.write(flood.forged_joins, 100, path)
        done = analyze("--max-subflows", "8", path)
        self.assertIn(b"connections or subflows not tracked, met 93 times", done.stdout)


class Fips(Folder):
    """A libgcrypt that runs in FIPS mode knows neither BLAKE2s nor ChaCha20."""

    def test_hardened_stream_is_refused_with_the_reason(self):
        environment = os.environ | {"LIBGCRYPT_FORCE_FIPS_MODE": "1"}
        for scheme in ("h1", "h2"):
            done = analyze("-T", "json", f"http_text_{scheme}.pcapng", env=environment)
            with self.subTest(scheme=scheme, stderr=done.stderr):
                self.assertEqual(done.returncode, 3)
                report = json.loads(done.stdout)
                self.assertEqual(["0", "0"], [s["recovered"] for s in report["connections"][0]["streams"]])
                kinds = [anomaly["kind"] for anomaly in report["anomalies"]["list"]]
                self.assertEqual(kinds.count("scheme-unavailable"), 1)

    def test_what_needs_no_such_scheme_goes_on(self):
        environment = os.environ | {"LIBGCRYPT_FORCE_FIPS_MODE": "1"}
        done = analyze("http_text.pcapng", env=environment)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(done.stdout, analyze("http_text.pcapng").stdout)
        leakage = ("-z", "leakage", "http_text.wlan0.pcap=untrusted")
        self.assertEqual(analyze(*leakage, env=environment).stdout, analyze(*leakage).stdout)

    def test_leakage_does_not_speak_of_keys_that_open(self):
        environment = os.environ | {"LIBGCRYPT_FORCE_FIPS_MODE": "1"}
        for scheme in ("h1", "h2"):
            done = analyze("-z", "leakage", "--attack", "exact", "--observe", "all", f"http_text_{scheme}.pcapng",
                           env=environment)
            self.assertIn(b"seen bytes: libgcrypt runs in FIPS mode", done.stdout)
            self.assertNotIn(b"the keys open", done.stdout)

    def test_lab_and_tags_say_why_not(self):
        environment = os.environ | {"LIBGCRYPT_FORCE_FIPS_MODE": "1"}
        done = analyze("--lab", "http_text.pcapng", env=environment)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"FIPS mode", done.stderr)
        done = analyze("--tags", "-T", "json", "plain_checksum.pcapng", env=environment)
        report = json.loads(done.stdout)
        shares = [f[d] for f in report["connections"][0]["subflows"] for d in ("c2s", "s2c")]
        self.assertGreater(sum(int(share["checksums_not_judged"]) for share in shares), 0)
        self.assertEqual(sum(int(share["checksums_right"]) + int(share["checksums_wrong"]) for share in shares), 0)


class NoCapture(Folder):
    def test_pictures_are_refused_in_a_line(self):
        """Wireshark opens them, as a file of one frame that is no packet."""
        done = analyze(HERE.parents[1] / "docs" / "images" / "gui-start.png")
        self.assertEqual((done.returncode, done.stdout), (2, b""))
        self.assertRegex(done.stderr, rb"gui-start.png: is no capture \(")


class ChangingFile(Folder):
    """A second input, a pipe, holds the program up while the file changes under it."""

    def changed(self, change, *arguments):
        path, fifo = self.folder / "capture.pcapng", self.folder / "fifo"
        path.write_bytes((CAPTURES / "gso.pcapng").read_bytes())
        os.mkfifo(fifo)
        held = os.open(fifo, os.O_RDWR)
        process = subprocess.Popen([PROGRAM, *arguments, path, fifo], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        os.write(held, struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
        wait_until(lambda: catches(process, signal.SIGINT) and unread(held) == 0)
        change(path)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)  # so that the last writer may go without a reader
        os.close(held)
        os.close(reader)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def test_truncated(self):
        """No SIGBUS. What the reader still has at hand is recovered; what it has not is named, never left out."""
        code, out, err = self.changed(lambda path: os.truncate(path, 1000), "-f", "net 10.0.2.0/24",
                                      "--scrambled", "never")
        self.assertIn(code, (2, 3), err)
        self.assertRegex(out, b"could not be read again|25595 of 25595 captured bytes recovered")

    def test_growing(self):
        def grow(path):
            with open(path, "ab") as file:
                file.write(b"\0" * 5)  # the beginning of a block that is still being written
        code, out, err = self.changed(grow)
        self.assertIn(code, (0, 2), err)
        self.assertIn(b"all recovered exactly", out)


class LabOnDamage(Folder):
    """A capture that is damaged is no plaintext."""

    def lab(self, content, *arguments):
        path = self.folder / "damaged"
        path.write_bytes(content)
        done = analyze("--lab", "--attack", "exact", "--lab-schemes", "plain", *arguments, path)
        return done.returncode, done.stdout, done.stderr

    def test_cut_in_its_header(self):
        classic = (CAPTURES / "http_text.wlan0.pcap").read_bytes()
        for capture in (WHOLE, classic):
            for length in (6, 11, 13, 20):
                code, out, err = self.lab(capture[:length])
                self.assertEqual((code, out), (2, b""), err)
                self.assertIn(b"damaged", err)
        code, out, err = self.lab(gzip.compress(WHOLE)[:40])
        self.assertEqual((code, out), (2, b""), err)

    def test_cut_further_on(self):
        """What was read is still sent again, first."""
        for content, streams_left in ((WHOLE[:-5], 2), (WHOLE[:len(WHOLE) // 2], 1), (WHOLE[:401], 0)):
            code, out, err = self.lab(content)
            self.assertEqual((code, out.count(b"Lab: connection 0")), (2, streams_left), err)
            self.assertIn(b"the file ends inside a block", err)

    def test_what_is_no_capture_is_a_plaintext(self):
        picture = (HERE.parents[1] / "docs" / "images" / "gui-start.png").read_bytes()[:4000]
        for content in (b"short", b"a letter, not a capture\n" * 9, b'{"a": 1, "b": [2, 3]}', picture):
            code, out, err = self.lab(content, "--lab-scheduler", "roundrobin")
            self.assertEqual(code, 0, err)
            self.assertIn(b"%d bytes of plaintext" % len(content), out)

    def test_without_an_end(self):
        done = analyze("--lab", "/dev/zero")
        self.assertEqual((done.returncode, done.stdout), (2, b""))
        self.assertEqual(done.stderr, b"mpscramble-analyze: /dev/zero: more than 16777216 bytes\n")


class Pipes(Folder):
    def test_reader_goes_away(self):
        for arguments in ([], ["-T", "json"], ["-z", "follow"], ["-z", "follow,raw"]):
            with self.subTest(arguments=arguments):
                read, write = os.pipe()
                os.close(read)
                done = subprocess.run([PROGRAM, *arguments, "http_text.pcapng"], cwd=CAPTURES, stdout=write,
                                      stderr=subprocess.PIPE, timeout=60)
                os.close(write)
                self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_follow_from_a_pipe(self):
        """A pipe cannot be read twice: what process substitution gives must work as well."""
        read, write = os.pipe()
        feeder = subprocess.Popen(["cat", CAPTURES / "http_text.pcapng"], stdout=write)
        os.close(write)
        done = analyze("-z", "follow,raw", "--direction", "c2s", f"/dev/fd/{read}", pass_fds=[read])
        os.close(read)
        feeder.wait(timeout=60)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(hashlib.sha256(done.stdout).hexdigest(), streams("http_text.pcapng")["c2s"]["sha256"])


    def test_page_about_a_named_pipe(self):
        """The page names the input's checksum, which a pipe that has been read does not have."""
        pipe, page = self.folder / "pipe", self.folder / "page.html"
        os.mkfifo(pipe)
        feeder = subprocess.Popen(["cp", CAPTURES / "http_text.pcapng", pipe])
        done = analyze("--attack", "exact", "--observe", "all", "--report", page, pipe)
        feeder.wait(timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn("not a file that can be read again", page.read_text())


class Terminal(Folder):
    """A bar is drawn on a terminal once the work takes longer than a second, and taken away in the end."""

    def start(self, *arguments):
        self.terminal, slave = os.openpty()
        self.addCleanup(os.close, self.terminal)
        os.set_blocking(self.terminal, False)
        self.shown = b""
        process = subprocess.Popen([PROGRAM, *map(str, arguments)], cwd=CAPTURES, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=slave, env=os.environ | {"TERM": "xterm"})
        self.addCleanup(process.kill)
        os.close(slave)
        return process

    def read(self):
        try:
            self.shown += os.read(self.terminal, 65536)
        except OSError:  # there is nothing, or nobody at the other end any more
            pass
        return self.shown

    def test_reading_a_pipe_counts_packets(self):
        path, fifo = self.folder / "long.pcap", self.folder / "fifo"
        flood.write(flood.plain_syns, 20000, path)
        content = path.read_bytes()
        os.mkfifo(fifo)
        held = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
        process = self.start(fifo)
        sent = 0

        def goes_on():
            nonlocal sent
            try:
                sent += os.write(held, content[sent:sent + 65536])
            except BlockingIOError:
                pass
            if sent == len(content):
                sent = 24  # once more, without the header
            return b"\x1b[K" in self.read()
        wait_until(goes_on)
        while sent > 24 and sent < len(content):  # to the end of a packet
            try:
                sent += os.write(held, content[sent:])
            except BlockingIOError:
                time.sleep(0.01)
        os.close(held)
        out, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 4)
        packets = int(out.split(b" packets")[0].split()[-1])
        self.assertRegex(self.read(), rb"\A(\r\d+ packets\x1b\[K)+\r\x1b\[K\Z")
        self.assertLessEqual(int(self.shown.split(b" packets")[0]), packets)

    def test_the_lab_counts_observers_and_can_be_interrupted(self):
        process = self.start("--lab", "--lab-schemes", ",".join(["scramble"] * 40), "plain/gpl-3.txt")
        wait_until(lambda: b"\x1b[K" in self.read())
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertIn(b"interrupted: attacks are not complete, and what comes after is missing", out)
        self.assertRegex(self.read(), rb"\A(\r\[#*\.*\] +\d+ %  \d+ observers\x1b\[K)+\r\x1b\[K\Z")


class FullDisk(Folder):
    def test_standard_output(self):
        for arguments in ([], ["-T", "json"], ["-T", "csv"], ["-z", "follow"], ["-z", "follow,raw"]):
            with self.subTest(arguments=arguments), open("/dev/full", "wb") as full:
                done = subprocess.run([PROGRAM, *arguments, "http_text.pcapng"], cwd=CAPTURES, stdout=full,
                                      stderr=subprocess.PIPE, timeout=60)
                self.assertEqual(done.returncode, 2)
                self.assertIn(b"standard output", done.stderr)

    def test_extraction_and_capture(self):
        small = self.folder / "small"
        small.mkdir()
        mounted = shutil.which("mount") and os.geteuid() == 0 and \
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "none", small], capture_output=True).returncode == 0
        if not mounted:
            self.skipTest("cannot mount a small file system")
        self.addCleanup(subprocess.run, ["umount", "-l", small], check=True)
        for arguments in (["--extract", small / "out"], ["-w", small / "out.pcapng"]):
            with self.subTest(arguments=arguments[0]):
                done = analyze(*arguments, "http_text.pcapng")
                self.assertEqual(done.returncode, 2)
                self.assertIn(b"No space left on device", done.stderr)
                left = [path.name for path in small.rglob("*") if path.is_file()]
                self.assertEqual(left, [], "unfinished files are taken away")


class Live(unittest.TestCase):
    def test_ends_by_itself(self):
        done = analyze("-i", "lo", "-a", "duration:1")
        if done.returncode == 2 and b"ermi" in done.stderr:
            self.skipTest("may not capture here")
        self.assertEqual((done.returncode, done.stderr), (4, b""))
        self.assertIn(b"No MPTCP connection found.", done.stdout)

    def test_its_end_does_not_end_the_attack(self):
        """Ctrl-C is how a live capture ends; what it brought is then looked at like any other."""
        if os.geteuid() != 0:
            self.skipTest("only root may send frames as they are")
        process = subprocess.Popen([PROGRAM, "-i", "lo", "-f", "host 10.0.2.1", "-T", "json", "-z", "leakage", "--observe",
                                    "all", "--direction", "c2s"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        privileges = pathlib.Path(f"/proc/{process.pid}/status")  # given up once the interface is open
        wait_until(lambda: process.poll() is not None or "\nUid:\t0\t" not in privileges.read_text())
        if process.poll() is not None:
            self.skipTest(f"may not capture here: {process.stderr.read()}")
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as loopback:
            loopback.bind(("lo", 0))
            for *_, frame in made_inputs.pcap_packets(CAPTURES / "http_text.wlan0.pcap"):
                loopback.send(frame)
        time.sleep(3)  # the kernel hands them over after a tenth of a second
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
        self.assertEqual((process.returncode, err), (3, b""))
        report = json.loads(out)
        self.assertIs(report["interrupted"], False)
        observer = report["leakage"][0]["observers"][0]
        self.assertEqual((observer["seen_bytes"], observer["inferred"]["bytes_accepted"]), ("23302", 23302))
        self.assertIs(observer["cancelled"], False)

    def test_privileges_are_given_up(self):
        if os.geteuid() != 0:
            self.skipTest("only root has any")
        for environment, arguments, user in (({}, [], pwd.getpwnam("nobody").pw_uid),
                                             ({"SUDO_UID": "1234", "SUDO_GID": "1235"}, [], 1234),
                                             ({}, ["--user", "daemon"], pwd.getpwnam("daemon").pw_uid)):
            with self.subTest(environment=environment, arguments=arguments):
                inherited = {k: v for k, v in os.environ.items() if not k.startswith("SUDO_")}
                process = subprocess.Popen([PROGRAM, "-i", "lo", *arguments], stdout=subprocess.PIPE,
                                           stderr=subprocess.PIPE, env=dict(inherited, **environment))
                self.addCleanup(process.kill)

                def status(field):
                    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
                    return next(line.split()[1:] for line in text.splitlines() if line.startswith(field))
                wait_until(lambda: process.poll() is not None or status("Uid:")[0] == str(user))
                if process.poll() is not None:
                    self.skipTest(f"may not capture here: {process.stderr.read()}")
                self.assertEqual(status("Uid:"), [str(user)] * 4)
                self.assertNotIn("0", status("Gid:") + status("Groups:"))
                for kind in ("CapInh:", "CapPrm:", "CapEff:", "CapAmb:"):
                    wait_until(lambda: int(status(kind)[0], 16) == 0)
                process.send_signal(signal.SIGINT)
                self.assertEqual(process.wait(timeout=60), 4)
                process.communicate()


class Unreadable(Folder):
    def test_permission(self):
        path = self.folder / "secret.pcapng"
        path.write_bytes(WHOLE)
        path.chmod(0)
        # Root may read everything, but for its capabilities.
        prefix = ["setpriv", "--bounding-set", "-all"] if os.geteuid() == 0 else []
        done = subprocess.run([*prefix, PROGRAM, path], capture_output=True, timeout=120)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"Permission denied", done.stderr)


class PlainTcp(Folder):
    """-w: the written capture is read back by ourselves and by Wireshark's tools."""

    def written(self, code, *arguments):
        path = self.folder / "plain.pcapng"
        done = analyze("-q", "-w", path, *arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual([p.name for p in self.folder.iterdir()], ["plain.pcapng"])
        return path

    def tshark(self, *arguments):
        environment = dict(os.environ, HOME=str(self.folder), WIRESHARK_CONFIG_DIR=str(self.folder / "config"))
        done = subprocess.run(["tshark", *map(str, arguments)], capture_output=True, timeout=120, env=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def followed(self, path):
        """Both directions of TCP stream 0 as tshark reassembles them: the client's lines are not indented."""
        sides = ["", ""]
        for line in self.tshark("-r", path, "-q", "-z", "follow,tcp,raw,0").decode().splitlines():
            if line and set(line.strip()) <= set("0123456789abcdef"):
                sides[line.startswith("\t")] += line.strip()
        return [bytes.fromhex(side) for side in sides]

    def test_streams_are_the_same(self):
        for capture in ("http_text.pcapng", "mixed_families.pcapng", "ipv6_checksum_loss.pcapng"):
            with self.subTest(capture=capture):
                path = self.written(0, capture)
                truth = streams(capture)
                for side, direction in zip(self.followed(path), ("c2s", "s2c")):
                    self.assertEqual(len(side), int(truth[direction]["length"]))
                    self.assertEqual(hashlib.sha256(side).hexdigest(), truth[direction]["sha256"])
                path.unlink()

    def test_wireshark_finds_nothing_wrong(self):
        path = self.written(0, "http_text.pcapng")
        bad = self.tshark("-r", path, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-Y",
                          "tcp.checksum.status == 0 || ip.checksum.status == 0 || _ws.malformed || "
                          "tcp.analysis.lost_segment || tcp.analysis.retransmission")
        self.assertEqual(bad, b"")
        codes = self.tshark("-r", path, "-Y", "http.response", "-T", "fields", "-e", "http.response.code").split()
        self.assertTrue(codes and set(codes) <= {b"200", b"201", b"204"}, codes)

    def test_gaps_stay_gaps(self):
        path = self.written(3, "http_text.lte0.pcap")
        lost = self.tshark("-r", path, "-Y", "tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment")
        self.assertNotEqual(lost, b"")

    def test_we_read_it_back(self):
        path = self.written(0, "http_text.pcapng")
        done = analyze(path)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn(b"No MPTCP connection found.", done.stdout)
        self.assertEqual(done.stderr, b"")


if __name__ == "__main__":
    unittest.main()
