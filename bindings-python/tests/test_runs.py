"""Cases and runs against servers and clients, blocking and in asyncio."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import threading
from pathlib import Path

import pytest
import wsproof
from conftest import echo
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve


def case(id: str) -> wsproof.Case:
    return wsproof.select([id])[0]


def test_the_catalogue_is_the_command_s() -> None:
    cases = wsproof.select()
    assert len(cases) == 517
    first = cases[0]
    assert (first.id, first.section, first.section_title) == ("1.1.1", 1, "Framing")
    assert ("MUST", "RFC 6455 §5.5.2") in case("2.2").clauses
    assert {chosen.id for chosen in wsproof.select(["2", "*.1.2"], ["2.1"])} > {"2.2", "1.1.2"}
    assert len(wsproof.select(profile="core")) < len(wsproof.select(profile="quick")) == 517


@pytest.mark.parametrize("pattern", ["99", "x", "1.*.", ""])
def test_a_pattern_that_selects_nothing_is_wrong_use(pattern: str) -> None:
    with pytest.raises(wsproof.UsageError):
        wsproof.select([pattern])


def test_a_right_server_passes(echo_url: str) -> None:
    outcome = case("1.1.2").run(echo_url)
    assert (outcome.verdict, outcome.behavior, outcome.behavior_close) == ("pass", "OK", "OK")
    assert (outcome.id, outcome.testee, outcome.close_code) == ("1.1.2", "server", 1000)
    assert "websockets" in outcome.agent and outcome.duration > 0


def test_a_wrong_server_fails_and_the_text_tells_why(shout_url: str) -> None:
    outcome = case("1.1.2").run(shout_url)
    assert outcome.verdict == "fail"
    text = outcome.explain(case("1.1.2"))
    assert "expected  text message" in text and "received  binary message" in text and "wire log" in text


def test_many_cases_run_side_by_side_and_each_is_waited_for(echo_url: str) -> None:
    cases = wsproof.select(["1", "5", "10"])
    run = wsproof.ServerRun(echo_url, cases)
    verdicts = {chosen.id: outcome.verdict for chosen in cases if (outcome := run.wait(chosen.id))}
    assert set(verdicts) == {chosen.id for chosen in cases}
    assert set(verdicts.values()) <= {"pass", "pass-with-notes"}
    with pytest.raises(wsproof.RunError, match="not one of its cases"):
        run.finish()
        run.wait("6.1.1")


def test_a_report_is_written(echo_url: str, tmp_path: Path) -> None:
    run = wsproof.ServerRun(echo_url, wsproof.select(["1.1"]), report=tmp_path / "r", junit=tmp_path / "junit.xml")
    page = run.finish()
    assert page is not None and Path(page) == tmp_path / "r" / "index.html"
    (index,) = json.loads((tmp_path / "r" / "index.json").read_text()).values()
    assert len(index) == len(wsproof.select(["1.1"])) and (tmp_path / "junit.xml").is_file()
    again = wsproof.Report(tmp_path / "again", wsproof.select(["1.1"]))
    for outcome in run.outcomes():
        again.add(wsproof.Outcome.from_json(outcome.to_json()))
    again.finish()
    assert (tmp_path / "again" / "index.json").read_text() == (tmp_path / "r" / "index.json").read_text()


def test_a_server_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(wsproof.RunError, match=str(port)):
        case("1.1.1").run(f"ws://127.0.0.1:{port}")


@pytest.mark.parametrize("url", ["", "http://h", "ws://", "ws://h:99999", "ws://h/#f", "ws://h:0"])
def test_a_wrong_url_is_wrong_use(url: str) -> None:
    with pytest.raises(wsproof.UsageError):
        case("1.1.1").run(url)


@pytest.mark.parametrize(
    "wrong", [{"timeout": -1.0}, {"timeout": float("nan")}, {"open_timeout": 1e9}, {"wait": float("inf")}]
)
def test_wrong_times_are_wrong_use(wrong: dict[str, float]) -> None:
    with pytest.raises(wsproof.UsageError, match=next(iter(wrong))):
        wsproof.ServerRun("ws://127.0.0.1:1", [case("1.1.1")], **wrong)  # type: ignore[arg-type]


def test_what_is_no_outcome_is_wrong_use() -> None:
    for text in ["", "{}", "[]", '{"id": "1.1.1"}']:
        with pytest.raises(wsproof.UsageError):
            wsproof.Outcome.from_json(text)


def test_a_silent_server_does_not_hold_anybody_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"ws://127.0.0.1:{listener.getsockname()[1]}"
        run = wsproof.ServerRun(url, [case("1.1.1")], jobs=1, open_timeout=0.3)
        assert run.wait("1.1.1", 0.01) is None
        outcome = run.wait("1.1.1")
        assert outcome is not None and outcome.verdict in ("fail", "incomplete")


def test_a_run_that_is_cancelled_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"ws://127.0.0.1:{listener.getsockname()[1]}"
        run = wsproof.ServerRun(url, [case("1.1.1")], jobs=1, open_timeout=60)
        threading.Timer(0.1, run.cancel).start()
        with pytest.raises(wsproof.RunError, match="cancelled"):
            run.wait("1.1.1")


def test_a_server_in_the_same_event_loop() -> None:
    async def main() -> list[str]:
        async with serve(echo, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            url = f"ws://127.0.0.1:{port}"
            outcomes = await asyncio.gather(*(chosen.arun(url) for chosen in wsproof.select(["1.1", "2"])))
            return [outcome.verdict for outcome in outcomes]

    assert set(asyncio.run(main())) == {"pass"}


def test_arun_without_a_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(wsproof.RunError):
        asyncio.run(case("1.1.1").arun(f"ws://127.0.0.1:{port}"))


def test_a_client_in_the_same_event_loop(tmp_path: Path) -> None:
    async def main() -> list[str]:
        async with wsproof.fuzzing_server(["1.1"], report=tmp_path) as server:
            for chosen in wsproof.select(["1.1"]):
                async with connect(server.case_url(chosen.id, "my client/1"), max_size=None) as connection:
                    async for message in connection:
                        await connection.send(message)
            outcomes = [await server.outcome(chosen.id, agent="my client/1") for chosen in wsproof.select(["1.1"])]
            assert len(server.outcomes()) == len(outcomes)
            return [outcome.verdict for outcome in outcomes]

    assert set(asyncio.run(main())) == {"pass"}
    assert "my client/1" in json.loads((tmp_path / "index.json").read_text())


def test_a_fuzzing_server_is_open_in_its_block_only() -> None:
    server = wsproof.fuzzing_server(["1.1.1"])
    with pytest.raises(wsproof.UsageError, match="with"):
        _ = server.url
    with server:
        assert server.wait("1.1.1", timeout=0.01) is None
        with pytest.raises(wsproof.UsageError, match="already"), server:
            pass
    with pytest.raises(wsproof.UsageError):
        wsproof.fuzzing_server(["99"])
    for address in ["", "x", "127.0.0.1", "127.0.0.1:99999", "1.2.3.4:1"]:
        with pytest.raises(wsproof.UsageError), wsproof.fuzzing_server(["1.1.1"], listen=address):
            pass


def test_a_server_that_stays_for_several_runs(tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text(
        "import asyncio, sys\n"
        "from websockets.asyncio.server import serve\n"
        "async def echo(c):\n"
        "    async for m in c: await c.send(m)\n"
        "async def main():\n"
        "    async with serve(echo, '127.0.0.1', int(sys.argv[1])) as s: await s.serve_forever()\n"
        "asyncio.run(main())\n"
    )
    started = wsproof.StartedServer([sys.executable, str(script), "{port}"], log=tmp_path / "log")
    try:
        for _ in range(2):
            assert case("1.1.2").run(started.url).verdict == "pass"
    finally:
        started.stop()
    with pytest.raises(wsproof.RunError):
        case("1.1.2").run(started.url)
    with pytest.raises(wsproof.RunError, match="sorry"):
        wsproof.StartedServer([sys.executable, "-c", "import sys; sys.exit('sorry')"])
    with pytest.raises(wsproof.UsageError, match="no-such-program"):
        wsproof.StartedServer(["no-such-program-anywhere"])
    with pytest.raises(wsproof.UsageError):
        wsproof.StartedServer([])
