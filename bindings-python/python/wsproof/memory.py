"""Conformance in memory: a sans-I/O implementation is tested with no socket and no clock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, cast, runtime_checkable

from wsproof._core import Case, Outcome, Session

AnyPeer = Any
"""A `Peer`, a ``websockets`` ``ServerProtocol`` or a ``wsproto`` ``WSConnection``."""


@runtime_checkable
class Peer(Protocol):
    """A server without I/O that sends every message back.

    `data_to_send` returns octets, or several pieces of them, of which an empty one means that TCP is closed. Two
    members more are used if they are there: ``closed`` (true once the server closes TCP) and ``receive_eof()``.
    """

    def receive_data(self, data: bytes, /) -> object:
        """Take octets from the network."""

    def data_to_send(self) -> bytes | Iterable[bytes]:
        """Give the octets that go to the network now."""


class PeerError(Exception):
    """The implementation under test raised an exception of its own; ``outcome`` has what was seen until then."""

    def __init__(self, message: str, outcome: Outcome) -> None:
        super().__init__(message)
        self.outcome = outcome


def run_in_memory(case: Case, peer: AnyPeer, *, agent: str | None = None) -> Outcome:
    """Run a case against a peer. Time is virtual: waits take none.

    Raises `TypeError` for what is no peer, `PeerError` if the peer raises.
    """
    adapted = as_peer(peer)
    session = Session(case)
    driver = _Driver(session, adapted)
    error = driver.run()
    outcome = session.outcome(agent or _name(peer))
    if error is not None:
        raise PeerError(f"the peer raised {type(error).__name__}: {error}", outcome) from error
    return outcome


class _Driver:
    def __init__(self, session: Session, peer: Peer) -> None:
        self.session = session
        self.peer = peer
        self.now = 0.0
        self.closed = False

    def run(self) -> Exception | None:
        while True:
            action, value = self.session.poll(self.now)
            try:
                match action:
                    case "write":
                        octets = cast(bytes, value)
                        if not self.closed:
                            self.peer.receive_data(octets)
                        self.session.wrote(len(octets), self.now)
                        self.take_output()
                    case "wait":
                        if self.take_output():
                            continue
                        if value is None:
                            # Nothing will ever happen: the case waits for the peer alone.
                            self.session.peer_closed(self.now)
                        else:
                            self.now = max(self.now, cast(float, value))
                    case "drop":
                        self.end()
                        return None
                    case _:
                        return None
            except Exception as error:  # noqa: BLE001, RUF100
                self.session.peer_closed(self.now)
                return error

    def take_output(self) -> bool:
        """Whether something came."""
        if self.closed:
            return False
        output = self.peer.data_to_send()
        came = False
        if isinstance(output, (bytes, bytearray, memoryview)):
            output = [bytes(output)] if output else []
        for piece in output:
            came = True
            if piece:
                self.session.receive(bytes(piece), self.now)
            else:
                self.close()
        if getattr(self.peer, "closed", False) is True:
            came = not self.closed
            self.close()
        return came

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.session.peer_closed(self.now)

    def end(self) -> None:
        eof = getattr(self.peer, "receive_eof", None)
        if callable(eof) and not self.closed:
            eof()


def as_peer(candidate: AnyPeer) -> Peer:
    """The candidate as a `Peer`: the sans-I/O classes of `websockets` and `wsproto` are made to echo."""
    library = type(candidate).__module__.partition(".")[0]
    if library == "websockets" and hasattr(candidate, "events_received"):
        from wsproof.peers import WebsocketsPeer

        return WebsocketsPeer(candidate)
    if library == "wsproto" and hasattr(candidate, "events"):
        from wsproof.peers import WsprotoPeer

        return WsprotoPeer(candidate)
    if isinstance(candidate, Peer):
        return candidate
    raise TypeError(
        f"{type(candidate).__name__} is no peer: it needs the methods receive_data(data) and data_to_send(), or must be "
        "a websockets ServerProtocol or a wsproto WSConnection"
    )


def _name(peer: AnyPeer) -> str:
    kind = type(peer)
    library = kind.__module__.partition(".")[0]
    return f"{library}.{kind.__name__}" if library in ("websockets", "wsproto") else kind.__name__
