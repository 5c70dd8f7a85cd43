#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Rebuilds the bundled language models from text that Debian 12 packages install (README.md names packages and licences).

    build_models.py path/to/mps-train-model [output folder]

Every list is sorted and sampled by a fixed seed, so the same package versions give the same models.
"""
import glob
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile

SEED = 65
DOC = "/usr/share/doc"
READMES = ("bash bc binutils bzip2 ccache coreutils curl dbus diffutils e2fsprogs file findutils fontconfig fonts-dejavu-core gawk gdb "
           "groff-base grep gzip hostname iproute2 less libasound2 libcap2 libexpat1 libfuse3-3 libgcrypt20 libgnutls30 libgpg-error-dev "
           "libgtk2.0-common libidn2-0 libmpfr6 libpcre3 libpng16-16 libpq5 librsvg2-2 libslang2 libtins-dev libxml2 libxslt1.1 lzop m4 "
           "man-db mawk nano net-tools netbase openssl passwd patch perl-base procps psmisc readline-common rsync sed sqlite3 tar "
           "tcpdump time tk8.6 tzdata unzip vim-common wget zip zlib1g-dev").split()


def sample(patterns, budget, largest, keep=lambda path: True):
    """Documents of at most `largest` bytes each, `budget` bytes in all, in an order drawn by the seed."""
    paths = sorted({p for pattern in patterns for p in glob.glob(pattern, recursive=True)
                    if os.path.isfile(p) and not os.path.islink(p) and keep(p)})
    random.Random(SEED).shuffle(paths)
    texts = []
    for path in paths:
        if budget <= 0:
            break
        opener = gzip.open if path.endswith(".gz") else open
        with opener(path, "rb") as file:
            text = file.read(largest)
        # Whole licences stay out: the tests attack one.
        if len(text) >= 600 and text.count(0) == 0 and b"TERMS AND CONDITIONS" not in text.upper():
            texts.append(text)
            budget -= len(text)
    return texts


def english():
    return (sample(["/usr/share/perl/5.36.0/pod/*.pod"], 900_000, 40_000,
                   lambda p: "delta" not in p and not p.endswith(("cn.pod", "jp.pod", "ko.pod", "tw.pod")))
            + sample([DOC + "/linux-doc-6.1/Documentation/**/*.rst.gz", DOC + "/linux-doc-6.1/Documentation/**/*.rst",
                      DOC + "/linux-doc-6.1/html/_sources/**/*.rst.txt"], 1_000_000, 20_000)
            + sample([DOC + "/git/html/**/*.txt", DOC + "/git/RelNotes/*", DOC + "/git-doc/**/*.txt"], 700_000, 30_000)
            + sample([f"{DOC}/{package}/{name}" for package in READMES for name in ("README*", "NEWS*", "FAQ*", "TODO*", "*.txt.gz")],
                     900_000, 12_000, lambda p: not p.endswith("Debian.gz")))


def html():
    return (sample([DOC + "/git/html/**/*.html", DOC + "/git-doc/**/*.html"], 700_000, 40_000)
            + sample([DOC + "/sqlite3/**/*.html"], 900_000, 40_000)
            + sample([DOC + "/debian-handbook/html/en-US/*.html"], 900_000, 60_000))


def other_scripts():
    return [text for language in ("ja-JP", "ru-RU", "fr-FR", "de-DE", "zh-CN")
            for text in sample([f"{DOC}/debian-handbook/html/{language}/*.html"], 80_000, 20_000)]


def source():
    return (sample(["/usr/lib/python3.11/[a-m]*.py", "/usr/lib/python3.11/[a-m]*/*.py"], 900_000, 40_000,
                   lambda p: not p.endswith("/aifc.py"))  # wave and sunau, which the benchmark attacks, repeat it
            + sample(["/usr/include/c++/12/bits/*.h", "/usr/include/c++/12/*", "/usr/lib/gcc/x86_64-linux-gnu/12/include/*.h"],
                     600_000, 40_000)
            + c_headers() + perl()
            + sample([DOC + "/git/contrib/**/*"], 400_000, 30_000, lambda p: not p.endswith(".gz"))
            + sample(["/usr/share/cmake-3.25/Modules/*.cmake"], 300_000, 20_000))


def c_headers():
    """Of the kernel's own headers, not those that it exports: the benchmark attacks these, and some of libc's. Without libpcap's,
    which repeat some of them."""
    kernel = "/usr/src/linux-headers-6.1.0-*-common/include/"
    libraries = ("postgresql", "nspr", "python3.11", "llvm-c-14", "valgrind", "selinux", "sepol", "nettle", "gnutls", "freetype2",
                 "libmount", "blkid", "dbus-1.0", "X11", "xcb", "lzma")
    return (sample([kernel + f"{part}/**/*.h" for part in ("linux", "net", "media", "sound", "scsi", "drm", "rdma", "crypto")],
                   4_000_000, 30_000)
            + sample(["/usr/include/glib-2.0/**/*.h", "/usr/include/wireshark/**/*.h"], 500_000, 20_000)
            + sample(["/usr/lib/x86_64-linux-gnu/perl/5.36/CORE/*.h"], 300_000, 20_000)
            + sample([f"/usr/include/{library}/**/*.h" for library in libraries]
                     + ["/usr/include/gcrypt.h", "/usr/include/png*.h", "/usr/include/zlib.h"], 3_000_000, 30_000))


def perl():
    """Other packages' modules: the benchmark attacks perl-modules."""
    return sample(["/usr/share/perl5/**/*.pm", "/usr/share/lintian/lib/**/*.pm", "/usr/share/automake-1.16/**/*.pm",
                   "/usr/share/lintian/commands/*", "/usr/bin/dh_*"], 1_200_000, 30_000,
                  lambda p: b"perl" in open(p, "rb").read(400) or p.endswith(".pm"))


