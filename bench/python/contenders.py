"""wsproof and its peers behind one interface: a sink for reads, a source of writes.

Each is used as its documentation shows, with its own checks on, and hands out payloads as `bytes` and `str`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Literal

Side = Literal["client", "server"]
Take = Callable[[memoryview], int]
"""Takes one read, which it has to copy as a socket would; tells how many messages it handed out."""
Send = Callable[[bytes | str], object]
"""Writes one message to the transport."""


class Transport:
    """A transport that drops what is written. It says that octets wait, so that nobody goes round it to the socket."""

    def write(self, data: object) -> None:
        """Drop."""

    def writelines(self, parts: object) -> None:
        """Drop."""

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 1

    def get_extra_info(self, name: str) -> Any:
        import socket

        if name == "socket":
            self.socket = getattr(self, "socket", None) or socket.socket()
            return self.socket
        return None


class Wsproof:
    """A `Decoder` and an `Encoder`."""

    name = "wsproof"

    def taker(self, text: bool) -> Take:
        from wsproof import Decoder

        decoder = Decoder("server")

        def take(read: memoryview) -> int:
            count = 0
            for event in decoder.feed(bytes(read)):
                _ = event.data  # type: ignore[union-attr]
                count += 1
            return count

        return take

    def sender(self, side: Side, text: bool) -> Send:
        from wsproof import Encoder

        encoder = Encoder(side)
        write = Transport().write
        encode: Any = encoder.text if text else encoder.binary
        return lambda message: write(encode(message))


class WsproofConnection(Wsproof):
    """A `Connection`: the closing handshake, pongs, order of fragments beside the rest."""

    name = "wsproof `Connection`"

    def taker(self, text: bool) -> Take:
        from wsproof import Connection

        connection = Connection("server")

        def take(read: memoryview) -> int:
            count = 0
            for event in connection.receive(bytes(read)):
                _ = event.data  # type: ignore[union-attr]
                count += 1
            return count

        return take

    def sender(self, side: Side, text: bool) -> Send:
        from wsproof import Connection

        connection = Connection(side)
        write = Transport().write
        send: Any = connection.send_text if text else connection.send_binary

        def encode(message: bytes | str) -> None:
            send(message)
            write(connection.transmit())

        return encode


class WsproofBatch(Wsproof):
    """A `Decoder` that gives columns, of which nothing is made an object; an `Encoder` that gives parts."""

    name = "wsproof `batch`, `parts`"

    def taker(self, text: bool) -> Take:
        from wsproof import Decoder

        decoder = Decoder("server")
        return lambda read: len(decoder.batch(bytes(read)))

    def sender(self, side: Side, text: bool) -> Send:
        from wsproof import Encoder

        parts = Encoder(side).parts
        writelines = Transport().writelines
        return lambda message: writelines(parts(message))


class Picows:
    """Its protocol with a listener in Python. It does not join fragments, nor look at UTF-8 across them."""

    name = "picows"

    def protocol(self, side: Side, listener: Any) -> Any:
        from picows.picows import WSAutoPingStrategy, WSProtocol  # type: ignore[attr-defined]

        log = logging.getLogger("picows.bench")
        log.setLevel(logging.CRITICAL)
        ping = (False, 10, 10, WSAutoPingStrategy.PING_WHEN_IDLE)
        room = 256 * 1024
        protocol = WSProtocol(
            "h", "/", side == "client", lambda *_: listener, log, True, 600, *ping, True, 1 << 30, None, room
        )
        protocol.connection_made(Transport())
        return protocol

    def taker(self, text: bool) -> Take:
        from picows import WSListener

        counted = [0]

        class Listener(WSListener):
            def on_ws_frame(self, transport: Any, frame: Any) -> None:
                if text:
                    frame.get_payload_as_utf8_text()
                else:
                    frame.get_payload_as_bytes()
                counted[0] += 1

        protocol = self.protocol("server", Listener())

        def take(read: memoryview) -> int:
            counted[0] = 0
            while read:
                room = protocol.get_buffer(-1)
                size = min(len(room), len(read))
                room[:size] = read[:size]
                protocol.buffer_updated(size)
                read = read[size:]
            return counted[0]

        take(
            memoryview(
                b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
        )
        return take

    def sender(self, side: Side, text: bool) -> Send:
        from picows import WSListener, WSMsgType

        send = self.protocol(side, WSListener()).transport.send
        kind = WSMsgType.TEXT if text else WSMsgType.BINARY
        return lambda message: send(kind, message)


class Aiohttp:
    """Its reader and writer in C, with their queue."""

    name = "aiohttp"

    def taker(self, text: bool) -> Take:
        import asyncio

        from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader

        class Protocol:
            _reading_paused = False

            def pause_reading(self) -> None:
                self._reading_paused = True

            def resume_reading(self) -> None:
                self._reading_paused = False

        limit = 1 << 30
        queue = WebSocketDataQueue(Protocol(), limit, loop=asyncio.get_running_loop())  # type: ignore[arg-type]
        reader = WebSocketReader(queue, 0, False, True)

        def take(read: memoryview) -> int:
            reader.feed_data(bytes(read))
            count = 0
            while queue._buffer if hasattr(queue, "_buffer") else count < self.expected:
                try:
                    queue.read().send(None)
                except StopIteration as end:
                    _ = end.value.data
                    count += 1
            return count

        return take

    expected = 0
    """Messages in the next read: its queue in C does not say how many it holds."""

    def sender(self, side: Side, text: bool) -> Send:
        from aiohttp import WSMsgType
        from aiohttp._websocket.writer import WebSocketWriter

        class Protocol:
            _paused = False

            async def _drain_helper(self) -> None:
                """Nothing waits."""

        writer = WebSocketWriter(Protocol(), Transport(), use_mask=side == "client")  # type: ignore[arg-type]
        send_frame = writer.send_frame

        def run(coroutine: Any) -> None:
            try:
                coroutine.send(None)
            except StopIteration:
                return

        if text:
            return lambda message: run(send_frame(message.encode(), WSMsgType.TEXT))  # type: ignore[union-attr]
        return lambda message: run(send_frame(message, WSMsgType.BINARY))  # type: ignore[arg-type]


class Websockets:
    """Its sans-I/O `Protocol`. Text is decoded as its connections do it."""

    name = "websockets"

    def protocol(self, side: Side) -> Any:
        from websockets.protocol import CLIENT, OPEN, SERVER, Protocol

        return Protocol(CLIENT if side == "client" else SERVER, state=OPEN, max_size=None)

    def taker(self, text: bool) -> Take:
        protocol = self.protocol("server")

        def take(read: memoryview) -> int:
            protocol.receive_data(bytes(read))
            count = 0
            for frame in protocol.events_received():
                if text:
                    frame.data.decode()
                count += 1
            return count

        return take

    def sender(self, side: Side, text: bool) -> Send:
        protocol = self.protocol(side)
        writelines = Transport().writelines

        def send(message: bytes | str) -> None:
            if isinstance(message, str):
                protocol.send_text(message.encode())
            else:
                protocol.send_binary(message)
            writelines(protocol.data_to_send())

        return send


class Wsproto:
    """Its sans-I/O `Connection`."""

    name = "wsproto"

    def connection(self, side: Side) -> Any:
        from wsproto.connection import Connection, ConnectionType

        return Connection(ConnectionType.CLIENT if side == "client" else ConnectionType.SERVER)

    def taker(self, text: bool) -> Take:
        connection = self.connection("server")

        def take(read: memoryview) -> int:
            connection.receive_data(bytes(read))
            count = 0
            for event in connection.events():
                _ = event.data
                count += event.message_finished
            return count

        return take

    def sender(self, side: Side, text: bool) -> Send:
        from wsproto.events import BytesMessage, TextMessage

        connection = self.connection(side)
        write = Transport().write
        event: Any = TextMessage if text else BytesMessage
        return lambda message: write(connection.send(event(data=message)))


class WebsocketsAdapter(Websockets):
    """wsproof's frames under websockets' `ServerProtocol` and `ClientProtocol`."""

    name = "websockets over wsproof"

    def protocol(self, side: Side) -> Any:
        from websockets.protocol import OPEN
        from websockets.uri import parse_uri
        from wsproof.adapters.websockets import ClientProtocol, ServerProtocol

        if side == "client":
            return ClientProtocol(parse_uri("ws://h/"), state=OPEN, max_size=None)
        return ServerProtocol(state=OPEN, max_size=None)


class WsprotoAdapter(Wsproto):
    """wsproof under wsproto's `Connection`."""

    name = "wsproto over wsproof"

    def connection(self, side: Side) -> Any:
        from wsproof.adapters.wsproto import Connection
        from wsproto.connection import ConnectionType

        return Connection(ConnectionType.CLIENT if side == "client" else ConnectionType.SERVER)


ALL: list[Any] = [
    Wsproof(),
    WsproofConnection(),
    WsproofBatch(),
    Picows(),
    Aiohttp(),
    Websockets(),
    WebsocketsAdapter(),
    Wsproto(),
    WsprotoAdapter(),
]
