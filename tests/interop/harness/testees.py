"""The testees and how each is started."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .expected import INTEROP

TESTEES = INTEROP / "testees"


@dataclass(frozen=True)
class Tools:
    """Where the programs are that the tests start."""

    wsproof: Path
    wstest: Path
    node: Path
    rust: Path
    """Folder of the built Rust testees."""


@dataclass(frozen=True)
class Testee:
    """A program that is an echo server or a client, as its arguments tell."""

    name: str
    program: Sequence[str]
    roles: Sequence[str] = ("server", "client")
    jobs: int = 1
    """Cases that it runs side by side as a client."""

    def server(self, port: str) -> list[str]:
        """The command of an echo server; `port` may be a placeholder."""
        return [*self.program, "server", port]

    def client(self, url: str) -> list[str]:
        """The command of a client that runs every case; `url` may be a placeholder."""
        return [*self.program, "client", url, self.name, str(self.jobs)]


@dataclass(frozen=True)
class ScriptedPeer(Testee):
    """Its name is its profile."""

    def server(self, port: str) -> list[str]:
        return [*self.program, "server", port, self.name]


def libraries(tools: Tools) -> list[Testee]:
    """Real libraries, and the broken server."""
    return [
        Testee("websockets", python("echo_websockets.py"), jobs=4),
        Testee("aiohttp", python("echo_aiohttp.py"), jobs=4),
        Testee("wsproto", python("echo_wsproto.py"), jobs=4),
        Testee("node-ws", [str(tools.node), str(INTEROP / "node" / "echo_ws.js")], jobs=4),
        Testee("tokio-tungstenite", rust(tools, "echo-tokio-tungstenite"), jobs=16),
        Testee("fastwebsockets", rust(tools, "echo-fastwebsockets"), jobs=16),
        Testee("broken-lenient", python("broken_lenient.py"), roles=("server",)),
    ]


def peer(name: str) -> Testee:
    """A scripted peer, well or badly behaved."""
    return ScriptedPeer(name, python("peers.py"), jobs=100)


def python(script: str) -> list[str]:
    return [sys.executable, str(TESTEES / script)]


def rust(tools: Tools, name: str) -> list[str]:
    suffix = ".exe" if sys.platform == "win32" else ""
    return [str(tools.rust / (name + suffix))]
