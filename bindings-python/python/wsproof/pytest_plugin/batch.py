"""Runs that many items share: all their cases start together, and each item waits for its own."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from wsproof._core import Case, Outcome, RunError, ServerRun
from wsproof.aio import outcome_of

Start = Callable[[list[Case]], ServerRun]

POLL = 0.01
"""Seconds between two looks at the journal of another process."""


class Batch(Protocol):
    """Some cases on one server."""

    def wait(self, id: str) -> Outcome:
        """Wait for a case. Raises `RunError` if it has no outcome."""
        ...

    async def outcome(self, id: str) -> Outcome:
        """The same without holding up the event loop."""
        ...

    def close(self, *, cancel: bool) -> list[str]:
        """Wait for the end of all cases, or cancel them; notes for the person who watches."""
        ...


class OwnBatch:
    """A run of this process."""

    def __init__(self, start: Start, cases: list[Case]) -> None:
        self._run = start(cases)

    def wait(self, id: str) -> Outcome:
        outcome = self._run.wait(id)
        if outcome is None:
            raise RunError(f"case {id} has no outcome")
        return outcome

    async def outcome(self, id: str) -> Outcome:
        return await outcome_of(self._run, id)

    def close(self, *, cancel: bool) -> list[str]:
        if cancel:
            self._run.cancel()
        self._run.finish()
        return self._run.notes


class SharedBatch:
    """A run that the workers of pytest-xdist share.

    The first worker that needs it runs all the cases and writes each outcome into a journal; the others read it there.
    A lock on a file tells who is first. The system releases it when that worker ends, also if it crashes: then the next
    one runs what is missing.
    """

    def __init__(self, start: Start, cases: list[Case], stem: Path) -> None:
        self._start = start
        self._cases = cases
        self._journal = stem.with_suffix(".jsonl")
        self._lock = _FileLock(stem.with_suffix(".lock"))
        self._run: ServerRun | None = None
        self._known: dict[str, Outcome | RunError] = {}
        self._read = 0
        self._writing = threading.Lock()

    def wait(self, id: str) -> Outcome:
        while id not in self._known:
            self._read_journal()
            if id in self._known:
                break
            if self._run is None and self._lock.acquire():
                self._lead()
            elif self._run is not None:
                # Its callback has written it when this is over, or it will not come.
                self._run.wait(id)
            else:
                time.sleep(POLL)
        known = self._known[id]
        if isinstance(known, RunError):
            raise known
        return known

    async def outcome(self, id: str) -> Outcome:
        import asyncio

        return await asyncio.to_thread(self.wait, id)

    def close(self, *, cancel: bool) -> list[str]:
        notes: list[str] = []
        if self._run is not None:
            if cancel:
                self._run.cancel()
            self._run.finish()
            notes = self._run.notes
        self._lock.release()
        return notes

    def _lead(self) -> None:
        # Somebody may have led before us.
        self._read_journal()
        missing = [case for case in self._cases if case.id not in self._known]
        if not missing:
            return
        self._run = self._start(missing)
        for case in missing:
            self._run.announce(case.id, self._writer(case.id))

    def _writer(self, id: str) -> Callable[[Outcome | None, BaseException | None], None]:
        def write(outcome: Outcome | None, error: BaseException | None) -> None:
            what = {"outcome": outcome.to_json()} if outcome is not None else {"error": str(error)}
            line = json.dumps({"id": id, **what}) + "\n"
            with self._writing, self._journal.open("ab") as journal:
                journal.write(line.encode())

        return write

    def _read_journal(self) -> None:
        if not self._journal.exists():
            return
        with self._journal.open("rb") as journal:
            journal.seek(self._read)
            octets = journal.read()
        # The last line may be half written.
        whole = octets[: octets.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            entry = json.loads(line)
            if "outcome" in entry:
                self._known[entry["id"]] = Outcome.from_json(entry["outcome"])
            else:
                self._known[entry["id"]] = RunError(entry["error"])


class _FileLock:
    """A lock that ends with the process that has it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Take it, unless another process has it."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT)
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