def packaged_json():
    return (sample(["/usr/share/iso-codes/json/*.json"], 250_000, 60_000)
            + sample(["/usr/share/cmake-3.25/**/*.json"], 250_000, 20_000)
            + sample(["/usr/lib/x86_64-linux-gnu/metatypes/*.json", "/usr/share/qemu/**/*.json"], 300_000, 12_000)
            + sample(["/usr/share/nodejs/**/*.json"], 500_000, 20_000, lambda p: "/mime" not in p))


WORDS = ("account address amount author balance body category city code color comment content count country created "
         "currency customer data date description device email enabled error event file first format group height host "
         "id image index item key label language last level limit link list location login message method mode model "
         "name next note number offset order owner page parent password path phone point position price product "
         "profile project public quantity query reason region release result role score session size source start "
         "state status street summary tag target text time title token total type unit update url user value version "
         "view weight width zip").split()
NAMES = "Alice Anna Carlos Chen David Elena Emma Hans Ivan James Jun Kenji Laura Maria Mohamed Olga Peter Sara Sofia Yuki".split()
HOSTS = ("www.example.com", "api.example.org", "cdn.example.net", "static.site.test", "mail.company.test")


def scalar(rng):
    return rng.choice([
        lambda: rng.randrange(10 ** rng.randrange(1, 10)), lambda: round(rng.random() * 1000, 2),
        lambda: rng.choice([True, False, None]), lambda: rng.choice(NAMES),
        lambda: " ".join(rng.choices(WORDS, k=rng.randrange(1, 9))),
        lambda: f"20{rng.randrange(10, 30)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}T{rng.randrange(24):02}:"
                f"{rng.randrange(60):02}:{rng.randrange(60):02}Z",
        lambda: f"https://{rng.choice(HOSTS)}/{rng.choice(WORDS)}/{rng.randrange(9999)}",
        lambda: "%032x" % rng.getrandbits(128), lambda: f"{rng.choice(NAMES).lower()}@{rng.choice(HOSTS)}",
        lambda: f"{rng.choice(WORDS)}_{rng.choice(WORDS)}"])()


