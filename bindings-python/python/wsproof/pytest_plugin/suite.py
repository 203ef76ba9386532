"""The items that need no test file: ``wsproof::server[1.1.1]`` and so on, for the server of the options."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import collect_one_node

from wsproof._core import Case, Outcome, RunError, UsageError
from wsproof.pytest_plugin import selection
from wsproof.pytest_plugin.state import STATE, State

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "wsproof"


def items(session: pytest.Session, others: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """The items, if a server is given and no test of the project runs the cases on it."""
    state = session.config.stash[STATE]
    if not state.settings.has_server or any(_tests_the_server(item) for item in others):
        return
    suite: Suite = Suite.from_parent(session, name=NAME, nodeid=NAME, path=session.config.rootpath / NAME)
    collected = collect_one_node(suite)
    # As for any other collector: plugins that count items see these.
    session.config.hook.pytest_collectreport(report=collected)
    for item in collected.result:
        if isinstance(item, CaseItem):
            yield item


def _tests_the_server(item: pytest.Item) -> bool:
    names = getattr(item, "fixturenames", ())
    return "ws_case" in names and "ws_url" in names


class Suite(pytest.Collector):
    """All selected cases on one server."""

    def collect(self) -> Iterator[CaseItem]:
        state = self.config.stash[STATE]
        for case in state.settings.cases:
            name = f"server[{case.id}]"
            item: CaseItem = CaseItem.from_parent(self, name=name, nodeid=f"{NAME}::{name}", case=case)
            if not state.is_chosen(item.nodeid):
                continue
            for mark in selection.marks(case):
                item.add_marker(mark)
            yield item


class CaseItem(pytest.Item):
    """One case on the server of the options."""

    def __init__(self, *, case: Case, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.case = case
        self.outcome: Outcome | None = None

    @property
    def state(self) -> State:
        return self.config.stash[STATE]

    def setup(self) -> None:
        try:
            url = self.state.url()
        except (RunError, UsageError) as error:
            self.state.lose(self, error)
            raise
        self.outcome = self.state.run(self, url, self.case.id)

    def runtest(self) -> None:
        assert self.outcome is not None
        self.state.judge(self, self.case, self.outcome)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self.nodeid
