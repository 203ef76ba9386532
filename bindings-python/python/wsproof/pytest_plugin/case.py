"""The fixture `ws_case`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import pytest

from wsproof._core import Case, ClientRun, Outcome, RunError
from wsproof.pytest_plugin.selection import test_of

if TYPE_CHECKING:
    from wsproof.connect import Headers
    from wsproof.memory import AnyPeer
    from wsproof.pytest_plugin.options import Settings
    from wsproof.pytest_plugin.state import State


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
        return self.check(self.case.run_in_memory(peer, agent=agent))

    @contextmanager
    def serve(self, *, agent: str | None = None) -> Iterator[str]:
        """A server that runs this one case with a client, which echoes every message; its URL.

        What counts is what the client does on the wire: an exception that it raises while the case runs does not leave
        the block, unless it is an `AssertionError`. If the case fails, the failure tells of it.
        """
        client = _Client(self, agent)
        try:
            with client.at_work():
                yield client.run.url
            outcome = client.outcome()
        finally:
            client.run.finish()
        self.check(outcome, client.raised)

    @asynccontextmanager
    async def aserve(self, *, agent: str | None = None) -> AsyncIterator[str]:
        """The same for a client in the event loop."""
        import asyncio

        client = _Client(self, agent)
        try:
            with client.at_work():
                yield client.run.url
            outcome = await asyncio.to_thread(client.outcome)
        finally:
            await asyncio.to_thread(client.run.finish)
        self.check(outcome, client.raised)

    def check(self, outcome: Outcome, raised: Exception | None = None) -> Outcome:
        """Judge an outcome that was had otherwise: pass it on, or end the test by it."""
        self._state.judge(self._item, self.case, outcome, raised)
        return outcome

    @property
    def settings(self) -> Settings:
        return self._state.settings

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
        self._id = case.id
        self._limit = case.settings.timeout + case.settings.open_timeout

    @contextmanager
    def at_work(self) -> Iterator[None]:
        try:
            yield
        except AssertionError:
            raise
        except Exception as error:
            if self.run.begun == 0:
                raise
            self.raised = error

    def outcome(self) -> Outcome:
        if self.run.begun == 0:
            pytest.fail(f"no client connected to {self.run.url} while the block ran", pytrace=False)
        outcome = self.run.wait(self._id, self._limit)
        if outcome is None:
            raise RunError(f"case {self._id} was not finished within {self._limit} s")
        return outcome
