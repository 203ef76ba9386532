"""The plugin with servers under test."""

from __future__ import annotations

import functools
import json
import signal
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

SERVER = """
import asyncio, sys
from websockets.asyncio.server import serve

async def echo(connection):
    async for message in connection:
        await connection.send(message)

async def main():
    async with serve(echo, "127.0.0.1", int(sys.argv[1])) as server:
        await server.serve_forever()

asyncio.run(main())
"""

TEST = """
def test_server(ws_case, ws_url):
    ws_case.run(ws_url)
"""


def by_command(url: str, folder: Path, *arguments: str) -> dict[str, str]:
    """The verdicts of `wsproof test-server`."""
    command = [sys.executable, "-m", "wsproof", "test-server", url, "--json", "--outdir", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    return {line["id"]: line["verdict"] for line in map(json.loads, done.stdout.splitlines())}


def by_plugin(report: Path) -> dict[str, str]:
    """The verdicts in JUnit's file."""
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        properties = {item.attrib["name"]: item.attrib["value"] for item in case.iter("property")}
        found[properties["ws_case"]] = properties["ws_verdict"]
    return found


@pytest.mark.parametrize(("server", "failed"), [("echo_url", False), ("shout_url", True)])
def test_no_test_file_is_needed_and_the_verdicts_are_the_command_s(
    server: str, failed: bool, pytester: pytest.Pytester, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(server)
    # None in which a message crosses a close frame, and comes or not as the scheduling has it.
    chosen = "1.1.1,1.1.2,1.2.2,2,5.3,5.6,6.2,7.3,7.7,7.9"
    result = pytester.runpytest(f"--ws-url={url}", f"--ws-cases={chosen}", "--junitxml=junit.xml")
    assert result.ret == (1 if failed else 0)
    mine = by_plugin(pytester.path / "junit.xml")
    assert mine == by_command(url, pytester.path / "command", "--cases", chosen) and len(mine) > 40
    assert ("fail" in mine.values()) == failed
    result.stdout.fnmatch_lines([f"wsproof: {url}, profile quick, *cases", "section *pass*", "slowest: *"])


def test_a_failure_shows_the_wire_log_and_no_traceback(pytester: pytest.Pytester, shout_url: str) -> None:
    arguments = [f"--ws-url={shout_url}", "--ws-cases=1.1.2", "--junitxml=junit.xml", "--ws-report=report"]
    result = pytester.runpytest(*arguments)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*wsproof::server?1.1.2?*",
            "1.1.2  fail  (Python/* websockets/*)",
            "  rule *RFC 6455*",
            "  expected  text message (125 octets)*",
            "  received  binary message (125 octets)*",
            "  wire log",
            "*frame sent * text*FIN*125 octets*",
            "report of servers: *index.html",
            "FAILED wsproof::server?1.1.2? - fail: *",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*.py:*")
    (failure,) = ElementTree.parse(pytester.path / "junit.xml").iter("failure")
    assert failure.attrib["message"].startswith("fail: ") and "wire log" in (failure.text or "")
    (index,) = json.loads((pytester.path / "report" / "servers" / "index.json").read_text()).values()
    assert index["1.1.2"]["behavior"] == "FAILED"
    assert (pytester.path / "report" / "servers" / "index.html").is_file()


def test_a_command_starts_the_server(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(server=SERVER)
    command = f"--ws-server={sys.executable} server.py {{port}}"
    pytester.runpytest(command, "--ws-cases=1.1").assert_outcomes(passed=8)
    pytester.makepyfile(test_it=TEST)
    result = pytester.runpytest(command, "--ws-cases=1.1", "--ws-url=ws://127.0.0.1:{port}/chat", "-v")
    result.assert_outcomes(passed=8)
    result.stdout.fnmatch_lines(["test_it.py::test_server?1.1.1? PASSED*"])
    result.stdout.no_fnmatch_line("wsproof::server*")


def test_a_server_that_does_not_start(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest(f"--ws-server={sys.executable} -c 'import sys; sys.exit(\"no config\")'")
    result.assert_outcomes(errors=1, skipped=516)
    result.stdout.fnmatch_lines(["*ended (exit status: 1) before it accepted a connection*", "*| no config"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_server_that_is_not_there_is_one_error(pytester: pytest.Pytester) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    result = pytester.runpytest(f"--ws-url=ws://127.0.0.1:{port}", "--ws-cases=1.1", "-rs")
    assert result.ret == 1
    result.assert_outcomes(errors=1, skipped=7)
    result.stdout.fnmatch_lines(
        [f"*{port}*refused*", "Start the server first: *--ws-server COMMAND", "SKIPPED*not run: *refused*"]
    )
    result.stdout.no_fnmatch_line("*test-server*")


def test_a_server_of_a_fixture_that_is_not_there_is_one_failure(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("import pytest\n@pytest.fixture(scope='module')\ndef ws_url(): return 'ws://127.0.0.1:1'\n")
    pytester.makepyfile(TEST)
    result = pytester.runpytest("--ws-cases=1.1", "-rs")
    result.assert_outcomes(failed=1, skipped=7)
    result.stdout.fnmatch_lines(["*127.0.0.1:1*refused*", "SKIPPED*not run: *refused*"])
    result.stdout.no_fnmatch_line("*.py:*RunError*")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a single process")
def test_ctrl_c_keeps_what_is_finished(pytester: pytest.Pytester, echo_url: str) -> None:
    arguments = [f"--ws-url={echo_url}", "--ws-cases=1.1.1,6.4.1", "--ws-report=r"]
    command = [sys.executable, "-m", "pytest", *arguments]
    # A shell starts what runs in its background, and these tests may, with Ctrl-C ignored, and Python leaves it so.
    heard = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(command, cwd=pytester.path, stdout=subprocess.PIPE, preexec_fn=heard)
    journal = pytester.path / "r" / "servers" / "journal.jsonl"
    # 6.4.1 waits for two seconds: Ctrl-C comes in the middle of it.
    deadline = time.monotonic() + 60
    while not (journal.is_file() and '"1.1.1"' in journal.read_text().partition("\n")[2]):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    output = process.communicate(timeout=30)[0].decode()
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    assert "1 passed" in output and "KeyboardInterrupt" in output and "report of servers" in output
    assert next(iter(json.loads((journal.parent / "index.json").read_text()).values())).keys() == {"1.1.1"}


def test_a_fixture_of_one_s_own(pytester: pytest.Pytester, echo_url: str) -> None:
    pytester.makeconftest(f"import pytest\n@pytest.fixture(scope='session')\ndef ws_url(): return {echo_url!r}\n")
    pytester.makepyfile(TEST)
    pytester.runpytest("--ws-cases=1,2").assert_outcomes(passed=27)


@pytest.mark.parametrize(("scope", "waits"), [("session", 1), ("function", 2)])
def test_cases_start_together_unless_each_has_its_server(
    scope: str, waits: int, pytester: pytest.Pytester, request: pytest.FixtureRequest
) -> None:
    """6.4.1 and 6.4.2 wait for two seconds each."""
    url = request.getfixturevalue("echo_url")
    pytester.makeconftest(f"import pytest\n@pytest.fixture(scope={scope!r})\ndef ws_url(): return {url!r}\n")
    pytester.makepyfile(TEST)
    result = pytester.runpytest("--ws-cases=6.4.1,6.4.2", "--junitxml=junit.xml")
    result.assert_outcomes(passed=2)
    times = [float(case.attrib["time"]) for case in ElementTree.parse(pytester.path / "junit.xml").iter("testcase")]
    # No matter how slow the machine is: who waits for his own two seconds, waits two seconds.
    assert sum(time > 1.9 for time in times) >= 1
    if waits > 1:
        assert all(time > 1.9 for time in times)
    else:
        assert sum(times) < 2 * 1.9


def test_asyncio(pytester: pytest.Pytester, echo_url: str) -> None:
    pytester.makepyfile(
        """
        import asyncio

        def test_server(ws_case, ws_url):
            asyncio.run(ws_case.arun(ws_url))
        """
    )
    pytester.runpytest(f"--ws-url={echo_url}", "--ws-cases=1.1").assert_outcomes(passed=8)


def test_what_is_known_of_a_case(pytester: pytest.Pytester, echo_url: str) -> None:
    pytester.makepyfile(
        """
        def test_server(ws_case, ws_url):
            assert (ws_case.id, ws_case.case.section) == ("2.2", 2)
            assert ws_case.description and ws_case.expectation
            assert ("MUST", "RFC 6455 §5.5.2") in ws_case.clauses
            assert ws_case.run(ws_url).verdict == "pass"
        """
    )
    pytester.runpytest(f"--ws-url={echo_url}", "--ws-cases=2.2").assert_outcomes(passed=1)


def test_cases_are_chosen_in_every_way(pytester: pytest.Pytester, echo_url: str) -> None:
    url = f"--ws-url={echo_url}"

    def collected(*arguments: str) -> set[str]:
        result = pytester.runpytest(url, "--collect-only", "-q", *arguments)
        return {line[len("wsproof::server[") : -1] for line in result.outlines if line.startswith("wsproof::server[")}

    assert len(collected()) == 517
    assert len(collected("--ws-profile=core")) == 247
    assert collected("--ws-cases=1.1", "--ws-exclude=1.1.1,1.1.2", "--ws-exclude=*.3") == {
        "1.1.4", "1.1.5", "1.1.6", "1.1.7", "1.1.8",
    }  # fmt: skip
    assert {id.partition(".")[0] for id in collected("-m", "ws_slow")} == {"9", "12", "13"}
    assert "2.2" in collected("-m", "rfc6455(section='5.5.2')")
    assert collected("-m", "ws_case(id='7.1.5')") == {"7.1.5"}
    assert collected("wsproof::server[7.1.5]", "wsproof::server[1.1.1]") == {"1.1.1", "7.1.5"}
    assert len(collected("wsproof")) == 517
    (pytester.path / "fuzzingclient.json").write_text('{"cases": ["1.1*"], "exclude-cases": ["1.1.1"], "servers": []}')
    assert collected("--ws-spec=fuzzingclient.json", "--ws-exclude=1.1.8") == {f"1.1.{n}" for n in range(2, 8)}
    pytester.makeini("[pytest]\nws_cases = 1.1.1 1.1.2\nws_exclude = 1.1.2\n")
    assert collected() == {"1.1.1"}
    assert collected("--ws-cases=2.1", "--ws-exclude=2.2") == {"2.1"}


def test_scenarios_of_one_s_own(pytester: pytest.Pytester, echo_url: str, shout_url: str) -> None:
    scenario = {
        "description": "text",
        "steps": [{"do": "frame", "opcode": "text", "payload": {"text": "x"}}, {"do": "close_after", "seconds": 0.2}],
        "accept": [{"events": [{"event": "message", "binary": False, "payload": {"text": "x"}}]}],
    }
    (pytester.path / "own.json").write_text(json.dumps(scenario))
    for url, outcomes in [(echo_url, {"passed": 1}), (shout_url, {"failed": 1})]:
        result = pytester.runpytest(f"--ws-url={url}", "--ws-scenario=own.json", "-v", "--ws-report=r")
        result.assert_outcomes(**outcomes)
        result.stdout.fnmatch_lines(["wsproof::server?100.1? *"])
    pytester.makepyfile(
        """
        import pytest
        from wsproof import Scenario

        echo = Scenario("an echo").send_text("x").expect_text("x")
        pong = Scenario("a pong").send_ping(b"x").expect_pong(b"x")

        @pytest.mark.ws_cases(scenarios=[echo, pong])
        def test_mine(ws_case, ws_url):
            ws_case.run(ws_url)

        @pytest.mark.ws_cases("1.1.1", "7.1", exclude="7.1.5", profile="core")
        def test_some(ws_case, ws_url):
            ws_case.run(ws_url)
        """
    )
    result = pytester.runpytest(f"--ws-url={echo_url}", "-v")
    result.stdout.fnmatch_lines(["*::test_mine?100.1? PASSED*", "*::test_mine?100.2? PASSED*"])
    result.assert_outcomes(passed=2 + 1 + 5)


def test_verdicts_become_outcomes(pytester: pytest.Pytester, echo_url: str) -> None:
    pytester.makepyfile(server=SERVER.replace("argv[1])", "argv[1]), compression=None, max_size=4096"))
    url = f"--ws-server={sys.executable} server.py {{port}}"
    cases = "--ws-cases=1.1.1,7.1.5,1.1.6,12.1.1"
    result = pytester.runpytest(url, cases, "-rs")
    result.assert_outcomes(passed=3, skipped=1, warnings=2)
    result.stdout.fnmatch_lines(
        ["*ConformanceWarning: limit: *1009*", "*ConformanceWarning: pass-with-notes: *", "SKIPPED*unimplemented: *"]
    )
    pytester.runpytest(url, cases, "--ws-strict").assert_outcomes(passed=1, failed=3)
    pytester.runpytest(url, cases, "--ws-fail-on=limit").assert_outcomes(passed=2, failed=1, skipped=1, warnings=1)
    pytester.runpytest(url, cases, "-Werror::wsproof.pytest_plugin.ConformanceWarning").assert_outcomes(
        passed=1, failed=2, skipped=1
    )
    pytester.makeini("[pytest]\nws_strict = true\n")
    pytester.runpytest(url, cases).assert_outcomes(passed=1, failed=3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--ws-url=http://h"], "http"),
        (["--ws-url=ws://h", "--ws-cases=99"], "99"),
        (["--ws-url=ws://h", "--ws-profile=slow"], "full, quick or core"),
        (["--ws-url=ws://h", "--ws-jobs=0"], "1 to 1000"),
        (["--ws-url=ws://h", "--ws-timeout=soon"], "--ws-timeout"),
        (["--ws-url=ws://h", "--ws-fail-on=bad"], "'bad'"),
        (["--ws-url=ws://h", "--ws-spec=missing.json"], "missing.json"),
        (["--ws-url=ws://h", "--ws-scenario=missing.json"], "missing.json"),
        (["--ws-url=ws://h", "--ws-xfails=missing"], "missing"),
        (["--ws-url=ws://h", "--ws-update-xfails"], "--ws-xfails"),
        (["--ws-server='x"], "quotation"),
        (["wsproof::server[1.1.1]"], "--ws-url"),
    ],
)
def test_wrong_use_is_told_before_anything_runs(arguments: list[str], said: str, pytester: pytest.Pytester) -> None:
    result = pytester.runpytest(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in result.stderr.str() + result.stdout.str()
    assert "Traceback" not in result.stderr.str() and "INTERNALERROR" not in result.stdout.str()


def test_a_test_without_a_server_is_told_what_to_do(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TEST)
    result = pytester.runpytest("--ws-cases=1.1.1")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*give --ws-url URL or --ws-server COMMAND, or override the fixture ws_url"])


def test_wrong_patterns_of_a_marker(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import pytest\n@pytest.mark.ws_cases('99')\ndef test_x(ws_case): pass\n")
    result = pytester.runpytest()
    assert result.ret != 0
    assert "99" in result.stdout.str()


def test_other_projects_are_left_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_x(): pass")
    result = pytester.runpytest("--strict-markers")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("wsproof*:*")


def test_the_last_failures_again(pytester: pytest.Pytester, shout_url: str, echo_url: str) -> None:
    cases = "--ws-cases=1.1.1,1.1.2,2.1"
    pytester.runpytest(f"--ws-url={shout_url}", cases).assert_outcomes(failed=2, passed=1)
    pytester.runpytest(f"--ws-url={echo_url}", cases, "--lf").assert_outcomes(passed=2, deselected=1)
