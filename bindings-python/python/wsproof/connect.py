"""How a server is reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import TypeAlias, TypedDict

Headers: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]
"""Names and values of headers."""


class ConnectOptions(TypedDict, total=False):
    """Keyword arguments of whatever connects to a server: `Case.run`, `Scenario.run`, `ServerRun`.

    Files are PEM files. `cert`, `key`, `ca`, `tls_verify` and `hostname` are for ``wss`` URLs.
    """

    headers: Headers
    """Headers to send, in this order, after those of the opening handshake; pairs may repeat a name.

    ``Host``, ``User-Agent`` and ``Origin`` go in place of wsproof's own. ``Upgrade``, ``Connection`` and
    ``Sec-WebSocket-…`` are refused: the handshake writes them. Reports show secrets as ``***``. User name and password
    in the URL are an ``Authorization`` header too.
    """

    origin: str | None
    """The ``Origin`` header."""

    protocols: list[str]
    """Subprotocols to ask for, in order of preference."""

    cert: str | PathLike[str] | None
    """A client certificate with its chain; needs `key`."""

    key: str | PathLike[str] | None
    """The private key of `cert`, not encrypted."""

    ca: str | PathLike[str] | None
    """Authorities: the server's certificate must be issued by one of them, or be one of them. Else any is taken."""

    tls_verify: bool
    """Whether the server's certificate must be one that this machine trusts."""

    hostname: str | None
    """The name to ask for in the TLS handshake (SNI) in place of the URL's host."""

    unix: str | PathLike[str] | None
    """A Unix socket to connect to; the URL then says ``Host`` and path."""
