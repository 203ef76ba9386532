"""One case at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from wsproof._core import Case, Outcome, RunError, ServerRun

if TYPE_CHECKING:
    from wsproof.connect import ConnectOptions


def run_case_on(case: Case, url: str, timeout: float | None = None, **connect: Unpack[ConnectOptions]) -> Outcome:
    """Run one case against the server at this URL, and wait for its outcome, for so many seconds at most.

    Raises `RunError` if the server cannot be reached or the time is up, `UsageError` for a wrong URL and
    for headers and files that cannot be used.
    """
    run = ServerRun(url, [case], jobs=1, **connect)
    outcome = run.wait(case.id, timeout)
    if outcome is None:
        run.cancel()
        raise RunError(f"case {case.id} was not finished within {timeout} s")
    return outcome
