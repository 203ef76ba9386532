"""Real servers of `websockets`, and broken ones."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

pytest_plugins = ["pytester"]

Handler = Callable[[ServerConnection], Awaitable[None]]


async def echo(connection: ServerConnection) -> None:
    try:
        async for message in connection:
            await connection.send(message)
    except ConnectionClosed:
        pass


async def shout(connection: ServerConnection) -> None:
    """Wrong: text comes back as binary."""
    try:
        async for message in connection:
            await connection.send(message.encode() if isinstance(message, str) else message)
    except ConnectionClosed:
        pass


@contextmanager
def serving(handler: Handler) -> Iterator[str]:
    """A server in a thread of its own; its URL."""
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    ready = threading.Event()
    port = 0

    async def main() -> None:
        nonlocal port
        async with serve(handler, "127.0.0.1", 0, max_size=None) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield f"ws://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


@pytest.fixture(scope="session")
def echo_url() -> Iterator[str]:
    with serving(echo) as url:
        yield url


@pytest.fixture(scope="session")
def shout_url() -> Iterator[str]:
    with serving(shout) as url:
        yield url
