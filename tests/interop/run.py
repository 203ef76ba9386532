#!/usr/bin/env python3
"""Tests real WebSocket libraries with wsproof and compares the verdicts with what they are known to be.

`cargo xtask test` installs the libraries, builds the programs and calls this. By hand, after that:

    cargo xtask interop --only 'wsproto.*'
"""

import argparse
import fnmatch
import functools
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from harness import deflate, wstest
from harness.expected import REPOSITORY, of_library, of_peers
from harness.runs import LIMITS, Check, Result, Run
from harness.testees import Tools, libraries, peer

Planned = Run | Check

HOG = "while True: pass"

SLOW = ("peer-blackhole.client", "peer-blackhole.server", "peer-hssilent.server", "peer-nodrop.server")


def main() -> int:
    """Exit status 0 if every verdict is as expected, 1 if not."""
    options = arguments()
    # Some are started in folders of their own. Node may be a name to look for on the PATH.
    tools = Tools(options.wsproof.resolve(), options.wstest.resolve(), options.node, options.rust.resolve())
    alone, together = plan(tools, options.profile)
    alone = [run for run in alone if fnmatch.fnmatch(run.name, options.only)]
    together = [run for run in together if fnmatch.fnmatch(run.name, options.only)]
    if not alone and not together:
        sys.exit(f"no run is called {options.only}")
    hogs = [subprocess.Popen([sys.executable, "-c", HOG]) for _ in range(options.load)]
    try:
        passed = failed = 0
        for _ in range(options.repeat):
            results = execute(alone, 1, tools, options.reports) + execute(
                together, options.jobs, tools, options.reports
            )
            show_troubles(results, options.reports)
            passed += sum(result.passed for result in results)
            failed += sum(not result.passed for result in results)
    finally:
        for hog in hogs:
            hog.kill()
    print(f"interop: {passed} passed, {failed} failed")
    return 1 if failed else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name in ("wsproof", "wstest", "node", "rust"):
        parser.add_argument(f"--{name}", type=Path, required=True, metavar="PATH")
    parser.add_argument("--reports", type=Path, default=REPOSITORY / "reports" / "interop", metavar="DIR")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="runs, such as node-ws.server or 'peer-*'")
    parser.add_argument("--profile", choices=LIMITS, default="quick", help="full: Autobahn's counts, for libraries")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="the whole N times")
    parser.add_argument("--load", type=int, default=0, metavar="N", help="N processes beside that only burn time")
    parser.add_argument("--jobs", type=int, default=4, metavar="N", help="scripted peers side by side")
    return parser.parse_args()


def plan(tools: Tools, profile: str) -> tuple[list[Planned], list[Planned]]:
    """The runs that keep a machine busy, and those that mostly wait and may be side by side."""
    alone: list[Planned] = [
        Run(f"{testee.name}.{role}", testee, role, of_library(testee.name, role), profile)
        for testee in libraries(tools)
        for role in testee.roles
    ]
    for testee in (testee for testee in libraries(tools) if testee.name in deflate.LIBRARIES):
        for role, check in (("server", deflate.server), ("client", deflate.client)):
            alone.append(Check(f"deflate-{testee.name}.{role}", role, functools.partial(check, testee)))
    alone.append(Check("wstest.fuzzingclient", "server", wstest.fuzzing_client))
    alone.append(Check("wstest.fuzzingserver", "client", wstest.fuzzing_server))
    together: list[Planned] = [
        Run(f"peer-{name}.{role}", peer(name), role, expected)
        for role in ("server", "client")
        for name, expected in of_peers(role).items()
    ]
    # Those that keep us waiting begin first.
    together.sort(key=lambda run: run.name not in SLOW)
    return alone, together


def execute(runs: list[Planned], jobs: int, tools: Tools, reports: Path) -> list[Result]:
    """Runs them and prints a line for each as it ends."""
    if not runs:
        return []
    print(f"{'testee':<28}{'role':<8}{'cases':>6}{'equal':>7}{'different':>11}{'seconds':>9}", flush=True)

    def tell(done: Future[Result]) -> None:
        result = done.result()
        different = len(result.differences) if not result.trouble else "?"
        equal = result.cases - len(result.differences) if not result.trouble else "?"
        row = f"{result.name:<28}{result.role:<8}{result.cases:>6}{equal:>7}{different:>11}{result.seconds:>9.1f}"
        print(row, flush=True)

    with ThreadPoolExecutor(jobs) as pool:
        futures = []
        for run in runs:
            futures.append(pool.submit(run.run, tools, reports))
            futures[-1].add_done_callback(tell)
        return [future.result() for future in futures]


def show_troubles(results: list[Result], reports: Path) -> None:
    for result in results:
        if result.passed:
            continue
        print(f"\n{result.name} failed; its report: {reports / result.name}")
        if result.trouble:
            print(result.trouble)
        for difference in result.differences:
            print(f"  {difference}")


if __name__ == "__main__":
    sys.exit(main())
