# SPDX-License-Identifier: GPL-2.0-or-later
"""The plaintexts that the captures carry. All are drawn or computed here from fixed seeds, except the two licence
texts, which are verbatim copies (both permit exactly that). The gzip file also depends on the zlib that packs it."""
import gzip
import json
import pathlib
import random
import shutil
import struct

LICENCES = pathlib.Path("/usr/share/common-licenses")

# 5x7 letters, one string a row: just those of the picture.
FONT = {
    "M": "10001 11011 10101 10101 10001 10001 10001", "P": "11110 10001 10001 11110 10000 10000 10000",
    "T": "11111 00100 00100 00100 00100 00100 00100", "C": "01110 10001 10000 10000 10000 10001 01110",
    "S": "01111 10000 10000 01110 00001 00001 11110", "E": "11111 10000 10000 11110 10000 10000 11111",
    "R": "11110 10001 10001 11110 10100 10010 10001", "W": "10001 10001 10001 10101 10101 11011 10001",
    "O": "01110 10001 10001 10001 10001 10001 01110", "A": "01110 10001 10001 11111 10001 10001 10001",
    "H": "10001 10001 10001 11111 10001 10001 10001", "2": "01110 10001 00001 00110 01000 10000 11111",
    " ": "00000 00000 00000 00000 00000 00000 00000",
}


def picture(width=216, height=144):
    """A 24-bit BMP that a person recognises at once, and misses parts of at once: words, a disc, bars, a slope."""
    pixels = [[(255, 255, 255)] * width for _ in range(height)]

    def rectangle(left, top, right, bottom, colour):
        for y in range(top, bottom):
            for x in range(left, right):
                pixels[y][x] = colour

    def write(text, left, top, size, colour):
        for letter in text:
            for row, bits in enumerate(FONT[letter].split()):
                for column, bit in enumerate(bits):
                    if bit == "1":
                        x, y = left + column * size, top + row * size
                        rectangle(x, y, x + size, y + size, colour)
            left += 6 * size

    rectangle(0, 0, width, 34, (20, 60, 120))
    write("TWO PATHS", 10, 6, 3, (255, 255, 255))
    for y in range(40, 140):
        for x in range(8, 100):
            if (x - 54) ** 2 + (y - 88) ** 2 < 44 ** 2:
                pixels[y][x] = (220, 40, 40) if x < 54 else (240, 180, 30)
    for bar in range(7):
        rectangle(112 + bar * 14, 118 - bar * 10, 122 + bar * 14, 118, (30, 130, 60))
    for x in range(112, 208):
        grey = (x - 112) * 255 // 96
        rectangle(x, 122, x + 1, 138, (grey, grey, grey))
    write("MPTCP", 112, 42, 2, (0, 0, 0))

    rows = b"".join(bytes(v for r, g, b in row for v in (b, g, r)) + b"\0" * (-3 * width % 4)
                    for row in reversed(pixels))
    header = struct.pack("<2sIHHI", b"BM", 54 + len(rows), 0, 0, 54)
    return header + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(rows), 2835, 2835, 0, 0) + rows


def sensors(seed=1):
    """Pretty-printed JSON, as a phone would upload it."""
    dice = random.Random(seed)
    places = ["kitchen", "balcony", "cellar", "workshop", "attic"]
    readings = [{"sequence": i, "place": dice.choice(places), "celsius": round(dice.gauss(19, 4), 2),
                 "humidity": dice.randrange(20, 90), "battery": round(dice.uniform(2.7, 3.3), 3),
                 "alarm": dice.random() < 0.05} for i in range(480)]
    return (json.dumps({"device": "mpscramble example", "readings": readings}, indent=1) + "\n").encode()


def access_log(seed=2, lines=9000):
    dice = random.Random(seed)
    names = ["index.html", "style.css", "logo.png", "about.html", "data.json", "search"]
    log = [f"10.{dice.randrange(256)}.{dice.randrange(256)}.{dice.randrange(256)} - - "
           f"[{dice.randrange(1, 29):02}/Mar/2024:{dice.randrange(24):02}:{dice.randrange(60):02}] "
           f"\"GET /{dice.choice(names)} HTTP/1.1\" {dice.choice([200, 200, 200, 304, 404])} {dice.randrange(90000)}\n"
           for _ in range(lines)]
    return "".join(log).encode()


def make(folder):
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(LICENCES / "GPL-3", folder / "gpl-3.txt")
    shutil.copyfile(LICENCES / "GFDL-1.3", folder / "gfdl-1.3.txt")
    (folder / "sensors.json").write_bytes(sensors())
    (folder / "picture.bmp").write_bytes(picture())
    (folder / "access.log.gz").write_bytes(gzip.compress(access_log(), 9, mtime=0))
    (folder / "random.bin").write_bytes(random.Random(3).randbytes(90000))
