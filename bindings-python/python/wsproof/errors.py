"""What the codec raises. Each is picklable, and its text is the same in every language."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from wsproof._codec import Batch, Event

__all__ = ["HandshakeError", "HandshakeWarning", "SendError", "Violation"]


class Violation(Exception):  # noqa: N818 - the peer's fault, and the word of the specification
    """A rule of RFC 6455 or RFC 7692 that the peer broke, or a limit of ours that it passed.

    However the stream is cut into pieces, the same octets give the same violation.
    """

    kind: str
    """Which rule, as in Rust: ``"ReservedBits"``, ``"TextNotUtf8"``, ``"MessageTooLong"``, …"""
    clause: str
    """The rule's place, as ``"RFC 6455 §5.2"``."""
    close_code: int
    """The code with which to close the connection: 1002, 1007 or 1009 (RFC 6455 §7.4.1)."""
    offset: int
    """The octet at fault, counted from the first octet after the handshake."""
    events: list[Event] | Batch
    """What came before it in the same call, so that nothing is lost: a list, or the batch of ``Decoder.batch``."""

    def __init__(
        self, kind: str, clause: str, close_code: int, offset: int, text: str, events: list[Event] | Batch
    ) -> None:
        super().__init__(text)
        self.kind = kind
        self.clause = clause
        self.close_code = close_code
        self.offset = offset
        self.events = events

    def __reduce__(self) -> tuple[object, ...]:
        fields = (self.kind, self.clause, self.close_code, self.offset, str(self), list(self.events))
        return type(self), fields


class SendError(ValueError):
    """What is not sent, because it would break a rule. Nothing is queued then."""

    kind: str
    """Which rule, as in Rust: ``NotOpen``, ``MessageInProgress``, ``KindDiffers``, ``ControlTooLong`` or ``Close``."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.kind, str(self))


class HandshakeError(ValueError):
    """A rule of the opening handshake, or of the negotiation of permessage-deflate, that is broken."""

    kind: str
    """Which rule, as in Rust: ``"BadKey"``, ``"Upgrade"``, ``"ProtocolNotOffered"``, …"""
    clause: str
    """The rule's place, as ``"RFC 6455 §4.2.1 item 5"``."""
    status: int
    """The HTTP status with which a server refuses for this reason: 400, 405, 426 or 431."""

    def __init__(self, kind: str, clause: str, status: int, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.clause = clause
        self.status = status

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.kind, self.clause, self.status, str(self))


class HandshakeWarning(NamedTuple):
    """A rule of HTTP that an answer 101 breaks, though a client need not fail the connection for it. It is not
    raised.
    """

    kind: str
    """Which rule, as in Rust: ``"ContentLength"``, ``"TransferEncoding"`` or ``"ConnectionClose"``."""
    clause: str
    """The rule's place, as ``"RFC 9110 §8.6"``."""
    text: str
    """What is wrong."""
