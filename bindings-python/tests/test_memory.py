"""Sans-I/O implementations in memory: real ones, and broken ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
import wsproof
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.server import ServerProtocol
from wsproto import ConnectionType, WSConnection
from wsproto.handshake import H11Handshake

CASES = wsproof.select(profile="core")


def case(id: str) -> wsproof.Case:
    return wsproof.select([id])[0]


def verdicts(make: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for chosen in CASES:
        found.setdefault(chosen.run_in_memory(make()).verdict, []).append(chosen.id)
    return found


def test_websockets() -> None:
    # As its server over asyncio: 7.1.5 is the one that it misses.
    found = verdicts(lambda: ServerProtocol(max_size=None))
    assert set(found) <= {"pass", "pass-with-notes"}, found
    assert len(found["pass"]) > 230


def test_wsproto() -> None:
    found = verdicts(lambda: WSConnection(ConnectionType.SERVER))
    assert set(found) <= {"pass", "pass-with-notes"}, found
    assert len(found["pass"]) > 230


def test_compression_in_memory() -> None:
    protocol = ServerProtocol(extensions=[ServerPerMessageDeflateFactory()], max_size=None)
    (quick,) = wsproof.select(["12.1.1"], profile="quick")
    assert quick.run_in_memory(protocol).verdict == "pass"
    assert quick.run_in_memory(ServerProtocol()).verdict == "unimplemented"


class Silent:
    """Takes everything and says nothing."""

    def receive_data(self, data: bytes) -> None:
        pass

    def data_to_send(self) -> bytes | Iterable[bytes]:
        return b""


class Raising(Silent):
    def receive_data(self, data: bytes) -> None:
        raise ValueError("no such luck")


class Wrong(Silent):
    def data_to_send(self) -> Any:
        return "text"


class Endless(Silent):
    """Opens, and then sends without end."""

    def __init__(self) -> None:
        self.protocol = ServerProtocol()

    def receive_data(self, data: bytes) -> None:
        self.protocol.receive_data(data)
        for event in self.protocol.events_received():
            if hasattr(event, "headers"):
                self.protocol.send_response(self.protocol.accept(event))  # type: ignore[arg-type]

    def data_to_send(self) -> bytes:
        return b"".join(self.protocol.data_to_send()) or b"\x81\x7e\xff\xff" + b"x" * 65535


def test_a_silent_peer_fails_and_takes_no_time() -> None:
    assert case("1.1.1").run_in_memory(Silent()).verdict == "fail"


def test_a_peer_without_end_is_cut_off() -> None:
    assert case("1.1.1").run_in_memory(Endless()).verdict == "fail"


def test_a_peer_that_raises_is_told_apart() -> None:
    with pytest.raises(wsproof.PeerError, match="no such luck") as caught:
        case("1.1.1").run_in_memory(Raising())
    assert isinstance(caught.value.__cause__, ValueError)
    assert caught.value.outcome.verdict == "fail"
    with pytest.raises(wsproof.PeerError, match="data_to_send must return octets"):
        case("1.1.1").run_in_memory(Wrong())


def test_what_is_no_peer() -> None:
    for candidate in [None, 1, "x", object(), H11Handshake(ConnectionType.SERVER)]:
        if isinstance(candidate, wsproof.Peer):
            continue
        with pytest.raises(TypeError, match="is no peer"):
            case("1.1.1").run_in_memory(candidate)


def test_a_session_by_hand() -> None:
    session = wsproof.Session(case("1.1.1"), host="h", resource="/x", seed=7)
    action, octets = session.poll(0.0)
    assert action == "write" and isinstance(octets, bytes) and octets.startswith(b"GET /x HTTP/1.1\r\n")
    assert b"\r\nHost: h\r\n" in octets
    session.wrote(len(octets), 0.0)
    session.receive(b"HTTP/1.1 400 Bad Request\r\n\r\n", 0.1)
    session.peer_closed(0.1)
    assert session.poll(0.1)[0] in ("drop", "done")
    assert session.outcome("mine").verdict == "fail"
    with pytest.raises(wsproof.UsageError):
        session.outcome("mine")
    for now in (-1.0, float("nan"), float("inf")):
        with pytest.raises(wsproof.UsageError):
            session.poll(now)


def test_a_session_may_be_used_wrongly() -> None:
    session = wsproof.Session(case("1.1.1"))
    session.wrote(1 << 40, 0.0)
    session.receive(b"\xff" * 1_000_000, 5.0)
    session.poll(1.0)
    session.peer_closed(0.0)
    session.receive(b"late", 0.0)
    assert session.outcome("").verdict in ("fail", "incomplete")
    session.poll(9.0)
    session.wrote(3, 9.0)
    session.receive(b"x", 9.0)
