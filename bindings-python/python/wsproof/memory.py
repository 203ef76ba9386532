"""Conformance in memory: a sans-I/O implementation is tested with no socket and no clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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
        ...

    def data_to_send(self) -> bytes | Iterable[bytes]:
        """Give the octets that go to the network now."""
        ...


class PeerError(Exception):
    """The implementation under test raised an exception of its own; ``outcome`` has what was seen until then."""

    def __init__(self, message: str, outcome: Outcome) -> None:
        super().__init__(message)
        self.outcome = outcome


def run_in_memory(case: Case, peer: AnyPeer, agent: str | None = None) -> Outcome:
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
    """Carries octets between a session and a peer, and turns the clock when both have nothing to say."""

    def __init__(self, session: Session, peer: Peer) -> None:
        self.session = session
        self.peer = peer
        self.now = 0.0
        self.closed = False

    def run(self) -> Exception | None:
        """Run to the end; what the peer raised, if it did."""
        while True:
            action, value = self.session.poll(self.now)
            try:
                if not self.act(action, value):
                    return None
            except _PeerError as raised:
                self.session.peer_closed(self.now)
                return raised.error

    def act(self, action: str, value: bytes | float | None) -> bool:
        """Do what the session wants; whether there is more to do."""
        match action:
            case "write":
                octets = cast(bytes, value)
                if not self.closed:
                    with _peer_at_work():
                        self.peer.receive_data(octets)
                self.session.wrote(len(octets), self.now)
                self.take_output()
            case "wait" if self.take_output():
                pass
            case "wait" if value is None:
                # Nothing will ever happen: the case waits for the peer alone.
                self.session.peer_closed(self.now)
            case "wait":
                self.now = max(self.now, cast(float, value))
            case "drop":
                self.drop()
                return False
            case _:
                return False
        return True

    def take_output(self) -> bool:
        """Hand what the peer says to the session; whether there was anything."""
        if self.closed:
            return False
        with _peer_at_work():
            pieces = _pieces(self.peer.data_to_send())
            closes = getattr(self.peer, "closed", False) is True
        for piece in pieces:
            if piece:
                self.session.receive(piece, self.now)
            else:
                self.close()
        if closes:
            self.close()
        return bool(pieces) or closes

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.session.peer_closed(self.now)

    def drop(self) -> None:
        end_of_file = getattr(self.peer, "receive_eof", None)
        if callable(end_of_file) and not self.closed:
            with _peer_at_work():
                end_of_file()


class _PeerError(Exception):
    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


@contextmanager
def _peer_at_work() -> Iterator[None]:
    """What is raised in here is the peer's fault."""
    try:
        yield
    except Exception as error:
        raise _PeerError(error) from error


def _pieces(output: object) -> list[bytes]:
    """What `data_to_send` returned, as octets. An empty piece says that TCP is closed; no octets at all say nothing."""
    if isinstance(output, (bytes, bytearray, memoryview)):
        return [bytes(output)] if output else []
    if isinstance(output, Iterable) and not isinstance(output, str):
        pieces = list(output)
        if all(isinstance(piece, (bytes, bytearray, memoryview)) for piece in pieces):
            return [bytes(piece) for piece in pieces]
    raise TypeError(f"data_to_send must return octets or pieces of them, not {output!r:.100}")


def as_peer(candidate: AnyPeer) -> Peer:
    """The candidate as a `Peer`: the sans-I/O classes of `websockets` and `wsproto` are made to echo."""
    for base in type(candidate).__mro__:
        match (base.__module__.partition(".")[0], base.__qualname__):
            case ("websockets", "ServerProtocol"):
                from wsproof.peers import WebsocketsPeer

                return WebsocketsPeer(candidate)
            case ("wsproto", "WSConnection"):
                from wsproof.peers import WsprotoPeer

                return WsprotoPeer(candidate)
    if isinstance(candidate, Peer):
        return candidate
    raise TypeError(
        f"{type(candidate).__name__} is no peer: it needs the methods receive_data(data) and data_to_send(), or must "
        "be a websockets ServerProtocol or a wsproto WSConnection"
    )


def _name(peer: AnyPeer) -> str:
    kind = type(peer)
    library = kind.__module__.partition(".")[0]
    return f"{library}.{kind.__name__}" if library in ("websockets", "wsproto") else kind.__name__
