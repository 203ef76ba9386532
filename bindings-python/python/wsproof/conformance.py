"""Test classes to inherit from."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsproof.memory import AnyPeer
    from wsproof.pytest_plugin.case import WsCase


class ServerConformance:
    """Every case against a sans-I/O server, in memory.

    >>> class TestMine(ServerConformance):
    ...     def make_peer(self):
    ...         return MyServerProtocol()
    """

    @abstractmethod
    def make_peer(self) -> AnyPeer:
        """Make a new server side of a connection that echoes: see `wsproof.Peer`."""

    def test_case(self, ws_case: WsCase) -> None:
        """One case, one connection."""
        ws_case.run_in_memory(self.make_peer())
