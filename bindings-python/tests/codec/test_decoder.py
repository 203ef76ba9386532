"""What comes in: whole, cut anywhere, in any kind of buffer."""

from __future__ import annotations

import array
import itertools
import mmap
from collections.abc import Callable
from typing import Any

import pytest
from wsproof import Binary, BinaryPiece, Close, Decoder, Ping, Pong, Text, TextPiece, Violation

from .wire import frame, xor

LENGTHS = [0, 1, 2, 125, 126, 127, 1000, 65_535, 65_536, 100_003]
MIXED = [
    (frame(0x81, "κόσμε".encode()), Text("κόσμε")),
    (frame(0x01, "κό".encode()[:3]) + frame(0x89, b"p"), Ping(b"p")),
    (frame(0x00) + frame(0x80, "κό".encode()[3:]), Text("κό")),
    (frame(0x82, bytes(range(256))), Binary(bytes(range(256)))),
    (frame(0x02, b"a" * 200) + frame(0x80, b"b"), Binary(b"a" * 200 + b"b")),
    (frame(0x8A), Pong(b"")),
    (frame(0x88, b"\x03\xe8bye"), Close(1000, "bye")),
]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("role", ["client", "server"])
def test_every_length(role: Any, length: int) -> None:
    data = bytes(i % 251 for i in range(length))
    key = None if role == "client" else b"\x01\x02\x03\x04"
    text = "".join(chr(97 + i % 26) for i in range(length))
    wire = frame(0x82, data, key=key) + frame(0x81, text.encode(), key=key)
    assert Decoder(role).feed(wire) == [Binary(data), Text(text)]


@pytest.mark.parametrize("text", ["é" * 300, "漢字" * 500, "𝄞" * 70_000, "a" * 999 + "é", "", "é", "z"])
def test_text_of_every_width(text: str) -> None:
    assert Decoder("server").feed(frame(0x81, text.encode())) == [Text(text)]


def test_cut_at_every_pair_of_places() -> None:
    wire = b"".join(octets for octets, _ in MIXED)
    want = [event for _, event in MIXED]
    assert Decoder("server").feed(wire) == want
    for first in range(len(wire)):
        for second in range(first, len(wire), 13):
            decoder = Decoder("server")
            pieces = wire[:first], wire[first:second], wire[second:]
            assert list(itertools.chain.from_iterable(map(decoder.feed, pieces))) == want


def test_octet_by_octet() -> None:
    wire = b"".join(octets for octets, _ in MIXED)
    decoder = Decoder("server")
    assert [event for octet in wire for event in decoder.feed(bytes([octet]))] == [event for _, event in MIXED]
    assert decoder.offset == len(wire)
    assert decoder.is_closed
    assert decoder.feed(b"whatever") == []


def mapped(wire: bytes) -> mmap.mmap:
    pages = mmap.mmap(-1, len(wire))
    pages[:] = wire
    return pages


@pytest.mark.parametrize(
    "make",
    [
        bytes,
        bytearray,
        memoryview,
        lambda wire: memoryview(bytearray(b"__" + wire))[2:],
        lambda wire: memoryview(wire).cast("b"),
        lambda wire: array.array("B", wire),
        mapped,
    ],
)
def test_any_contiguous_buffer_is_read_and_left_alone(make: Callable[[bytes], Any]) -> None:
    wire = frame(0x81, b"Hello" * 50) + frame(0x82, b"x" * 70_000) + frame(0x01, b"He") + frame(0x80, b"y")
    given = make(wire)
    want = [Text("Hello" * 50), Binary(b"x" * 70_000), Text("Hey")]
    assert Decoder("server").feed(given) == want
    assert bytes(given) == wire
    if isinstance(given, bytearray):
        given.append(0)  # The buffer was released.


def test_pieces_come_as_octets_do() -> None:
    decoder = Decoder("client", pieces=True)
    assert decoder.feed(b"\x82\x04ab") == [BinaryPiece(b"ab", True, False)]
    assert decoder.feed(b"cd") == [BinaryPiece(b"cd", False, True)]
    text = "aé漢𝄞".encode()
    pieces = [event for octet in frame(0x81, text, key=None) for event in decoder.feed(bytes([octet]))]
    assert pieces == [
        TextPiece("a", True, False),
        TextPiece("é", False, False),
        TextPiece("漢", False, False),
        TextPiece("𝄞", False, True),
    ]
    assert decoder.feed(frame(0x81, b"whole", key=None)) == [TextPiece("whole", True, True)]
    assert decoder.feed(frame(0x01, b"\xc3", key=None) + frame(0x00, b"\xa9", key=None)) == [
        TextPiece("é", True, False)
    ]
    assert decoder.feed(frame(0x80, key=None)) == [TextPiece("", False, True)]


def test_a_violation_says_all_and_loses_nothing() -> None:
    decoder = Decoder("server")
    with pytest.raises(Violation) as raised:
        decoder.feed(frame(0x81, b"fine") + frame(0x81, b"no\xf4\x90"))
    found = raised.value
    assert found.events == [Text("fine")]
    assert (found.kind, found.clause, found.close_code, found.offset) == ("TextNotUtf8", "RFC 6455 §8.1", 1007, 19)
    assert str(found) == "text is not UTF-8 (octet 19, RFC 6455 §8.1)"
    with pytest.raises(Violation, match="octet 19"):
        decoder.feed(b"")
    assert str(decoder.violation) == str(found)


@pytest.mark.parametrize(
    ("limits", "kind"),
    [
        ({"max_frame": 9}, "FrameTooLong"),
        ({"max_message": 9}, "MessageTooLong"),
        ({"max_fragments": 1}, "TooManyFragments"),
    ],
)
def test_limits(limits: dict[str, int], kind: str) -> None:
    with pytest.raises(Violation) as raised:
        Decoder("server", **limits).feed(frame(0x02, b"0123456789") + frame(0x80, b""))  # type: ignore[arg-type]
    assert (raised.value.kind, raised.value.close_code) == (kind, 1009)


def test_a_huge_announcement_costs_nothing() -> None:
    decoder = Decoder("client", max_frame=2**64 - 1, max_message=2**64 - 1)
    assert decoder.feed(b"\x82\x7f\x7f" + b"\xff" * 7 + b"ab") == []
    assert not decoder.is_between_messages


def test_mask_is_undone_at_every_alignment() -> None:
    for start in range(8):
        for length in range(80):
            data = bytes(range(length))
            wire = b"_" * start + frame(0x82, data, key=b"\xa1\xb2\xc3\xd4")
            assert Decoder("server").feed(memoryview(wire)[start:]) == [Binary(data)]
    assert xor(xor(b"twice")) == b"twice"
