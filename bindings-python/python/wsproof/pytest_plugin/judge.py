"""From an outcome to passed, failed, skipped or expected to fail."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

import pytest
from _pytest._code.code import ExceptionChainRepr, ReprEntryNative, ReprFileLocation, ReprTraceback

from wsproof._core import Case, Outcome, RunError, UsageError
from wsproof.memory import PeerError
from wsproof.pytest_plugin.options import told

if TYPE_CHECKING:
    from wsproof.pytest_plugin.options import Settings
    from wsproof.pytest_plugin.xfails import Expectation

LOG = (30, 20)
"""So many lines of a long wire log are shown, at its start and at its end."""

OUTCOMES: pytest.StashKey[list[str]] = pytest.StashKey()
"""The outcomes of an item, as JSON."""


class ConformanceError(Exception):
    """A case failed. Its text is for people: verdict, rules, what was expected and what came, the wire log."""

    def __init__(self, outcome: Outcome, text: str, summary: str) -> None:
        super().__init__(text)
        self.outcome = outcome
        self.summary = summary


class ConformanceWarning(UserWarning):
    """A case passed with notes, or the testee declared a limit of its own, or a client did not end."""


class Beside(NamedTuple):
    """What is known of a client beside what it did on the wire."""

    raised: Exception | None = None
    """What it raised."""
    late: str | None = None
    """What it did not do in time."""

    @property
    def said(self) -> list[str]:
        """The same in words."""
        raised = [] if self.raised is None else [f"the client raised {type(self.raised).__name__}: {self.raised}"]
        return raised + ([] if self.late is None else [self.late])


NOTHING_BESIDE = Beside()


def judge(
    item: pytest.Item,
    case: Case,
    outcome: Outcome,
    settings: Settings,
    expected: Expectation | None,
    beside: Beside,
) -> None:
    """End the item as the outcome says; return if it passed."""
    _note(item, outcome)
    if expected is not None and not settings.update_xfails:
        if outcome.verdict == expected.verdict:
            pytest.xfail(f"{outcome.verdict}: {expected.reason or _first_line(outcome)}")
        missed = expected.missed(outcome)
        raise ConformanceError(outcome, f"{missed}\n{_text(item, case, outcome, beside)}", missed)
    if settings.fails(outcome):
        if settings.update_xfails:
            pytest.xfail(f"{outcome.verdict}: {_first_line(outcome)}")
        summary = "; ".join([f"{outcome.verdict}: {_first_line(outcome)}", *beside.said])
        raise ConformanceError(outcome, _text(item, case, outcome, beside), summary)
    if beside.late is not None:
        _warn(beside.late)
    if outcome.verdict == "unimplemented":
        pytest.skip(f"unimplemented: {_first_line(outcome)}")
    if outcome.verdict == "limit" or (outcome.verdict == "pass-with-notes" and outcome.behavior != "INFORMATIONAL"):
        _warn(f"{outcome.verdict}: {_first_line(outcome)}")


def _warn(text: str) -> None:
    # Without a place in a file, of which pytest would show a line; without the id, so that it lists like by like.
    warnings.warn_explicit(text, ConformanceWarning, filename="wsproof", lineno=0)


def _note(item: pytest.Item, outcome: Outcome) -> None:
    item.stash.setdefault(OUTCOMES, []).append(outcome.to_json())
    item.user_properties += [
        ("ws_case", outcome.id),
        ("ws_agent", outcome.agent),
        ("ws_verdict", outcome.verdict),
        ("ws_behavior", outcome.behavior),
        ("ws_behavior_close", outcome.behavior_close),
        ("ws_close_code", outcome.close_code),
        ("ws_reason", outcome.reason),
    ]


def _text(item: pytest.Item, case: Case, outcome: Outcome, beside: Beside) -> str:
    text = _explained(item, outcome, case)
    return "\n\n".join([text, *(f"  {line}" for line in beside.said)])


def _explained(item: pytest.Item, outcome: Outcome, case: Case | None = None) -> str:
    """All about an outcome; with ``--tb=short`` without the wire log."""
    first, last = (0, 0) if _style(item) == "short" else LOG
    return outcome.explain(case, first, last).rstrip()


def _style(item: pytest.Item) -> str:
    """What ``--tb`` says."""
    return str(item.config.getoption("tbstyle", "auto"))


def _first_line(outcome: Outcome) -> str:
    return outcome.reason.partition("\n")[0]


def amend(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Put the outcomes into the report of an item, and the text of a failure in place of a traceback."""
    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, ConformanceError):
        report.longrepr = _as_failure(item, report, str(error), error.summary)
    elif isinstance(error, PeerError):
        summary = f"{error.outcome.verdict}: {error}"
        if _style(item) == "line":
            report.longrepr = _as_failure(item, report, summary, summary)
        else:
            report.sections.append((SECTION, _explained(item, error.outcome)))
            vars(report)[SUMMARY] = summary
    elif isinstance(error, (RunError, UsageError)) and "ws_case" in item.keywords:
        report.longrepr = _as_failure(item, report, told(error), told(error).partition("\n")[0])
    if call.when == "call" and (known := item.stash.get(OUTCOMES, None)):
        vars(report)["ws_outcomes"] = known


def outcomes(report: pytest.TestReport) -> list[Outcome]:
    """What `amend` put into a report, wherever that was."""
    return [Outcome.from_json(text) for text in getattr(report, "ws_outcomes", [])]


SECTION = "wsproof"
"""Name of the section of a report that has an outcome, where the text is somebody else's."""

SUMMARY = "ws_summary"
"""Attribute of a report that may be told in one line, which is this."""


def _as_failure(item: pytest.Item, report: pytest.TestReport, text: str, summary: str) -> ExceptionChainRepr:
    vars(report)[SUMMARY] = summary
    path, line, _ = item.reportinfo()
    place = ReprFileLocation(str(path), (line or 0) + 1, summary)
    if _style(item) != "line":
        return _repr(text, place)
    # pytest shows the place itself, but not that of an error.
    return _repr("" if report.when == "call" else summary, place)


def _repr(text: str, place: ReprFileLocation) -> ExceptionChainRepr:
    # pytest takes the line for its short summary, and JUnit's message, from the place of a crash; and pytest-xdist
    # carries only this kind of failure from a worker to its controller whole.
    entries = [ReprEntryNative([text + "\n"])] if text else []
    return ExceptionChainRepr([(ReprTraceback(entries, None, style="native"), place, None)])


def shorten(report: pytest.TestReport) -> bool:
    """Leave one line of a failed report, if it is one of ours; whether it was."""
    summary = getattr(report, SUMMARY, None)
    place = getattr(report.longrepr, "reprcrash", None)
    if not report.failed or summary is None or not isinstance(place, ReprFileLocation):
        return False
    report.longrepr = _repr(summary, place)
    report.sections = [section for section in report.sections if section[0] != SECTION]
    # What a debugger has shown, pytest does not show again among the failures: the line in its short summary is enough.
    vars(report)["_pdbshown"] = True
    return True
