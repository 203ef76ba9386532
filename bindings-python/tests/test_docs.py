"""The examples of docs/python.md, and what docs/pytest.md says of options and markers."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from wsproof.pytest_plugin.options import OPTIONS
from wsproof.pytest_plugin.selection import MARKERS

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
EXAMPLES: dict[str, str] = dict(re.findall(r"```python\n# (test_\w+)\.py\n(.*?)```", GUIDE, re.DOTALL))


def test_they_are_found() -> None:
    assert EXAMPLES.keys() >= {
        "test_server",
        "test_client",
        "test_in_memory",
        "test_ping",
        "test_asyncio",
        "test_codec",
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs(name: str, pytester: pytest.Pytester, echo_url: str) -> None:
    pytester.makepyfile(**{name: EXAMPLES[name]})
    pytester.makeconftest(f"import pytest\n@pytest.fixture(scope='session')\ndef ws_url(): return {echo_url!r}\n")
    result = pytester.runpytest("--ws-cases=1.1.1,1.1.2,2.2,5.3,7.3.1")
    count = 5 if "ws_case" in EXAMPLES[name] or "ServerConformance" in EXAMPLES[name] else 1
    result.assert_outcomes(passed=count)


def test_the_commands(pytester: pytest.Pytester, echo_url: str) -> None:
    commands = [
        shlex.split(line, comments=True) for line in GUIDE.partition("```sh\n")[2].partition("```")[0].splitlines()
    ]
    (by_url,) = (command for command in commands if "--ws-url" in command)
    assert by_url == ["pytest", "--ws-url", "ws://localhost:9001"]
    pytester.runpytest("--ws-url", echo_url, "--ws-cases=1.1").assert_outcomes(passed=8)


def test_the_page_has_every_option_and_marker() -> None:
    page = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")
    told = set(re.findall(r"--ws-([\w-]+)", page.partition("## Options")[2]))
    assert told == {option.name for option in OPTIONS} | {"update-xfails"}
    markers = page.partition("## Markers")[2].partition("\n## ")[0]
    assert {line.partition(":")[0].partition("(")[0] for line in MARKERS} == set(
        re.findall(r"`(\w+)(?:\([^`]*\))?`(?=,| \||,)", markers)
    )
