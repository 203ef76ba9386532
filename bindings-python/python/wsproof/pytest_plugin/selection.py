"""Which cases a test runs, and the markers of its items."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import pytest

from wsproof._core import Case, UsageError, select
from wsproof.pytest_plugin.options import Settings, told
from wsproof.scenario import cases_of

MARKERS = (
    "ws_cases(*patterns, exclude=(), profile=None, scenarios=()): run this test for these cases only, or for these "
    "scenarios; the command line narrows them further.",
    "ws_case(id, section): the conformance case of an item; set by wsproof.",
    "ws_slow: a case of section 9, 12 or 13, with large or many messages; set by wsproof.",
    "rfc6455(section): a section of RFC 6455 that the case proves; set by wsproof.",
    "rfc7692(section): a section of RFC 7692 that the case proves; set by wsproof.",
    "ws_xfail(*patterns, verdict='fail', reason=''): these cases end with this verdict.",
)

SLOW = (9, 12, 13)


def test_of(nodeid: str) -> str:
    """The test of an item: its node id without the parameters."""
    path, separator, names = nodeid.partition("::")
    return path + separator + names.partition("[")[0]


def register_markers(config: pytest.Config) -> None:
    """Make them known."""
    for line in MARKERS:
        config.addinivalue_line("markers", line)


def marks(case: Case) -> list[pytest.MarkDecorator]:
    """The markers of the item that runs a case."""
    found = [pytest.mark.ws_case(id=case.id, section=case.section)]
    if case.section in SLOW:
        found.append(pytest.mark.ws_slow)
    for _, place in case.clauses:
        if known := re.fullmatch(r"RFC (6455|7692) §(\S+)", place):
            found.append(getattr(pytest.mark, "rfc" + known[1])(section=known[2]))
    return found


def parametrize(metafunc: pytest.Metafunc, settings: Settings) -> None:
    """Give the test one item for each case."""
    try:
        cases = _cases(metafunc, settings)
    except (UsageError, TypeError) as error:
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: {told(error)}") from None
    parameters = [pytest.param(case, id=case.id, marks=marks(case)) for case in cases]
    metafunc.parametrize("ws_case", parameters, indirect=True)


def _cases(metafunc: pytest.Metafunc, settings: Settings) -> list[Case]:
    marker = metafunc.definition.get_closest_marker("ws_cases")
    if marker is None:
        return settings.cases
    return _marked(settings, *marker.args, **marker.kwargs)


def _marked(
    settings: Settings, *patterns: str, exclude: Any = (), profile: str | None = None, scenarios: Any = ()
) -> list[Case]:
    own = cases_of(scenarios)
    if own and not patterns:
        return own
    exclude = [exclude] if isinstance(exclude, str) else list(exclude)
    chosen = {case.id for case in settings.select(profile)}
    cases = select(list(patterns), exclude, own, profile or settings.profile)
    return [case for case in cases if case.id in chosen or case in own]


@lru_cache
def ids(patterns: tuple[object, ...]) -> frozenset[str]:
    """The ids of the built-in cases that these patterns choose, and of the scenarios that they name."""
    texts = [str(pattern) for pattern in patterns]
    own = [text for text in texts if re.fullmatch(r"[1-9]\d\d+(\.\d+)+", text)]
    rest = [text for text in texts if text not in own]
    return frozenset([*own, *(case.id for case in (select(rest) if rest else []))])
