#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The documents show what the program really does: every command of a ```console block is run, and what stands below it
has to be what it prints (standard output and error together). A line "..." stands for any number of lines.

    readme_test.py PROGRAM          MPS_CLI_REGENERATE=1 writes outputs without a "..." anew
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = ["README.md", "docs/command-line.md", "docs/json.md", "docs/hardened.md", "docs/lab.md"]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(command, program, folder):
    environment = dict(os.environ, PATH=f"{program.parent}:{os.environ['PATH']}", LC_ALL="C")
    done = subprocess.run(["bash", "-c", command], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120, env=environment)
    return done.stdout.decode()


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
            for entry in ("captures", "tests"):
                pathlib.Path(folder, entry).symlink_to(ROOT / entry)
            for block in BLOCK.findall(text):
                for command, shown in steps(block):
                    commands += 1
                    printed = run(command, program, folder)
                    if matches(shown, printed):
                        continue
                    if regenerate and "..." not in shown.splitlines():
                        text = text.replace(f"$ {command}\n{shown}", f"$ {command}\n{printed}")
                        continue
                    failed += 1
                    print(f"FAILED {name}: $ {command}\n--- shown\n{shown}--- printed\n{printed}")
        if regenerate:
            (ROOT / name).write_text(text)
    print(f"{commands} commands, {failed} failed")
    return 1 if failed or commands == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
