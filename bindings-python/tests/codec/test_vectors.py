"""The shared vectors: the same events, violations and texts as in Rust."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from wsproof import Binary, Close, Connection, Decoder, Encoder, Event, Ping, Pong, Text, Violation, accept_key
from wsproof.handshake import DeflateOffer, HandshakeError, agreed_deflate, answer_deflate

VECTORS = json.loads((Path(__file__).parents[3] / "tests" / "vectors" / "codec.json").read_text(encoding="utf-8"))


def event(told: dict[str, Any]) -> Event:
    match told:
        case {"text": text}:
            return Text(text)
        case {"binary": data}:
            return Binary(bytes.fromhex(data))
        case {"ping": data}:
            return Ping(bytes.fromhex(data))
        case {"pong": data}:
            return Pong(bytes.fromhex(data))
        case {"close": code, "reason": reason}:
            return Close(code, reason)
        case _:
            raise AssertionError(told)


def options(vector: dict[str, Any]) -> dict[str, Any]:
    found = dict(vector.get("options", {}))
    if "deflate" in found:
        found["deflate"] = agreed_deflate(found["deflate"], DeflateOffer(client_max_window_bits=True))
    return found


def check(vector: dict[str, Any], take: Any, size: int) -> None:
    wire = bytes.fromhex(vector["wire"])
    events: list[Event] = []
    violation = None
    try:
        for start in range(0, len(wire), size):
            events += take(wire[start : start + size])
    except Violation as raised:
        violation = raised
        events += raised.events
    assert events == [event(told) for told in vector["events"]]
    if (want := vector.get("violation")) is None:
        assert violation is None
    else:
        assert violation is not None
        found = {name: getattr(violation, name) for name in ("kind", "clause", "close_code", "offset")}
        assert found | {"text": str(violation)} == want


@pytest.mark.parametrize("vector", VECTORS["streams"], ids=lambda vector: vector["name"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000_000])
def test_streams(vector: dict[str, Any], size: int) -> None:
    receiver = vector["receiver"]
    check(vector, Decoder(receiver, **options(vector)).feed, size)
    check(vector, Decoder(receiver, **options(vector)).batch, size)
    check(vector, Connection(receiver, **options(vector)).receive, size)


@pytest.mark.parametrize("vector", VECTORS["frames"], ids=lambda vector: vector["wire"][:8])
def test_frames(vector: dict[str, Any]) -> None:
    encoder = Encoder(vector["role"], seed=int(vector["seed"]))
    written = encoder.frame(vector["opcode"], bytes.fromhex(vector["payload"]), fin=vector["fin"])
    assert written.hex() == vector["wire"]


@pytest.mark.parametrize("vector", VECTORS["accept_keys"], ids=lambda vector: vector["key"])
def test_accept_keys(vector: dict[str, Any]) -> None:
    assert accept_key(vector["key"]) == vector["accept"]


@pytest.mark.parametrize("vector", VECTORS["deflate_answers"], ids=lambda vector: vector["offered"])
def test_deflate_answers(vector: dict[str, Any]) -> None:
    if "error" in vector:
        with pytest.raises(HandshakeError) as raised:
            answer_deflate(vector["offered"])
        found = {name: getattr(raised.value, name) for name in ("kind", "clause", "status")}
        assert found | {"text": str(raised.value)} == vector["error"]
    else:
        answer = answer_deflate(vector["offered"])
        assert (None if answer is None else str(answer)) == vector["answer"]
