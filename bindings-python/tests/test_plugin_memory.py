"""The plugin with sans-I/O implementations under test, in memory."""

from __future__ import annotations

import pytest


def test_real_ones(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from websockets.server import ServerProtocol
        from wsproof import ServerConformance
        from wsproto import ConnectionType, WSConnection

        class TestWebsockets(ServerConformance):
            def make_peer(self):
                return ServerProtocol(max_size=None)

        class TestWsproto(ServerConformance):
            def make_peer(self):
                return WSConnection(ConnectionType.SERVER)
        """
    )
    result = pytester.runpytest("--ws-profile=core", "-v", "--ws-report=r")
    assert result.parseoutcomes()["passed"] == 2 * 247
    result.stdout.fnmatch_lines(
        ["*::TestWebsockets::test_case?6.4.1? PASSED*", "*::TestWsproto::test_case?6.4.1? PASSED*"]
    )
    assert (pytester.path / "r" / "servers" / "index.html").is_file()


def test_broken_ones(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from websockets.server import ServerProtocol
        from wsproof import ServerConformance

        class Silent:
            def receive_data(self, data): pass
            def data_to_send(self): return b""

        class Raising(Silent):
            def receive_data(self, data): raise ValueError("no such luck")

        @pytest.mark.ws_cases("1.1.1")
        class TestSilent(ServerConformance):
            def make_peer(self): return Silent()

        @pytest.mark.ws_cases("1.1.1")
        class TestRaising(ServerConformance):
            def make_peer(self): return Raising()

        @pytest.mark.ws_cases("1.1.1")
        class TestNone(ServerConformance):
            def make_peer(self): return None

        @pytest.mark.ws_cases("12.1.1", "1.1.1")
        class TestPlain(ServerConformance):
            def make_peer(self): return ServerProtocol()
        """
    )
    result = pytester.runpytest("-rA")
    result.assert_outcomes(failed=3, passed=1, skipped=1)
    text = result.stdout.str()
    # An exception of the implementation itself keeps its traceback; what was seen on the wire stands beside it.
    assert "no such luck" in text and "PeerError" in text and "octets sent" in text
    assert "NoneType is no peer" in text
