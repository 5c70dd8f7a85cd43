# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs Wireshark's command line programs with the plugin under test.

Wireshark ignores WIRESHARK_PLUGIN_DIR without a word when it runs as root, and then every test would pass against the
stock dissectors. So each run goes through an unprivileged user, and the first one asserts that the plugin is listed.
HOME is an empty folder: the user's own preferences change results.
"""
import functools
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["MPS_SOURCE_DIR"])
PLUGINS = pathlib.Path(os.environ["MPS_PLUGIN_DIR"])
SHARED = pathlib.Path(os.environ.get("MPS_SHARED_CAPTURES", SOURCE.parent / "shared" / "captures"))
SANITIZER_RUNTIME = os.environ.get("MPS_SANITIZER_RUNTIME", "")

_home = tempfile.TemporaryDirectory(prefix="mps-wireshark-")
HOME = pathlib.Path(_home.name)
HOME.chmod(0o777)


@functools.cache
def unprivileged():
    """The command prefix that makes us an ordinary user."""
    if os.geteuid() != 0:
        return []
    for prefix in (["unshare", "-U", "--map-user=1000", "--map-group=1000"],
                   ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]):
        try:
            tried = subprocess.run(prefix + ["id", "-u"], capture_output=True, text=True, check=False)
        except FileNotFoundError:
            continue
        if tried.returncode == 0 and tried.stdout.strip() not in ("", "0"):
            return prefix
    raise RuntimeError("neither unshare nor setpriv gives us an ordinary user: Wireshark would load no plugin")


def environment(plugins=PLUGINS, **extra):
    env = {key: value for key, value in os.environ.items() if not key.startswith(("WIRESHARK", "XDG_"))}
    env |= {"HOME": str(HOME), "WIRESHARK_PLUGIN_DIR": str(plugins), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    return env | extra


def prefix(program):
    """What stands before a program: the change of user, then the sanitizer's runtime for those that load plugins;
    others (unshare, editcap) hang with it. Wireshark is not instrumented and leaks at exit; its plugin is."""
    if not SANITIZER_RUNTIME or program not in ("tshark", "sharkd"):
        return unprivileged()
    return [*unprivileged(), "env", f"LD_PRELOAD={SANITIZER_RUNTIME}", "ASAN_OPTIONS=detect_leaks=0:abort_on_error=1",
            "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:abort_on_error=1"]


def run(*command, check=True, timeout=300, stdin=None, plugins=PLUGINS, text=True, **env):
    done = subprocess.run([*prefix(command[0]), *map(str, command)], env=environment(plugins, **env), input=stdin,
                          capture_output=True, text=text, timeout=timeout, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{command}: exit {done.returncode}\n{done.stderr[-3000:]}")
    return done


@functools.cache
def plugin_is_loaded():
    if SANITIZER_RUNTIME:  # listing plugins starts every extcap program, and those hang with the runtime in front
        return "\tmpscramble\n" in run("tshark", "-G", "protocols").stdout
    listed = run("tshark", "-G", "plugins").stdout
    return any(line.startswith("mpscramble.so") for line in listed.splitlines())


def tshark(*arguments, **options):
    return run("tshark", "-n", *arguments, **options).stdout


class WiresharkTest(unittest.TestCase):
    maxDiff = 2000

    @classmethod
    def setUpClass(cls):
        if not plugin_is_loaded():
            raise AssertionError(f"tshark does not list our plugin; is it in {PLUGINS}/X.Y/epan?")


def field_rows(capture, fields, display_filter="", options=()):
    """One dict per frame that passes the filter; several values of a field are joined by commas."""
    arguments = [*options, "-r", capture, "-T", "fields", "-E", "separator=|", "-E", "occurrence=a"]
    if display_filter:
        arguments += ["-Y", display_filter]
    for field in fields:
        arguments += ["-e", field]
    # Booleans are 1 and 0 up to Wireshark 4.2, words since.
    lines = re.sub(r"\b(True|False)\b", lambda word: str(int(word[0] == "True")), tshark(*arguments)).splitlines()
    return [dict(zip(fields, line.split("|"))) for line in lines]


def follow_all(capture, options=(), streams=(0,)):
    """Of each stream, its two ports and the bytes of its two directions, the initiator's first, as `-z follow` prints
    them."""
    taps = [word for stream in streams for word in ("-z", f"follow,mpscramble,raw,{stream}")]
    found = []
    for line in tshark(*options, "-r", capture, "-q", *taps).splitlines():
        if line.startswith("Follow: "):
            found.append(([], (bytearray(), bytearray())))
        elif node := re.fullmatch(r"Node [01]: .*:(\d+)", line):
            found[-1][0].append(int(node[1]))
        elif re.fullmatch(r"\t?[0-9a-f]+", line) and len(line.strip()) % 2 == 0:
            found[-1][1][line.startswith("\t")].extend(bytes.fromhex(line.strip()))
    return [(ports, tuple(bytes(direction) for direction in directions)) for ports, directions in found]


def follow(capture, options=(), stream=0):
    """The bytes of one stream: the initiator's, then the listener's."""
    [(_, directions)] = follow_all(capture, options, [stream])
    return directions


def streams_in(capture, options=()):
    rows = field_rows(capture, ["mpscramble.stream"], "mpscramble.data", options)
    return sorted({int(row["mpscramble.stream"]) for row in rows})


def exported_objects(capture, options=()):
    """Content of every HTTP object, sorted: names depend on the order of export."""
    with tempfile.TemporaryDirectory(prefix="mps-objects-") as folder:
        os.chmod(folder, 0o777)
        tshark(*options, "-r", capture, "-q", "--export-objects", f"http,{folder}")
        return sorted(path.read_bytes() for path in pathlib.Path(folder).iterdir())


def manifest():
    path = SOURCE / "captures" / "MANIFEST.json"
    return json.loads(path.read_text())["captures"] if path.exists() else []


def options_for(scrambled):
    """The preferences that a capture of the manifest asks for."""
    if not scrambled:
        return []
    options = ["-o", f"mpscramble.scrambled:{scrambled['rule']}", "-o", f"mpscramble.init:{scrambled['init']}",
               "-o", f"mpscramble.key_order:{scrambled['order']}"]
    if scrambled.get("flag_bit"):
        of_scheme = {"paper": "", "h1": "h1_", "h2": "h2_"}[scrambled.get("scheme", "paper")]
        options += ["-o", f"mpscramble.{of_scheme}flag_bit:{int(scrambled['flag_bit'], 16):x}"]
    return options


def merged_file(capture):
    return next(SOURCE / "captures" / entry["file"] for entry in capture["files"] if entry["role"] == "merged")


def shared(name):
    """A capture that is not part of the project; skips the test where it is not at hand."""
    path = SHARED / name
    if not path.exists():
        raise unittest.SkipTest(f"{path} is not here")
    return path


ASSUME = ["-o", "mpscramble.scrambled:assume"]
EVERY_TCP_PREFERENCE = {
    "default": [],
    "reassemble_out_of_order": ["-o", "tcp.reassemble_out_of_order:TRUE"],
    "subdissector_on_error": ["-o", "tcp.no_subdissector_on_error:FALSE"],
    "no_desegment": ["-o", "tcp.desegment_tcp_streams:FALSE"],
    "no_sequence_analysis": ["-o", "tcp.analyze_sequence_numbers:FALSE"],
}
PASSES = {"single pass": [], "two passes": ["-2"]}


def text_body(path, length):
    """The bodies of the captures in shared/captures/made."""
    lines = (f"line {number:06d} of {path}: the quick brown fox jumps over the lazy dog\n" for number in range(10**6))
    body = ""
    while len(body) < length:
        body += next(lines)
    return body[:length].encode()


MADE_BODIES = sorted([text_body("/get/500", 500), text_body("/get/150000", 150000), text_body("/get/60000", 60000),
                      text_body("upload", 120000), b"received 120000\n"])
