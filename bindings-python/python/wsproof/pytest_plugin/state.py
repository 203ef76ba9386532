"""What belongs to one session of pytest."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from wsproof._core import Case, Outcome, RunError, ServerRun, StartedServer, UsageError
from wsproof.pytest_plugin import judge, patience, selection
from wsproof.pytest_plugin.batch import Batch, OwnBatch, SharedBatch
from wsproof.pytest_plugin.options import Settings, told
from wsproof.pytest_plugin.record import Record
from wsproof.pytest_plugin.selection import test_of
from wsproof.pytest_plugin.xfails import Expectation, XfailFile

if TYPE_CHECKING:
    from wsproof.connect import ConnectOptions, Headers

STATE: pytest.StashKey[State] = pytest.StashKey()

DEFAULT_URL = "ws://127.0.0.1:{port}"

BUILT_IN = "wsproof"
"""Argument on pytest's command line, and beginning of the node ids, of the items that need no test file."""


class State:
    """The options, the server under test, the shared runs, what came of it."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.settings = Settings(config)
        self.worker: dict[str, Any] = getattr(config, "workerinput", {}).get("wsproof", {})
        self.is_worker = hasattr(config, "workerinput")
        self.xfails: XfailFile | None = None
        if self.settings.xfails is not None:
            self.xfails = XfailFile.load(self.settings.xfails, may_be_missing=self.settings.update_xfails)
        self.record = Record(self.settings, self.xfails, is_worker=self.is_worker)
        self.late: dict[str, list[str]] = {}
        """Of each test, the cases whose clients had to be ended."""
        self._lost: dict[str, str] = {}
        """Of each test whose server cannot be reached, why."""
        self._worked: set[tuple[str, str]] = set()
        """Fixtures that have worked, with the test that they were for; so clients, under the name of none."""
        self._item: pytest.Item | None = None
        """The one that is set up."""
        self._started: StartedServer | None = None
        self._batches: dict[str, Batch] = {}
        self._groups: dict[str, dict[str, Case]] = {}
        self._folder: Path | None = None
        self._arguments = self._take_arguments()

    # ---- the built-in items on the command line ----

    def _take_arguments(self) -> list[str]:
        """Take what names built-in items from the arguments, where pytest would look for files."""
        if self.config.args_source is not pytest.Config.ArgsSource.ARGS:
            return []
        mine = [argument for argument in self.config.args if _is_built_in(argument)]
        if mine and not self.settings.has_server:
            raise UsageError(f"{mine[0]} needs a server: --ws-url URL or --ws-server COMMAND")
        self.config.args = [argument for argument in self.config.args if argument not in mine]
        return mine

    def is_chosen(self, nodeid: str) -> bool:
        """Whether the arguments name this built-in item, or name none."""
        names = self._arguments
        return not names or any(nodeid == name or nodeid.startswith((name + "::", name + "[")) for name in names)

    # ---- the course of a session ----

    def header(self) -> str | None:
        """The line at the top."""
        if not self.settings.has_server or self.is_worker:
            return None
        target = self.settings.url_shown or " ".join(self.settings.server)
        return f"wsproof: {target}, profile {self.settings.profile}, {len(self.settings.cases)} cases"

    def start(self, session: pytest.Session) -> None:
        """Under pytest-xdist the controller starts the server, for all workers."""
        if self.config.pluginmanager.hasplugin("dsession") and self.settings.has_server:
            try:
                self.url()
            except (UsageError, RuntimeError) as error:
                raise pytest.UsageError(told(error)) from None

    def collected(self, items: list[pytest.Item]) -> None:
        """Note which cases each test has: they will start together."""
        for item in items:
            if (case := _case_of(item)) is not None:
                self._groups.setdefault(test_of(item.nodeid), {})[case.id] = case
        if not self.is_worker:
            self.record.collected([item.nodeid for item in items])

    def finish(self, session: pytest.Session) -> None:
        """Nothing more will be run."""
        broken_off = bool(session.shouldstop or session.shouldfail) or session.exitstatus == pytest.ExitCode.INTERRUPTED
        for batch in self._batches.values():
            self.record.notes += batch.close(cancel=broken_off)
        self._batches.clear()
        if not self.is_worker:
            self.record.finish()
        self._stop()

    def close(self) -> None:
        """Leave nothing behind, however it ended."""
        for batch in self._batches.values():
            batch.close(cancel=True)
        self._stop()

    def _stop(self) -> None:
        if self._started is not None:
            self._started.stop()
            self._started = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def for_worker(self) -> dict[str, Any]:
        """What a worker of pytest-xdist is told."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="wsproof-"))
        url = self.url() if self.settings.has_server else None
        return {"url": url, "folder": str(self._folder)}

    # ---- the server under test, and runs on it ----

    def url(self) -> str:
        """The server of the options, started if need be."""
        settings = self.settings
        if url := self.worker.get("url"):
            return str(url)
        if self._started is not None:
            return self._started.url
        if settings.server:
            log = settings.report / "testee.log" if settings.report is not None else None
            template = settings.url_template or DEFAULT_URL
            unix = settings.connect.get("unix")
            self._started = StartedServer(settings.server, url=template, unix=unix, log=log, wait=settings.wait)
            return self._started.url
        if settings.url_template:
            return settings.url_template
        pytest.fail(
            "there is no server under test: give --ws-url URL or --ws-server COMMAND, or override the fixture ws_url",
            pytrace=False,
        )

    def run(self, item: pytest.Item, url: str, id: str, headers: Headers | None = None) -> Outcome:
        """Wait for a case. Raises `RunError`; if the server is that of other cases too, they are skipped.

        `headers` are sent in place of those of the options.
        """
        with self._losing(item, url):
            return self._batch(item, url, headers).wait(id)

    async def arun(self, item: pytest.Item, url: str, id: str, headers: Headers | None = None) -> Outcome:
        """The same without holding up the event loop."""
        with self._losing(item, url):
            return await self._batch(item, url, headers).outcome(id)

    @contextmanager
    def _losing(self, item: pytest.Item, url: str) -> Iterator[None]:
        try:
            yield
        except RunError as error:
            if _lasts(item, url):
                self.lose(item, error)
            raise

    def lose(self, item: pytest.Item, error: BaseException) -> None:
        """The server of this test is not to be had: its other cases would say the same, so they are skipped."""
        self._lost.setdefault(test_of(item.nodeid), told(error).partition("\n")[0])

    def begin(self, item: pytest.Item) -> None:
        """An item is set up. It is skipped if its test has failed for all cases: no server, or a fixture failed."""
        self._item = item
        if _case_of(item) is None:
            return
        if why := self._lost.get(test_of(item.nodeid)):
            pytest.skip(f"not run: {why}")
        for name, error in _broken_fixtures(item):
            pytest.skip(f"not run: the fixture {name} failed: {str(error).partition(chr(10))[0]}")

    @contextmanager
    def starting(self, fixture: str) -> Iterator[None]:
        """Run a fixture that starts the server, no longer than that may take. What never worked is not tried again."""
        test = "" if self._item is None else test_of(self._item.nodeid)
        try:
            with self._bounded(fixture, test):
                yield
        except (Exception, pytest.fail.Exception) as error:
            if self._item is not None and (fixture, test) not in self._worked:
                self.lose(self._item, error)
            raise
        self._worked.add((fixture, test))

    def client_connected(self, item: pytest.Item) -> None:
        """A client of this test has connected: if another does not, that is another matter."""
        self._worked.add(("", test_of(item.nodeid)))

    def client_failed(self, item: pytest.Item, error: BaseException) -> None:
        """A client has not connected. If none has, the other cases of the test need not be tried."""
        if ("", test_of(item.nodeid)) not in self._worked:
            self.lose(item, error)

    @contextmanager
    def _bounded(self, fixture: str, test: str) -> Iterator[None]:
        limit = self.settings.wait
        try:
            with patience.ended_when(patience.within(limit)):
                yield
        except patience.Overdue as overdue:
            place = patience.where(overdue, self.config.rootpath)
            limited = f"within {limit:g} s (--ws-wait sets this time)"
            # Once is enough to wait for.
            self._worked.discard((fixture, test))
            what = f"the fixture {fixture} has not returned {limited}; it was at {place}"
            raise pytest.fail.Exception(what, pytrace=False) from None

    def _batch(self, item: pytest.Item, url: str, headers: Headers | None) -> Batch:
        """The run that this item shares with the other cases of its test, or one of its own."""
        cases = self._group(item, url)
        connect = self.settings.connect
        if headers is not None:
            pairs = headers.items() if isinstance(headers, Mapping) else headers
            connect = connect.copy()
            connect["headers"] = [(str(name), str(value)) for name, value in pairs]
        what = (url, connect.get("headers"), test_of(item.nodeid), [case.id for case in cases])
        key = hashlib.sha256(repr(what).encode()).hexdigest()[:32]
        if key not in self._batches:
            self._batches[key] = self._new_batch(key, url, connect, cases)
        return self._batches[key]

    def _new_batch(self, key: str, url: str, connect: ConnectOptions, cases: list[Case]) -> Batch:
        settings = self.settings

        def start(cases: list[Case]) -> ServerRun:
            return ServerRun(
                url,
                cases,
                jobs=settings.jobs,
                agent=settings.agent,
                timeout=settings.timeout,
                open_timeout=settings.open_timeout,
                **connect,
            )

        folder = Path(self.worker.get("folder", ""))
        if self.is_worker and len(cases) > 1 and folder.is_dir():
            return SharedBatch(start, cases, folder / key)
        return OwnBatch(start, cases)

    def _group(self, item: pytest.Item, url: str) -> list[Case]:
        own = _case_of(item)
        group = self._groups.get(test_of(item.nodeid), {})
        if own is None:
            raise UsageError(f"{item.nodeid} has no case of its own")
        if own.id in group and _lasts(item, url):
            return list(group.values())
        return [own]

    # ---- verdicts ----

    def judge(
        self, item: pytest.Item, case: Case, outcome: Outcome, beside: judge.Beside = judge.NOTHING_BESIDE
    ) -> None:
        """End the item as the outcome says; return if it passed."""
        judge.judge(item, case, outcome, self.settings, self._expected(item, case), beside)

    def _expected(self, item: pytest.Item, case: Case) -> Expectation | None:
        if self.xfails is not None and (found := self.xfails.expectation(test_of(item.nodeid), case.id)):
            return found
        for marker in item.iter_markers("ws_xfail"):
            if case.id in selection.ids(marker.args):
                verdict, reason = marker.kwargs.get("verdict", "fail"), marker.kwargs.get("reason", "")
                return Expectation(verdict, reason, f"the marker ws_xfail of {test_of(item.nodeid)}")
        return None


