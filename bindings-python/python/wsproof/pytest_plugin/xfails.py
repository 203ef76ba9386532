"""The file of expected failures.

A line has a case or pattern, the verdict that it ends with, and a reason if you like; ``#`` begins a comment::

    7.1.5   pass-with-notes
    9.3.*   limit            # more fragments than we take

    [tests/test_client.py::test_client]
    6.4.1   fail             https://example.org/issues/7

What follows a line with a test in brackets is for that test alone, what comes before the first is for all. Expectations
are strict: a case that ends with another verdict, a pass among them, fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from wsproof._core import Outcome, UsageError
from wsproof.pytest_plugin.selection import ids

VERDICTS = ("pass-with-notes", "limit", "unimplemented", "fail", "incomplete")


class Expectation(NamedTuple):
    """What is expected of a case, and where that is said."""

    verdict: str
    reason: str
    where: str

    def missed(self, outcome: Outcome) -> str:
        """What to say when it is not met."""
        text = f"{self.where} expects the verdict {self.verdict}, and it was {outcome.verdict}."
        return text + (" Remove the line." if outcome.verdict == "pass" else "")


class Run(NamedTuple):
    """What an update knows of a case that was run."""

    test: str
    id: str
    verdict: str
    fails: bool


@dataclass
class _Line:
    text: str
    section: str
    ids: frozenset[str] = frozenset()
    verdict: str = ""
    reason: str = ""

    def is_for(self, test: str) -> bool:
        return bool(self.ids) and self.section in ("", test)

    def alone(self, id: str) -> _Line:
        """The same for a single case."""
        tail = self.text.strip().partition(self.verdict)[2]
        return _Line(f"{id:<8} {self.verdict}{tail}", self.section, frozenset([id]), self.verdict, self.reason)


@dataclass
class XfailFile:
    """The file, with what is in it."""

    path: Path
    lines: list[_Line] = field(default_factory=list)

    @classmethod
    def load(cls, path: Path, *, may_be_missing: bool = False) -> XfailFile:
        """Read it. Raises `UsageError` with file and line."""
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            if may_be_missing:
                return cls(path)
            raise UsageError(f"{path}: there is no such file; --ws-update-xfails makes one") from None
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: cannot be read: {error}") from None
        file = cls(path)
        section = ""
        for number, line in enumerate(text.splitlines(), 1):
            try:
                read = _read(line, section)
            except UsageError as error:
                raise UsageError(f"{path}, line {number}: {error}") from None
            section = read.section
            file.lines.append(read)
        return file

    def expectation(self, test: str, id: str) -> Expectation | None:
        """What is expected of a case in a test; a line for the test comes before one for all, a later one first."""
        found: Expectation | None = None
        own = False
        for number, line in enumerate(self.lines, 1):
            if line.is_for(test) and id in line.ids and (line.section or not own):
                found = Expectation(line.verdict, line.reason, f"{self.path.name}, line {number}:")
                own = bool(line.section)
        return found

    def unknown_tests(self, tests: Iterable[str]) -> list[str]:
        """The tests in brackets that are none of these."""
        known = set(tests)
        return sorted({line.section for line in self.lines if line.section and line.section not in known})

    def update(self, runs: Iterable[Run]) -> tuple[int, int]:
        """Make it say what these runs were: how many expectations were added, how many removed.

        Lines about cases that were not run, comments and reasons stay.
        """
        runs = list(runs)
        kept: list[_Line] = []
        met: set[tuple[str, str]] = set()
        removed = 0
        for line in self.lines:
            concerned = [run for run in runs if line.is_for(run.test) and run.id in line.ids]
            wrong = {run.id for run in concerned if run.verdict != line.verdict}
            met |= {(run.test, run.id) for run in concerned if run.id not in wrong}
            removed += len(wrong)
            kept += [line] if not wrong else [line.alone(id) for id in _in_order(line.ids - wrong)]
        missing = [run for run in runs if run.fails and (run.test, run.id) not in met]
        tests = {run.test for run in runs}
        for run in missing:
            section = "" if len(tests) == 1 and not any(line.section for line in kept) else run.test
            _insert(kept, _Line(f"{run.id:<8} {run.verdict}", section, frozenset([run.id]), run.verdict))
        self.lines = kept
        self.path.write_text("".join(line.text + "\n" for line in kept), encoding="utf-8")
        return len(missing), removed


def _read(line: str, section: str) -> _Line:
    content = line.partition("#")[0].strip() if not line.lstrip().startswith("[") else line.strip()
    if not content:
        return _Line(line, section)
    if content.startswith("["):
        if not (header := re.fullmatch(r"\[(.+)\]\s*(#.*)?", content)):
            raise UsageError("a test in brackets is wanted, such as [tests/test_client.py::test_client]")
        return _Line(line, header[1].strip())
    pattern, verdict, *reason = [*content.split(None, 2), "", ""]
    if verdict not in VERDICTS:
        raise UsageError(f"a case and one of the verdicts {', '.join(VERDICTS)} are wanted, not {content!r:.100}")
    said = reason[0].strip() or line.partition("#")[2].strip()
    return _Line(line, section, ids((pattern,)), verdict, said)


def _insert(lines: list[_Line], new: _Line) -> None:
    """Put a line at the end of its section, which is made if need be."""
    places = [at for at, line in enumerate(lines) if line.section == new.section and line.text.strip()]
    if places:
        lines.insert(places[-1] + 1, new)
    elif not new.section:
        lines.insert(0, new)
    else:
        lines += [*([_Line("", "")] if lines else []), _Line(f"[{new.section}]", new.section), new]


def _in_order(ids: Iterable[str]) -> Iterator[str]:
    yield from sorted(ids, key=lambda id: [int(number) for number in id.split(".")])
