#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The documents show what the program really does, in README.md, HACKING.md, the READMEs of kernel/, captures/
and gui/, and every page of docs/:

* Each command of a ```console block is run, and what stands below it has to be what it prints (standard output and
  error together). A line "..." stands for any number of lines.
* Each indented line that calls mpscramble-analyze is run as well, and must not fail. One with a [ is a synopsis.
* Commands in ```sh blocks are run by somebody else: by the plugin's cookbook test, or by nobody, and then a comment
  before the block says why: <!-- not run by a test: REASON -->

    readme_test.py PROGRAM          MPS_CLI_REGENERATE=1 writes outputs without a "..." anew
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = ["README.md", "HACKING.md", "kernel/README.md", "captures/README.md", "gui/README.md",
             *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^    (mpscramble-analyze [^\[\n]*)$", re.MULTILINE)
GOOD = (0, 3)  # all of it, a part of it


def sh_blocks_without_reason(name, text):
    """First line of each ```sh block that neither says why nobody runs it nor is for tshark (tests/plugin/test_cookbook.py
    runs those of its pages)."""
    for block in re.finditer(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        lines = block.group(1).splitlines()
        before = text[:block.start()].rstrip().rsplit("\n\n", 1)[-1]
        explained = re.search(r"<!-- not run by a test[^>]*: [^>]+-->$", before)
        cooked = name in ("docs/wireshark.md", "docs/tutorial.md") and all(line.startswith("tshark ") for line in lines)
        if not explained and not cooked:
            yield lines[0]


def run(command, program, folder):
    environment = dict(os.environ, PATH=f"{program.parent}:{os.environ['PATH']}", LC_ALL="C")
    done = subprocess.run(["bash", "-c", command], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=300, env=environment)
    return done.returncode, done.stdout.decode()


def matches(shown, printed):
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + "\n" for line in shown.splitlines())
    return re.fullmatch(pattern, printed) is not None


def steps(block):
    """(command, what is shown below it) of a block."""
    for part in re.split(r"^(?=\$ )", block, flags=re.MULTILINE):
        if part.startswith("$ "):
            command, _, shown = part[2:].partition("\n")
            yield command, shown


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    regenerate = os.environ.get("MPS_CLI_REGENERATE") == "1"
    commands = failed = 0
    for name in DOCUMENTS:
        text = (ROOT / name).read_text()
        with tempfile.TemporaryDirectory() as folder:
            for entry in ("captures", "docs", "tests"):
                pathlib.Path(folder, entry).symlink_to(ROOT / entry)
            for block in BLOCK.findall(text):
                for command, shown in steps(block):
                    commands += 1
                    _, printed = run(command, program, folder)
                    if matches(shown, printed):
                        continue
                    if regenerate and "..." not in shown.splitlines():
                        text = text.replace(f"$ {command}\n{shown}", f"$ {command}\n{printed}")
                        continue
                    failed += 1
                    print(f"FAILED {name}: $ {command}\n--- shown\n{shown}--- printed\n{printed}")
            for command in INDENTED.findall(text):
                commands += 1
                code, printed = run(command, program, folder)
                if code not in GOOD:
                    failed += 1
                    print(f"FAILED {name}: {command}\n--- exit code {code}, printed\n{printed}")
        for line in sh_blocks_without_reason(name, text):
            failed += 1
            print(f"FAILED {name}: nobody runs, and nobody says why: {line}")
        if regenerate:
            (ROOT / name).write_text(text)
    print(f"{commands} commands, {failed} failed")
    return 1 if failed or commands == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