def api_object(rng, depth=0):
    keys = rng.sample(WORDS, rng.randrange(3, 9))
    style = rng.choice([lambda a, b: f"{a}_{b}", lambda a, b: a + b.capitalize(), lambda a, b: a])
    out = {}
    for key in keys:
        name = style(key, rng.choice(WORDS))
        if depth < 2 and rng.random() < 0.15:
            out[name] = api_object(rng, depth + 1)
        elif rng.random() < 0.1:
            out[name] = [scalar(rng) for _ in range(rng.randrange(4))]
        else:
            out[name] = scalar(rng)
    return out


def made_json():
    rng = random.Random(SEED)
    texts = []
    for _ in range(150):
        value = {"data": [api_object(rng) for _ in range(8)], "total": rng.randrange(1000)}
        texts.append(json.dumps(value, indent=rng.choice([None, None, 2, 4]),
                                separators=rng.choice([(",", ":"), (", ", ": ")])).encode())
    return texts


def http():
    """Requests and responses with the headers that browsers and servers send."""
    rng = random.Random(SEED)
    agents = ("Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0",
              "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
              "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 "
              "Mobile/15E148 Safari/604.1", "curl/7.88.1", "Wget/1.21.3", "python-requests/2.28.1")
    types = ("text/html; charset=utf-8", "text/html", "application/json", "image/png", "text/css", "application/javascript",
             "text/plain; charset=utf-8", "application/octet-stream")
    servers = ("nginx/1.22.1", "Apache/2.4.57 (Debian)", "nginx", "cloudflare", "Microsoft-IIS/10.0", "lighttpd/1.4.69")
    days = "Mon Tue Wed Thu Fri Sat Sun".split()
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()

    def date():
        return (f"{rng.choice(days)}, {rng.randrange(1, 29):02} {rng.choice(months)} 20{rng.randrange(10, 30)} "
                f"{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02} GMT")

    def path():
        return "/" + "/".join(rng.choices(WORDS, k=rng.randrange(1, 4))) + rng.choice(["", "/", ".html", ".js", ".css", ".png", "?id=1", "?q=" + rng.choice(WORDS)])

    def request():
        body = b""
        lines = [f"{rng.choice(['GET', 'GET', 'GET', 'POST', 'HEAD', 'PUT'])} {path()} HTTP/1.1", f"Host: {rng.choice(HOSTS)}",
                 f"User-Agent: {rng.choice(agents)}"]
        extra = [f"Accept: {rng.choice(['*/*', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8', 'application/json', 'image/avif,image/webp,*/*'])}",
                 f"Accept-Language: {rng.choice(['en-US,en;q=0.5', 'en-GB,en;q=0.9', 'de,en-US;q=0.7,en;q=0.3', 'ja,en;q=0.8'])}",
                 f"Accept-Encoding: {rng.choice(['gzip, deflate, br', 'gzip, deflate', 'identity'])}",
                 f"Referer: https://{rng.choice(HOSTS)}{path()}", "Connection: keep-alive", "Upgrade-Insecure-Requests: 1",
                 f"Cookie: session={rng.getrandbits(96):x}; theme={rng.choice(['dark', 'light'])}", "Cache-Control: no-cache",
                 "Pragma: no-cache", "Sec-Fetch-Dest: document", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Site: same-origin",
                 f"Origin: https://{rng.choice(HOSTS)}", f"Authorization: Bearer {rng.getrandbits(160):x}",
                 f"If-Modified-Since: {date()}", f"If-None-Match: \"{rng.getrandbits(64):x}\"", "DNT: 1"]
        lines += [line for line in extra if rng.random() < 0.5]
        if lines[0].startswith(("POST", "PUT")):
            body = json.dumps(api_object(rng)).encode()
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def response():
        status = rng.choice(["200 OK", "200 OK", "200 OK", "304 Not Modified", "404 Not Found", "301 Moved Permanently",
                             "302 Found", "206 Partial Content", "201 Created", "500 Internal Server Error"])
        lines = [f"HTTP/1.1 {status}"]
        extra = [f"Date: {date()}", f"Server: {rng.choice(servers)}", f"Content-Type: {rng.choice(types)}",
                 f"Content-Length: {rng.randrange(10 ** rng.randrange(1, 7))}", f"Last-Modified: {date()}",
                 f"ETag: \"{rng.getrandbits(64):x}\"", "Accept-Ranges: bytes", "Connection: keep-alive", "Vary: Accept-Encoding",
                 f"Cache-Control: {rng.choice(['max-age=3600', 'no-store', 'public, max-age=31536000', 'private'])}",
                 f"Expires: {date()}", f"Set-Cookie: id={rng.getrandbits(64):x}; Path=/; HttpOnly; Secure; SameSite=Lax",
                 f"Location: https://{rng.choice(HOSTS)}{path()}", "X-Content-Type-Options: nosniff", "X-Frame-Options: SAMEORIGIN",
                 "Strict-Transport-Security: max-age=63072000; includeSubDomains", "Keep-Alive: timeout=5, max=100",
                 "Access-Control-Allow-Origin: *", "Transfer-Encoding: chunked", "Content-Encoding: gzip", "Age: 120", "X-Cache: HIT"]
        return "\r\n".join(lines + [line for line in extra if rng.random() < 0.5]).encode() + b"\r\n\r\n"

    return [b"".join(request() if rng.random() < 0.6 else response() for _ in range(8)) for _ in range(100)]


