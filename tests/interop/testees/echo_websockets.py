"""The Python library `websockets` (asyncio) as a testee: compression on, messages up to 64 MiB."""

from autobahn_api import LIMIT
from roles import main
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed


async def echo(connection: ClientConnection | ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


async def server(port: int) -> None:
    listener = serve(
        echo,
        "127.0.0.1",
        port,
        max_size=LIMIT,
        compression="deflate",
        ping_interval=None,
        close_timeout=5,
    )
    async with listener as running:
        await running.serve_forever()


async def talk(url: str, *, echo: bool) -> str | None:
    last = None
    attempt = connect(
        url,
        max_size=LIMIT,
        compression="deflate",
        ping_interval=None,
        close_timeout=5,
        proxy=None,
    )
    async with attempt as connection:
        try:
            async for message in connection:
                if echo:
                    await connection.send(message)
                if isinstance(message, str):
                    last = message
        except ConnectionClosed:
            pass
    return last


if __name__ == "__main__":
    main(server, talk)
