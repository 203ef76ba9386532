"""The shared vectors: the same events, violations and texts as in Rust."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from wsproof import Binary, Close, Connection, Decoder, Encoder, Event, Ping, Pong, Text, Violation, accept_key
from wsproof.handshake import DeflateOffer, HandshakeError, Response, agreed_deflate, answer_deflate

FOLDER = Path(__file__).parents[3] / "tests" / "vectors"

VECTORS = json.loads((FOLDER / "messages.json").read_text(encoding="utf-8"))

SHARED = json.loads((FOLDER / "codec.json").read_text(encoding="utf-8"))
"""Those that Rust, Python and JavaScript all run."""


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


def shared(payload: bytes) -> str:
    """Long payloads stand in the file as their length and a sum."""
    if len(payload) <= 1000:
        return payload.hex()
    total = 0
    for octet in payload:
        total = (total * 31 + octet) & 0xFFFF_FFFF
    return f"{len(payload)} octets, sum {total}"


def shared_event(event: Event) -> dict[str, Any]:
    match event:
        case Text(data):
            return {"type": "text", "payload": shared(data.encode())}
        case Binary(data):
            return {"type": "binary", "payload": shared(bytes(data))}
        case Ping(data):
            return {"type": "ping", "payload": shared(bytes(data))}
        case Pong(data):
            return {"type": "pong", "payload": shared(bytes(data))}
        case Close(code, reason):
            return {"type": "close", "code": code, "reason": reason}
        case _:
            raise AssertionError(event)


LIMITS = {"maxFrame": "max_frame", "maxMessage": "max_message", "maxFragments": "max_fragments"}


WHOLE = [vector for vector in SHARED["streams"] if "allowedRsv" not in vector]
"""RSV bits of other extensions are for those who read frames."""


@pytest.mark.parametrize("vector", WHOLE, ids=lambda vector: vector["name"])
@pytest.mark.parametrize("size", [1, 7, 1_000_000])
def test_streams_of_all_languages(vector: dict[str, Any], size: int) -> None:
    chosen = {LIMITS[key]: value for key, value in vector.items() if key in LIMITS}
    if "deflate" in vector:
        chosen["deflate"] = agreed_deflate(vector["deflate"], DeflateOffer(client_max_window_bits=True))
    decoder = Decoder(vector["receiver"], **chosen)
    wire = bytes.fromhex(vector["wire"])
    events: list[Event] = []
    violation = None
    try:
        for start in range(0, len(wire), size):
            events += decoder.feed(wire[start : start + size])
    except Violation as raised:
        violation = raised
        events += raised.events
    # A message that never ended is none here.
    wanted = [dict(event) for event in vector["events"] if event.get("last", True)]
    for event in wanted:
        event.pop("last", None)
        event.pop("rsv", None)
    # There a message stands where it begins, here where it ends: a ping may come between.
    seen = [shared_event(event) for event in events]
    for kinds in ({"text", "binary"}, {"ping", "pong", "close"}):
        assert [e for e in seen if e["type"] in kinds] == [e for e in wanted if e["type"] in kinds]
    if violation is None:
        assert vector["violation"] is None
    else:
        found = {"kind": violation.kind, "clause": violation.clause, "closeCode": violation.close_code}
        assert found | {"offset": violation.offset, "text": str(violation)} == vector["violation"]


@pytest.mark.parametrize("vector", SHARED["responses"], ids=lambda vector: vector["name"])
def test_responses_of_all_languages(vector: dict[str, Any]) -> None:
    try:
        parsed = Response.parse(vector["head"].encode())
        if parsed is None:
            assert (vector["response"], vector["error"]) == (None, None)
            return
        response, length = parsed
        protocol, extensions = response.check(
            vector["key"], protocols=vector["protocols"], extensions=vector["extensions"]
        )
    except HandshakeError as error:
        assert vector["error"] == {"clause": error.clause, "status": error.status, "text": str(error)}
    else:
        warnings = [{"clause": warning.clause, "text": warning.text} for warning in response.warnings]
        assert vector["response"] == {
            "length": length,
            "protocol": protocol,
            "extensions": extensions,
            "warnings": warnings,
        }
