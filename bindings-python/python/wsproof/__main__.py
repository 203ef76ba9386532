"""The commands `wsproof` (also ``python -m wsproof``) and `wstest`."""

from __future__ import annotations

import signal
import sys
from typing import Literal, NoReturn

from wsproof._core import run_command


def _run(name: Literal["wsproof", "wstest"]) -> NoReturn:
    # Python would note Ctrl-C and act on it only when the command has ended; the command hears it at once.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(run_command(name, sys.argv[1:]))


def wsproof() -> NoReturn:
    """Prove WebSocket servers and clients: see ``wsproof --help``."""
    _run("wsproof")


def wstest() -> NoReturn:
    """Take Autobahn's command line: see ``wstest --help``."""
    _run("wstest")


if __name__ == "__main__":
    wsproof()
