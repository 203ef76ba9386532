"""Two ends, without I/O."""

from __future__ import annotations

import pytest
from wsproof import Binary, Close, Connection, Decoder, Ping, Pong, SendError, Text, TextPiece, Violation
from wsproof.handshake import DeflateAgreement

from .wire import frame


def pair(**options: object) -> tuple[Connection, Connection]:
    return Connection("client", **options), Connection("server", **options)  # type: ignore[arg-type]


def test_a_talk_from_hello_to_tcp() -> None:
    client, server = pair()
    client.send_text("héllo")
    client.send_binary(bytearray(b"\x00" * 70_000))
    client.send_ping(b"there?")
    assert server.receive(client.transmit()) == [Text("héllo"), Binary(b"\x00" * 70_000), Ping(b"there?")]
    assert client.receive(server.transmit()) == [Pong(b"there?")]
    server.close(1001, "bye")
    assert server.state == "close-sent"
    assert client.receive(server.transmit()) == [Close(1001, "bye")]
    assert (client.state, client.close_code, client.was_clean) == ("close-received", 1001, False)
    actions = [client.tcp_action]
    assert server.receive(client.transmit()) == [Close(1001, "")]
    assert (client.state, client.was_clean) == ("closed", True)
    actions += [client.tcp_action, server.tcp_action]
    client.receive_eof()
    assert [*actions, client.tcp_action] == ["keep", "await-peer", "close", "close"]
    assert client.transmit() == b""


def test_fragments() -> None:
    client, server = pair()
    client.send_fragment("He", last=False)
    with pytest.raises(SendError) as raised:
        client.send_text("no")
    assert raised.value.kind == "MessageInProgress"
    with pytest.raises(SendError) as raised:
        client.send_fragment(b"no", last=True)
    assert raised.value.kind == "KindDiffers"
    client.send_fragment("y", last=True)
    client.send_fragment(b"a", last=False)
    client.send_fragment(b"b", last=True)
    assert server.receive(client.transmit()) == [Text("Hey"), Binary(b"ab")]


@pytest.mark.parametrize("takeover", [True, False])
@pytest.mark.parametrize("bits", [None, 9, 15])
def test_deflate(takeover: bool, bits: int | None) -> None:
    agreed = DeflateAgreement(
        server_no_context_takeover=not takeover,
        client_no_context_takeover=not takeover,
        server_max_window_bits=bits,
        client_max_window_bits=bits,
    )
    client, server = pair(deflate=agreed, level=9)
    text = "permessage-deflate " * 5000
    for sender, receiver in [(client, server), (server, client)]:
        for _ in range(3):
            sender.send_text(text)
            sender.send_fragment(b"a" * 1000, last=False)
            sender.send_fragment(b"b" * 1000, last=True)
            wire = sender.transmit()
            assert len(wire) < 2000
            assert receiver.receive(wire) == [Text(text), Binary(b"a" * 1000 + b"b" * 1000)]


# 257 times x, and then a message that refers 257 octets back.
FURTHER = bytes.fromhex("c106aaa818e10000"), bytes.fromhex("c1050206802200")


@pytest.mark.parametrize("make", [Decoder, Connection])
@pytest.mark.parametrize(
    ("bits", "fresh", "check", "kind"),
    [
        (8, False, None, "WindowExceeded"),
        (8, False, True, "WindowExceeded"),
        (8, False, False, None),
        (9, False, None, None),
        (None, False, True, None),
        (None, True, None, "ContextTakeover"),
        (8, True, False, "ContextTakeover"),
    ],
)
def test_a_window_is_held_to(
    make: type[Decoder | Connection], bits: int | None, fresh: bool, check: bool | None, kind: str | None
) -> None:
    agreed = DeflateAgreement(server_max_window_bits=bits, server_no_context_takeover=fresh)
    end = make("client", deflate=agreed, check_window=check)
    take = end.feed if isinstance(end, Decoder) else end.receive
    first, second = FURTHER
    assert take(first) == [Text("x" * 257)]
    if kind is None:
        assert take(second) == [Text("xxx!")]
        return
    with pytest.raises(Violation) as raised:
        take(second)
    clause = {"WindowExceeded": "RFC 7692 §7.1.2.1", "ContextTakeover": "RFC 7692 §7.1.1.1"}[kind]
    assert (raised.value.kind, raised.value.clause, raised.value.close_code) == (kind, clause, 1002)
    assert "257 octets back" in str(raised.value)