def binary():
    """Programs and libraries, each at a few places: code, tables, strings. The benchmark attacks /usr/sbin."""
    rng = random.Random(SEED)
    paths = []
    for package in ("coreutils", "bash", "tar", "grep", "sed", "findutils", "util-linux", "libc6", "perl-base", "dpkg", "apt",
                    "libapt-pkg6.0", "libstdc++6", "libsystemd0", "libgcrypt20", "libgnutls30"):
        listed = subprocess.run(["dpkg", "-L", package], capture_output=True, text=True, check=False).stdout.split("\n")
        paths += [path for path in listed if os.path.isfile(path) and not os.path.islink(path)
                  and ("/bin/" in path or ".so" in path) and open(path, "rb").read(4) == b"\x7fELF"]
    texts = []
    for path in sorted(paths):
        with open(path, "rb") as file:
            text = file.read()
        for _ in range(1 + len(text) // 60_000):
            at = rng.randrange(max(1, len(text) - 12_000))
            texts.append(text[at:at + 12_000])
    rng.shuffle(texts)
    return texts[:400]


def train(tool, output, name, texts, size, *options):
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        # Shuffled, so that every tenth document (held out by the trainer) is of any kind.
        random.Random(SEED).shuffle(texts)
        for number, text in enumerate(texts):
            paths.append(os.path.join(folder, f"{number:05}"))
            with open(paths[-1], "wb") as file:
                file.write(text)
        names = os.path.join(folder, "list")
        with open(names, "w", encoding="utf-8") as file:
            file.write("\n".join(paths) + "\n")
        subprocess.run([tool, "--name", name, "--size", str(size), *options, "--list", names,
                        "-o", os.path.join(output, name + ".mpslm")], check=True)


def main():
    tool = sys.argv[1]
    output = sys.argv[2] if len(sys.argv) > 2 else os.path.dirname(os.path.abspath(__file__))
    parts = {"english": english(), "html": html(), "scripts": other_scripts(), "source": source(),
             "json": packaged_json() + made_json(), "http": http()}
    for name, texts in parts.items():
        print(f"{name}: {len(texts)} documents, {sum(map(len, texts))} bytes")
    train(tool, output, "generic", [text for texts in parts.values() for text in texts], 900_000, "--damp")
    programs = binary()
    print(f"binary: {len(programs)} pieces, {sum(map(len, programs))} bytes")
    train(tool, output, "binary", programs, 250_000)


if __name__ == "__main__":
    main()
