"""What is known of a testee: `tests/interop/expected/` and `tests/vectors/autobahn-golden.json`."""

import fnmatch
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

INTEROP = Path(__file__).resolve().parent.parent
REPOSITORY = INTEROP.parent.parent
FOLDER = INTEROP / "expected"
VECTORS = REPOSITORY / "tests" / "vectors"

USUAL = "OK / OK"

Verdicts = Mapping[str, str]
"""Case id to `behavior / behaviorClose`."""


class WrongExpectationError(Exception):
    """A file of expectations that cannot be meant so."""


@dataclass
class Expected:
    """The verdicts that are right for one testee in one role."""

    verdicts: dict[str, str]
    racy: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Cases whose verdict is a matter of timing, and which ones are right."""

    def differences(self, got: Verdicts) -> list[tuple[str, str, str]]:
        """Id, what was expected and what was said instead."""
        found = []
        for case, verdict in self.verdicts.items():
            accepted = self.racy.get(case, (verdict,))
            said = got.get(case, "nothing")
            if said not in accepted:
                found.append((case, " or ".join(accepted), said))
        found += [(case, "nothing", said) for case, said in got.items() if case not in self.verdicts]
        return found

    def only(self, cases: Iterable[str]) -> "Expected":
        """The same for some of the cases."""
        chosen = set(cases)
        return Expected(
            {case: verdict for case, verdict in self.verdicts.items() if case in chosen},
            {case: accepted for case, accepted in self.racy.items() if case in chosen},
        )


def all_cases() -> list[str]:
    """The ids of all cases, in order."""
    return [case["id"] for case in read_json(VECTORS / "autobahn-cases.json")]


def of_library(name: str, role: str) -> Expected:
    """Reads `expected/NAME.ROLE.json`: every case is OK / OK unless an id or a pattern with `*` there takes it in."""
    path = FOLDER / f"{name}.{role}.json"
    content = read_json(path)
    if unknown := set(content) - {"source", "exceptions", "racy"}:
        raise WrongExpectationError(f"{path}: unknown keys {sorted(unknown)}")
    known = all_cases()
    expected = Expected(dict.fromkeys(known, USUAL))
    listed: set[str] = set()

    def fitting(pattern: str) -> list[str]:
        found = fnmatch.filter(known, pattern)
        if not found:
            raise WrongExpectationError(f"{path}: there is no case {pattern}")
        return found

    def cases_of(entry: dict[str, Any]) -> list[str]:
        if not entry["note"]:
            raise WrongExpectationError(f"{path}: an exception without a reason: {entry['cases']}")
        cases = [case for pattern in str(entry["cases"]).split() for case in fitting(pattern)]
        for case in cases:
            if case in listed:
                raise WrongExpectationError(f"{path}: case {case} is listed twice")
            listed.add(case)
        return cases

    for entry in content["exceptions"]:
        for case in cases_of(entry):
            expected.verdicts[case] = entry["verdict"]
    for entry in content.get("racy", []):
        for case in cases_of(entry):
            expected.racy[case] = tuple(entry["accepted"])
    return expected


def of_peers(role: str) -> dict[str, Expected]:
    """Autobahn's verdicts on the scripted peers: by the name of the peer."""
    golden = read_json(VECTORS / "autobahn-golden.json")
    fuzzer = "fuzzingclient" if role == "server" else "fuzzingserver"
    peers = {}
    for name, by_verdict in golden[fuzzer].items():
        verdicts = {case: verdict for verdict, cases in by_verdict.items() for case in cases.split()}
        peers[name] = Expected({case: verdicts[case] for case in all_cases() if case in verdicts})
    return peers


def read_index(path: Path, agent: str) -> dict[str, str]:
    """The verdicts of an `index.json`."""
    cases = read_json(path).get(agent, {})
    return {case: f"{entry['behavior']} / {entry['behaviorClose']}" for case, entry in cases.items()}


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
