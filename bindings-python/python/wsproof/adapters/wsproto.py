"""`WSConnection` and `Connection` of wsproto 1.2 and later, over wsproof's codec.

>>> from wsproof.adapters.wsproto import WSConnection  # instead of wsproto

The handshake, the events and the exceptions are those of wsproto; its `PerMessageDeflate` is honoured. A violation is a
`CloseConnection` event with the code to answer, as there; its reason is wsproof's text, cut to what fits in a Close.
Differences: `frame_finished` is true only at the end of a message, since fragments are joined; with an extension other
than `PerMessageDeflate` the connection is wsproto's own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from typing import Any

import wsproto
from wsproto import events as said
from wsproto.connection import Connection as _Connection
from wsproto.connection import ConnectionState, ConnectionType
from wsproto.extensions import Extension, PerMessageDeflate
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError

from wsproof import BinaryPiece, Close, Decoder, Event, Ping, Pong, SendError, TextPiece, Violation
from wsproof import Connection as _Endpoint
from wsproof.handshake import DeflateAgreement

__all__ = ["Connection", "WSConnection"]

_REASON = 123
_LOCAL_ONLY = {CloseReason.NO_STATUS_RCVD, CloseReason.ABNORMAL_CLOSURE, CloseReason.TLS_HANDSHAKE_FAILED}
_NO_LIMIT: dict[str, Any] = {"max_frame": 2**63 - 1, "max_message": 2**63 - 1, "max_fragments": 2**32 - 1}


class Connection:
    """As `wsproto.connection.Connection`, for an end whose handshake is done."""

    def __init__(
        self,
        connection_type: ConnectionType,
        extensions: list[Extension] | None = None,
        trailing_data: bytes = b"",
    ) -> None:
        self.client = connection_type is ConnectionType.CLIENT
        self._state = ConnectionState.OPEN
        deflate = _agreement(extensions or [])
        role: Any = "client" if self.client else "server"
        self._decoder = Decoder(role, pieces=True, deflate=deflate, **_NO_LIMIT)
        self._sender = _Endpoint(role, deflate=deflate)
        self._sending = False
        self._received: deque[Event | said.CloseConnection] = deque()
        if trailing_data:
            self.receive_data(trailing_data)

    @property
    def state(self) -> ConnectionState:
        """Where the connection stands. It changes as events are taken."""
        return self._state

    def send(self, event: said.Event) -> bytes:
        """Give the octets that say the event. Raises `LocalProtocolError` for one that must not be said now."""
        try:
            self._send(event)
        except SendError as error:
            raise LocalProtocolError(str(error)) from error
        return self._sender.transmit()

    def _send(self, event: said.Event) -> None:
        sender, is_open = self._sender, self._state is ConnectionState.OPEN
        match event:
            case said.Message(data=data, message_finished=last) if is_open:
                self._send_message(data, last)
            case said.Ping(payload=payload) if is_open:
                sender.send_ping(payload)
            case said.Pong(payload=payload) if is_open:
                sender.send_pong(payload)
            case said.CloseConnection() if is_open or self._state is ConnectionState.REMOTE_CLOSING:
                code = CloseReason.NORMAL_CLOSURE if event.code in _LOCAL_ONLY else event.code
                sender.close(code, _cut(event.reason or ""))
                self._state = ConnectionState.LOCAL_CLOSING if is_open else ConnectionState.CLOSED
            case _:
                raise LocalProtocolError(f"Event {event} cannot be sent in state {self._state}.")

    def _send_message(self, data: Any, last: bool) -> None:
        if self._sending or not last:
            self._sender.send_fragment(data, last=last)
        elif isinstance(data, str):
            self._sender.send_text(data)
        else:
            self._sender.send_binary(data)
        self._sending = not last

    def receive_data(self, data: bytes | None) -> None:
        """Take octets, or `None` when the stream has ended. Raises `LocalProtocolError` once it is closed."""
        if data is None:
            self._received.append(said.CloseConnection(code=CloseReason.ABNORMAL_CLOSURE))
            self._state = ConnectionState.CLOSED
        elif self._state in (ConnectionState.OPEN, ConnectionState.LOCAL_CLOSING):
            try:
                self._received.extend(self._decoder.feed(data))
            except Violation as violation:
                self._received.extend(violation.events)
                code, reason = _reason(violation.close_code), _cut(str(violation))
                self._received.append(said.CloseConnection(code=code, reason=reason))
        elif self._state is ConnectionState.CLOSED:
            raise LocalProtocolError("Connection already closed.")

    def events(self) -> Generator[said.Event, None, None]:
        """Give the events received and not yet taken."""
        while self._received:
            yield self._told(self._received.popleft())

    def _told(self, event: Event | said.CloseConnection) -> said.Event:
        match event:
            case TextPiece(data, _, last):
                return said.TextMessage(data=data, frame_finished=last, message_finished=last)
            case BinaryPiece(data, _, last):
                return said.BytesMessage(data=data, frame_finished=last, message_finished=last)
            case Ping(data):
                return said.Ping(payload=data)
            case Pong(data):
                return said.Pong(payload=data)
            case Close(code, reason):
                local = self._state is ConnectionState.LOCAL_CLOSING
                self._state = ConnectionState.CLOSED if local else ConnectionState.REMOTE_CLOSING
                code = CloseReason.NO_STATUS_RCVD if code is None else _reason(code)
                return said.CloseConnection(code=code, reason=reason)
            case said.CloseConnection():
                return event
            case _:
                raise AssertionError(event)


class WSConnection(wsproto.WSConnection):
    """As `wsproto.WSConnection`: the handshake by wsproto and h11, then the frames by wsproof."""

    connection: Any

    def send(self, event: said.Event) -> bytes:
        data: bytes = super().send(event)
        self._adopt()
        return data

    def receive_data(self, data: bytes | None) -> None:
        super().receive_data(data)
        self._adopt()

    def _adopt(self) -> None:
        """Once the handshake is done, put this module's `Connection` in the place of the one that wsproto made."""
        made = self.connection
        if made is None or not isinstance(made, _Connection):
            return
        agreed: list[Extension] = made._proto.extensions
        if all(isinstance(extension, PerMessageDeflate) for extension in agreed):
            side = ConnectionType.CLIENT if self.client else ConnectionType.SERVER
            trailing = self.handshake._h11_connection.trailing_data[0]
            self.connection = Connection(side, agreed, trailing)


def _agreement(extensions: list[Extension]) -> DeflateAgreement | None:
    for extension in extensions:
        if not isinstance(extension, PerMessageDeflate):
            raise LocalProtocolError(f"extension {extension.name!r} is not supported; use wsproto's own Connection")
        if extension.enabled():
            return DeflateAgreement(
                server_no_context_takeover=extension.server_no_context_takeover,
                client_no_context_takeover=extension.client_no_context_takeover,
                server_max_window_bits=extension.server_max_window_bits,
                client_max_window_bits=extension.client_max_window_bits,
            )
    return None


def _reason(code: int) -> int:
    try:
        return CloseReason(code)
    except ValueError:
        return code


def _cut(reason: str) -> str:
    """As much of a reason as a Close has room for."""
    return reason.encode()[:_REASON].decode(errors="ignore")
