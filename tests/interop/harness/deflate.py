"""Compression between our codec and real libraries: every window from 9 to 15 bits, every takeover setting."""

import itertools
import json
from pathlib import Path

from .expected import read_index
from .runs import LIMITS, execute
from .testees import Testee, Tools

LIBRARIES = ("websockets", "node-ws", "aiohttp", "wsproto")

WINDOWS = range(9, 16)

CORPORA = ("json", "html", "prose", "bitmap")

UNITS, COUNT = 4000, 40
"""Characters or octets in a message, and messages: in all more than the largest window holds, so that it slides."""

FIRST_ID = 100


def scenarios() -> list[dict[str, object]]:
    """Both sides keep to the same window; each takes its context over or not."""
    settings = itertools.product(WINDOWS, (False, True), (False, True))
    return [
        {
            "id": f"{FIRST_ID}.{number}",
            "description": f"{COUNT} messages with windows of {bits} bits;"
            f" {says(ours)} takeover on our side, {says(theirs)} on the testee's.",
            "deflate": [
                {
                    "no_context_takeover": theirs,
                    "max_window_bits": bits,
                    "own_no_context_takeover": ours,
                    "own_max_window_bits": bits,
                }
            ],
            "steps": [
                {"do": "quiet_log", "announce": True},
                {"do": "require_deflate"},
                {"do": "close_after", "seconds": 60},
                {"do": "corpus_loop", "corpus": CORPORA[number % len(CORPORA)], "units": UNITS, "count": COUNT},
            ],
            "judge": {"by": "corpus_loop"},
        }
        for number, (bits, ours, theirs) in enumerate(settings, 1)
    ]


def says(no_takeover: bool) -> str:
    return "no" if no_takeover else "with"


def server(testee: Testee, tools: Tools, folder: Path) -> int:
    """The library is the server."""
    command = ["test-server", "ws://127.0.0.1:{port}", "--agent", testee.name]
    return run(command, testee.server("{port}"), testee, tools, folder)


def client(testee: Testee, tools: Tools, folder: Path) -> int:
    """The library is the client."""
    return run(["test-client", "--listen", "127.0.0.1:0"], testee.client("{url}"), testee, tools, folder)


def run(command: list[str], program: list[str], testee: Testee, tools: Tools, folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    cases = scenarios()
    scenario = folder / "scenarios.json"
    scenario.write_text(json.dumps(cases, indent=1), encoding="utf-8")
    options = ["--scenario", str(scenario), "--quiet", "--fail-on", "fail,incomplete,unimplemented"]
    whole = [str(tools.wsproof), *command, *options, "--outdir", str(folder), "--", *program]
    status, output, _ = execute(whole, LIMITS["quick"])
    assert status == 0, f"wsproof ended with exit status {status}:\n{output}"
    verdicts = read_index(folder / "index.json", testee.name)
    assert verdicts == {str(case["id"]): "OK / OK" for case in cases}, verdicts
    return len(verdicts)
