"""`wstest` as scripts know it: a spec file in, lines on standard output and an `index.json` out, exit status 0."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .expected import Expected, of_library, of_peers, read_index, read_json
from .testees import Testee, Tools, libraries, peer

WAIT = 30.0
"""How long a program may take to listen or to end, in seconds."""

CLIENT_CASES = ["1.*", "2.*", "3.*", "4.*", "5.*", "7.*", "10.*"]
"""`7.*` and the like are patterns with an open end; none of these takes in more than its section."""


def fuzzing_client(tools: Tools, folder: Path) -> int:
    """Two servers in one spec, one of which fails cases, some left out for one of them."""
    fresh(folder)
    good, bad = named(tools, "node-ws"), named(tools, "broken-lenient")
    ports = free_ports(2)
    servers = [
        {"agent": testee.name, "url": f"ws://127.0.0.1:{port}"} for testee, port in zip((good, bad), ports, strict=True)
    ]
    spec = {
        "outdir": "./reports/servers",
        "servers": servers,
        "cases": CLIENT_CASES,
        "exclude-cases": ["10.*"],
        "exclude-agent-cases": {bad.name: ["5.*"]},
        "options": {"failByDrop": False, "version": 18},
    }
    write_json(folder / "fuzzingclient.json", spec)
    with started(good.server(str(ports[0])), ports[0]), started(bad.server(str(ports[1])), ports[1]):
        command = [str(tools.wstest), "--mode", "fuzzingclient", "--spec", "fuzzingclient.json"]
        done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False, timeout=4 * WAIT)
    assert done.returncode == 0, f"exit status {done.returncode}, not 0\n{done.stdout}\n{done.stderr}"
    cases = [case for case in of_library(good.name, "server").verdicts if case.split(".")[0] in set("123457")]
    index = folder / "reports" / "servers" / "index.json"
    compare(index, good.name, of_library(good.name, "server").only(cases))
    rest = [case for case in cases if not case.startswith("5.")]
    compare(index, bad.name, of_library(bad.name, "server").only(rest))
    assert "FAILED" in index.read_text(encoding="utf-8"), "no case failed: the exit status proves nothing"
    assert f"Ok, will run {len(cases)} test cases" in done.stdout, done.stdout[:500]
    assert f"Running test case ID 1.1.1 for agent {good.name} from peer " in done.stdout, done.stdout[:2000]
    assert f"Skipping test case 5.1 for agent {bad.name}" in done.stdout, done.stdout[-2000:]
    complete(index, cases)
    return len(cases) + len(rest)


def fuzzing_server(tools: Tools, folder: Path) -> int:
    """Two clients, one of which fails cases; the reports are asked for by each; then the server is told to stop."""
    fresh(folder)
    (port,) = free_ports(1)
    url = f"ws://127.0.0.1:{port}"
    spec = {"url": url, "outdir": "./reports/clients", "cases": ["2.*", "5.*", "7.*"], "exclude-cases": [""]}
    write_json(folder / "fuzzingserver.json", spec)
    good, bad = named(tools, "tokio-tungstenite"), peer("naive")
    # The spec file is the one in the working folder: implicit, as in many scripts.
    command = [str(tools.wstest), "-m", "fuzzingserver", "--webport=0"]
    log = folder / "stdout"
    with log.open("w", encoding="utf-8") as output:
        server = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        try:
            wait_for(port, server)
            for client in (good, bad):
                subprocess.run(client.client(url), check=True, timeout=4 * WAIT, stdout=subprocess.DEVNULL)
            ask(port, "/stopServer")
            status = server.wait(WAIT)
        finally:
            server.kill()
    said = log.read_text(encoding="utf-8")
    assert status == 0, f"exit status {status}, not 0\n{said}"
    cases = [case for case in of_library(good.name, "client").verdicts if case.split(".")[0] in set("257")]
    index = folder / "reports" / "clients" / "index.json"
    compare(index, good.name, of_library(good.name, "client").only(cases))
    compare(index, bad.name, of_peers("client")[bad.name].only(cases))
    assert f"Ok, will run {len(cases)} test cases" in said, said[:500]
    assert f"Running test case ID 2.1 for agent {good.name} from peer " in said, said[:2000]
    assert "Updating reports, requested by peer " in said, said[-2000:]
    complete(index, cases)
    return 2 * len(cases)


def compare(index: Path, agent: str, expected: Expected) -> None:
    found = expected.differences(read_index(index, agent))
    assert not found, "\n".join(f"{agent} {case}: expected {wanted}, not {said}" for case, wanted, said in found)


def complete(index: Path, cases: list[str]) -> None:
    """Autobahn's layout, which scripts take apart with `grep` and `sed`, and a file for every case."""
    text = index.read_text(encoding="utf-8")
    content: dict[str, dict[str, dict[str, Any]]] = read_json(index)
    assert text.rstrip("\n") == json.dumps(content, indent=3, sort_keys=True, separators=(",", ": ")), (
        f"{index} is not laid out as Autobahn's"
    )
    keys = {"behavior", "behaviorClose", "duration", "remoteCloseCode", "reportfile"}
    for agent, entries in content.items():
        assert set(entries) <= set(cases), f"cases of {agent} that were not asked for"
        for case, entry in entries.items():
            assert set(entry) == keys, f"{agent} {case}: {sorted(entry)}"
            report = index.parent / entry["reportfile"]
            assert read_json(report)["id"] == case, f"{report} is of another case"
            assert report.with_suffix(".html").is_file(), f"{report} has no page"
    assert (index.parent / "index.html").is_file(), "there is no index.html"


def named(tools: Tools, name: str) -> Testee:
    (testee,) = (testee for testee in libraries(tools) if testee.name == name)
    return testee


def fresh(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")


def free_ports(count: int) -> list[int]:
    """Ports that nobody has, held together so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(listener.getsockname()[1]) for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports


@contextmanager
def started(command: list[str], port: int) -> Iterator[None]:
    """A program that listens on a port, for as long as it is needed."""
    program = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, program)
        yield
    finally:
        program.kill()
        program.wait()


def wait_for(port: int, program: subprocess.Popen[bytes]) -> None:
    """Waits until a program listens, by connecting."""
    deadline = time.monotonic() + WAIT
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=WAIT).close()
        except OSError:
            assert program.poll() is None, f"{program.args!r} ended with exit status {program.returncode}"
            assert time.monotonic() < deadline, f"{program.args!r} does not listen on port {port}"
            time.sleep(0.02)
        else:
            return


def ask(port: int, path: str) -> None:
    """An opening handshake for a path that needs no answer."""
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT) as connection:
        connection.sendall(request.encode())
        while connection.recv(4096):
            pass
