"""Whatever is handed in, what comes out is a documented exception: never a panic, never a crash."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import wsproof
from wsproof import Connection, Decoder, Encoder, Violation, handshake
from wsproof.handshake import DeflateAgreement, DeflateOffer, Request, Response

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
# Violation, SendError, HandshakeError, UnicodeError and BufferError are among them, or named apart.
DOCUMENTED = (TypeError, ValueError, OverflowError, BufferError, IndexError, AttributeError, Violation)


class Liar:
    """Has the methods of many things, and none of them does what it should."""

    def __len__(self) -> int:
        return -1  # noqa: PLE0303 - it is a liar

    def __iter__(self) -> Iterator[Any]:
        return iter([1, ("a",), None])

    def items(self) -> int:
        return 3

    def __index__(self) -> int:
        return 2**70

    def __str__(self) -> str:
        raise ValueError("no text")


def released() -> memoryview:
    view = memoryview(b"gone")
    view.release()
    return view


JUNK: list[Callable[[], Any]] = [
    lambda: None,
    lambda: True,
    lambda: -1,
    lambda: 2**64,
    lambda: 10**40,
    lambda: 1.5,
    lambda: float("nan"),
    lambda: "",
    lambda: "client",
    lambda: "\ud800",
    lambda: "\0",
    lambda: "é" * 100,
    lambda: b"",
    lambda: b"\xff" * 200,
    lambda: bytearray(b"\x81\x7f"),
    lambda: memoryview(b"abcdefgh")[::2],
    lambda: memoryview(b"abcdefgh").cast("I"),
    released,
    list,
    lambda: ["\ud800", 1],
    lambda: {"a": 1},
    lambda: {"a\r\n": "b"},
    lambda: [("a", "b", "c")],
    lambda: object(),
    lambda: type,
    lambda: Liar(),
    lambda: iter([("a",)]),
]


def methods(thing: object) -> list[Callable[..., Any]]:
    return [getattr(thing, name) for name in dir(thing) if not name.startswith("_") and callable(getattr(thing, name))]


def everything() -> list[tuple[str, Callable[[], list[Callable[..., Any]]]]]:
    return [
        ("functions", lambda: [wsproof.accept_key, wsproof.new_key, wsproof.mask]),
        ("negotiation", lambda: [handshake.deflate_offers, handshake.answer_deflate, handshake.agreed_deflate]),
        (
            "events",
            lambda: [wsproof.Text, wsproof.Binary, wsproof.Ping, wsproof.Pong, wsproof.Close, wsproof.TextPiece],
        ),
        (
            "classes",
            lambda: [Decoder, Encoder, Connection, Request, Response, DeflateOffer, DeflateAgreement, wsproof.Batch],
        ),
        ("decoder", lambda: methods(Decoder("server"))),
        ("decoder of pieces", lambda: methods(Decoder("client", pieces=True, deflate=DeflateAgreement()))),
        ("encoder", lambda: methods(Encoder("client"))),
        ("connection", lambda: methods(Connection("server", deflate=DeflateAgreement()))),
        ("request", lambda: methods(Request("/", "h", KEY))),
        ("response", lambda: methods(Response(200))),
        ("batch", lambda: [Decoder("client").batch(b"\x81\x01a").__getitem__]),
    ]


@pytest.mark.parametrize(("name", "make"), everything(), ids=[name for name, _ in everything()])
def test_junk_in_every_place(name: str, make: Callable[[], list[Callable[..., Any]]]) -> None:
    calls = refused = 0
    for count in range(4):
        pool = JUNK if count < 3 else JUNK[::5]
        for arguments in itertools.product(pool, repeat=count):
            for function in make():
                calls += 1
                try:
                    function(*[argument() for argument in arguments])
                except DOCUMENTED:
                    refused += 1
    assert 0 < refused <= calls
    assert calls > 500


OPTIONS = {
    Decoder: ["deflate", "check_window", "pieces", "max_frame", "max_message", "max_fragments"],
    Encoder: ["seed"],
    Connection: [
        "deflate",
        "check_window",
        "level",
        "mem_level",
        "min_deflate",
        "auto_pong",
        "pong_backlog",
        "max_frame",
        "seed",
    ],
}


@pytest.mark.parametrize("cls", OPTIONS, ids=lambda cls: cls.__name__)
def test_junk_in_every_option(cls: Callable[..., Any]) -> None:
    for option in [*OPTIONS[cls], "no_such_option"]:  # type: ignore[index]
        for junk in JUNK:
            try:
                cls("client", **{option: junk()})
            except DOCUMENTED:
                continue


def test_random_streams_end_in_events_or_a_violation() -> None:
    chance = random.Random(20)
    violations = 0
    for _ in range(3000):
        wire = bytearray(chance.randbytes(chance.randrange(60)))
        if wire and chance.random() < 0.7:
            wire[0] = chance.choice([0x81, 0x82, 0x01, 0x88, 0x89, 0xC1, 0xC2])
        agreed = chance.choice([None, DeflateAgreement(), DeflateAgreement(server_max_window_bits=8)])
        pieces = chance.random() < 0.5
        ends: list[Any] = [
            Decoder("server", deflate=agreed, pieces=pieces).feed,
            Decoder("client", deflate=agreed).batch,
            Connection("client", deflate=agreed, pieces=pieces).receive,
        ]
        for take in ends:
            try:
                for start in range(0, len(wire), 7):
                    take(wire[start : start + 7])
            except Violation as violation:
                violations += 1
                assert violation.close_code in (1002, 1007, 1009)
                assert 0 <= violation.offset <= len(wire)
    assert violations > 1000


def test_random_heads_are_refused_or_incomplete() -> None:
    chance = random.Random(21)
    good = bytes(Request("/", "h", KEY))
    for _ in range(3000):
        head = bytearray(good)
        for _ in range(chance.randrange(1, 4)):
            head[chance.randrange(len(head))] = chance.randrange(256)
        for parse in (Request.parse, Response.parse):
            try:
                parsed = parse(head)
                if isinstance(parsed, tuple) and isinstance(parsed[0], Request):
                    parsed[0].check()
            except handshake.HandshakeError as error:
                assert error.status in (400, 405, 426, 431)


def test_a_decoder_is_for_one_thread_at_a_time() -> None:
    """Threads that share one get `RuntimeError`, or their turn; the process goes on."""
    decoder = Decoder("client")
    wire = b"\x82\x7e\x03\xe8" + bytes(1000)
    others: list[BaseException] = []
    counts: list[int] = []

    def feed() -> None:
        for _ in range(300):
            try:
                counts.append(len(decoder.feed(wire * 20)))
            except RuntimeError:
                counts.append(0)
            except BaseException as error:
                others.append(error)

    threads = [threading.Thread(target=feed) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not others
    assert len(counts) == 1200
    assert set(counts) <= {0, 20}


def test_free_threading_is_declared() -> None:
    """An interpreter without a lock would turn its lock on for a module that does not say so."""
    import subprocess
    import sys

    script = "import sys, wsproof; print(getattr(sys, '_is_gil_enabled', lambda: True)())"
    told = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True)
    free = "free-threading" in sys.version
    assert told.stdout.strip() == str(not free)
