"""Runs for asyncio, and the fuzzing server for clients."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Self, Unpack
from urllib.parse import quote

from wsproof._core import Case, ClientRun, Outcome, ServerRun, UsageError, select

# `asyncio` is slow to import, and most who use this package do without it: it is imported where it is needed.
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable
    from os import PathLike

    from wsproof.connect import ConnectOptions

SETTLE = 2.0
"""Seconds that cases get to end when a fuzzing server stops."""


def _resolver(future: asyncio.Future[Outcome], outcome: Outcome | None, error: BaseException | None) -> None:
    if future.done():
        return
    if outcome is not None:
        future.set_result(outcome)
    else:
        future.set_exception(error or RuntimeError("a run ended without an outcome"))


async def outcome_of(run: ServerRun | ClientRun, id: str, agent: str | None = None) -> Outcome:
    """Wait for the outcome of a case without holding up the event loop. Raises `RunError` if there will be none."""
    import asyncio

    loop = asyncio.get_running_loop()
    future: asyncio.Future[Outcome] = loop.create_future()

    def tell(outcome: Outcome | None, error: BaseException | None) -> None:
        # If the loop is closed, nobody waits any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_resolver, future, outcome, error)

    if isinstance(run, ServerRun):
        run.announce(id, tell)
    else:
        run.announce(id, tell, agent)
    return await future


async def run_case(case: Case, url: str, **connect: Unpack[ConnectOptions]) -> Outcome:
    """Run one case against the server at this URL. A server in the same event loop is fine."""
    import asyncio

    run = ServerRun(url, [case], jobs=1, **connect)
    try:
        return await outcome_of(run, case.id)
    finally:
        run.cancel()
        await asyncio.to_thread(run.finish)


class fuzzing_server:  # noqa: N801
    """Serve the cases that these patterns choose, all without one, for clients that connect by Autobahn's paths.

    A context manager of both kinds: the server is open in the block, at its end it stops and writes the report. Raises
    `UsageError` for patterns that choose nothing, an address that cannot be had, a folder that cannot be written.

    >>> async with fuzzing_server(["1.*"]) as server:  # doctest: +SKIP
    ...     await my_client(server.case_url("1.1.1", "mine"))
    ...     outcome = await server.outcome("1.1.1")
    """

    def __init__(
        self,
        cases: Iterable[str] = (),
        *,
        exclude: Iterable[str] = (),
        own: Iterable[Case] = (),
        profile: str | None = None,
        listen: str = "127.0.0.1:0",
        report: str | PathLike[str] | None = None,
    ) -> None:
        self._cases = select(list(cases), list(exclude), list(own), profile)
        self._listen = listen
        self._report = report
        self._open: ClientRun | None = None

    @property
    def _run(self) -> ClientRun:
        if self._open is None:
            raise UsageError("the fuzzing server is open only in a `with` block")
        return self._open

    @property
    def url(self) -> str:
        """Where clients connect, such as ``ws://127.0.0.1:9001/``."""
        return self._run.url

    def case_url(self, id: str, agent: str) -> str:
        """The URL at which this case runs under this name."""
        return f"{self.url.rstrip('/')}/runCase?casetuple={quote(id, safe='')}&agent={quote(agent, safe='')}"

    def wait(self, id: str, *, agent: str | None = None, timeout: float | None = None) -> Outcome | None:
        """Wait for the outcome of a case, of this agent or of any; `None` when the time is up."""
        return self._run.wait(id, timeout, agent)

    async def outcome(self, id: str, *, agent: str | None = None) -> Outcome:
        """Wait for the outcome of a case without holding up the event loop."""
        return await outcome_of(self._run, id, agent)

    def outcomes(self) -> list[Outcome]:
        """All outcomes so far."""
        return self._run.outcomes()

    def __enter__(self) -> Self:
        if self._open is not None:
            raise UsageError("the fuzzing server is open already")
        self._open = ClientRun(self._cases, listen=self._listen, report=self._report)
        return self

    def __exit__(self, *_: object) -> None:
        run, self._open = self._run, None
        # A client that has its close frame is done; the case is when TCP is closed too.
        run.settle(SETTLE)
        run.finish()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        import asyncio

        await asyncio.to_thread(self.__exit__)
