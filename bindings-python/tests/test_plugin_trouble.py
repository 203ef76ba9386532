"""Testees that do not do their part: they never return, cannot be reached, throw, or fail every case."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

TEST = """
def test_server(ws_case, ws_url):
    ws_case.run(ws_url)
"""

CLIENT = """
import asyncio, time
from websockets.sync.client import connect
from websockets.exceptions import ConnectionClosed
import websockets

def echo(url):
    with connect(url, max_size=None, compression=None) as connection:
        try:
            for message in connection:
                connection.send(message)
        except ConnectionClosed:
            pass
"""

CASES = "--ws-cases=1.1"


def fixture(body: str, scope: str = "session") -> str:
    return f"import pytest, time\n@pytest.fixture(scope={scope!r})\ndef ws_url():\n    {body}\n"


@pytest.mark.parametrize("scope", ["session", "function"])
def test_a_fixture_that_never_returns_is_one_error(scope: str, pytester: pytest.Pytester) -> None:
    pytester.makeconftest(fixture("time.sleep(1e6)", scope))
    pytester.makepyfile(TEST)
    result = pytester.runpytest(CASES, "--ws-wait=0.2", "-rs")
    result.assert_outcomes(errors=1, skipped=7)
    result.stdout.fnmatch_lines(
        [
            "the fixture ws_url has not returned within 0.2 s (--ws-wait sets this time); it was at conftest.py:4: *",
            "SKIPPED*7*not run: the fixture ws_url has not returned*",
        ]
    )
    assert len(result.outlines) < 40


@pytest.mark.parametrize("scope", ["session", "function"])
def test_a_fixture_that_throws_is_one_error(scope: str, pytester: pytest.Pytester) -> None:
    pytester.makeconftest(fixture("raise RuntimeError('no database')", scope))
    pytester.makepyfile(TEST, test_other="def test_else(): pass")
    result = pytester.runpytest(CASES, "-rs")
    result.assert_outcomes(errors=1, skipped=7, passed=1)
    result.stdout.fnmatch_lines(["E *RuntimeError: no database", "SKIPPED*7*not run: *no database*"])


def test_a_fixture_that_others_need_throws_once(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="module")
        def database():
            raise RuntimeError("no database")

        @pytest.fixture(scope="module")
        def ws_url(database):
            return "ws://127.0.0.1:1"
        """
    )
    pytester.makepyfile(test_a=TEST, test_b=TEST)
    result = pytester.runpytest(CASES, "-rs")
    # Each module has its own fixture.
    result.assert_outcomes(errors=2, skipped=14)
    result.stdout.fnmatch_lines(["SKIPPED*not run: the fixture database failed: no database*"])


def test_a_fixture_that_works_sometimes_is_tried_again(pytester: pytest.Pytester, echo_url: str) -> None:
    body = f"times.append(1)\n    if len(times) in (3, 5): raise RuntimeError('now and then')\n    return {echo_url!r}"
    pytester.makeconftest(fixture(body, "function").replace("@pytest", "times = []\n@pytest"))
    pytester.makepyfile(TEST)
    pytester.runpytest(CASES).assert_outcomes(errors=2, passed=6)


def test_a_command_that_does_not_listen_is_told_with_the_names_of_here(pytester: pytest.Pytester) -> None:
    command = f"--ws-server={sys.executable} -c 'import time; time.sleep(1e6)'"
    result = pytester.runpytest(command, CASES, "--ws-wait=0.2")
    result.assert_outcomes(errors=1, skipped=7)
    result.stdout.fnmatch_lines(["*was started, but * after 0.2 s (--ws-wait sets this time); it printed nothing"])
    result.stdout.no_fnmatch_line("*.log*")
    result = pytester.runpytest(command, CASES, "--ws-wait=0.2", "--ws-report=r")
    result.stdout.fnmatch_lines(["*it printed nothing (*testee.log)"])
    assert (pytester.path / "r" / "testee.log").is_file()


