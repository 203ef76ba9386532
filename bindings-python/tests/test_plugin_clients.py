"""The plugin with clients under test."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

THREE_LINES = """
from websockets.sync.client import connect

def test_client(ws_case):
    with ws_case.serve() as url, connect(url, max_size=None) as connection:
        for message in connection:
            connection.send(message)
"""


def test_a_client(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_client=THREE_LINES)
    result = pytester.runpytest("--ws-profile=core", "--ws-exclude=6.4,5.19,5.20", "--ws-report=r", "-v")
    result.assert_outcomes(passed=247 - 6, warnings=result.parseoutcomes().get("warnings", 0))
    result.stdout.fnmatch_lines(
        ["test_client.py::test_client?1.1.1? PASSED*", "*wsproof: client test_client.py::test_client*"]
    )
    (index,) = json.loads((pytester.path / "r" / "clients" / "index.json").read_text()).values()
    assert len(index) == 247 - 6


def test_a_broken_client_fails_and_is_told_why(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(THREE_LINES.replace("send(message)", "send(b'?')"))
    result = pytester.runpytest("--ws-cases=1.1.2,2.1,7.3.1", "--ws-report=r")
    result.assert_outcomes(failed=1, passed=2)
    result.stdout.fnmatch_lines(["1.1.2  fail*", "  received  binary message (1 octet)*", "*wire log*", "FAILED *"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_client_in_asyncio(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import asyncio
        from websockets.asyncio.client import connect

        async def run(case):
            async with case.aserve(agent="mine") as url, connect(url, max_size=None) as connection:
                async for message in connection:
                    await connection.send(message)

        def test_client(ws_case):
            asyncio.run(run(ws_case))
        """
    )
    result = pytester.runpytest("--ws-cases=1.1,2,7.9", "--ws-report=r")
    assert result.parseoutcomes()["passed"] == 8 + 11 + 9
    assert set(json.loads((pytester.path / "r" / "clients" / "index.json").read_text())) == {"mine"}


def test_a_client_in_another_process(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        client="""
        import sys
        from websockets.sync.client import connect
        with connect(sys.argv[1]) as connection:
            for message in connection:
                connection.send(message)
        """,
        test_it=f"""
        import subprocess
        def test_client(ws_case):
            with ws_case.serve() as url:
                subprocess.run([{sys.executable!r}, "client.py", url], timeout=30)
        """,
    )
    pytester.runpytest("--ws-cases=1.1.1,3.1").assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("pass", "no client connected to ws://127.0.0.1:"),
        ("1 / 0", "ZeroDivisionError"),
        ("with connect(url) as connection: assert False, 'mine'", "AssertionError: mine"),
        ("with connect(url) as connection: raise KeyError('after')", "the client raised KeyError: 'after'"),
        ("with connect(url) as connection: pytest.fail('out')", "Failed: out"),
        ("import socket; socket.create_connection(url[5:].strip('/').split(':'))", "no client connected"),
    ],
)
def test_what_goes_wrong_in_the_block(body: str, said: str, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        f"""
        import pytest
        from websockets.sync.client import connect
        def test_client(ws_case):
            with ws_case.serve() as url:
                {body}
        """
    )
    result = pytester.runpytest("--ws-cases=1.1.2")
    result.assert_outcomes(failed=1)
    assert said in result.stdout.str()


def test_a_client_that_was_judged_elsewhere(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        import wsproof
        from websockets.sync.client import connect

        @pytest.fixture(scope="session")
        def server():
            with wsproof.fuzzing_server(["1.1"]) as server:
                yield server

        @pytest.mark.ws_cases("1.1.1", "1.1.2")
        def test_client(ws_case, server):
            with connect(server.case_url(ws_case.id, "a b")) as connection:
                for message in connection:
                    if ws_case.id == "1.1.1":
                        connection.send(message)
            ws_case.check(server.wait(ws_case.id, agent="a b"))
        """
    )
    result = pytester.runpytest()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["1.1.2  fail  (a b)", "FAILED *?1.1.2?*"])
