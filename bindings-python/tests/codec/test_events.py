"""Events: frozen, comparable, matchable, picklable."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from wsproof import Binary, BinaryPiece, Close, Decoder, Event, Ping, Pong, Text, TextPiece, Violation

EVENTS: list[Event] = [
    Text("héllo"),
    Binary(b"\x00\xff"),
    Ping(b"p"),
    Pong(b""),
    Close(1000, "bye"),
    Close(),
    TextPiece("a", True, False),
    BinaryPiece(b"b", False, True),
]


@pytest.mark.parametrize("event", EVENTS, ids=repr)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_and_copies(event: Event, protocol: int) -> None:
    again = pickle.loads(pickle.dumps(event, protocol))
    assert again == event
    assert type(again) is type(event)
    assert copy.deepcopy(event) == event
    assert hash(again) == hash(event)


def test_equality_goes_by_kind_and_content() -> None:
    for i, one in enumerate(EVENTS):
        for j, other in enumerate(EVENTS):
            assert (one == other) == (i == j)
    assert Text("a") != TextPiece("a", True, True)  # type: ignore[comparison-overlap]
    assert {Ping(b""): 1}.get(Pong(b"")) is None  # type: ignore[call-overload]
    assert len({*EVENTS, *EVENTS}) == len(EVENTS)


def test_reprs_can_be_read_and_are_short() -> None:
    assert [repr(event) for event in EVENTS] == [
        "Text('héllo')",
        "Binary(b'\\x00\\xff')",
        "Ping(b'p')",
        "Pong(b'')",
        "Close(1000, 'bye')",
        "Close(None, '')",
        "TextPiece('a', first=True, last=False)",
        "BinaryPiece(b'b', first=False, last=True)",
    ]
    for event in EVENTS:
        assert eval(repr(event)) == event
    long = repr(Text("x" * 1_000_000))
    assert long == f"Text('{'x' * 64}'... 1000000 characters)"


def test_frozen() -> None:
    for event in EVENTS:
        for name in [*type(event).__match_args__, "new"]:
            with pytest.raises(AttributeError):
                setattr(event, name, 1)


def test_match() -> None:
    def told(event: Any) -> str:
        match event:
            case Text(data):
                return f"text {data}"
            case Close(1000, reason):
                return f"over: {reason}"
            case Close(code=code):
                return f"close {code}"
            case BinaryPiece(data, last=True):
                return f"end {data!r}"
            case _:
                return "else"

    assert [told(event) for event in EVENTS] == [
        "text héllo",
        "else",
        "else",
        "else",
        "over: bye",
        "close None",
        "else",
        "end b'b'",
    ]


def test_classes_say_where_they_live() -> None:
    assert {type(event).__module__ for event in EVENTS} == {"wsproof"}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Text(b"a"),  # type: ignore[arg-type]
        lambda: Binary("a"),  # type: ignore[arg-type]
        lambda: Ping(bytearray()),  # type: ignore[arg-type]
        lambda: Close("1000"),  # type: ignore[arg-type]
        lambda: Close(1000, b"a"),  # type: ignore[arg-type]
        lambda: Text(),  # type: ignore[call-arg]
    ],
)
def test_wrong_types(wrong: Any) -> None:
    with pytest.raises(TypeError):
        wrong()


def test_a_violation_pickles_with_its_events() -> None:
    with pytest.raises(Violation) as raised:
        Decoder("client").feed(b"\x81\x01a\x83\x00")
    again = pickle.loads(pickle.dumps(raised.value))
    assert type(again) is Violation
    assert vars(again) == vars(raised.value)
    assert str(again) == str(raised.value) == "opcode 0x3 is reserved (octet 3, RFC 6455 §5.2)"
    assert again.events == [Text("a")]


def test_other_violations_pickle_a_batch_as_a_list() -> None:
    with pytest.raises(Violation) as raised:
        Decoder("client").batch(b"\x81\x01a\x83\x00")
    assert list(raised.value.events) == [Text("a")]
    assert pickle.loads(pickle.dumps(raised.value)).events == [Text("a")]