def _is_built_in(argument: str) -> bool:
    return (argument == BUILT_IN and not Path(argument).exists()) or argument.startswith(BUILT_IN + "::")


def _case_of(item: pytest.Item) -> Case | None:
    case = getattr(item, "case", None)
    if isinstance(case, Case):
        return case
    callspec = getattr(item, "callspec", None)
    case = callspec.params.get("ws_case") if callspec is not None else None
    return case if isinstance(case, Case) else None


def _broken_fixtures(item: pytest.Item) -> Iterator[tuple[str, BaseException]]:
    """The fixtures of an item, shared with others, that raised an exception, and would raise it again."""
    known = getattr(item, "_fixtureinfo", None)  # pytest has no other way to ask.
    for name, definitions in (known.name2fixturedefs if known is not None else {}).items():
        definition = definitions[-1] if definitions else None
        cached = getattr(definition, "cached_result", None)
        if definition is None or definition.scope == "function" or cached is None or cached[2] is None:
            continue
        error = cached[2][0]
        if isinstance(error, BaseException) and not isinstance(error, pytest.skip.Exception):
            yield name, error


def _lasts(item: pytest.Item, url: str) -> bool:
    """Whether the server at this URL is there for all cases of the test, and not made anew for each; so its headers."""
    arguments = getattr(item, "funcargs", None)
    if arguments is None:
        return True
    return arguments.get("ws_url") == url and not any(_is_made_anew(item, name) for name in ("ws_url", "ws_headers"))


def _is_made_anew(item: pytest.Item, name: str) -> bool:
    """Whether a fixture is made for each case."""
    # Not those of `_fixtureinfo`: `ws_headers` need not be among the arguments of the test.
    known: dict[str, Any] = getattr(getattr(item, "_request", None), "_arg2fixturedefs", {})
    definitions = known.get(name)
    return definitions is not None and definitions[-1].scope == "function"
