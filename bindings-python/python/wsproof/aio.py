"""Runs for asyncio, and the fuzzing server for clients."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from wsproof._core import Case, ClientRun, Outcome, ServerRun, select

# `asyncio` is slow to import, and most who use this package do without it: it is imported where it is needed.
if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Iterable
    from os import PathLike


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


async def run_case(case: Case, url: str) -> Outcome:
    """Run one case against the server at this URL. A server in the same event loop is fine."""
    import asyncio

    run = ServerRun(url, [case], jobs=1)
    try:
        return await outcome_of(run, case.id)
    finally:
        run.cancel()
        await asyncio.to_thread(run.finish)


class FuzzingServer:
    """A fuzzing server that is open: clients connect to its `url` by Autobahn's paths."""

    def __init__(self, run: ClientRun) -> None:
        self._run = run

    @property
    def url(self) -> str:
        """Where clients connect, such as ``ws://127.0.0.1:9001/``."""
        return self._run.url

    def case_url(self, id: str, agent: str) -> str:
        """The URL at which this case runs under this name."""
        return f"{self.url.rstrip('/')}/runCase?casetuple={id}&agent={quote(agent, safe='')}"

    def wait(self, id: str, *, agent: str | None = None, timeout: float | None = None) -> Outcome | None:
        """Wait for the outcome of a case, of this agent or of any, outside asyncio; `None` when the time is up."""
        return self._run.wait(id, timeout, agent)

    async def outcome(self, id: str, *, agent: str | None = None) -> Outcome:
        """Wait for the outcome of a case, of this agent or of any."""
        return await outcome_of(self._run, id, agent)

    def outcomes(self) -> list[Outcome]:
        """All outcomes so far."""
        return self._run.outcomes()


@asynccontextmanager
async def fuzzing_server(
    cases: Iterable[str] = (),
    *,
    exclude: Iterable[str] = (),
    own: Iterable[Case] = (),
    profile: str = "full",
    listen: str = "127.0.0.1:0",
    report: str | PathLike[str] | None = None,
) -> AsyncIterator[FuzzingServer]:
    """Serve the cases that these patterns choose, all without one; stop at the end of the block and write the report.

    >>> async with fuzzing_server(["1.*"]) as server:  # doctest: +SKIP
    ...     await my_client(server.case_url("1.1.1", "mine"))
    ...     outcome = await server.outcome("1.1.1")
    """
    import asyncio

    chosen = select(list(cases), list(exclude), list(own), profile)
    run = ClientRun(chosen, listen=listen, report=report)
    try:
        yield FuzzingServer(run)
    finally:
        await asyncio.to_thread(run.settle, 2.0)
        await asyncio.to_thread(run.finish)
