"""Scripted peers: plain echo endpoints, well and badly behaved.

    peers.py server PORT PROFILE
    peers.py client URL PROFILE JOBS

Each differs from the good one only as its profile says. What Autobahn|Testsuite says of each of them stands in
`tests/vectors/autobahn-golden.json`.
"""

import asyncio
import base64
import codecs
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

from autobahn_api import LIMIT, run_cases
from wire import Header, accept_key, apply_mask, encode_frame, read_request, read_size, read_start, response

PIECE = 64 * 1024

VALID_CODES = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011)
"""Beside those from 3000 to 4999. 1012 to 1014 were registered later than Autobahn was written."""

Result = TypeVar("Result")

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Opening(Enum):
    """What a server does with the opening handshake."""

    RIGHT = auto()
    NOT_FOUND = auto()
    WRONG_ACCEPT = auto()
    DROP = auto()
    SILENCE = auto()


class Start(Enum):
    """What a peer does once the connection is open."""

    ECHO = auto()
    SILENCE = auto()
    DROP = auto()
    CLOSE = auto()
    PING = auto()


class Text(Enum):
    """When a peer looks whether text is UTF-8."""

    AS_IT_COMES = auto()
    WHEN_COMPLETE = auto()
    NEVER = auto()


class Reply(Enum):
    """What a peer answers to a Close frame, or to a violation."""

    RIGHT = auto()
    RAW = auto()
    EMPTY = auto()
    WRONG_CODE = auto()
    DROP = auto()


@dataclass(frozen=True)
class Profile:
    """How a peer behaves. The defaults are the good one."""

    opening: Opening = Opening.RIGHT
    start: Start = Start.ECHO
    text: Text = Text.AS_IT_COMES
    on_violation: Reply = Reply.RIGHT
    on_close: Reply = Reply.RIGHT
    checks_frames: bool = True
    drops_tcp: bool = True
    echoes_twice: bool = False


GOOD = Profile()
PROFILES = {
    "good": GOOD,
    "badaccept": replace(GOOD, opening=Opening.WRONG_ACCEPT),
    "blackhole": replace(GOOD, start=Start.SILENCE),
    "close1000": replace(GOOD, start=Start.CLOSE),
    "closedrop": replace(GOOD, on_close=Reply.DROP),
    "dropper": replace(GOOD, start=Start.DROP),
    "dropviolation": replace(GOOD, on_violation=Reply.DROP),
    "dupecho": replace(GOOD, echoes_twice=True),
    "emptyclose": replace(GOOD, on_violation=Reply.EMPTY, on_close=Reply.EMPTY),
    "hsdrop": replace(GOOD, opening=Opening.DROP),
    "hssilent": replace(GOOD, opening=Opening.SILENCE),
    "http404": replace(GOOD, opening=Opening.NOT_FOUND),
    "lateutf8": replace(GOOD, text=Text.WHEN_COMPLETE),
    "naive": replace(GOOD, checks_frames=False, text=Text.NEVER, on_close=Reply.RAW),
    "nodrop": replace(GOOD, drops_tcp=False),
    "ping1st": replace(GOOD, start=Start.PING),
    "wrongcode": replace(GOOD, on_violation=Reply.WRONG_CODE, on_close=Reply.WRONG_CODE),
}


class OverError(Exception):
    """The connection is over: TCP is to be closed."""


class Message:
    """What was received of a message."""

    def __init__(self, opcode: int) -> None:
        self.opcode = opcode
        self.octets = bytearray()
        self.decoder = codecs.getincrementaldecoder("utf-8")()


