"""Columns instead of objects."""

from __future__ import annotations

import pytest
from wsproof import Binary, Close, Decoder, Ping, Text, Violation

from .wire import frame

WIRE = (
    frame(0x81, "é".encode())
    + frame(0x01, b"He")
    + frame(0x89, b"p")
    + frame(0x80, b"y")
    + frame(0x82, b"\x00" * 300)
    + frame(0x88, b"\x03\xe9gone")
)
EVENTS = [Text("é"), Ping(b"p"), Text("Hey"), Binary(b"\x00" * 300), Close(1001, "gone")]


def test_columns_are_the_events() -> None:
    batch = Decoder("server").batch(WIRE)
    assert len(batch) == 5
    assert list(batch) == EVENTS
    assert [batch[i] for i in range(5)] == EVENTS
    assert batch[-1] == EVENTS[-1]
    assert batch.opcodes == bytes([1, 9, 1, 2, 8])
    assert list(batch.offsets) == [0, 2, 3, 6, 306, 312]
    assert batch.data[batch.offsets[2] : batch.offsets[3]] == b"Hey"
    assert repr(batch) == "<Batch of 5 events, 312 octets>"


def test_batches_and_feeds_continue_each_other() -> None:
    for cut in range(len(WIRE)):
        decoder = Decoder("server")
        assert [*decoder.batch(WIRE[:cut]), *decoder.feed(WIRE[cut:])] == EVENTS
        decoder = Decoder("server")
        assert [*decoder.feed(WIRE[:cut]), *decoder.batch(WIRE[cut:])] == EVENTS


def test_nothing() -> None:
    batch = Decoder("server").batch(b"")
    assert (len(batch), list(batch), batch.data, list(batch.offsets)) == (0, [], b"", [0])


@pytest.mark.parametrize("index", [5, -6, 2**62, -(2**63)])
def test_no_such_event(index: int) -> None:
    with pytest.raises(IndexError):
        Decoder("server").batch(WIRE)[index]


def test_wrong_text_leaves_no_row() -> None:
    with pytest.raises(Violation) as raised:
        Decoder("server").batch(frame(0x82, b"a") + frame(0x81, b"b\xff"))
    assert list(raised.value.events) == [Binary(b"a")]


def test_pieces_have_no_columns() -> None:
    with pytest.raises(ValueError, match="whole messages"):
        Decoder("server", pieces=True).batch(WIRE)
