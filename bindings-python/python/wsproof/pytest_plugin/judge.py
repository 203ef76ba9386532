"""From an outcome to passed, failed, skipped or expected to fail."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest
from _pytest._code.code import ExceptionChainRepr, ReprEntryNative, ReprFileLocation, ReprTraceback

from wsproof._core import Case, Outcome, RunError, UsageError
from wsproof.memory import PeerError

if TYPE_CHECKING:
    from wsproof.pytest_plugin.options import Settings
    from wsproof.pytest_plugin.xfails import Expectation

OUTCOMES: pytest.StashKey[list[str]] = pytest.StashKey()
"""The outcomes of an item, as JSON."""


class ConformanceError(Exception):
    """A case failed. Its text is for people: verdict, rules, what was expected and what came, the wire log."""

    def __init__(self, outcome: Outcome, text: str, summary: str) -> None:
        super().__init__(text)
        self.outcome = outcome
        self.summary = summary


class ConformanceWarning(UserWarning):
    """A case passed with notes, or the testee declared a limit of its own."""


def judge(
    item: pytest.Item,
    case: Case,
    outcome: Outcome,
    settings: Settings,
    expected: Expectation | None,
    raised: BaseException | None,
) -> None:
    """End the item as the outcome says; return if it passed."""
    _note(item, outcome)
    if expected is not None and not settings.update_xfails:
        if outcome.verdict == expected.verdict:
            pytest.xfail(f"{outcome.verdict}: {expected.reason or _first_line(outcome)}")
        missed = expected.missed(outcome)
        raise ConformanceError(outcome, f"{missed}\n{_text(case, outcome, raised)}", missed)
    if settings.fails(outcome):
        if settings.update_xfails:
            pytest.xfail(f"{outcome.verdict}: {_first_line(outcome)}")
        raise ConformanceError(outcome, _text(case, outcome, raised), f"{outcome.verdict}: {_first_line(outcome)}")
    if outcome.verdict == "unimplemented":
        pytest.skip(f"unimplemented: {_first_line(outcome)}")
    if outcome.verdict == "limit" or (outcome.verdict == "pass-with-notes" and outcome.behavior != "INFORMATIONAL"):
        # Without a place in a file, of which pytest would show a line; without the id, so that it lists like by like.
        text = f"{outcome.verdict}: {_first_line(outcome)}"
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


def _text(case: Case, outcome: Outcome, raised: BaseException | None) -> str:
    text = outcome.explain(case).rstrip()
    if raised is not None:
        text += f"\n\n  the client raised {type(raised).__name__}: {raised}"
    return text


def _first_line(outcome: Outcome) -> str:
    return outcome.reason.partition("\n")[0]


def amend(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Put the outcomes into the report of an item, and the text of a failure in place of a traceback."""
    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, ConformanceError):
        report.longrepr = _as_failure(item, str(error), error.summary)
    elif isinstance(error, PeerError):
        report.sections.append(("wsproof", error.outcome.explain()))
    elif isinstance(error, (RunError, UsageError)) and "ws_case" in item.keywords:
        report.longrepr = _as_failure(item, str(error), str(error).partition("\n")[0])
    if call.when == "call" and (known := item.stash.get(OUTCOMES, None)):
        vars(report)["ws_outcomes"] = known


def outcomes(report: pytest.TestReport) -> list[Outcome]:
    """What `amend` put into a report, wherever that was."""
    return [Outcome.from_json(text) for text in getattr(report, "ws_outcomes", [])]


def _as_failure(item: pytest.Item, text: str, message: str) -> ExceptionChainRepr:
    # pytest takes the line for its short summary, and JUnit's message, from the place of a crash; and pytest-xdist
    # carries only this kind of failure from a worker to its controller whole.
    lines = ReprTraceback([ReprEntryNative([text + "\n"])], None, style="native")
    path, line, _ = item.reportinfo()
    return ExceptionChainRepr([(lines, ReprFileLocation(str(path), (line or 0) + 1, message), None)])
