"""Echo servers over the sans-I/O classes of known libraries.

They do what the servers of those libraries do around these classes: answer the handshake, join fragments, decode text,
send every message back, close TCP.
"""

from __future__ import annotations

from typing import Any


class WebsocketsPeer:
    """Over ``websockets.server.ServerProtocol``. Text is decoded when the message is complete, as websockets does."""

    def __init__(self, protocol: Any) -> None:
        from websockets.frames import Opcode
        from websockets.http11 import Request
        from websockets.protocol import OPEN

        self._protocol = protocol
        self._opcode = Opcode
        self._request = Request
        self._open = OPEN
        self._text = False
        self._pieces: list[bytes] = []

    def receive_data(self, data: bytes, /) -> None:
        """Take octets and act on what they hold."""
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, self._request):
                self._protocol.send_response(self._protocol.accept(event))
            elif event.opcode in (self._opcode.TEXT, self._opcode.BINARY, self._opcode.CONT):
                self._frame(event)

    def _frame(self, frame: Any) -> None:
        if frame.opcode is not self._opcode.CONT:
            self._text = frame.opcode is self._opcode.TEXT
        self._pieces.append(bytes(frame.data))
        if not frame.fin:
            return
        message = b"".join(self._pieces)
        self._pieces.clear()
        if self._protocol.state is not self._open:
            return
        if not self._text:
            self._protocol.send_binary(message)
            return
        try:
            message.decode()
        except UnicodeDecodeError as error:
            self._protocol.fail(1007, f"{error.reason} at position {error.start}")
        else:
            self._protocol.send_text(message)

    def data_to_send(self) -> list[bytes]:
        """Give what is to be written; an empty piece closes."""
        pieces: list[bytes] = self._protocol.data_to_send()
        return pieces

    def receive_eof(self) -> None:
        """TCP was closed by the other end."""
        self._protocol.receive_eof()


class WsprotoPeer:
    """Over ``wsproto.WSConnection``."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._output: list[bytes] = []
        self._pieces: list[Any] = []

    @property
    def _is_alive(self) -> bool:
        from wsproto.connection import ConnectionState

        return self._connection.state in (ConnectionState.CONNECTING, ConnectionState.OPEN)

    @property
    def closed(self) -> bool:
        """The server closes TCP once the closing handshake is done."""
        return not self._is_alive and not self._output

    def receive_data(self, data: bytes, /) -> None:
        """Take octets and act on what they hold."""
        from wsproto.events import RejectConnection
        from wsproto.utilities import RemoteProtocolError

        if not self._is_alive:
            return
        try:
            self._connection.receive_data(data)
            for event in self._connection.events():
                self._act(event)
                if not self._is_alive:
                    break
        except RemoteProtocolError as error:
            if isinstance(error.event_hint, RejectConnection):
                self._send(error.event_hint)
            else:
                raise

    def _send(self, event: Any) -> None:
        self._output.append(self._connection.send(event))

    def _act(self, event: Any) -> None:
        from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, Request, TextMessage

        match event:
            case Request():
                self._send(AcceptConnection())
            case Ping() | CloseConnection():
                self._send(event.response())
            case TextMessage() | BytesMessage():
                self._pieces.append(event.data)
                if event.message_finished:
                    pieces, self._pieces = self._pieces, []
                    if isinstance(event, TextMessage):
                        self._send(TextMessage(data="".join(pieces)))
                    else:
                        self._send(BytesMessage(data=b"".join(pieces)))
            case _:
                pass

    def data_to_send(self) -> list[bytes]:
        """Give what is to be written."""
        output, self._output = [piece for piece in self._output if piece], []
        return output
