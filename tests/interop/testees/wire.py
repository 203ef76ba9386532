"""Octets for the testees that bring their own WebSocket code: the broken ones and the scripted peers."""

import asyncio
import base64
import hashlib
import struct
from dataclasses import dataclass

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_key(key: bytes) -> bytes:
    """The answer to the client's key: RFC 6455 section 4.2.2."""
    return base64.b64encode(hashlib.sha1(key + GUID).digest())


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Reads a request and returns its key."""
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"sec-websocket-key":
            return value.strip()
    return b""


def response(key: bytes, server: str, accept: bytes | None = None) -> bytes:
    """A response that accepts the connection, by default with the right accept value."""
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nServer: " + server.encode() + b"\r\n"
        b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + (accept or accept_key(key)) + b"\r\n\r\n"
    )


def apply_mask(key: bytes, offset: int, data: bytes) -> bytes:
    """Masks or unmasks `data`, which stands at `offset` of its payload."""
    size = len(data)
    if not size:
        return b""
    turn = offset % 4
    repeated = ((key[turn:] + key[:turn]) * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")).to_bytes(size, "big")


def encode_frame(opcode: int, payload: bytes, mask: bytes | None = None) -> bytes:
    """A whole frame with FIN, masked if there is a key."""
    size = len(payload)
    flag = 0x80 if mask is not None else 0
    if size < 126:
        head = bytes([0x80 | opcode, flag | size])
    elif size < 65536:
        head = struct.pack("!BBH", 0x80 | opcode, flag | 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, flag | 127, size)
    if mask is None:
        return head + payload
    return head + mask + apply_mask(mask, 0, payload)


@dataclass
class Header:
    """A frame without its payload."""

    fin: bool
    rsv: int
    opcode: int
    masked: bool
    size: int


async def read_start(reader: asyncio.StreamReader) -> Header:
    """The first two octets of a frame. `size` may be 126 or 127: `read_size` has the rest."""
    first, second = await reader.readexactly(2)
    return Header(bool(first & 0x80), first >> 4 & 7, first & 15, bool(second & 0x80), second & 0x7F)


async def read_size(reader: asyncio.StreamReader, header: Header) -> bytes:
    """Reads what follows the first two octets of a header: the true size, and the mask, which it returns."""
    if header.size == 126:
        (header.size,) = struct.unpack("!H", await reader.readexactly(2))
    elif header.size == 127:
        (header.size,) = struct.unpack("!Q", await reader.readexactly(8))
    return await reader.readexactly(4) if header.masked else bytes(4)


@dataclass
class Frame:
    """A whole frame, its payload unmasked."""

    fin: bool
    opcode: int
    payload: bytes


async def read_frame(reader: asyncio.StreamReader) -> Frame:
    """Reads a frame and judges nothing."""
    header = await read_start(reader)
    key = await read_size(reader, header)
    payload = apply_mask(key, 0, await reader.readexactly(header.size))
    return Frame(header.fin, header.opcode, payload)
