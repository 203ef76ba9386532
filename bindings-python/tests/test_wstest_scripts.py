"""`wstest` as the scripts of known projects call it: the shape of their spec files, and what they read afterwards.

Which cases they choose is cut down here, except where the way of choosing matters; ports are others.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from test_commands import script
from websockets.sync.client import connect

CASES = ["1.1.1", "2.*", "7.7.*", "*6.4.[13]$", "12.*.1$", "8.*"]
"""Patterns, regular expressions among them, and a section that is empty."""

CHOSEN = {"1.1.1", *(f"2.{n}" for n in range(1, 12)), *(f"7.7.{n}" for n in range(1, 14)), "6.4.1", "6.4.3"} | {
    f"12.{n}.1" for n in range(1, 6)
}


def fuzz_servers(folder: Path, spec: dict[str, Any], *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "spec.json").write_text(json.dumps(spec))
    command = [script("wstest"), "--mode", "fuzzingclient", "--spec", "spec.json", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


@contextmanager
def fuzzing_server(folder: Path, spec: dict[str, Any]) -> Iterator[None]:
    (folder / "fuzzingserver.json").write_text(json.dumps(spec))
    port = int(spec["url"].rpartition(":")[2])
    command = [script("wstest"), "-m", "fuzzingserver", "-s", "fuzzingserver.json"]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        # As `wait-for-it` and the like do: connect, and go away again.
        deadline = time.monotonic() + 30
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert time.monotonic() < deadline and server.poll() is None
            time.sleep(0.01)
        yield
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def visit(url: str, agent: str) -> int:
    with connect(url + "/getCaseCount") as connection:
        count = int(connection.recv())
    for case in range(1, count + 1):
        try:
            with connect(f"{url}/runCase?case={case}&agent={agent}", max_size=None) as connection:
                for message in connection:
                    connection.send(message)
        except Exception:  # noqa: BLE001, RUF100, S110
            pass
    with connect(f"{url}/updateReports?agent={agent}"):
        pass
    return count


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def read(folder: Path) -> Any:
    return json.loads((folder / "index.json").read_text())


def test_aiohttp_server(tmp_path: Path, echo_url: str) -> None:
    spec = {
        "options": {"failByDrop": True},
        "outdir": "./reports/servers",
        "servers": [{"agent": "AutobahnServer", "url": echo_url}],
        "cases": CASES,
        "exclude-cases": [],
        "exclude-agent-cases": {},
    }
    assert fuzz_servers(tmp_path, spec).returncode == 0
    folder = tmp_path / "reports" / "servers"
    results = read(folder)["AutobahnServer"]
    assert results.keys() == CHOSEN
    for id, result in results.items():
        assert result["behaviorClose"] in ("OK", "INFORMATIONAL"), id
        assert json.loads((folder / result["reportfile"]).read_text())["result"]


def test_aiohttp_client(tmp_path: Path) -> None:
    url = f"ws://localhost:{free_port()}"
    spec = {
        "url": url,
        "options": {"failByDrop": False},
        "outdir": "./reports/clients",
        "webport": free_port(),
        "cases": ["1.1.*", "12.1.*"],
        "exclude-cases": ["12.*", "13.*"],
        "exclude-agent-cases": {},
    }
    with fuzzing_server(tmp_path, spec):
        assert visit(url, "aiohttp") == 8
    results = read(tmp_path / "reports" / "clients")["aiohttp"]
    assert {id: result["behaviorClose"] for id, result in results.items()} == {f"1.1.{n}": "OK" for n in range(1, 9)}


def test_websockets_servers_without_a_name(tmp_path: Path, echo_url: str) -> None:
    # The second server is not there: it is passed over, the exit status is 0 all the same.
    servers = [{"url": echo_url}, {"url": f"ws://127.0.0.1:{free_port()}"}]
    spec = {"servers": servers, "outdir": str(tmp_path / "far" / "reports"), "cases": ["1.1.*"], "exclude-cases": []}
    assert fuzz_servers(tmp_path, spec).returncode == 0
    ((agent, results),) = read(tmp_path / "far" / "reports").items()
    assert agent.startswith("Python/") and "websockets/" in agent
    assert len(results) == 8 and (tmp_path / "far" / "reports" / "index.html").is_file()


def test_wsproto_both_ways(tmp_path: Path, echo_url: str) -> None:
    def summarize(folder: Path) -> tuple[int, int]:
        results = read(folder)["wsproto"]
        good = {"OK", "INFORMATIONAL"}
        failed = [r for r in results.values() if r["behavior"] not in good or r["behaviorClose"] not in good]
        assert all((folder / result["reportfile"]).read_text() for result in failed)
        assert sorted(results.values(), key=lambda result: -result["duration"] / 1000)
        return len(failed), len(results)

    server = {"agent": "wsproto", "url": echo_url, "options": {"version": 18}}
    options = {"failByDrop": False}
    spec: dict[str, Any] = {"options": options, "outdir": "./reports/servers", "servers": [server], "cases": CASES}
    spec |= {"exclude-cases": [], "exclude-agent-cases": {}}
    assert fuzz_servers(tmp_path, spec).returncode == 0
    # websockets reads invalid UTF-8 to the end of the message: NON-STRICT, which this reader counts as failed.
    assert summarize(tmp_path / "reports" / "servers") == (2, len(CHOSEN))
    url = f"ws://localhost:{free_port()}"
    spec = {"url": url, "options": options, "outdir": "./reports/clients", "webport": 0, "cases": ["2.*", "12.*.[12]$"]}
    spec |= {"exclude-cases": [], "exclude-agent-cases": {}}
    with fuzzing_server(tmp_path, spec):
        assert visit(url, "wsproto") == 11 + 10
    assert summarize(tmp_path / "reports" / "clients") == (0, 11 + 10)


@pytest.mark.skipif(sys.platform == "win32", reason="the script is one of bash")
def test_tungstenite_compares_with_what_is_committed(tmp_path: Path, echo_url: str) -> None:
    (tmp_path / "autobahn").mkdir()
    servers = [{"agent": "Tungstenite", "url": echo_url}]
    spec: dict[str, Any] = {"outdir": "./autobahn/server", "servers": servers, "cases": ["1.1.*"]}
    spec |= {"exclude-cases": [], "exclude-agent-cases": {}}

    def without_durations(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: without_durations(inner) for key, inner in value.items() if key != "duration"}
        return value

    assert fuzz_servers(tmp_path, spec).returncode == 0
    entry = {"behavior": "OK", "behaviorClose": "OK", "remoteCloseCode": 1000}
    committed = {f"1.1.{n}": {**entry, "reportfile": f"tungstenite_case_1_1_{n}.json"} for n in range(1, 9)}
    assert without_durations(read(tmp_path / "autobahn" / "server")) == {"Tungstenite": committed}
