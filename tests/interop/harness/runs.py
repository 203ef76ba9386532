"""One run of `wsproof` against one testee in one role."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from . import expected
from .expected import Expected
from .testees import Testee, Tools

LIMITS = {"quick": 300.0, "full": 3600.0}
"""No run of a profile takes longer than this, in seconds."""


@dataclass
class Result:
    """How a run ended."""

    name: str
    role: str
    cases: int
    seconds: float
    differences: list[str] = field(default_factory=list)
    trouble: str = ""
    """Why there are no verdicts to compare, or not only them."""

    @property
    def passed(self) -> bool:
        return not self.differences and not self.trouble


@dataclass(frozen=True)
class Run:
    """What is to be run."""

    name: str
    testee: Testee
    role: str
    expected: Expected
    profile: str = "quick"
    """Autobahn's counts (`full`) would take a slow library an hour."""

    def run(self, tools: Tools, reports: Path) -> Result:
        folder = reports / self.name
        cases = list(self.expected.verdicts)
        command = [str(tools.wsproof), f"test-{self.role}", "--profile", self.profile]
        if self.role == "server":
            # Some peers let nobody in, and the pairs of all cases are compared.
            command += ["ws://127.0.0.1:{port}", "--agent", self.testee.name, "--keep-going"]
            program = self.testee.server("{port}")
        else:
            command += ["--listen", "127.0.0.1:0"]
            program = self.testee.client("{url}")
        command += ["--quiet", "--fail-on", "none", "--outdir", str(folder), "--cases", ",".join(cases)]
        status, output, seconds = execute([*command, "--", *program], LIMITS[self.profile])
        result = Result(self.name, self.role, len(cases), seconds)
        if status != 0:
            result.trouble = f"wsproof ended with exit status {status}:\n{output}"
        index = folder / "index.json"
        if index.is_file():
            for case, wanted, said in self.expected.differences(expected.read_index(index, self.testee.name)):
                result.differences.append(f"{case}: expected {wanted}, wsproof says {said}")
        return result


@dataclass(frozen=True)
class Check:
    """A test of another kind: it raises `AssertionError` when something is wrong, and returns the number of cases."""

    name: str
    role: str
    check: Callable[[Tools, Path], int]

    def run(self, tools: Tools, reports: Path) -> Result:
        start = time.monotonic()
        try:
            cases, trouble = self.check(tools, reports / self.name), ""
        except (AssertionError, OSError, subprocess.SubprocessError) as error:
            cases, trouble = 0, f"{error}"
        return Result(self.name, self.role, cases, time.monotonic() - start, trouble=trouble)


def execute(command: list[str], limit: float) -> tuple[int | str, str, float]:
    """Exit status, output and time of a command."""
    start = time.monotonic()
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=limit,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired as error:
        output = error.output.decode(errors="replace") if isinstance(error.output, bytes) else ""
        return f"none: it was killed after {limit:.0f} s", output, time.monotonic() - start
    return done.returncode, done.stdout, time.monotonic() - start
