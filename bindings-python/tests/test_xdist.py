"""The plugin under pytest-xdist: workers share a run, the controller gathers what came of it."""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter

import pytest
from conftest import echo, serving
from test_plugin_server import SERVER, TEST, by_plugin
from websockets.asyncio.server import ServerConnection


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """In a process of its own, as pytest-xdist is not made to run in another pytest."""
    return pytester.runpytest_subprocess(*arguments, timeout=120)


@pytest.mark.parametrize("own_test", [False, True])
def test_each_case_is_run_once_whoever_waits_for_it(own_test: bool, pytester: pytest.Pytester) -> None:
    opened = Counter[str]()

    async def counting(connection: ServerConnection) -> None:
        assert connection.request is not None
        opened[connection.request.headers["Sec-WebSocket-Key"]] += 1
        await echo(connection)

    if own_test:
        pytester.makepyfile(TEST)
    with serving(counting) as url:
        arguments = [f"--ws-url={url}", "--ws-cases=1,2,5,7", "-n3", "--junitxml=j.xml", "--ws-report=r"]
        result = run(pytester, *arguments)
    cases = len(by_plugin(pytester.path / "j.xml"))
    assert cases == 84
    assert result.parseoutcomes()["passed"] == cases
    # A few more: those that look at what the server can take.
    assert cases <= len(opened) <= cases + 4
    (index,) = json.loads((pytester.path / "r" / "servers" / "index.json").read_text()).values()
    assert len(index) == cases
    result.stdout.fnmatch_lines(["*wsproof: server *", "section *", "report of servers: *index.html"])


def test_a_failure_keeps_its_text(pytester: pytest.Pytester, shout_url: str) -> None:
    arguments = [f"--ws-url={shout_url}", "--ws-cases=1.1.1,1.1.2,2.1,2.2", "-n2", "--junitxml=j.xml"]
    result = run(pytester, *arguments)
    result.assert_outcomes(failed=2, passed=2)
    result.stdout.fnmatch_lines(["1.1.? *fail *", "*wire log", "FAILED wsproof::server?1.1.?? - fail: *"])
    result.stdout.no_fnmatch_line("*Traceback*")
    assert all("wire log" in (failure.text or "") for failure in ElementTree.parse("j.xml").iter("failure"))
    run(pytester, *arguments, "--ws-xfails=known", "--ws-update-xfails").assert_outcomes(xfailed=2, passed=2)
    assert (pytester.path / "known").read_text() == "1.1.1    fail\n1.1.2    fail\n"
    run(pytester, *arguments, "--ws-xfails=known").assert_outcomes(xfailed=2, passed=2)


def test_the_server_is_started_once(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(server=SERVER + "", test_it=TEST)
    script = pytester.path / "server.py"
    script.write_text("open('started', 'a').write('x')\n" + script.read_text())
    command = f"--ws-server={sys.executable} server.py {{port}}"
    run(pytester, command, "--ws-cases=1.1", "-n2").assert_outcomes(passed=8)
    assert (pytester.path / "started").read_text() == "x"


def test_items_by_name(pytester: pytest.Pytester, echo_url: str) -> None:
    pytester.makepyfile("def test_other(): pass")
    url = f"--ws-url={echo_url}"
    run(pytester, url, "-n2", "wsproof::server[1.1.1]", "wsproof::server[2.1]").assert_outcomes(passed=2)
    run(pytester, url, "-n2", "--ws-cases=1.1", "wsproof", "test_items_by_name.py").assert_outcomes(passed=9)


def test_a_worker_that_crashes_is_stood_in_for(pytester: pytest.Pytester, echo_url: str) -> None:
    # 6.4.1 to 6.4.4 are still running when the worker that runs them ends.
    pytester.makepyfile(
        """
        import os
        def test_server(ws_case, ws_url):
            if ws_case.id == "1.1.2":
                os._exit(1)
            ws_case.run(ws_url)
        """
    )
    result = run(pytester, f"--ws-url={echo_url}", "--ws-cases=1.1.1,1.1.2,1.1.3,6.4", "-n2")
    assert result.parseoutcomes()["passed"] == 6 and result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(["*crashed*"])


def test_a_server_that_is_not_there(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--ws-url=ws://127.0.0.1:1", "--ws-cases=1.1", "-n2")
    assert result.ret != 0
    assert result.parseoutcomes()["errors"] >= 1 and "passed" not in result.parseoutcomes()
    result = run(pytester, f"--ws-server={sys.executable} -c 1/0", "--ws-cases=1.1", "-n2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "ZeroDivisionError" in result.stderr.str()


def test_clients_and_memory(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from websockets.server import ServerProtocol
        from websockets.sync.client import connect
        from wsproof import ServerConformance

        def test_client(ws_case):
            with ws_case.serve() as url, connect(url) as connection:
                for message in connection:
                    connection.send(message)

        class TestMemory(ServerConformance):
            def make_peer(self):
                return ServerProtocol()
        """
    )
    result = run(pytester, "--ws-cases=1.1", "-n2", "--ws-report=r")
    result.assert_outcomes(passed=16)
    assert {path.name for path in (pytester.path / "r").iterdir()} == {"clients", "servers"}
