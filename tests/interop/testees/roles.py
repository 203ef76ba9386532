"""The command line that all Python testees share."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from autobahn_api import Talk, run_cases


def main(serve: Callable[[int], Awaitable[None]], talk: Talk) -> None:
    """`server PORT` listens until it is killed; `client URL AGENT JOBS` runs the cases of a fuzzing server."""
    match sys.argv[1:]:
        case ["server", port]:
            asyncio.run(forever(serve, int(port)))
        case ["client", url, agent, jobs]:
            asyncio.run(run_cases(talk, url, agent, int(jobs)))
        case _:
            sys.exit(f"usage: {sys.argv[0]} server PORT | client URL AGENT JOBS")


async def forever(serve: Callable[[int], Awaitable[None]], port: int) -> None:
    """Makes a coroutine of whatever can be awaited."""
    await serve(port)
