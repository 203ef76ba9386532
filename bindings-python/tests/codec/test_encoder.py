"""What goes out."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest
from wsproof import Binary, Close, Connection, Decoder, Encoder, Ping, Pong, SendError, Text, mask

from .wire import frame, xor

LENGTHS = [0, 1, 31, 32, 33, 64, 125, 126, 1000, 65_535, 65_536, 100_003]


@pytest.mark.parametrize("length", LENGTHS)
def test_server_frames_are_those_written_by_hand(length: int) -> None:
    data = bytes(i % 251 for i in range(length))
    encoder = Encoder("server")
    assert encoder.binary(data) == frame(0x82, data, key=None)
    assert encoder.binary(memoryview(data), fin=False) == frame(0x02, data, key=None)
    assert encoder.text("x" * length) == frame(0x81, b"x" * length, key=None)
    assert b"".join(encoder.parts(data)) == frame(0x82, data, key=None)
    assert b"".join(encoder.parts("é" * length)) == frame(0x81, "é".encode() * length, key=None)


@pytest.mark.parametrize("length", LENGTHS)
def test_client_frames_have_a_key_of_their_own(length: int) -> None:
    data = bytes(i % 251 for i in range(length))
    encoder = Encoder("client")
    wires = [encoder.binary(data) for _ in range(3)]
    at = len(wires[0]) - length - 4
    keys = {wire[at : at + 4] for wire in wires}
    assert len(keys) == 3
    assert wires[0] == frame(0x82, data, key=wires[0][at : at + 4])
    decoder = Decoder("server")
    assert decoder.feed(b"".join(wires)) == [Binary(data)] * 3
    assert decoder.feed(b"".join(encoder.parts(bytearray(data)))) == [Binary(data)]


def test_a_payload_is_not_copied_when_nothing_masks_it() -> None:
    data = bytes(1_000_000)
    header, payload = Encoder("server").parts(data)
    assert payload is data
    assert header == b"\x82\x7f" + (1_000_000).to_bytes(8)


def test_keys_by_seed_are_repeatable() -> None:
    one, other = Encoder("client", seed=7), Encoder("client", seed=7)
    assert [one.ping() for _ in range(5)] == [other.ping() for _ in range(5)]
    assert Encoder("client", seed=8).ping() != Encoder("client", seed=7).ping()


def test_many_keys_are_all_different() -> None:
    encoder = Encoder("client")
    keys = {encoder.ping()[2:] for _ in range(5000)}
    assert len(keys) > 4990


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.skipif(sys.version_info >= (3, 15), reason="a fork of a process with threads may be refused")
@pytest.mark.parametrize("kind", [Encoder, Connection])
def test_a_child_has_other_keys_than_its_parent(kind: type[Encoder | Connection]) -> None:
    end = kind("client")

    def ping() -> bytes:
        if isinstance(end, Encoder):
            return end.ping()
        end.send_ping()
        return end.transmit()

    ping()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, ping())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert os.read(read, 100) != ping()
    os.close(read)
    os.close(write)


def test_fragments_and_control_frames() -> None:
    encoder = Encoder("client")
    wire = (
        encoder.text("He", fin=False)
        + encoder.ping(b"p" * 125)
        + encoder.continuation("y")
        + encoder.pong()
        + encoder.close(3000, "é")
    )
    assert Decoder("server").feed(wire) == [Ping(b"p" * 125), Text("Hey"), Pong(b""), Close(3000, "é")]
    assert Decoder("server").feed(encoder.close()) == [Close()]


def test_any_frame_can_be_said() -> None:
    encoder = Encoder("server")
    assert encoder.frame(3, b"ab", fin=False, rsv=5) == b"\x53\x02ab"
    assert encoder.frame(9, b"x" * 126)[:2] == b"\x89\x7e"
    for wrong in [{"opcode": 16}, {"opcode": 1, "rsv": 8}]:
        with pytest.raises(ValueError, match="0 to"):
            encoder.frame(payload=b"", **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((1005,), "close code 1005 must not be sent"),
        ((1006,), "close code 1006 must not be sent"),
        ((0,), "close code 0 must not be sent"),
        ((5000,), "close code 5000 must not be sent"),
        ((None, "why"), "a close reason needs a code before it"),
        ((1000, "é" * 62), "a Close payload of more than 125 octets"),
    ],
)
def test_what_a_close_must_not_say(arguments: Any, text: str) -> None:
    with pytest.raises(SendError) as raised:
        Encoder("server").close(*arguments)
    assert (raised.value.kind, str(raised.value)) == ("Close", text)


def test_control_frames_are_short() -> None:
    for name in ["ping", "pong"]:
        with pytest.raises(SendError, match="125") as raised:
            getattr(Encoder("client"), name)(b"x" * 126)
        assert raised.value.kind == "ControlTooLong"


def test_lone_surrogates_cannot_be_said() -> None:
    with pytest.raises(UnicodeEncodeError):
        Encoder("client").text("\ud800")


def test_mask() -> None:
    data = bytes(range(256))
    for offset in [0, 1, 2, 3, 2**64 - 1]:
        assert mask(data, b"abcd", offset) == xor(data, b"abcd", offset)
    assert mask(bytearray(b"Hello"), memoryview(b"\x37\xfa\x21\x3d")) == b"\x7f\x9f\x4d\x51\x58"
    for key in [b"", b"abc", b"abcde"]:
        with pytest.raises(ValueError, match="4 octets"):
            mask(data, key)
