"""How a client testee runs the cases of a fuzzing server: Autobahn's URLs, the same for every library."""

import asyncio
from typing import Protocol
from urllib.parse import quote

LIMIT = 64 * 1024 * 1024
"""The longest message that a testee takes."""


class Talk(Protocol):
    """Opens a connection and stays until it is closed, whoever closes it and why."""

    async def __call__(self, url: str, *, echo: bool) -> str | None:
        """Echoes every message if asked to. Returns the last text message."""


async def run_cases(talk: Talk, base: str, agent: str, jobs: int) -> None:
    """Runs every case, `jobs` at a time, in order, and asks for the reports."""
    count = int(await talk(f"{base}/getCaseCount", echo=False) or "0")
    numbers = iter(range(1, count + 1))

    async def work() -> None:
        for number in numbers:
            await talk(f"{base}/runCase?case={number}&agent={quote(agent)}", echo=True)

    await asyncio.gather(*(work() for _ in range(jobs)))
    await talk(f"{base}/updateReports?agent={quote(agent)}", echo=False)