class Peer:
    """One connection."""

    def __init__(self, role: str, profile: Profile, streams: Streams) -> None:
        self.is_server = role == "server"
        self.profile = profile
        self.reader, self.writer = streams
        self.message: Message | None = None

    async def run(self) -> None:
        """From the end of the opening handshake to the end of TCP."""
        try:
            await self.begin()
            while True:
                await self.read_frame()
        except (OverError, asyncio.IncompleteReadError, ConnectionError):
            pass
        with contextlib.suppress(ConnectionError):
            await self.writer.drain()
        self.writer.close()

    def send(self, opcode: int, payload: bytes = b"") -> None:
        self.writer.write(encode_frame(opcode, payload, None if self.is_server else os.urandom(4)))

    def send_close(self, code: int) -> None:
        self.send(8, code.to_bytes(2, "big"))

    async def begin(self) -> None:
        match self.profile.start:
            case Start.ECHO:
                pass
            case Start.PING:
                self.send(9, b"hello")
            case Start.DROP:
                raise OverError
            case Start.SILENCE:
                await self.read_to_the_end()
            case Start.CLOSE:
                self.send_close(1000)
                await in_time(self.read_close(), 1.5)
                raise OverError

    async def read_frame(self) -> None:
        """Reads a frame and acts on it. The first two octets are judged before the rest is there."""
        header = await read_start(self.reader)
        if self.profile.checks_frames and self.is_violation(header):
            await self.violation(1002)
        key = await read_size(self.reader, header)
        if header.opcode in (1, 2) or (header.opcode == 0 and self.message is None):
            self.message = Message(header.opcode or 1)
        payload = bytearray()
        while len(payload) < header.size:
            piece = await self.reader.read(min(header.size - len(payload), 1 << 20))
            if not piece:
                raise OverError
            if header.masked:
                piece = apply_mask(key, len(payload), piece)
            payload += piece
            if header.opcode < 3 and self.profile.text is Text.AS_IT_COMES:
                await self.check_text(piece)
        match header.opcode:
            case 0 | 1 | 2:
                await self.collect(bytes(payload), header.fin)
            case 8:
                await self.take_close(bytes(payload))
            case 9:
                self.send(10, bytes(payload)[:125])
            case _:
                pass

    def is_violation(self, header: Header) -> bool:
        if header.rsv or header.masked != self.is_server:
            return True
        match header.opcode:
            case 0:
                return self.message is None
            case 1 | 2:
                return self.message is not None
            case 8 | 9 | 10:
                return not header.fin or header.size > 125
            case _:
                return True

    async def check_text(self, piece: bytes, *, final: bool = False) -> None:
        if self.message is None or self.message.opcode != 1:
            return
        try:
            self.message.decoder.decode(piece, final)
        except UnicodeDecodeError:
            await self.violation(1007)

    async def collect(self, payload: bytes, fin: bool) -> None:
        """A data frame is complete."""
        assert self.message is not None
        self.message.octets += payload
        if not fin:
            return
        match self.profile.text:
            case Text.AS_IT_COMES:
                await self.check_text(b"", final=True)
            case Text.WHEN_COMPLETE:
                await self.check_text(bytes(self.message.octets), final=True)
            case Text.NEVER:
                pass
        message, self.message = self.message, None
        for _ in range(2 if self.profile.echoes_twice else 1):
            self.send(message.opcode, bytes(message.octets))
        await self.writer.drain()

    async def take_close(self, payload: bytes) -> None:
        """Answers a Close frame."""
        if self.profile.on_close is Reply.DROP:
            raise OverError
        if self.profile.checks_frames and (code := close_violation(payload)):
            await self.violation(code)
        match self.profile.on_close:
            case Reply.RAW:
                self.send(8, payload[:125])
            case Reply.EMPTY:
                self.send(8)
            case Reply.WRONG_CODE:
                self.send_close(1001)
            case _:
                self.send(8, payload[:2])
        if self.is_server and self.profile.drops_tcp:
            raise OverError
        patience = 2 if self.profile.drops_tcp else 10
        while await in_time(self.reader.read(PIECE), patience):
            pass
        raise OverError

    async def violation(self, code: int) -> NoReturn:
        """Fails the connection."""
        match self.profile.on_violation:
            case Reply.DROP:
                raise OverError
            case Reply.EMPTY:
                self.send(8)
            case Reply.WRONG_CODE:
                self.send_close(1011)
            case _:
                self.send_close(code)
        if not (self.is_server and self.profile.drops_tcp):
            await in_time(self.read_to_the_end(), 2)
        raise OverError

    async def read_to_the_end(self) -> None:
        while await self.reader.read(PIECE):
            pass
        raise OverError

    async def read_close(self) -> None:
        while True:
            header = await read_start(self.reader)
            await read_size(self.reader, header)
            await self.reader.readexactly(header.size)
            if header.opcode == 8:
                return


async def in_time(what: Coroutine[Any, Any, Result], seconds: float) -> Result | None:
    """The result, or nothing if there is none in time."""
    try:
        return await asyncio.wait_for(what, seconds)
    except TimeoutError:
        return None


def close_violation(payload: bytes) -> int | None:
    """The close code that a wrong payload of a Close frame is to be answered with."""
    if not payload:
        return None
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or not (code in VALID_CODES or 3000 <= code < 5000):
        return 1002
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        return 1007
    return None


def serve(profile: Profile, name: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """What a server does with a connection."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            key = await read_request(reader)
            match profile.opening:
                case Opening.DROP:
                    raise OverError
                case Opening.NOT_FOUND:
                    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                    raise OverError
                case Opening.SILENCE:
                    while await reader.read(PIECE):
                        pass
                    raise OverError
                case Opening.WRONG_ACCEPT:
                    writer.write(response(key, name, accept_key(key)[::-1]))
                case Opening.RIGHT:
                    writer.write(response(key, name))
            await writer.drain()
        except (OverError, asyncio.IncompleteReadError, ConnectionError):
            writer.close()
            return
        await Peer("server", profile, (reader, writer)).run()

    return handle


async def server(port: int, name: str) -> None:
    """Listens until it is killed."""
    listener = await asyncio.start_server(serve(PROFILES[name], name), "127.0.0.1", port, limit=LIMIT)
    await listener.serve_forever()


async def connect(url: str) -> Streams:
    """Opens a connection. What the server answers is not looked at."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=LIMIT)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def ask(url: str) -> str | None:
    """The last text message of a server that closes by itself."""
    reader, writer = await connect(url)
    peer = Peer("client", GOOD, (reader, writer))
    answer = None
    while True:
        header = await read_start(reader)
        await read_size(reader, header)
        payload = await reader.readexactly(header.size)
        if header.opcode == 1:
            answer = payload.decode()
        if header.opcode == 8:
            peer.send(8, payload)
            writer.close()
            return answer


async def client(base: str, name: str, jobs: int) -> None:
    """Runs every case of a fuzzing server."""

    async def talk(url: str, *, echo: bool) -> str | None:
        if not echo:
            return await ask(url)
        reader, writer = await connect(url)
        await Peer("client", PROFILES[name], (reader, writer)).run()
        return None

    await run_cases(talk, base, name, jobs)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["server", port, name]:
            asyncio.run(server(int(port), name))
        case ["client", url, name, jobs]:
            asyncio.run(client(url, name, int(jobs)))
        case _:
            sys.exit(__doc__)
