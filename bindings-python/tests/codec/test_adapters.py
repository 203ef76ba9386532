"""The adapters beside what they stand for: the same streams, the same answers."""

from __future__ import annotations

import random
from typing import Any

import pytest
import websockets.server
import wsproof
import wsproto
import wsproto.connection
from websockets.client import ClientProtocol as TheirClient
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.uri import parse_uri
from wsproof.adapters.websockets import ClientProtocol, ServerProtocol
from wsproof.adapters.wsproto import Connection, WSConnection
from wsproto.connection import CLIENT, SERVER, ConnectionState
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, TextMessage
from wsproto.events import Request as Ask
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError

from .wire import frame

CORE = wsproof.select(profile="core")


def stream(chance: random.Random) -> bytes:
    """Mostly legal frames, with something wrong now and then."""
    wire = b""
    for _ in range(chance.randrange(1, 9)):
        first = chance.choice([0x81, 0x82, 0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x80, 0x89, 0x8A])
        if chance.random() < 0.08:
            first = chance.choice([0x88, 0xC1, 0x83, 0x09, 0x8B, 0x88])
        size = chance.choice([0, 1, 5, 125, 126, 300, 2000])
        if first >= 0x88 and chance.random() < 0.9:
            size = min(size, 125)
        payload = b"\x03\xe8" + b"r" * max(0, min(size, 123) - 2) if first == 0x88 else b"x" * size
        if chance.random() < 0.03:
            payload = b"\xff" + payload[1:]
        wire += frame(first, payload, key=chance.choice([b"\x01\x02\x03\x04"] * 20 + [None]))
    return wire[: chance.randrange(len(wire) + 1)] if chance.random() < 0.2 else wire


def pieces(chance: random.Random, wire: bytes) -> list[bytes]:
    places = sorted(chance.randrange(len(wire) + 1) for _ in range(chance.randrange(6)))
    return [wire[start:end] for start, end in zip([0, *places], [*places, len(wire)], strict=True)]


def seen(protocol: Any) -> tuple[Any, ...]:
    error = protocol.parser_exc
    return (
        protocol.events_received(),
        b"".join(protocol.data_to_send()),
        protocol.state,
        protocol.close_rcvd,
        protocol.close_sent,
        protocol.current_size,
        type(error),
        str(error),
    )


@pytest.mark.parametrize("limits", [None, 2**20, 1500, (3000, 1000)], ids=str)
def test_websockets_server_is_answered_as_by_its_own(limits: Any) -> None:
    chance = random.Random(str(limits))
    ends = set()
    for _ in range(1500):
        theirs = websockets.server.ServerProtocol(state=OPEN, max_size=limits)
        ours = ServerProtocol(state=OPEN, max_size=limits)
        for piece in pieces(chance, stream(chance)):
            theirs.receive_data(piece)
            ours.receive_data(piece)
            # A header that has begun is held back, and is not an event yet for either.
            assert seen(ours) == seen(theirs)
        theirs.receive_eof()
        ours.receive_eof()
        assert seen(ours) == seen(theirs)
        ends.add((ours.close_code, type(ours.parser_exc).__name__))
    assert len(ends) > 3


def test_websockets_client_and_server_talk() -> None:
    client, server = ClientProtocol(parse_uri("ws://h/")), ServerProtocol()
    client.send_request(client.connect())
    server.receive_data(b"".join(client.data_to_send()))
    [request] = server.events_received()
    assert isinstance(request, Request)
    server.send_response(server.accept(request))
    # The first message comes with the answer.
    server.send_text("é".encode())
    client.receive_data(b"".join(server.data_to_send()))
    assert [getattr(event, "data", None) for event in client.events_received()][1:] == ["é".encode()]
    client.send_binary(b"x" * 100_000)
    client.send_text(b"a", fin=False)
    client.send_continuation(b"b", fin=True)
    client.send_ping(b"p")
    server.receive_data(b"".join(client.data_to_send()))
    assert [event.data for event in server.events_received()] == [b"x" * 100_000, b"a", b"b", b"p"]  # type: ignore[union-attr]
    client.receive_data(b"".join(server.data_to_send()))
    client.send_close(1000, "bye")
    server.receive_data(b"".join(client.data_to_send()))
    assert (server.close_rcvd, server.close_expected()) == (client.close_sent, True)


