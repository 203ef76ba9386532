"""Bad input of every kind raises what is documented; nothing panics, nothing leaks; the stubs tell the truth."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import wsproof
from websockets.server import ServerProtocol
from wsproof import _core

EXPECTED = (TypeError, ValueError, OverflowError, wsproof.RunError)
"""`UsageError` is a `ValueError`. A panic would be a `PanicException`, which is no `Exception` at all."""

ODD: list[Any] = [
    None, 0, -1, 1 << 80, 1.5, float("nan"), float("inf"), "", "x", "\0", "\ud800", "1.1.1", "ws://h", "a" * 100_000,
    b"", b"\xff" * 1000, bytearray(b"x"), [], [None], ["x"], {}, {"a": 1}, (), object(), Path("\0"), Path("missing"),
    [Path("missing")], int, lambda: None,
]  # fmt: skip

(CASE,) = wsproof.select(["1.1.1"])


def session() -> wsproof.Session:
    return wsproof.Session(CASE)


FUNCTIONS: dict[str, Callable[[Any], object]] = {
    "select include": lambda x: wsproof.select(x),
    "select exclude": lambda x: wsproof.select(["1.1"], x),
    "select own": lambda x: wsproof.select([], [], x),
    "select profile": lambda x: wsproof.select([], [], [], x),
    "select_by_spec": wsproof.select_by_spec,
    "parse_scenarios": wsproof.parse_scenarios,
    "load_scenarios": wsproof.load_scenarios,
    "check_server": _core.check_server,
    "Outcome.from_json": wsproof.Outcome.from_json,
    "Case.run": CASE.run,
    "Case.run_in_memory": CASE.run_in_memory,
    "ServerRun url": lambda x: wsproof.ServerRun(x, [CASE]).wait("1.1.1", 5),
    "ServerRun cases": lambda x: wsproof.ServerRun("ws://127.0.0.1:1", x).finish(),
    "ServerRun command": lambda x: wsproof.ServerRun("ws://127.0.0.1:{port}", [CASE], command=x, wait=0.1).wait(
        "1.1.1"
    ),
    "ServerRun jobs": lambda x: wsproof.ServerRun("ws://127.0.0.1:1", [CASE], jobs=x).wait("1.1.1"),
    "ServerRun agent": lambda x: wsproof.ServerRun("ws://127.0.0.1:1", [CASE], agent=x).wait("1.1.1"),
    "ServerRun origin": lambda x: wsproof.ServerRun("ws://127.0.0.1:1", [CASE], origin=x).wait("1.1.1"),
    "ServerRun protocols": lambda x: wsproof.ServerRun("ws://127.0.0.1:1", [CASE], protocols=x).wait("1.1.1"),
    "ServerRun.wait": lambda x: wsproof.ServerRun("ws://127.0.0.1:1", [CASE]).wait(x),
    "ServerRun.wait timeout": lambda x: wsproof.ServerRun("ws://127.0.0.1:1", [CASE]).wait("1.1.1", x),
    "StartedServer": lambda x: wsproof.StartedServer(x, wait=0.1),
    "StartedServer url": lambda x: wsproof.StartedServer(["no-such-program"], url=x),
    "ClientRun cases": lambda x: wsproof.ClientRun(x).finish(),
    "ClientRun listen": lambda x: wsproof.ClientRun([CASE], listen=x).finish(),
    "ClientRun plain_agent": lambda x: wsproof.ClientRun([CASE], plain_agent=x).finish(),
    "ClientRun.wait": lambda x: wsproof.ClientRun([CASE]).wait(x, 0.0),
    "ClientRun.settle": lambda x: wsproof.ClientRun([CASE]).settle(x),
    "Session case": lambda x: wsproof.Session(x),
    "Session host": lambda x: wsproof.Session(CASE, host=x).poll(0.0),
    "Session resource": lambda x: wsproof.Session(CASE, resource=x).poll(0.0),
    "Session seed": lambda x: wsproof.Session(CASE, seed=x).poll(0.0),
    "Session.receive": lambda x: session().receive(x, 0.0),
    "Session.receive now": lambda x: session().receive(b"x", x),
    "Session.poll": lambda x: session().poll(x),
    "Session.wrote": lambda x: session().wrote(x, 0.0),
    "Session.peer_closed": lambda x: session().peer_closed(x),
    "Session.outcome": lambda x: session().outcome(x),
    "Outcome.fails": lambda x: session().outcome("a").fails(x),
    "Outcome.explain": lambda x: session().outcome("a").explain(x),
    "Outcome.explain lines": lambda x: session().outcome("a").explain(CASE, x, x),
    "fuzzing_server": lambda x: wsproof.fuzzing_server(x),
    "Scenario": lambda x: wsproof.Scenario(x).case(),
    "Scenario id": lambda x: wsproof.Scenario("x", id=x).case(),
    "Scenario opcode": lambda x: wsproof.Scenario("x").send_frame(x).case(),
    "Scenario data": lambda x: wsproof.Scenario("x").send_text(x).case(),
    "Scenario rsv": lambda x: wsproof.Scenario("x").send_text("x", rsv=x).case(),
    "Scenario chop": lambda x: wsproof.Scenario("x").send_text("x", chop=x).case(),
    "Scenario fragment": lambda x: wsproof.Scenario("x").send_message("x", fragment=x).case(),
    "Scenario deflate": lambda x: wsproof.Scenario("x").deflate(max_window_bits=x, no_context_takeover=x).case(),
    "Scenario wait": lambda x: wsproof.Scenario("x").wait(x).case(),
    "Scenario close": lambda x: wsproof.Scenario("x").close(x).case(),
    "Scenario within": lambda x: wsproof.Scenario("x").close(within=x).case(),
    "Scenario send_close": lambda x: wsproof.Scenario("x").send_close(x).case(),
    "Scenario expect_text": lambda x: wsproof.Scenario("x").expect_text(x).case(),
    "Scenario expect_binary": lambda x: wsproof.Scenario("x").expect_binary(x).case(),
    "Scenario expect_close": lambda x: wsproof.Scenario("x").expect_close(x).case(),
    "Scenario clauses": lambda x: wsproof.Scenario("x", clauses=x).case(),
    "run_command": lambda x: _core.run_command(x, []),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_odd_values_raise_what_is_documented(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for value in ODD:
        try:
            FUNCTIONS[name](value)
        except EXPECTED as error:
            assert str(error)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for folder in [file, file / "below", Path("\0")]:
        with pytest.raises((wsproof.RunError, wsproof.UsageError)):
            wsproof.Report(folder, [CASE])
        with pytest.raises((wsproof.RunError, wsproof.UsageError)):
            wsproof.ServerRun("ws://127.0.0.1:1", [CASE], report=folder)
        with pytest.raises((wsproof.RunError, wsproof.UsageError)), wsproof.fuzzing_server(["1.1.1"], report=folder):
            pass


def test_nothing_can_be_made_or_changed_that_should_not() -> None:
    for kind in (wsproof.Case, wsproof.Outcome):
        with pytest.raises(TypeError):
            kind()
    with pytest.raises(AttributeError):
        CASE.id = "x"  # type: ignore[misc]
    assert wsproof.select(["1.1.1"])[0] == CASE and CASE != "1.1.1"
    assert len({CASE, *wsproof.select(["1.1"])}) == 8


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_memory_does_not_grow() -> None:
    cases = wsproof.select(["1.1", "2", "6.3", "7.1"])

    def work() -> None:
        for case in cases:
            outcome = case.run_in_memory(ServerProtocol())
            wsproof.Outcome.from_json(outcome.to_json()).explain(case)
        with wsproof.fuzzing_server(["1.1"]) as server:
            assert server.outcomes() == []
        with pytest.raises(wsproof.RunError):
            cases[0].run("ws://127.0.0.1:1")
        with pytest.raises(wsproof.UsageError):
            wsproof.parse_scenarios("[" * 1000)

    def resident() -> int:
        gc.collect()
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    for _ in range(5):
        work()
    before = resident()
    for _ in range(40):
        work()
    # A leak of 1 KiB a case would be 1 MiB by now.
    assert resident() - before < 1 << 20


def test_the_stubs_are_those_of_the_module(tmp_path: Path) -> None:
    (tmp_path / "allowed").write_text("wsproof._core.__all__\n")
    command = [sys.executable, "-m", "mypy.stubtest", "wsproof._core", "--allowlist", str(tmp_path / "allowed")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
