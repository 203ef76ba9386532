"""The pytest plugin: conformance cases as test items.

========== =======================================================================
module     what
========== =======================================================================
options    command line and ini keys
selection  which cases a test runs, and their markers
suite      the items that need no test file
case       the fixture `ws_case`
batch      runs that many items share, in one process or across pytest-xdist's
judge      from an outcome to passed, failed, skipped or expected to fail
patience   ends what does not end by itself
xfails     the file of expected failures
state      what belongs to one session of pytest
record     what came of it: summary, report, update of the file of expected failures
========== =======================================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from wsproof._core import Case, UsageError
from wsproof.pytest_plugin import judge, options, selection, suite
from wsproof.pytest_plugin.case import WsCase
from wsproof.pytest_plugin.judge import ConformanceError, ConformanceWarning
from wsproof.pytest_plugin.state import STATE, State

if TYPE_CHECKING:
    from wsproof.connect import Headers

__all__ = ["ConformanceError", "ConformanceWarning", "WsCase"]


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    selection.register_markers(config)
    try:
        state = State(config)
        if state.settings.given:
            # What is wrong shows before anything is collected.
            _ = state.settings.cases
    except UsageError as error:
        raise pytest.UsageError(options.told(error)) from None
    config.stash[STATE] = state
    config.pluginmanager.register(state.record, "wsproof-record")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[STATE].start(session)


def pytest_report_header(config: pytest.Config) -> str | None:
    return config.stash[STATE].header()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "ws_case" in metafunc.fixturenames:
        selection.parametrize(metafunc, metafunc.config.stash[STATE].settings)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    items.extend(suite.items(session, items))


def pytest_collection_finish(session: pytest.Session) -> None:
    session.config.stash[STATE].collected(session.items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.config.stash[STATE].begin(item)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> Iterator[None]:
    # What is sent in and returned is pytest's. The plugin's own fixture has its limits in it.
    __tracebackhide__ = True
    if fixturedef.argname not in ("ws_url", "ws_headers") or fixturedef.func.__module__ == __name__:
        return (yield)
    with request.config.stash[STATE].starting(fixturedef.argname):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[None]:  # What is sent in and returned is pytest's.
    report: pytest.TestReport = yield  # type: ignore[assignment]
    judge.amend(item, call, report)
    return report  # type: ignore[return-value]


def pytest_sessionfinish(session: pytest.Session) -> None:
    session.config.stash[STATE].finish(session)


def pytest_unconfigure(config: pytest.Config) -> None:
    if STATE in config.stash:
        config.stash[STATE].close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """pytest-xdist: before a worker starts."""
    node.workerinput["wsproof"] = node.config.stash[STATE].for_worker()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    """pytest-xdist: a worker tells what it collected."""
    node.config.stash[STATE].record.collected(ids)


@pytest.fixture
def ws_case(request: pytest.FixtureRequest) -> WsCase:
    """A conformance case; the test runs once for each that was selected."""
    case: Case = request.param
    # A test of clients has no use for them, and need not have what they are made from.
    known = {"ws_url", "ws_headers"}.intersection(request.fixturenames)
    headers: Headers | None = request.getfixturevalue("ws_headers") if known else None
    return WsCase(request.node, case, request.config.stash[STATE], headers)


@pytest.fixture(scope="session")
def ws_url(pytestconfig: pytest.Config) -> str:
    """The URL of the server under test: ``--ws-url``, or where ``--ws-server`` listens. Made to be overridden."""
    return pytestconfig.stash[STATE].url()


@pytest.fixture(scope="session")
def ws_headers(pytestconfig: pytest.Config) -> Headers:
    """Headers for the server under test: those of ``--ws-header``. Made to be overridden, with a token perhaps."""
    return pytestconfig.stash[STATE].settings.connect.get("headers", ())
