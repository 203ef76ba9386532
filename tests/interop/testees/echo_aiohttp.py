"""The Python library `aiohttp` as a testee: compression on, messages up to 64 MiB."""

import asyncio

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web
from autobahn_api import LIMIT
from roles import main


async def echo(socket: ClientWebSocketResponse | web.WebSocketResponse, *, answer: bool) -> str | None:
    """Until the other end closes, or breaks a rule: then aiohttp closes by itself."""
    last = None
    try:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                last = message.data
                if answer:
                    await socket.send_str(message.data)
            elif message.type is WSMsgType.BINARY and answer:
                await socket.send_bytes(message.data)
    except ConnectionError:
        # An echo to someone who is gone.
        pass
    return last


async def handle(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(max_msg_size=LIMIT, compress=True)
    await socket.prepare(request)
    await echo(socket, answer=True)
    return socket


async def server(port: int) -> None:
    application = web.Application()
    application.router.add_get("/{path:.*}", handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


async def talk(url: str, *, echo: bool) -> str | None:
    async with ClientSession() as session, session.ws_connect(url, max_msg_size=LIMIT, compress=15) as socket:
        return await receive(socket, answer=echo)


receive = echo

if __name__ == "__main__":
    main(server, talk)
