"""The same again and again: memory stays where it is."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from wsproof import Binary, Connection, Decoder, Encoder, SendError, Violation, mask
from wsproof.handshake import DeflateAgreement, DeflateOffer, HandshakeError, Request, Response, answer_deflate, new_key

from .wire import frame

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="asks /proc or ps for the memory of the process")

MIB = 1 << 20
TEXT = frame(0x81, "é漢𝄞 and more".encode() * 20)
WIRE = (
    frame(0x82, bytes(1000)) * 10
    + TEXT
    + frame(0x81, b"a" * 500)
    + frame(0x89, b"p")
    + frame(0x01, b"He")
    + frame(0x80, b"y")
)


def resident() -> int:
    """Octets of memory that the process really has."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, text=True, check=True)
    return int(told.stdout) * 1024


def decode() -> None:
    decoder = Decoder("server")
    for start in range(0, len(WIRE), 1500):
        list(map(repr, decoder.feed(memoryview(WIRE)[start : start + 1500])))
    list(decoder.batch(bytearray(WIRE)))
    pieces = Decoder("server", pieces=True)
    for start in range(0, len(WIRE), 700):
        pieces.feed(WIRE[start : start + 700])


def violate() -> None:
    for wrong in [TEXT + frame(0x81, b"a\xff"), TEXT + b"\x83", frame(0x01, b"He") + frame(0x81, b"y")]:
        for take in [Decoder("server").feed, Decoder("server").batch, Connection("server").receive]:
            with pytest.raises(Violation):
                take(wrong)


def encode() -> None:
    for encoder in [Encoder("client"), Encoder("server")]:
        for length in [0, 10, 200, 70_000]:
            encoder.text("é" * length)
            encoder.binary(bytearray(length))
            encoder.parts(bytes(length))
        with pytest.raises(SendError):
            encoder.ping(bytes(126))
        with pytest.raises(TypeError):
            encoder.binary("text")  # type: ignore[arg-type]
    mask(bytes(3000), b"abcd")


def talk() -> None:
    agreed = DeflateAgreement()
    client, server = Connection("client", deflate=agreed), Connection("server", deflate=agreed)
    for _ in range(3):
        client.send_text("hello " * 3000)
        client.send_ping(b"x")
        server.receive(client.transmit())
        client.receive(server.transmit())
    client.close(1000, "bye")
    server.receive(client.transmit())


def shake() -> None:
    key = new_key()
    request = Request("/", "h", key, protocols=["a"], extensions=str(DeflateOffer()), headers={"X": "y" * 100})
    parsed = Request.parse(bytes(request))
    assert parsed is not None
    response = Response.accept(parsed[0], protocol="a", extensions=str(answer_deflate(request.extensions)))
    response.check(key, protocols=["a"], extensions=request.extensions)
    with pytest.raises(HandshakeError):
        response.check(key)


@pytest.mark.parametrize("work", [decode, violate, encode, talk, shake])
def test_memory_stays(work: Callable[[], None]) -> None:
    rounds = 1500
    for _ in range(rounds):
        work()
    gc.collect()
    before = resident()
    for _ in range(rounds):
        work()
    gc.collect()
    # A leak of 1.5 kB a round, which is one small object in each of its calls, would show.
    assert resident() - before < 2 * MIB


@pytest.mark.parametrize("deflate", [False, True])
def test_large_messages_leave_nothing_behind(deflate: bool) -> None:
    agreed = DeflateAgreement() if deflate else None
    size = 20 * MIB
    client = Connection("client", deflate=agreed, level=1, seed=1)
    client.send_fragment(bytes(size), last=False)
    client.send_fragment(b"end", last=True)
    wire = client.transmit()
    servers = [Connection("server", deflate=agreed, level=1) for _ in range(10)]
    gc.collect()
    before = resident()
    for server in servers:
        (message,) = server.receive(wire)
        assert isinstance(message, Binary)
        assert len(message.data) == size + 3
        server.send_binary(message.data)
        server.transmit()
        del message
    gc.collect()
    grown = resident() - before
    # Less than three of the ten messages: what the allocator keeps for itself.
    assert grown < 3 * size, f"{grown / MIB:.0f} MiB more after ten messages of {size / MIB:.0f} MiB"
