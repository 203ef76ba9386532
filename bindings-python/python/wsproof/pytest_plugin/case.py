"""The fixture `ws_case`."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import pytest

from wsproof._core import Case, ClientRun, Outcome, RunError
from wsproof.pytest_plugin import patience
from wsproof.pytest_plugin.judge import Beside
from wsproof.pytest_plugin.patience import Overdue
from wsproof.pytest_plugin.selection import test_of

if TYPE_CHECKING:
    from pathlib import Path

    from wsproof.connect import Headers
    from wsproof.memory import AnyPeer
    from wsproof.pytest_plugin.options import Settings
    from wsproof.pytest_plugin.state import State


GRACE = 5.0
SHORT_GRACE = 0.5
"""Seconds that a client gets to end its block once its connection is closed; the second when it is known not to."""

LEARNT = 3
"""So many blocks that had to be ended show that none of the test ends by itself."""

RECONNECTIONS = 3
"""A client that goes on connecting is waited for no longer after so many connections."""

LOOK = 0.02
"""Seconds between two looks at a client."""


class WsCase:
    """A conformance case in a test. Whatever runs it also judges it: a case that fails ends the test."""

    def __init__(self, item: pytest.Item, case: Case, state: State, headers: Headers | None) -> None:
        self._item = item
        self._headers = headers
        self._state = state
        self.case = case

    def __repr__(self) -> str:
        return f"<WsCase {self.id}>"

    @property
    def id(self) -> str:
        """Such as ``6.4.3``."""
        return self.case.id

    @property
    def description(self) -> str:
        """What is sent."""
        return self.case.description

    @property
    def expectation(self) -> str:
        """What a right testee does."""
        return self.case.expectation

    @property
    def clauses(self) -> list[tuple[str, str]]:
        """The rules that the case proves: strength, and place such as ``RFC 6455 §5.5.2``."""
        return [(str(level), place) for level, place in self.case.clauses]

    def run(self, url: str) -> Outcome:
        """Run the case against the server at this URL.

        On the URL of the fixture `ws_url`, unless a test of its own makes that, all cases of the test function start
        together with the first. Raises `RunError` if the server cannot be reached, `UsageError` for a wrong URL.
        """
        return self.check(self._state.run(self._item, url, self.id, self._headers))

    async def arun(self, url: str) -> Outcome:
        """The same without holding up the event loop, in which the server may be."""
        return self.check(await self._state.arun(self._item, url, self.id, self._headers))

    def run_in_memory(self, peer: AnyPeer, *, agent: str | None = None) -> Outcome:
        """Run the case against a sans-I/O server, such as one with the methods of `wsproof.Peer`."""
        limit = self.settings.timeout
        try:
            with patience.ended_when(patience.within(limit)):
                outcome = self.case.run_in_memory(peer, agent=agent)
        except Overdue as overdue:
            place = patience.where(overdue, self._item.config.rootpath)
            raise RunError(
                f"the peer has not returned within {limit:g} s (--ws-timeout sets this time): {place}"
            ) from None
        return self.check(outcome)

    @contextmanager
    def serve(self, *, agent: str | None = None) -> Iterator[str]:
        """A server that runs this one case with a client, which echoes every message; its URL.

        What counts is what the client does on the wire: an exception that it raises while the case runs does not leave
        the block, unless it is an `AssertionError`. If the case fails, the failure tells of it. A block that does not
        end though the connection is closed is ended after five seconds, one in which nobody connects after `--ws-wait`.
        """
        client = _Client(self, agent)
        try:
            with client.at_work(), patience.ended_when(client.is_overdue):
                yield client.run.url
            outcome = client.outcome()
        finally:
            client.run.finish()
        self._check_client(outcome, client)

    @asynccontextmanager
    async def aserve(self, *, agent: str | None = None) -> AsyncIterator[str]:
        """The same for a client in the event loop."""
        import asyncio

        client = _Client(self, agent)
        try:
            with client.at_work():
                async with _cancelled_when(client):
                    yield client.run.url
            outcome = await asyncio.to_thread(client.outcome)
        finally:
            await asyncio.to_thread(client.run.finish)
        self._check_client(outcome, client)

    def check(self, outcome: Outcome, raised: Exception | None = None) -> Outcome:
        """Judge an outcome that was had otherwise: pass it on, or end the test by it."""
        self._state.judge(self._item, self.case, outcome, Beside(raised))
        return outcome

    def _check_client(self, outcome: Outcome, client: _Client) -> None:
        self._state.judge(self._item, self.case, outcome, Beside(client.raised, client.late))

    @property
    def late(self) -> list[str]:
        """The cases of this test whose clients had to be ended."""
        return self._state.late.setdefault(test_of(self._item.nodeid), [])

    @property
    def settings(self) -> Settings:
        return self._state.settings

    def client_connected(self) -> None:
        self._state.client_connected(self._item)

    def client_failed(self, error: BaseException) -> None:
        self._state.client_failed(self._item, error)

    @property
    def rootpath(self) -> Path:
        """Where one's own code is."""
        return self._item.config.rootpath

    @property
    def test_name(self) -> str:
        """The test without its case, such as ``test_client.py::test_client``."""
        return test_of(self._item.nodeid).rpartition("/")[2]


