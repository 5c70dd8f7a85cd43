# SPDX-License-Identifier: GPL-2.0-or-later
"""Ordinary programs that talk to each other through the peers' --relay: OpenSSL, OpenSSH, and a DNS server of 20 lines."""
import contextlib
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import time

PORT = 18000  # of 127.0.0.1, in either namespace
PROGRAMS = {"tls": ["openssl"], "ssh": ["sshd", "ssh-keygen", "ssh"], "dns": []}


def missing(application):
    return [program for program in PROGRAMS[application] if not shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin")]


def start(lab, command, **options):
    """In the listener's namespace, ready when its port takes connections."""
    inside = ["ip", "netns", "exec", lab.server]
    process = subprocess.Popen([*inside, *map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    for _ in range(200):
        listening = subprocess.run([*inside, "ss", "-Hltn", f"sport = :{PORT}"], capture_output=True, check=True).stdout
        if listening:
            return process
        time.sleep(0.05)
    process.kill()
    raise RuntimeError(f"{command[0]} does not listen")


def options(settings):
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


@contextlib.contextmanager
def serving(application, lab, plaintexts, work):
    """A server for as long as the context lasts; gives the command of its client and what that reads."""
    if application == "tls":
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
                        "-subj", "/CN=server.example", "-keyout", work / "key.pem", "-out", work / "cert.pem"],
                       check=True, capture_output=True)
        page = (plaintexts / "gfdl-1.3.txt").read_bytes()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(page)}\r\n\r\n"
        (work / "gfdl-1.3.txt").write_bytes(head.encode() + page)  # -HTTP sends files as they are
        server = start(lab, ["openssl", "s_server", "-accept", f"127.0.0.1:{PORT}", "-cert", work / "cert.pem", "-key",
                             work / "key.pem", "-HTTP", "-quiet"], cwd=work)
        client = ["openssl", "s_client", "-connect", f"127.0.0.1:{PORT}", "-servername", "server.example", "-quiet",
                  "-keylogfile", work / "tls.keys"]
        text = b"GET /gfdl-1.3.txt HTTP/1.1\r\nHost: server.example\r\n\r\n"
    elif application == "ssh":
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", work / name], check=True)
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)
        sshd = {"ListenAddress": f"127.0.0.1:{PORT}", "HostKey": work / "host", "AuthorizedKeysFile": work / "user.pub",
                "StrictModes": "no", "PidFile": "none"}
        server = start(lab, ["/usr/sbin/sshd", "-D", "-f", "/dev/null", *options(sshd)])
        ssh = {"IdentityFile": work / "user", "UserKnownHostsFile": work / "known", "StrictHostKeyChecking": "no", "BatchMode": "yes"}
        client = ["ssh", "-F", "/dev/null", *options(ssh), "-p", PORT, "root@127.0.0.1", "cat", plaintexts / "gfdl-1.3.txt"]
        text = b""
    else:
        server = start(lab, [sys.executable, __file__, "serve"])
        client, text = [sys.executable, __file__, "ask"], b""
    try:
        yield ["ip", "netns", "exec", lab.client, *map(str, client)], text
    finally:
        server.kill()
        server.wait()


# --- DNS over TCP (RFC 1035, 4.2.2; RFC 7766) ---

QUESTIONS = [("www.example.org", 1), ("notes.example.org", 16), ("more.example.org", 16), ("mail.example.org", 1)]


def question(name, kind):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return labels + b"\0" + struct.pack(">HH", kind, 1)


def message(number, flags, asked, answers=()):
    body = struct.pack(">HHHHHH", number, flags, 1, len(answers), 0, 0) + asked
    for kind, data in answers:
        body += struct.pack(">HHHIH", 0xC00C, kind, 1, 3600, len(data)) + data
    return struct.pack(">H", len(body)) + body


def answers_to(name, kind):
    if kind == 1:
        return [(1, bytes([192, 0, 2, len(name)]))]
    return [(16, bytes([len(text)]) + text) for text in (f"{name}: note {i} ".encode() + b"." * (40 + i % 90) for i in range(60))]


def read_exactly(stream, size):
    data = stream.read(size)
    if len(data) != size:
        raise EOFError
    return data


def serve():
    with socket.create_server(("127.0.0.1", PORT)) as listener, listener.accept()[0] as connection:
        stream = connection.makefile("rb")
        for name, kind in QUESTIONS:  # they come in this order
            query = read_exactly(stream, struct.unpack(">H", read_exactly(stream, 2))[0])
            connection.sendall(message(struct.unpack_from(">H", query)[0], 0x8580, query[12:], answers_to(name, kind)))


def ask():
    with socket.create_connection(("127.0.0.1", PORT)) as connection:
        connection.sendall(b"".join(message(1000 + i, 0x0100, question(*asked)) for i, asked in enumerate(QUESTIONS)))
        stream = connection.makefile("rb")
        for _ in QUESTIONS:
            read_exactly(stream, struct.unpack(">H", read_exactly(stream, 2))[0])


if __name__ == "__main__":
    {"serve": serve, "ask": ask}[sys.argv[1]]()