def test_what_a_port_is_for_is_told_with_the_names_of_here(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("--ws-url=ws://127.0.0.1:{port}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*`{port}` picks a free port for --ws-server COMMAND; there is none"])


@pytest.mark.parametrize("ending", ["time.sleep(1e6)", "while True: pass"])
def test_a_client_that_never_returns_is_judged_by_what_it_did(ending: str, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        CLIENT
        + f"""
def test_client(ws_case):
    with ws_case.serve() as url:
        echo(url)
        {ending}
"""
    )
    result = pytester.runpytest("--ws-cases=1.1.1,1.1.2")
    result.assert_outcomes(passed=2, warnings=2)
    result.stdout.fnmatch_lines(
        ["*ConformanceWarning: the block has not ended 5 s after the connection was closed; *.py:*"]
    )


def test_a_client_in_asyncio_that_never_returns(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        CLIENT
        + """
async def client(ws_case):
    async with ws_case.aserve() as url:
        async with websockets.connect(url) as connection:
            await connection.send("something else")
            await asyncio.sleep(1e6)

def test_client(ws_case):
    asyncio.run(client(ws_case))
"""
    )
    result = pytester.runpytest("--ws-cases=1.1.2")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["1.1.2  fail*", "  the block has not ended 5 s after the connection was closed; it is at *sleep*"]
    )


@pytest.mark.parametrize("block", ["with", "async with"])
def test_a_client_that_never_connects(block: str, pytester: pytest.Pytester) -> None:
    source = {
        "with": "def test_client(ws_case):\n    with ws_case.serve() as url:\n        time.sleep(1e6)\n",
        "async with": "async def client(ws_case):\n"
        "    async with ws_case.aserve() as url:\n        await asyncio.sleep(1e6)\n"
        "def test_client(ws_case):\n    asyncio.run(client(ws_case))\n",
    }
    pytester.makepyfile(CLIENT + source[block])
    result = pytester.runpytest(CASES, "--ws-wait=0.2", "-rs")
    result.assert_outcomes(failed=1, skipped=7)
    result.stdout.fnmatch_lines(
        ["no client connected to ws://* within 0.2 s (--ws-wait sets this time); it is at *sleep*"]
    )


def test_a_client_that_throws_before_it_connects_is_one_failure(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_client(ws_case):
            with ws_case.serve() as url:
                raise RuntimeError("no such library")
        """
    )
    result = pytester.runpytest(CASES, "-rs")
    result.assert_outcomes(failed=1, skipped=7)
    result.stdout.fnmatch_lines(["E *RuntimeError: no such library", "SKIPPED*7*not run: no such library"])


def test_a_client_that_connects_sometimes_is_tried_each_time(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        CLIENT
        + """
def test_client(ws_case):
    with ws_case.serve() as url:
        if ws_case.id not in ("1.1.3", "1.1.5"):
            echo(url)
"""
    )
    result = pytester.runpytest(CASES)
    result.assert_outcomes(passed=6, failed=2)
    result.stdout.fnmatch_lines(["no client connected to ws://* while the block ran"])


def test_a_client_that_is_not_served_is_told_why(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import socket, urllib.parse

        def test_client(ws_case):
            with ws_case.serve() as url:
                place = urllib.parse.urlsplit(url)
                with socket.create_connection((place.hostname, place.port)) as client:
                    client.sendall(b"GET / HTTP/1.1\\r\\nHost: h\\r\\nUpgrade: websocket\\r\\n\\r\\n")
                    answer = client.recv(4096)
                assert b"400" in answer and b"Connection header" in answer
        """
    )
    result = pytester.runpytest("--ws-cases=1.1.1")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["no client connected to ws://* its request was not served: 400: the Connection header does not name Upgrade"]
    )


