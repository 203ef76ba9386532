#!/usr/bin/env python3
"""How much time, CPU and memory a conformance run costs: wsproof beside kosoku, against the same servers.

    python3 bench/conformance/run.py [--wsproof PATH] [--repeat N] [--full]

Needs `pip install kosoku` for the rows of kosoku (left out, and said so, without it). Prints Markdown. Autobahn itself
needs Python 2.7 and is not run: bench/README.md has its figures.

With --full: all 517 cases with Autobahn's counts, against the Python library websockets and the Node library ws, which
`cargo xtask interop` installs. Takes the best part of an hour.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTEES = ROOT / "tests" / "interop" / "testees"
SHORT = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"]
ALL = [*SHORT, "9.*"]
FULL = [*ALL, "12.*", "13.*"]


@dataclass
class Cost:
    """What one run took."""

    wall: float
    cpu: float
    rss_mib: float
    testee_cpu: float

    @property
    def share(self) -> float:
        """The tool's part of all CPU time, in per cent."""
        return 100 * self.cpu / (self.cpu + self.testee_cpu)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_for(port: int, deadline: float = 20.0) -> None:
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    sys.exit(f"the server on port {port} does not answer")


@contextmanager
def server(command: list[str]) -> Iterator[tuple[int, int]]:
    """A server under test, on a free port: the port, and the process."""
    port = free_port()
    filled = [part.replace("{port}", str(port)) for part in command]
    with subprocess.Popen(filled, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            yield port, process.pid
        finally:
            process.kill()


def cpu_of(pid: int) -> float:
    """CPU time of a process so far, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(command: list[str], cwd: str, testee: int) -> Cost:
    """Runs a command in a child of its own, so that its resources can be told from those of other runs."""
    started, testee_before = time.monotonic(), cpu_of(testee)
    pid = os.fork()
    if pid == 0:
        os.chdir(cwd)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.execvp(command[0], command)
    _, status, usage = os.wait4(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1):
        sys.exit(f"exit status {code}: {' '.join(command)}")
    wall, testee_cpu = time.monotonic() - started, cpu_of(testee) - testee_before
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, testee_cpu)


def wsproof(binary: str, port: int, cases: list[str], jobs: int | None) -> list[str]:
    sections = ",".join(case.removesuffix(".*") for case in cases)
    command = [binary, "test-server", f"ws://127.0.0.1:{port}", "--quiet", "--profile", "full", "--cases", sections]
    return command + (["--jobs", str(jobs)] if jobs else [])


def kosoku(binary: str, port: int, cases: list[str], jobs: int | None) -> list[str]:
    command = [binary, "-m", "fuzzingclient"]
    for case in cases:
        command += ["-i", case]
    return [*command, "-p", str(jobs or 8), f"127.0.0.1:{port}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wsproof", default=str(ROOT / "target" / "release" / "wsproof"))
    parser.add_argument("--kosoku", default=shutil.which("kosoku"))
    parser.add_argument("--repeat", type=int, default=3, help="runs of each; the best is shown")
    parser.add_argument("--full", action="store_true", help="all 517 cases against websockets and ws, once")
    args = parser.parse_args()
    if not Path(args.wsproof).is_file():
        sys.exit(f"{args.wsproof} is not there: cargo build --release, or name it with --wsproof")

    healthy = [args.wsproof, "echo", "server", "--listen", "127.0.0.1:{port}"]
    broken = [sys.executable, str(TESTEES / "broken_lenient.py"), "{port}"]
    runs = [
        ("1 – 7 and 10, side by side", healthy, SHORT, None),
        ("all 301, one after another", healthy, ALL, 1),
        ("all 301, side by side", healthy, ALL, None),
        ("all 301, side by side, broken-lenient", broken, ALL, None),
    ]
    if args.full:
        python = ROOT / "tests" / "interop" / ".venv" / "bin" / "python"
        if not python.exists():
            sys.exit("the libraries are not installed: cargo xtask interop --only websockets.server")
        args.repeat = 1
        runs = [
            ("all 517, websockets", [str(python), str(TESTEES / "echo_websockets.py"), "server", "{port}"], FULL, None),
            ("all 517, ws", ["node", str(ROOT / "tests/interop/node/echo_ws.js"), "server", "{port}"], FULL, None),
        ]
    tools = [("wsproof", args.wsproof, wsproof)]
    if args.kosoku:
        tools.append(("kosoku", args.kosoku, kosoku))
    else:
        print("kosoku is not installed: its rows are left out\n")
    print("| run | tool | wall s | CPU s | peak MiB | testee's CPU s | tool's share % | wall, × wsproof |")
    print("| --- | --- | --: | --: | --: | --: | --: | --: |")
    for name, testee, cases, jobs in runs:
        base = 0.0
        for tool, binary, command in tools:
            with server(testee) as (port, pid), tempfile.TemporaryDirectory() as folder:
                costs = [measure(command(binary, port, cases, jobs), folder, pid) for _ in range(args.repeat)]
            best = min(costs, key=lambda cost: cost.wall)
            base = base or best.wall
            print(
                f"| {name} | {tool} | {best.wall:.2f} | {best.cpu:.2f} | {best.rss_mib:.0f} | {best.testee_cpu:.1f} |"
                f" {best.share:.0f} | {best.wall / base:.1f} |",
                flush=True,
            )
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"\nCPU of all children together: {children.ru_utime + children.ru_stime:.1f} s")


if __name__ == "__main__":
    main()