def test_a_decompression_bomb_meets_the_limit() -> None:
    agreed = DeflateAgreement()
    client = Connection("client", deflate=agreed)
    server = Connection("server", deflate=agreed, max_message=100_000)
    client.send_binary(bytes(50_000_000))
    with pytest.raises(Violation) as raised:
        server.receive(client.transmit())
    assert (raised.value.kind, raised.value.close_code) == ("MessageTooLong", 1009)


def test_a_violation_is_answered_with_its_code() -> None:
    server = Connection("server")
    with pytest.raises(Violation) as raised:
        server.receive(frame(0x81, b"ok") + frame(0x81, b"\xff"))
    assert raised.value.events == [Text("ok")]
    assert server.transmit() == b"\x88\x02" + (1007).to_bytes(2)
    assert (server.state, server.tcp_action, server.close_code) == ("failed", "close", 1006)
    assert str(server.violation) == str(raised.value)
    with pytest.raises(SendError) as refused:
        server.send_text("too late")
    assert refused.value.kind == "NotOpen"


def test_answers_can_be_left_to_the_caller() -> None:
    server = Connection("server", auto_pong=False, auto_close=False)
    assert server.receive(frame(0x89, b"x") + frame(0x88)) == [Ping(b"x"), Close()]
    assert (server.state, server.transmit(), server.close_code) == ("close-received", b"", 1005)
    server.close(1000)
    assert server.transmit() == b"\x88\x02\x03\xe8"


def test_a_peer_that_never_reads_costs_bounded_memory() -> None:
    server = Connection("server", pong_backlog=1000)
    server.receive(frame(0x89, b"x" * 125) * 100_000)
    assert len(server.transmit()) < 1200


def test_eof_without_close() -> None:
    client = Connection("client")
    client.receive_eof()
    assert (client.state, client.close_code, client.was_clean) == ("failed", 1006, False)


def test_pieces() -> None:
    server = Connection("server", pieces=True)
    wire = frame(0x81, "aé".encode())
    assert server.receive(wire[:8]) == [TextPiece("a", True, False)]
    assert server.receive(wire[8:]) == [TextPiece("é", False, True)]


def test_seeds_make_runs_repeatable() -> None:
    one, other = Connection("client", seed=1), Connection("client", seed=1)
    one.send_text("a")
    other.send_text("a")
    assert one.transmit() == other.transmit()


@pytest.mark.parametrize("options", [{"level": 10}, {"mem_level": 0}, {"mem_level": 10}], ids=str)
def test_wrong_levels(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="level is"):
        Connection("client", **options)  # type: ignore[arg-type]


def request_and(more: bytes) -> bytes:
    return frame(0x81, b"request") + more


@pytest.mark.parametrize("auto_close", [True, False])
def test_a_request_and_a_close_in_one_read_are_both_answered(auto_close: bool) -> None:
    server = Connection("server", auto_close=auto_close)
    events = server.receive(request_and(frame(0x88, b"\x03\xe8")))
    assert events == [Text("request"), Close(1000, "")]
    server.send_text("reply")
    if not auto_close:
        assert server.transmit() == frame(0x81, b"reply", key=None)
        server.send_text("more")
        server.close(1000)
    data = frame(0x81, b"reply" if auto_close else b"more", key=None)
    assert server.transmit() == data + frame(0x88, b"\x03\xe8", key=None)
    with pytest.raises(SendError):
        server.send_text("late")
    assert (server.was_clean, server.tcp_action) == (True, "close")


@pytest.mark.parametrize("auto_close", [True, False])
def test_what_came_before_a_violation_can_be_answered(auto_close: bool) -> None:
    server = Connection("server", auto_close=auto_close)
    with pytest.raises(Violation) as raised:
        server.receive(request_and(b"\xff\xff"))
    assert raised.value.events == [Text("request")]
    server.send_text("reply")
    if not auto_close:
        server.close(raised.value.close_code)
    assert server.transmit() == frame(0x81, b"reply", key=None) + frame(0x88, b"\x03\xea", key=None)
    assert server.tcp_action == "close"


def test_a_held_back_pong_is_taken_with_the_rest() -> None:
    server = Connection("server", pong_backlog=1)
    server.receive(frame(0x89, b"one") + frame(0x89, b"two"))
    assert server.transmit() == frame(0x8A, b"one", key=None) + frame(0x8A, b"two", key=None)
    assert server.transmit() == b""
