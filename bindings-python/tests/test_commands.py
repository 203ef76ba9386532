"""The console scripts, which are the Rust commands."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from wsproof import _core

SCRIPTS = Path(sys.executable).parent


def script(name: str) -> str:
    found = [path for path in (SCRIPTS / name, SCRIPTS / f"{name}.exe") if path.is_file()]
    assert found, f"{name} is not installed beside {sys.executable}"
    return str(found[0])


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=120, cwd=cwd)


def test_both_are_installed() -> None:
    assert run(script("wsproof"), "--version").stdout.startswith("wsproof ")
    assert run(script("wstest"), "--version").stdout.startswith("wstest ")
    assert run(sys.executable, "-m", "wsproof", "explain", "1.1.1").stdout.startswith("Case 1.1.1")


def test_the_exit_status_comes_through(echo_url: str, shout_url: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for url, status in [(echo_url, 0), (shout_url, 1), ("http://h", 2), (f"ws://127.0.0.1:{port}", 3)]:
        done = run(script("wsproof"), "test-server", url, "--cases", "1.1.2", "--outdir", str(tmp_path))
        assert done.returncode == status, done.stdout + done.stderr
    assert run(script("wstest"), "--mode", "no").returncode == 1


def test_wstest_runs_a_spec(shout_url: str, tmp_path: Path) -> None:
    spec = {"servers": [{"agent": "shout", "url": shout_url}], "cases": ["1.1.1", "1.1.2"], "exclude-cases": []}
    (tmp_path / "fuzzingclient.json").write_text(json.dumps(spec))
    done = run(script("wstest"), "-m", "fuzzingclient", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    index = json.loads((tmp_path / "reports" / "servers" / "index.json").read_text())
    assert {case: entry["behavior"] for case, entry in index["shout"].items()} == {"1.1.1": "FAILED", "1.1.2": "FAILED"}


def test_another_name_is_no_command() -> None:
    with pytest.raises(ValueError, match="wstest"):
        _core.run_command("rm", [])  # type: ignore[arg-type]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for a single process")
@pytest.mark.parametrize("name", ["wsproof", "wstest"])
def test_ctrl_c_stops_at_once_and_keeps_the_report(name: str, echo_url: str, tmp_path: Path) -> None:
    if name == "wsproof":
        arguments = ["test-server", echo_url, "--cases", "1.1.1,6.4.1", "--outdir", "reports/servers"]
    else:
        spec = {"servers": [{"agent": "echo", "url": echo_url}], "cases": ["1.1.1", "6.4.1"]}
        (tmp_path / "spec.json").write_text(json.dumps(spec))
        arguments = ["-m", "fuzzingclient", "-s", "spec.json"]
    process = subprocess.Popen(
        [script(name), *arguments], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    journal = tmp_path / "reports" / "servers" / "journal.jsonl"
    deadline = time.monotonic() + 30
    # 6.4.1 waits for two seconds: Ctrl-C comes in the middle of it.
    while not (journal.is_file() and '"1.1.1"' in journal.read_text().partition("\n")[2]):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert b"Traceback" not in output and b"KeyboardInterrupt" not in output, output
    assert process.returncode == (130 if name == "wsproof" else process.returncode)
    (cases,) = json.loads((tmp_path / "reports" / "servers" / "index.json").read_text()).values()
    assert set(cases) == {"1.1.1"}
