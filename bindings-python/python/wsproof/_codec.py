"""The codec: what `wsproof` exports of it, and what a fork asks for."""

from __future__ import annotations

import os

from wsproof._core import (
    Batch,
    Binary,
    BinaryPiece,
    Close,
    Connection,
    Decoder,
    Encoder,
    Ping,
    Pong,
    Text,
    TextPiece,
    _reset_keys,
    accept_key,
    mask,
    new_key,
)
from wsproof.errors import HandshakeError, SendError, Violation

__all__ = [
    "Batch",
    "Binary",
    "BinaryPiece",
    "Close",
    "Connection",
    "Decoder",
    "Encoder",
    "Event",
    "HandshakeError",
    "Ping",
    "Pong",
    "SendError",
    "Text",
    "TextPiece",
    "Violation",
    "accept_key",
    "mask",
    "new_key",
]

Event = Text | Binary | Ping | Pong | Close | TextPiece | BinaryPiece
"""What a stream says. The pieces come only when they were asked for."""

# Parent and child must not mask with the same keys (RFC 6455 §10.3).
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_keys)