def test_websockets_frames_right_behind_the_head_cut_anywhere() -> None:
    for uncut in (False, True):
        client, server = TheirClient(parse_uri("ws://h/")), websockets.server.ServerProtocol()
        client.send_request(request := client.connect())
        response = server.accept(request).serialize()
        wire = response + frame(0x81, b"hello", key=None) + frame(0x82, b"\r\n\r\n" * 9, key=None) + b"\x8a\x00"
        for cut in range(len(wire)):
            ours, theirs = ClientProtocol(parse_uri("ws://h/")), TheirClient(parse_uri("ws://h/"))
            for protocol in (ours, theirs):
                protocol.connect()
                protocol.key = client.key
                for piece in [wire] if uncut else [wire[:cut], wire[cut:]]:
                    protocol.receive_data(piece)
            found, want = seen(ours), seen(theirs)
            assert len(found[0]) == 4
            assert (found[0][1:], found[1:]) == (want[0][1:], want[1:])


def test_websockets_deflate_goes_through_its_extension() -> None:
    server = ServerProtocol(extensions=[ServerPerMessageDeflateFactory()])
    client = TheirClient(parse_uri("ws://h/"))
    request = client.connect()
    request.headers["Sec-WebSocket-Extensions"] = "permessage-deflate"
    server.receive_data(request.serialize())
    server.events_received()
    server.send_response(server.accept(request))
    server.data_to_send()
    assert server.extensions
    server.receive_data(frame(0xC1, bytes.fromhex("f248cdc9c90700")))
    [event] = server.events_received()
    assert event.data == b"Hello"  # type: ignore[union-attr]
    server.send_text(b"Hello")
    assert server.data_to_send() == [bytes.fromhex("c107f248cdc9c90700")]


def joined(connection: Any) -> list[Any]:
    """Events, pieces of a message joined; a Close without its reason, when that is the library's own text."""
    told: list[Any] = []
    for event in connection.events():
        if isinstance(event, TextMessage | BytesMessage):
            data: Any = event.data
            if told and isinstance(told[-1], list) and not told[-1][2]:
                told[-1][1] += data
                told[-1][2] = event.message_finished
            elif data or event.message_finished:
                told.append([type(event), type(data)() + data, event.message_finished])
        elif isinstance(event, CloseConnection):
            told.append(f"close {event.code:d}")
        else:
            told.append(event)
    return told


def test_wsproto_is_answered_as_by_its_own() -> None:
    chance = random.Random(3)
    closed = 0
    for _ in range(2500):
        theirs, ours = wsproto.connection.Connection(SERVER), Connection(SERVER)
        for piece in pieces(chance, stream(chance)):
            if theirs.state is not ConnectionState.OPEN:
                break
            theirs.receive_data(piece)
            ours.receive_data(piece)
            want, found = joined(theirs), joined(ours)
            if str(want[-1:]).startswith("['close"):
                closed += 1
                assert found[-1] == want[-1]
                break
            if str(found[-1:]).startswith("['close"):
                # Theirs notices some faults later than ours.
                break
            assert found == want
    assert closed > 300


def test_wsproto_handshake_deflate_and_close() -> None:
    client, server = WSConnection(CLIENT), WSConnection(SERVER)
    server.receive_data(client.send(Ask(host="h", target="/", extensions=[PerMessageDeflate()])))
    assert isinstance(next(server.events()), Ask)
    answer = server.send(AcceptConnection(extensions=[PerMessageDeflate()]))
    # The first message comes with the answer.
    client.receive_data(answer + server.send(TextMessage(data="Hello " * 100)))
    told = list(client.events())
    assert isinstance(told[0], AcceptConnection)
    assert [event.data for event in told[1:] if isinstance(event, TextMessage)] == ["Hello " * 100]
    assert isinstance(client.connection, Connection)
    wire = client.send(BytesMessage(data=b"a" * 1000, message_finished=False))
    assert len(wire) < 50
    server.receive_data(wire + client.send(BytesMessage(data=b"b")))
    assert joined(server) == [[BytesMessage, b"a" * 1000 + b"b", True]]
    with pytest.raises(LocalProtocolError, match="another kind"):
        client.send(BytesMessage(data=b"", message_finished=False))
        client.send(TextMessage(data=""))
    server.receive_data(client.send(CloseConnection(code=CloseReason.NORMAL_CLOSURE, reason="é" * 100)))
    [*_, close] = server.events()
    assert isinstance(close, CloseConnection)
    assert close.reason == "é" * 61
    client.receive_data(server.send(close.response()))
    list(client.events())
    assert (client.state, server.state) == (ConnectionState.CLOSED, ConnectionState.CLOSED)


@pytest.mark.parametrize(
    "make", [lambda: ServerProtocol(max_size=None), lambda: WSConnection(SERVER)], ids=["websockets", "wsproto"]
)
def test_they_conform(make: Any) -> None:
    failed = [case.id for case in CORE if case.run_in_memory(make()).verdict not in ("pass", "pass-with-notes")]
    assert failed == []
