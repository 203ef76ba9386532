"""What came of a session: the summary at its end, the report, the update of the file of expected failures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

import pytest

from wsproof._core import Case, Outcome, Report, RunError, select
from wsproof.pytest_plugin import judge
from wsproof.pytest_plugin.options import Settings
from wsproof.pytest_plugin.selection import test_of
from wsproof.pytest_plugin.xfails import Run, XfailFile

VERDICTS = ("pass", "pass-with-notes", "limit", "unimplemented", "fail", "incomplete")
HEADS = ("pass", "notes", "limit", "unimpl.", "fail", "incompl.")

SLOWEST = 5

FULL = 10
"""So many failures are told in full, with their wire logs. Of the others there is a line each."""

BUILT_IN_TEST = "wsproof::server"

WIDTH = 46


class Record:
    """All outcomes of a session, those of other processes among them. A plugin of its own in pytest."""

    def __init__(self, settings: Settings, xfails: XfailFile | None, *, is_worker: bool) -> None:
        self.notes: list[str] = []
        self._settings = settings
        self._xfails = xfails
        self._is_worker = is_worker
        self._ids: set[str] = set()
        self._tests: set[str] = set()
        self._outcomes: list[tuple[str, Outcome]] = []
        self._reports: dict[str, Report] = {}
        self._told = 0
        self._shortened = 0

    def collected(self, nodeids: Iterable[str]) -> None:
        """Note the items of the session."""
        for nodeid in nodeids:
            test = test_of(nodeid)
            self._tests.add(test)
            self._ids.update(nodeid[len(test) + 1 : -1].split("-"))

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the outcomes of an item, whichever process ran it. Others, such as JUnit's file, have had the report."""
        for outcome in judge.outcomes(report):
            self._add(test_of(report.nodeid), outcome)
        if self._is_worker or not report.failed:
            return
        if self._told < FULL:
            self._told += hasattr(report, judge.SUMMARY)
        elif judge.shorten(report):
            self._shortened += 1

    def _add(self, test: str, outcome: Outcome) -> None:
        """Take an outcome. Its page and JSON are written at once, if a report is wanted."""
        self._outcomes.append((test, outcome))
        if self._settings.report is None or self._is_worker:
            return
        try:
            self._report(outcome.testee).add(outcome)
        except RunError as error:
            self.notes.append(f"the report is not complete: {error}")

    def finish(self) -> None:
        """Write what is left to write."""
        for testee, report in self._reports.items():
            try:
                self.notes.append(f"report of {testee}s: {report.finish()}")
            except RunError as error:
                self.notes.append(f"the report is not complete: {error}")
        settings, xfails = self._settings, self._xfails
        if xfails is None:
            return
        if settings.update_xfails:
            runs = [Run(test, outcome.id, outcome.verdict, settings.fails(outcome)) for test, outcome in self._outcomes]
            added, removed = xfails.update(runs)
            self.notes.append(f"{xfails.path}: {added} expected failures added, {removed} removed")
        elif unknown := xfails.unknown_tests(self._tests):
            self.notes.append(f"{xfails.path} names tests that were not collected: {', '.join(unknown)}")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Show how many cases of which section got which verdict, the slowest, where the report is."""
        if not self._outcomes and not self.notes and not self._shortened:
            return
        groups: dict[tuple[str, str, str], list[Outcome]] = {}
        for test, outcome in self._outcomes:
            groups.setdefault((test, outcome.testee, outcome.agent), []).append(outcome)
        for (test, testee, agent), outcomes in groups.items():
            # A client without a name of its own has that of its test.
            names = [*([test] if test != BUILT_IN_TEST else []), *([agent] if agent not in test else [])]
            terminalreporter.section(f"wsproof: {testee} {', '.join(names)}")
            for line in _table(outcomes):
                terminalreporter.line(line)
            slowest = sorted(outcomes, key=lambda outcome: -outcome.duration)[:SLOWEST]
            terminalreporter.line(
                "slowest: " + ", ".join(f"{outcome.id} {outcome.duration:.2f} s" for outcome in slowest)
            )
        if not groups:
            terminalreporter.section("wsproof")
        if self._shortened:
            terminalreporter.line(
                f"{self._shortened} more failures are told in one line each. {self._where_logs_are()}"
            )
        for note in dict.fromkeys(self.notes):
            terminalreporter.line(note)

    def _where_logs_are(self) -> str:
        if self._settings.report is None:
            return "--ws-report DIR writes all wire logs; a single case, run alone, shows its own"
        return "The report has all wire logs"

    def _report(self, testee: Literal["server", "client"]) -> Report:
        if testee not in self._reports:
            folder = self._settings.report
            assert folder is not None
            self._reports[testee] = Report(folder / f"{testee}s", self._cases(), testee=testee)
        return self._reports[testee]

    def _cases(self) -> list[Case]:
        """What was collected, as far as the options tell what it is."""
        known = {case.id: case for case in [*select(), *self._settings.cases]}
        return [case for case in known.values() if case.id in self._ids]


def _table(outcomes: list[Outcome]) -> list[str]:
    titles = {case.section: case.section_title for case in select()}
    sections: dict[int, Counter[str]] = {}
    for outcome in outcomes:
        sections.setdefault(int(outcome.id.partition(".")[0]), Counter())[outcome.verdict] += 1
    total: Counter[str] = Counter()
    shown = [at for at, verdict in enumerate(VERDICTS) if any(counts[verdict] for counts in sections.values())]
    lines = [f"{'section':<{WIDTH}}" + "".join(f"{HEADS[at]:>9}" for at in shown)]
    for section, counts in sorted(sections.items()):
        total += counts
        lines.append(_row(f"{section:>3}  {titles.get(section, 'scenarios')[: WIDTH - 6]}", counts, shown))
    if len(sections) > 1:
        lines.append(_row("all", total, shown))
    return lines


def _row(name: str, counts: Counter[str], shown: list[int]) -> str:
    return (f"{name:<{WIDTH}}" + "".join(f"{counts[VERDICTS[at]] or '':>9}" for at in shown)).rstrip()
