"""Frames written by hand: the judge of what the codec writes and reads."""

from __future__ import annotations

KEY = bytes([0x37, 0xFA, 0x21, 0x3D])


def xor(data: bytes, key: bytes = KEY, offset: int = 0) -> bytes:
    return bytes(octet ^ key[(offset + i) % 4] for i, octet in enumerate(data))


def frame(first: int, payload: bytes = b"", *, key: bytes | None = KEY) -> bytes:
    bit = 0x80 if key else 0
    length = len(payload)
    if length < 126:
        head = bytes([first, bit | length])
    elif length < 65_536:
        head = bytes([first, bit | 126]) + length.to_bytes(2)
    else:
        head = bytes([first, bit | 127]) + length.to_bytes(8)
    return head + (key + xor(payload, key) if key else payload)
