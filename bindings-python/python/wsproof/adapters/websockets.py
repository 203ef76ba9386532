"""`ServerProtocol` and `ClientProtocol` of websockets 14 and later, whose frames are read and written by wsproof.

>>> from wsproof.adapters.websockets import ServerProtocol  # instead of websockets.server

All decisions stay with websockets: the frames that break no rule are taken apart here, many at a time, and handed to
its `recv_frame`; whatever else comes (the handshake, a Close, what breaks a rule or passes a limit, the rest of a frame
that came in pieces) goes to its own parser, octet for octet. So events, states, exceptions and their texts are those of
websockets. With an extension, or with its debug log, it reads all frames itself.
"""

from __future__ import annotations

from typing import Any, Literal

from websockets.client import ClientProtocol as _ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, CONNECTING, OPEN, Protocol
from websockets.server import ServerProtocol as _ServerProtocol

from wsproof import Encoder
from wsproof._core import _split_frames

__all__ = ["ClientProtocol", "ServerProtocol"]

_OPCODES = {int(opcode): opcode for opcode in Opcode}


class _Frames(Protocol):
    """The frames of either end."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._role: Literal["client", "server"] = "client" if self.side is CLIENT else "server"
        self._encoder = Encoder(self._role)
        # The last octets of a head whose end has not come; `None` after it.
        self._head: bytes | None = b"" if self.state is CONNECTING else None
        # Octets that the frame lacks whose start the parser of websockets has.
        self._missing = 0
        # A header that has begun, and is right so far: at most 9 octets.
        self._begun = b""
        # Whether the parser of websockets goes on to the end: only it knows where it stands.
        self._left_alone = False

    def receive_data(self, data: bytes | bytearray) -> None:
        if self._head is not None:
            data = self._receive_head(data)
        elif self._missing:
            taken = data[: self._missing]
            self._missing -= len(taken)
            super().receive_data(taken)
            data = data[len(taken) :]
        else:
            self._receive_frames(data)
            return
        if data:
            self._receive_frames(data)

    def _receive_head(self, data: bytes | bytearray) -> bytes | bytearray:
        """Hand on what belongs to the head; what follows it comes back."""
        assert self._head is not None
        known = len(self._head)
        self._head += data
        end = self._head.find(b"\r\n\r\n")
        size = len(data) if end < 0 else end + 4 - known
        self._head = self._head[-3:] if end < 0 else None
        super().receive_data(data[:size])
        return data[size:]

    def _receive_frames(self, data: bytes | bytearray) -> None:
        if self._begun:
            data, self._begun = self._begun + data, b""
        if self._left_alone or self.state is not OPEN or self.extensions or self.debug or self.reader.eof:
            self._left_alone = True
            super().receive_data(data)
            return
        message, fragment = self.max_message_size, self.max_fragment_size
        frames, used, self._missing, begun = _split_frames(data, self._role, self.current_size, message, fragment)
        for first, payload in frames:
            self.recv_frame(Frame(_OPCODES[first & 15], payload, first > 127))
        if begun:
            self._begun = bytes(data[used:])
        elif used < len(data):
            self._left_alone = not self._missing
            super().receive_data(data[used:])

    def receive_eof(self) -> None:
        if self._begun:
            begun, self._begun = self._begun, b""
            super().receive_data(begun)
        super().receive_eof()

    def send_frame(self, frame: Frame) -> None:
        if self.debug:
            super().send_frame(frame)
            return
        frame.check()
        for extension in self.extensions:
            frame = extension.encode(frame)
        rsv = frame.rsv1 << 2 | frame.rsv2 << 1 | frame.rsv3
        self.writes.append(self._encoder.frame(frame.opcode, frame.data, fin=frame.fin, rsv=rsv))


class ServerProtocol(_Frames, _ServerProtocol):
    """As `websockets.server.ServerProtocol`."""


class ClientProtocol(_Frames, _ClientProtocol):
    """As `websockets.client.ClientProtocol`."""