class _Client:
    """A client under test, and the server that tests it."""

    def __init__(self, case: WsCase, agent: str | None) -> None:
        self.run = ClientRun(
            [case.case],
            plain_agent=agent or case.test_name,
            timeout=case.settings.timeout,
            open_timeout=case.settings.open_timeout,
        )
        self.raised: Exception | None = None
        self.late: str | None = None
        self._case = case
        self._limit = case.settings.timeout + case.settings.open_timeout
        self._grace = GRACE if len(case.late) < LEARNT else SHORT_GRACE

    @contextmanager
    def at_work(self) -> Iterator[None]:
        try:
            yield
        except AssertionError:
            raise
        except Overdue as overdue:
            place = patience.where(overdue, self._case.rootpath)
            if self.run.begun == 0:
                limited = f"within {self._case.settings.wait:g} s (--ws-wait sets this time)"
                raise self._not_connected(f"{limited}; it is at {place}") from None
            self.late = f"the block has not ended {self._grace:g} s after the connection was closed; it is at {place}"
            self._case.late.append(self._case.id)
        except Exception as error:
            if self.run.begun == 0:
                self._case.client_failed(error)
                raise
            self.raised = error
        if self.run.begun > 0:
            self._case.client_connected()

    def is_overdue(self, done: threading.Event) -> bool:
        """Wait until the block is, or has ended."""
        deadline = time.monotonic() + self._case.settings.wait
        while self.run.begun == 0:
            if done.wait(LOOK):
                return False
            if time.monotonic() >= deadline:
                return True
        for _ in range(1 + RECONNECTIONS):
            if self._is_over(done):
                break
        return not done.is_set()

    def _is_over(self, done: threading.Event) -> bool:
        """Wait for the end of the connection, then as long as the client may take; false if it connected once more."""
        begun = self.run.begun
        while not done.is_set() and not self.run.settle(LOOK):
            pass
        return done.wait(self._grace) or self.run.begun == begun

    def outcome(self) -> Outcome:
        if self.run.begun == 0:
            raise self._not_connected("while the block ran")
        outcome = self.run.wait(self._case.id, self._limit)
        if outcome is None:
            raise RunError(f"case {self._case.id} was not finished within {self._limit:g} s")
        return outcome

    def _not_connected(self, when: str) -> BaseException:
        refusal = self.run.refusal
        why = "" if refusal is None else f": its request was not served: {refusal}"
        error = pytest.fail.Exception(f"no client connected to {self.run.url} {when}{why}", pytrace=False)
        self._case.client_failed(error)
        return error


@asynccontextmanager
async def _cancelled_when(client: _Client) -> AsyncIterator[None]:
    """Run a block of asyncio, and raise `Overdue` from it if it had to be cancelled."""
    import asyncio

    task = asyncio.current_task()
    assert task is not None
    done = threading.Event()
    overdue = False

    async def watch() -> None:
        nonlocal overdue
        if await asyncio.to_thread(client.is_overdue, done):
            overdue = True
            task.cancel()

    watching = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError as cancelled:
        if not overdue or task.uncancel() > 0:
            raise
        raise Overdue().with_traceback(cancelled.__traceback__) from None
    finally:
        done.set()
        watching.cancel()
