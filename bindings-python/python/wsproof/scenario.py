"""Scenarios of one's own.

>>> from wsproof import Scenario
>>> scenario = (
...     Scenario("ping in the middle")
...     .send_text("a", fin=False)
...     .send_ping(b"x")
...     .send_continuation("b")
...     .expect_pong(b"x")
...     .expect_text("ab")
...     .close(1000)
... )
>>> scenario.case().id
'100.1'

All frames are sent at once when the connection opens, unless `wait` splits them; what is expected is compared with
what has come, in order. `save` writes the JSON that ``wsproof test-server URL --scenario FILE`` runs.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypedDict, Unpack

from wsproof._core import Case, Outcome, UsageError, parse_scenarios

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike

    from wsproof.connect import ConnectOptions
    from wsproof.memory import AnyPeer

Data = str | bytes | bytearray | memoryview
Behavior = Literal["OK", "NON-STRICT", "INFORMATIONAL"]
Otherwise = Literal["fail", "note", "incomplete", "go_on"]
Clause = tuple[Literal["MUST", "SHOULD", "MAY"], str]


def _payload(data: Data) -> dict[str, str]:
    if isinstance(data, str):
        return {"text": data}
    return {"hex": bytes(data).hex()}


def _octets(data: Data) -> bytes:
    return data.encode() if isinstance(data, str) else bytes(data)


def cases_of(scenarios: Iterable[Scenario]) -> list[Case]:
    """The scenarios as cases, numbered so that they differ. Raises `UsageError` that names which cannot be one."""
    return parse_scenarios(json.dumps([scenario.to_dict() for scenario in scenarios]))


def _close_code(code: int) -> int:
    if not isinstance(code, int) or not 0 <= code <= 0xFFFF:
        raise UsageError(f"a close code is a number from 0 to 65535, not {code}")
    return code


class Deflate(TypedDict, total=False):
    """How a payload is compressed (RFC 7692 §7.2); it refers to no message before it.

    `block` is the type of the blocks: what a usual compressor makes (``"best"``, the default), ``"stored"``, or
    ``"fixed"`` Huffman codes. `final` sets BFINAL on the last block; it goes with the latter two. `tail` sends the
    octets ``00 00 ff ff`` that a sender must leave out.
    """

    block: Literal["best", "stored", "fixed"]
    final: bool
    tail: bool


class Scenario:
    """A script for one connection, and what is accepted. Each method returns a changed copy.

    `id` is from ``100.1`` on; without one, the first free number is given. `clauses` are pairs of ``MUST``, ``SHOULD``
    or ``MAY`` and a place such as ``RFC 6455 §5.5.2``.
    """

    def __init__(
        self,
        description: str,
        *,
        id: str | None = None,
        expectation: str = "",
        clauses: list[tuple[str, str]] | None = None,
    ) -> None:
        self._description = description
        self._id = id
        self._expectation = expectation
        self._clauses = list(clauses or [])
        self._deflate: list[dict[str, Any]] = []
        self._steps: list[dict[str, Any]] = []
        self._accept: list[dict[str, Any]] = []
        self._close: dict[str, Any] = {"by_fuzzer": True, "codes": [1000], "require_clean": True}
        self._end: dict[str, Any] = {"do": "close_after", "seconds": 1}
        self._awaits = False

    def _with_step(self, **step: Any) -> Self:
        changed = copy.deepcopy(self)
        changed._steps.append(step)
        return changed

    def _with_event(self, **event: Any) -> Self:
        changed = copy.deepcopy(self)
        if not changed._accept:
            changed._accept.append({"behavior": "OK", "events": []})
        changed._accept[-1]["events"].append(event)
        return changed

    def send_frame(
        self,
        opcode: int | str,
        data: Data = b"",
        *,
        fin: bool = True,
        rsv: int = 0,
        mask: Literal["none", "random"] | bytes | None = None,
        length: Literal[7, 16, 64] | None = None,
        announce: int | None = None,
        deflate: Deflate | None = None,
        chop: int | None = None,
        alone: bool = False,
    ) -> Self:
        """Send one frame, legal or not.

        `opcode` is 0 to 15 or a name; `rsv` 0 to 7 (4 is RSV1). `mask` is ``"none"``, ``"random"`` or a key of four
        octets; by default a client masks and a server does not. `length` is the form of the length, by its bits; by
        default the shortest. `announce` is the length that the header says, if it is not that of the payload: 0 to
        2**64 - 1. `deflate` sends what inflates to `data`: ``{}``, or with the keys of `Deflate`. `chop` writes the
        frame in pieces of so many octets, `alone` writes it apart from its neighbours.

        >>> Scenario("not masked").send_frame("text", "x", mask="none").to_dict()["steps"][0]["mask"]
        'none'
        """
        payload: dict[str, Any] = {**_payload(data)}
        if deflate is not None:
            payload["deflate"] = dict(deflate)
        step: dict[str, Any] = {"opcode": opcode, "fin": fin, "rsv": rsv, "payload": payload}
        if mask is not None:
            step["mask"] = mask if isinstance(mask, str) else bytes(mask).hex()
        optional = {"length": length, "announce": announce, "chop": chop}
        step |= {key: value for key, value in optional.items() if value is not None}
        if alone:
            step["sync"] = True
        return self._with_step(do="frame", **step)

    def send_octets(self, data: Data, *, chop: int | None = None) -> Self:
        """Send octets as they are, not masked and in no frame; in pieces of `chop` octets."""
        step: dict[str, Any] = {"payload": _payload(data)}
        if chop is not None:
            step["chop"] = chop
        return self._with_step(do="octets", **step)

    def send_text(self, data: Data, *, fin: bool = True, rsv: int = 0, chop: int | None = None) -> Self:
        """Send a text frame; its octets need not be UTF-8."""
        return self.send_frame("text", data, fin=fin, rsv=rsv, chop=chop)

    def send_binary(self, data: Data, *, fin: bool = True, rsv: int = 0, chop: int | None = None) -> Self:
        """Send a binary frame."""
        return self.send_frame("binary", data, fin=fin, rsv=rsv, chop=chop)

    def send_continuation(self, data: Data, *, fin: bool = True, rsv: int = 0, chop: int | None = None) -> Self:
        """Send a continuation frame."""
        return self.send_frame("continuation", data, fin=fin, rsv=rsv, chop=chop)

    def send_ping(self, data: Data = b"") -> Self:
        """Send a ping."""
        return self.send_frame("ping", data)

    def send_pong(self, data: Data = b"") -> Self:
        """Send a pong."""
        return self.send_frame("pong", data)

    def send_message(self, data: Data, *, fragment: int | None = None) -> Self:
        """Send a message: text for `str`, else binary; in frames of `fragment` octets."""
        step: dict[str, Any] = {"binary": not isinstance(data, str), "payload": _payload(data)}
        if fragment is not None:
            step["fragment"] = fragment
        return self._with_step(do="message", **step)

    def send_close(self, code: int | None = None, reason: Data = "") -> Self:
        """Start the closing handshake in this place of the script. The answer has the same code, or 1000."""
        octets = b"" if code is None else _close_code(code).to_bytes(2, "big")
        changed = self._with_step(do="close", payload=_payload(octets + _octets(reason)))
        changed._close["auto_close"] = False
        if code is not None:
            changed._close["codes"] = sorted({code, 1000})
        return changed

    def deflate(
        self,
        *,
        max_window_bits: int | None = None,
        no_context_takeover: bool = False,
        own_max_window_bits: int | None = None,
        own_no_context_takeover: bool = False,
    ) -> Self:
        """Ask for permessage-deflate (RFC 7692), or, of a client, accept it; again, for what is second best.

        The ones without ``own`` bind the testee, the others us; windows are 8 to 15. What the testee compresses is
        inflated, frames are sent as they are given: compress the payload and send it with ``rsv=4``. `require_deflate`
        is for the place in the script from which on there must be an agreement.
        """
        wish: dict[str, Any] = {"no_context_takeover": no_context_takeover}
        wish |= {"own_no_context_takeover": own_no_context_takeover}
        wish |= {"max_window_bits": max_window_bits, "own_max_window_bits": own_max_window_bits}
        changed = copy.deepcopy(self)
        changed._deflate.append({key: value for key, value in wish.items() if value is not None and value is not False})
        return changed

    def require_deflate(self) -> Self:
        """End the scenario as unimplemented unless permessage-deflate was agreed on."""
        return self._with_step(do="require_deflate")

    def wait(self, seconds: float) -> Self:
        """Pause the script."""
        return self._with_step(do="wait", seconds=seconds)

    def await_message(
        self, data: str | bytes, *, within: float = 1, otherwise: Otherwise = "fail", clause: Clause | None = None
    ) -> Self:
        """Wait in this place until this message comes, a text for `str`, within so many seconds.

        `otherwise` is what it means if it does not come: ``"fail"`` and ``"incomplete"`` end the scenario, ``"note"``
        and ``"go_on"`` do not. `clause` is the rule that it proves, such as ``("MUST", "RFC 6455 §5.6")``. With steps
        that wait the scenario is judged by them: leave `expect_text` and the like out, and `close`.
        """
        event = {"event": "message", "binary": not isinstance(data, str), "payload": _payload(data)}
        return self._awaiting("expect", clause, event=event, within=within, otherwise=otherwise)

    def await_pong(
        self, data: Data = b"", *, within: float = 1, otherwise: Otherwise = "fail", clause: Clause | None = None
    ) -> Self:
        """Wait in this place until this pong comes; see `await_message`."""
        event = {"event": "pong", "payload": _payload(data)}
        return self._awaiting("expect", clause, event=event, within=within, otherwise=otherwise)

    def await_silence(self, seconds: float, *, otherwise: Otherwise = "fail", clause: Clause | None = None) -> Self:
        """Wait so long; no message may come meanwhile. See `await_message`."""
        return self._awaiting("expect_silence", clause, seconds=seconds, otherwise=otherwise)

    def await_refusal(self, *codes: int, within: float = 1, clause: Clause | None = None) -> Self:
        """Wait in this place until the testee fails the connection, with one of these close codes (1002 without any).

        Another code, or none, is a note. See `await_message`.
        """
        return self._awaiting("refuse", clause, codes=[_close_code(code) for code in codes] or [1002], within=within)

    def _awaiting(self, do: str, clause: Clause | None, **step: Any) -> Self:
        if clause is not None:
            step["clause"] = {"level": clause[0], "section": clause[1]}
        changed = self._with_step(do=do, **step)
        changed._awaits = True
        return changed

    def expect_text(self, text: str) -> Self:
        """Next must come this text message."""
        return self._with_event(event="message", binary=False, payload={"text": text})

    def expect_binary(self, data: bytes) -> Self:
        """Next must come this binary message."""
        return self._with_event(event="message", binary=True, payload=_payload(data))

    def expect_pong(self, data: Data = b"") -> Self:
        """Next must come this pong."""
        return self._with_event(event="pong", payload=_payload(data))

    def or_else(self, behavior: Behavior = "NON-STRICT") -> Self:
        """Begin another list of what is accepted, with the verdict that it leads to."""
        changed = copy.deepcopy(self)
        if not changed._accept:
            changed._accept.append({"behavior": "OK", "events": []})
        changed._accept.append({"behavior": behavior, "events": []})
        return changed

    def close(self, code: int = 1000, *, within: float = 1) -> Self:
        """We close with `code` once all that is expected has come, after `within` seconds at the latest."""
        changed = copy.deepcopy(self)
        changed._close |= {"by_fuzzer": True, "codes": [_close_code(code)], "require_clean": True}
        changed._end = {"do": "close_after", "seconds": within}
        return changed

    def expect_close(self, *codes: int, within: float = 1) -> Self:
        """The testee must close or fail the connection, with one of these codes or none, within so many seconds."""
        changed = copy.deepcopy(self)
        changed._close = {"by_fuzzer": False, "codes": [_close_code(code) for code in codes], "auto_close": False}
        changed._end = {"do": "kill_after", "seconds": within}
        return changed

    def to_dict(self) -> dict[str, Any]:
        """The scenario as its JSON has it."""
        about = {
            **({"id": self._id} if self._id else {}),
            "description": self._description,
            **({"expectation": self._expectation} if self._expectation else {}),
            **({"clauses": [{"level": level, "section": s} for level, s in self._clauses]} if self._clauses else {}),
            **({"deflate": copy.deepcopy(self._deflate)} if self._deflate else {}),
        }
        if self._awaits:
            accepted = {"accept": copy.deepcopy(self._accept)} if self._accept else {}
            return {**about, "steps": copy.deepcopy(self._steps), **accepted}
        accept = copy.deepcopy(self._accept) or [{"behavior": "OK", "events": []}]
        close = copy.deepcopy(self._close)
        # Closing at once is for one list of events that is not empty: of several, a longer one may still be coming.
        close.setdefault("auto_close", len(accept) == 1 and bool(accept[0]["events"]))
        return {
            **about,
            "steps": [*copy.deepcopy(self._steps), self._end],
            "accept": accept,
            "close": close,
        }

    def to_json(self) -> str:
        """The text of a scenario file."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"

    def save(self, path: str | PathLike[str]) -> None:
        """Write a file that ``wsproof test-server URL --scenario FILE`` runs."""
        self.case()
        Path(path).write_text(self.to_json(), encoding="utf-8")

    def case(self) -> Case:
        """The scenario as a case. Raises `UsageError` that names the field if it cannot be one."""
        return parse_scenarios(self.to_json())[0]

    def run(self, url: str, *, timeout: float | None = None, **connect: Unpack[ConnectOptions]) -> Outcome:
        """Run it against the server at this URL."""
        return self.case().run(url, timeout=timeout, **connect)

    async def arun(self, url: str, **connect: Unpack[ConnectOptions]) -> Outcome:
        """Run it without holding up the event loop, in which the server may be."""
        return await self.case().arun(url, **connect)

    def run_in_memory(self, peer: AnyPeer, *, agent: str | None = None) -> Outcome:
        """Run it against a sans-I/O implementation."""
        return self.case().run_in_memory(peer, agent=agent)

    def __repr__(self) -> str:
        return f"<Scenario {self._description!r}: {len(self._steps)} steps>"
