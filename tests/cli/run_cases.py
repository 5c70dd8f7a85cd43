#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the cases of TESTLIST and compares exit code, output and written files with expected/.

    run_cases.py PROGRAM [NAME...]          MPS_CLI_REGENERATE=1 writes expected/ anew
"""
import difflib
import hashlib
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

import made_inputs

HERE = pathlib.Path(__file__).resolve().parent
CAPTURES = HERE.parents[1] / "captures"
LARGE = 12000  # bytes; longer output is compared by its hash


def cases():
    for line in (HERE / "TESTLIST").read_text().splitlines():
        if line and not line.startswith("#"):
            name, code, *arguments = line.split(None, 2)
            yield name, int(code), arguments[0] if arguments else ""


def content_of(data):
    """What the expected file holds for this output."""
    if len(data) > LARGE or b"\0" in data:
        return f"{len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}\n".encode()
    return data


def run(program, arguments, made, out):
    words = [word.format(made=made, out=out) for word in shlex.split(arguments)]
    given = [word[1:] for word in words if word.startswith("<")]
    words = [word for word in words if not word.startswith("<")]
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")}
    environment["LC_ALL"] = "C"
    with open(CAPTURES / given[0] if given else os.devnull, "rb") as stdin:
        return subprocess.run([program, *words], cwd=CAPTURES, stdin=stdin, capture_output=True, timeout=120,
                              env=environment)


def results(program, arguments, made):
    """Exit code, and by suffix of the expected file what it should hold."""
    with tempfile.TemporaryDirectory() as out:
        done = run(program, arguments, made, out)

        def without_paths(data):
            data = data.replace(str(out).encode(), b"OUT").replace(str(made).encode(), b"MADE")
            return re.sub(rb"(mpscramble-analyze) \d+\.\d+\.\d+", rb"\1 VERSION", data)

        files = []
        for path in sorted(pathlib.Path(out).rglob("*")):
            if path.is_file():
                data = path.read_bytes()
                files.append(f"{path.relative_to(out)} {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}\n")
        return done.returncode, {"out": content_of(without_paths(done.stdout)),
                                 "err": content_of(without_paths(done.stderr)), "files": "".join(files).encode()}


def compare(name, suffix, found):
    path = HERE / "expected" / f"{name}.{suffix}"
    expected = path.read_bytes() if path.exists() else b""
    if found == expected:
        return []
    return list(difflib.unified_diff(expected.decode("utf-8", "backslashreplace").splitlines(),
                                     found.decode("utf-8", "backslashreplace").splitlines(),
                                     f"expected/{path.name}", "found", lineterm=""))


def store(name, suffix, found):
    path = HERE / "expected" / f"{name}.{suffix}"
    path.parent.mkdir(exist_ok=True)
    if found:
        path.write_bytes(found)
    else:
        path.unlink(missing_ok=True)


def main():
    program, wanted = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    regenerate = os.environ.get("MPS_CLI_REGENERATE") == "1"
    chosen = [case for case in cases() if not wanted or case[0] in wanted]
    names = [case[0] for case in chosen]
    if not chosen or len(set(names)) != len(names):
        sys.exit("TESTLIST: no case, or one name twice")
    failed = 0
    with tempfile.TemporaryDirectory() as made:
        lacking = made_inputs.make(CAPTURES, made)
        for name, code, arguments in chosen:
            if any(lack in arguments for lack in lacking):
                print(f"SKIPPED {name}: the program to make its input is not installed")
                continue
            found_code, found = results(program, arguments, made)
            problems = [] if found_code == code else [f"exit code {found_code}, expected {code}"]
            for suffix, data in found.items():
                if regenerate:
                    store(name, suffix, data)
                else:
                    problems += compare(name, suffix, data)
            if problems:
                failed += 1
                print(f"FAILED {name}: {arguments}", *problems, sep="\n  ")
    if not wanted:
        known = {path.stem for path in (HERE / "expected").iterdir()}
        for name in sorted(known - set(names)):
            failed += 1
            print(f"FAILED: expected/{name}.* belongs to no case")
    print(f"{len(chosen)} cases, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
