"""The Python library `wsproto`, which has no I/O of its own, over asyncio streams: compression on, up to 64 MiB."""

import asyncio
from urllib.parse import urlsplit

from autobahn_api import LIMIT
from roles import main
from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.extensions import PerMessageDeflate
from wsproto.utilities import RemoteProtocolError

LAST_WAIT = 5.0
"""How long a client waits for the server to close TCP, in seconds."""


class Peer:
    """One connection."""

    def __init__(self, role: ConnectionType, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.protocol = WSConnection(role)
        self.reader = reader
        self.writer = writer
        self.echo = True
        self.last_text: str | None = None
        self._pieces: list[str] | list[bytes] = []
        self._size = 0

    async def run(self) -> None:
        """Until either end closes."""
        try:
            while self.protocol.state in (ConnectionState.CONNECTING, ConnectionState.OPEN):
                data = await self.reader.read(64 * 1024)
                if not data:
                    return
                self.protocol.receive_data(data)
                for event in self.protocol.events():
                    self.take(event)
                    if self.protocol.state not in (ConnectionState.CONNECTING, ConnectionState.OPEN):
                        break
                await self.writer.drain()
            if self.protocol.client:
                await asyncio.wait_for(self.read_to_the_end(), LAST_WAIT)
        except RemoteProtocolError as error:
            if isinstance(error.event_hint, RejectConnection) and not self.protocol.client:
                self.send(error.event_hint)
        except (ConnectionError, TimeoutError):
            pass
        finally:
            self.writer.close()

    def send(self, event: Event) -> None:
        self.writer.write(self.protocol.send(event))

    def take(self, event: Event) -> None:
        """Acts on what was received."""
        match event:
            case Request():
                self.send(AcceptConnection(extensions=[PerMessageDeflate()]))
            case Ping():
                self.send(event.response())
            case CloseConnection():
                # Sent by the other end, or wsproto's answer to a violation.
                self.send(event.response())
            case TextMessage() | BytesMessage():
                self.collect(event)
            case _:
                pass

    def collect(self, event: TextMessage | BytesMessage) -> None:
        """Messages come in pieces."""
        self._size += len(event.data)
        if self._size > LIMIT:
            self.send(CloseConnection(code=1009, reason="longer than 64 MiB"))
            return
        self._pieces.append(event.data)  # type: ignore[arg-type]
        if not event.message_finished:
            return
        pieces, self._pieces, self._size = self._pieces, [], 0
        whole = type(event)(data=type(event.data)().join(pieces))  # type: ignore[arg-type]
        if isinstance(whole, TextMessage):
            self.last_text = whole.data
        if self.echo:
            self.send(whole)

    async def read_to_the_end(self) -> None:
        """The server closes TCP."""
        while await self.reader.read(64 * 1024):
            pass


async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await Peer(ConnectionType.SERVER, reader, writer).run()


async def server(port: int) -> None:
    listener = await asyncio.start_server(handle, "127.0.0.1", port)
    await listener.serve_forever()


async def talk(url: str, *, echo: bool) -> str | None:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    peer = Peer(ConnectionType.CLIENT, reader, writer)
    peer.echo = echo
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    peer.send(Request(host=parts.netloc, target=target, extensions=[PerMessageDeflate()]))
    await peer.run()
    return peer.last_text


if __name__ == "__main__":
    main(server, talk)
