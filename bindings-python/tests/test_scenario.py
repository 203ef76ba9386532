"""Scenarios of one's own."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
import wsproof
from websockets.server import ServerProtocol
from wsproof import Scenario

PING = (
    Scenario("ping in the middle")
    .send_text("a", fin=False)
    .send_ping(b"x")
    .send_continuation("b")
    .expect_pong(b"x")
    .expect_text("ab")
    .close(1000)
)


def test_it_runs_everywhere(echo_url: str, shout_url: str) -> None:
    assert PING.run(echo_url).verdict == "pass"
    assert asyncio.run(PING.arun(echo_url)).verdict == "pass"
    assert PING.run_in_memory(ServerProtocol()).verdict == "pass"
    assert PING.run(shout_url).verdict == "fail"


@pytest.mark.parametrize(("server", "status"), [("echo_url", 0), ("shout_url", 1)])
def test_the_command_runs_what_was_saved(
    server: str, status: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    PING.save(tmp_path / "ping.json")
    url = request.getfixturevalue(server)
    command = [
        sys.executable,
        "-m",
        "wsproof",
        "test-server",
        url,
        "--scenario",
        "ping.json",
        "--outdir",
        "r",
        "--json",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == status, done.stderr
    assert json.loads(done.stdout)["verdict"] == ("fail" if status else "pass")
    (loaded,) = wsproof.load_scenarios([tmp_path / "ping.json"])
    assert loaded == PING.case()


def test_a_step_changes_a_copy() -> None:
    start = Scenario("x")
    one, two = start.send_text("1").expect_text("1"), start.send_text("2").expect_text("2")
    assert "1" in one.to_json() and "1" not in json.dumps(two.to_dict()["accept"])
    assert len(start.to_dict()["steps"]) == 1


def test_every_step_can_be_said_and_run(echo_url: str) -> None:
    scenario = (
        Scenario("all", id="100.7", expectation="an echo", clauses=[("MUST", "RFC 6455 §5.5.2")])
        .send_message("abc", fragment=1)
        .send_message(b"\x00\xff")
        .send_binary(b"123", chop=1)
        .send_pong(b"nobody asked")
        .wait(0.01)
        .send_frame("ping", b"y", alone=True)
        .expect_text("abc")
        .expect_binary(b"\x00\xff")
        .expect_binary(b"123")
        .expect_pong(b"y")
    )
    outcome = scenario.run(echo_url)
    assert (outcome.id, outcome.verdict) == ("100.7", "pass"), outcome.explain()
    assert scenario.case().clauses == [("MUST", "RFC 6455 §5.5.2")]


def test_what_must_fail_the_connection(echo_url: str) -> None:
    reserved = Scenario("a reserved bit").send_text("x", rsv=4 | 2).expect_close(1002)
    assert reserved.run(echo_url).verdict == "pass"
    legal = Scenario("nothing wrong").send_text("x").expect_close(1002, within=0.2)
    assert legal.run(echo_url).verdict == "fail"


def test_closing_in_the_script(echo_url: str) -> None:
    closing = Scenario("close with a reason").send_text("x").expect_text("x").wait(0.1).send_close(1001, "bye")
    outcome = closing.run(echo_url)
    assert outcome.verdict == "pass", outcome.explain()


def test_compression(echo_url: str) -> None:
    compressor = zlib.compressobj(wbits=-9)
    payload = (compressor.compress(b"again and again and again") + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]
    scenario = (
        Scenario("a compressed text")
        .deflate(max_window_bits=10, no_context_takeover=True, own_max_window_bits=9)
        .deflate()
        .require_deflate()
        .send_frame("text", payload, rsv=4)
        .expect_text("again and again and again")
    )
    outcome = scenario.run(echo_url)
    assert outcome.verdict == "pass", outcome.explain()
    assert "server_max_window_bits=10" in outcome.to_json()
    assert scenario.run_in_memory(ServerProtocol()).verdict == "unimplemented"
    with pytest.raises(wsproof.UsageError, match="deflate"):
        Scenario("x").deflate(max_window_bits=16).case()


def test_one_of_two(echo_url: str) -> None:
    either = Scenario("either").send_text("a").expect_text("b").or_else().expect_text("a").close(within=0.2)
    assert either.run(echo_url).behavior == "NON-STRICT"


@pytest.mark.parametrize(
    ("scenario", "field"),
    [
        (Scenario("x", id="1.1.1"), "id"),
        (Scenario("x", id="no"), "id"),
        (Scenario("x").send_frame(16), "opcode"),
        (Scenario("x").send_frame("no"), "opcode"),
        (Scenario("x").send_text("x", rsv=8), "rsv"),
        (Scenario("x").wait(-1), "seconds"),
        (Scenario("x", clauses=[("WILL", "here")]), "level|WILL"),
    ],
)
def test_what_cannot_be_is_named(scenario: Scenario, field: str, tmp_path: Path) -> None:
    with pytest.raises(wsproof.UsageError, match=field):
        scenario.case()
    with pytest.raises(wsproof.UsageError, match=field):
        scenario.save(tmp_path / "x.json")
    assert not (tmp_path / "x.json").exists()


@pytest.mark.parametrize("code", [-1, 65536])
def test_a_close_code_has_16_bits(code: int) -> None:
    for step in ("send_close", "close", "expect_close"):
        with pytest.raises(wsproof.UsageError, match="65535"):
            getattr(Scenario("x"), step)(code)


def test_files_that_are_none(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"description": "x",\n "steps": [{"do": "fly"}]}')
    with pytest.raises(wsproof.UsageError, match="line 2"):
        wsproof.load_scenarios([wrong])
    with pytest.raises(wsproof.UsageError, match="missing"):
        wsproof.load_scenarios([tmp_path / "missing.json"])
    for text in ["", "[", "null", "[1]", "\0"]:
        with pytest.raises(wsproof.UsageError):
            wsproof.parse_scenarios(text)


def test_a_dialogue_is_judged_step_by_step(echo_url: str, shout_url: str) -> None:
    alive = Scenario("not masked", clauses=[("MUST", "RFC 6455 §5.1")]).send_message("alive?")
    alive = alive.await_message("alive?", otherwise="incomplete")
    refused = alive.send_frame("text", "x", mask="none").await_refusal(1002, within=0.2)
    outcome = refused.run(echo_url)
    assert outcome.verdict == "pass", outcome.explain()
    assert refused.run_in_memory(ServerProtocol()).verdict == "pass"
    assert refused.run(shout_url).verdict == "incomplete"
    assert json.loads(refused.case().to_json())["judge"] == {"by": "steps"}
    twice = alive.await_silence(0.1).send_ping("p").await_pong("p", clause=("MUST", "RFC 6455 §5.5.2"))
    assert [step["do"] for step in twice.to_dict()["steps"]] == [
        "message",
        "expect",
        "expect_silence",
        "frame",
        "expect",
    ]
    assert twice.run(echo_url).verdict == "pass"
    with pytest.raises(wsproof.UsageError, match="leave `accept` out"):
        twice.expect_text("x").case()


def test_a_frame_can_be_wrong_in_each_way() -> None:
    scenario = (
        Scenario("wrong frames")
        .send_frame("text", "x", mask="none")
        .send_frame("text", "x", mask=b"\x01\x02\x03\x04", length=64)
        .send_frame("binary", announce=2**64 - 1)
        .send_frame("text", "Hello", rsv=4, deflate={"block": "fixed", "final": True})
        .send_octets(b"\x00\xff", chop=1)
        .expect_close(1002)
    )
    steps = json.loads(scenario.case().to_json())["steps"]
    assert [step.get("mask") for step in steps[:2]] == ["none", "01020304"]
    assert (steps[1]["length"], steps[2]["announce"]) == (64, 2**64 - 1)
    # RFC 7692 §7.2.3.4.
    assert steps[3]["payload"] == {"hex": "f348cdc9c9070000"}
    assert steps[4] == {"do": "octets", "payload": {"hex": "00ff"}, "chop": 1}
    with pytest.raises(wsproof.UsageError, match=r"steps\[0\]\.length"):
        Scenario("x").send_frame("text", "x" * 126, length=7).case()
