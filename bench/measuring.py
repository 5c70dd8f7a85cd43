# SPDX-License-Identifier: GPL-2.0-or-later
"""What the benchmarks written in Python share: measuring a command, judging goals, the JSON that bench/compare reads.

Figures are CPU time (user + system) of a command and its children, since the machine is shared; medians over rounds in
which all contestants take turns, since its speed drifts; and ratios, since both differ from machine to machine.
"""
import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

# Started through /usr/bin/time: the kernel counts the peak of whoever forks to the child's, and Python's is large.
TIME = "/usr/bin/time"


@dataclasses.dataclass
class Run:
    cpu: float  # seconds
    peak_kib: int
    code: int


def run(command, stdout=subprocess.DEVNULL, env=None):
    """Runs a command. Its standard error is thrown away; its exit code is the caller's to judge."""
    with tempfile.NamedTemporaryFile("r") as noted:
        timed = [TIME, "-q", "-f", "%M", "-o", noted.name, *map(str, command)]
        child = subprocess.Popen(timed, stdout=stdout, stderr=subprocess.DEVNULL, env=env)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)  # so that Popen does not wait once more
        text = noted.read().split()
        return Run(usage.ru_utime + usage.ru_stime, int(text[-1]) if text else 0, child.returncode)


def output_of(command, env=None):
    """(standard output and error, exit code)"""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, errors="replace", env=env)
    return done.stdout + done.stderr, done.returncode


def race(commands, rounds, prepare=lambda name: None):
    """commands: name -> words. Returns name -> list of Run. `prepare` is called before each run, untimed."""
    runs = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            prepare(name)
            runs[name].append(run(command))
    return runs


def median(runs):
    return statistics.median(one.cpu for one in runs)


def spread(runs):
    """Distance of the quartiles by the median: how much one may believe it."""
    times = sorted(one.cpu for one in runs)
    if len(times) < 4:
        return (times[-1] - times[0]) / statistics.median(times)
    quartiles = statistics.quantiles(times, n=4)
    return (quartiles[2] - quartiles[0]) / statistics.median(times)


def machine():
    cpu = "unknown"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("model name", "cpu family", "model\t")):
            key, value = (part.strip() for part in line.split(":", 1))
            cpu = value if key == "model name" else f"{cpu}, {key.removeprefix('cpu ')} {value}"
        if line == "":
            break
    return {"processor": cpu, "cpus": os.cpu_count(), "kernel": os.uname().release}


class Report:
    """Collects results and goals, prints them as they come, writes JSON."""

    def __init__(self, benchmark, rounds):
        self.data = {"benchmark": benchmark, "machine": machine(), "rounds": rounds, "results": [], "goals": [], "not_run": []}

    def result(self, name, microseconds, relative, **more):
        """`relative`: speed by that of the anchor in the same run; 0 where there is none."""
        self.data["results"].append({"id": name, "us": microseconds, "relative": relative, **more})

    def absent(self, name, reason):
        self.data["not_run"].append({"name": name, "reason": reason})
        print(f"not run: {name}: {reason}", flush=True)

    def goal(self, name, what, measured, wanted, at_most=False):
        reached = measured <= wanted if at_most else measured >= wanted
        slack = measured <= wanted * 1.2 if at_most else measured >= wanted / 1.2
        self.data["goals"].append({"name": name, "what": what, "wanted": wanted, "measured": measured, "reached": reached})
        verdict = "reached" if reached else "MISSED, within the slack of 20 %" if slack else "MISSED"
        print(f"{name} {what:<64} {measured:>8.3g}, goal {'<=' if at_most else '>='} {wanted:g}: {verdict}", flush=True)

    def finish(self, json_file, strict=False):
        """The exit code."""
        if json_file:
            pathlib.Path(json_file).write_text(json.dumps(self.data, indent=2) + "\n")
        missed = [goal for goal in self.data["goals"] if not goal["reached"]]
        return 1 if strict and missed else 0


def fail(text):
    """Wrong results are not timed."""
    sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {text}")