def test_a_peer_in_memory_that_never_returns(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        class Peer:
            def receive_data(self, data):
                while True:
                    pass
            def data_to_send(self):
                return b""

        def test_peer(ws_case):
            ws_case.run_in_memory(Peer())
        """
    )
    result = pytester.runpytest("--ws-cases=1.1.1", "--ws-timeout=0.2")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["the peer has not returned within 0.2 s (--ws-timeout sets this time): *.py:*"])


def count(result: pytest.RunResult, text: str) -> int:
    return sum(text in line for line in result.outlines)


def test_of_many_failures_ten_are_told_in_full(pytester: pytest.Pytester, shout_url: str) -> None:
    arguments = [f"--ws-url={shout_url}", "--ws-cases=1.1,6.2,6.5,5.3,5.4,5.5"]
    result = pytester.runpytest(*arguments, "--junitxml=junit.xml")
    failed = result.parseoutcomes()["failed"]
    assert failed > 15
    assert count(result, "  wire log") == 10
    assert count(result, "FAILED wsproof::server") == failed
    result.stdout.fnmatch_lines([f"{failed - 10} more failures are told in one line each. --ws-report DIR writes *"])
    # A file is no terminal.
    failures = list(ElementTree.parse(pytester.path / "junit.xml").iter("failure"))
    assert len(failures) == failed and all("wire log" in (failure.text or "") for failure in failures)
    result = pytester.runpytest(*arguments, "--ws-report=r")
    result.stdout.fnmatch_lines(
        [f"{failed - 10} more failures are told in one line each. The report has all wire logs"]
    )


def test_tb_is_obeyed(pytester: pytest.Pytester, shout_url: str) -> None:
    arguments = [f"--ws-url={shout_url}", "--ws-cases=1.1.2,1.1.3", "-rN"]

    def lines(style: str) -> pytest.RunResult:
        result = pytester.runpytest(*arguments, f"--tb={style}")
        result.assert_outcomes(failed=2)
        return result

    full = lines("auto")
    assert count(full, "  wire log") == 2 and count(full, "1.1.2  fail") == 1
    short = lines("short")
    assert count(short, "wire log") == 0 and count(short, "1.1.2  fail") == 1 and count(short, "  received  ") == 2
    line = lines("line")
    assert count(line, "wire log") == 0 and count(line, ": fail: ") == 2 and count(line, "expected") == 0
    none = lines("no")
    assert count(none, "fail: ") == 0 and count(none, "wire log") == 0
    assert len(full.outlines) > len(short.outlines) > len(line.outlines) >= len(none.outlines)


def test_peers_that_raise_are_told_in_full_ten_times(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        class Peer:
            def receive_data(self, data):
                raise TypeError("no such method in my parser")
            def data_to_send(self):
                return b""

        def test_peer(ws_case):
            ws_case.run_in_memory(Peer())
        """
    )
    result = pytester.runpytest("--ws-cases=1.1,1.2")
    result.assert_outcomes(failed=16)
    assert count(result, "TypeError: no such method in my parser") >= 10
    assert count(result, "--- wsproof ---") == 10
    result.stdout.fnmatch_lines(["6 more failures are told in one line each. *"])


def test_the_first_ten_of_all_workers(pytester: pytest.Pytester, shout_url: str) -> None:
    result = pytester.runpytest(f"--ws-url={shout_url}", "--ws-cases=1.1,6.2,6.5,5.3,5.4,5.5", "-n2")
    failed = result.parseoutcomes()["failed"]
    assert failed > 15 and count(result, "  wire log") == 10


def test_blocks_are_ended_in_every_thread(tmp_path: Path) -> None:
    """Outside the main thread, and on Windows, by another way than a signal."""
    import contextlib
    import threading

    from wsproof.pytest_plugin import patience

    ended: list[str] = []

    def block() -> None:
        try:
            with patience.ended_when(patience.within(0.05)):
                while True:
                    pass
        except patience.Overdue as overdue:
            ended.append(patience.where(overdue, Path(__file__).parent))

    block()
    thread = threading.Thread(target=block)
    thread.start()
    thread.join(60)
    assert len(ended) == 2 and all(place.startswith(Path(__file__).name) for place in ended)
    # Whether it is overdue or ends just in time: nothing comes behind the block.
    for _ in range(100):
        with contextlib.suppress(patience.Overdue), patience.ended_when(patience.within(0.0005)):
            pass
