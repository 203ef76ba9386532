"""Command line and ini keys: ``--ws-NAME`` is the ini key ``ws_NAME``, and wins."""

from __future__ import annotations

import os
import re
import shlex
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import pytest

from wsproof._core import (
    Case,
    Outcome,
    UsageError,
    check_server,
    default_profile,
    load_scenarios,
    parse_header,
    select,
    select_by_spec,
)

if TYPE_CHECKING:
    from wsproof.connect import ConnectOptions

Kind: TypeAlias = Literal["text", "list", "lines", "flag", "path", "paths"]


class _Option(NamedTuple):
    name: str
    kind: Kind
    metavar: str
    help: str

    @property
    def destination(self) -> str:
        return "ws_" + self.name.replace("-", "_")

    @property
    def ini(self) -> Literal["string", "args", "linelist", "bool", "paths"]:
        """The type of the ini key."""
        match self.kind:
            case "list":
                return "args"
            case "lines":
                return "linelist"
            case "flag":
                return "bool"
            case "paths":
                return "paths"
            case _:
                return "string"


OPTIONS = (
    _Option("url", "text", "URL", "the server under test, ws:// or wss://; with --ws-server it may hold {port}"),
    _Option("server", "text", "COMMAND", "starts the server under test; {port} and {url} are replaced"),
    _Option("cases", "list", "PATTERNS", "cases to run: ids, sections (6), groups (6.4), patterns (*.1.2) [all]"),
    _Option("exclude", "list", "PATTERNS", "cases to leave out, likewise"),
    _Option(
        "profile",
        "text",
        "PROFILE",
        "quick: all cases, shorter loops; full: Autobahn's counts; core: sections 1-7 and 10 [quick]",
    ),
    _Option("spec", "path", "FILE", "one of Autobahn's spec files: its `cases` and `exclude-cases`"),
    _Option("scenario", "paths", "FILE", "scenarios of your own (JSON), in place of the built-in cases; repeatable"),
    _Option("jobs", "text", "N", "cases side by side, 1 to 1000, or auto [auto]"),
    _Option("timeout", "text", "SECONDS", "no case takes longer than this [120]"),
    _Option("open-timeout", "text", "SECONDS", "the opening handshake takes no longer than this [5]"),
    _Option("wait", "text", "SECONDS", "how long the server may take until it listens [30]"),
    _Option("agent", "text", "NAME", "name of the server in the report [its Server header]"),
    _Option(
        "header", "lines", "'NAME: VALUE'", "header to send in the opening handshake; repeatable, in ini one a line"
    ),
    _Option("origin", "text", "ORIGIN", "Origin header to send"),
    _Option("subprotocol", "list", "NAMES", "subprotocols to ask for"),
    _Option("unix", "path", "PATH", "Unix socket of the server; the URL then says Host and path"),
    _Option("cert", "path", "FILE", "client certificate with its chain (PEM), for a server that wants one"),
    _Option("key", "path", "FILE", "private key of --ws-cert (PEM)"),
    _Option(
        "ca", "path", "FILE", "ask for a certificate that these authorities (PEM) have issued, or that is among them"
    ),
    _Option("tls-verify", "flag", "", "ask for a certificate that this machine trusts"),
    _Option("hostname", "text", "NAME", "name to ask for in the TLS handshake (SNI) [the host of the URL]"),
    _Option("fail-on", "list", "VERDICTS", "verdicts that fail [fail,incomplete]"),
    _Option("strict", "flag", "", "whatever is not a plain pass fails"),
    _Option("xfails", "path", "FILE", "the expected failures"),
    _Option("report", "path", "DIR", "write reports: DIR/servers, DIR/clients"),
)


def add(parser: pytest.Parser) -> None:
    """Add them."""
    group = parser.getgroup("wsproof", "WebSocket conformance (wsproof)")
    for option in OPTIONS:
        match option.kind:
            case "flag":
                group.addoption(f"--ws-{option.name}", action="store_const", const=True, help=option.help)
                parser.addini(option.destination, option.help, type=option.ini, default=False)
            case "list" | "lines" | "paths":
                group.addoption(
                    f"--ws-{option.name}", action="append", metavar=option.metavar, default=None, help=option.help
                )
                parser.addini(option.destination, option.help, type=option.ini)
            case _:
                group.addoption(f"--ws-{option.name}", metavar=option.metavar, default=None, help=option.help)
                parser.addini(option.destination, option.help, type=option.ini, default=None)
    group.addoption(
        "--ws-update-xfails",
        action="store_true",
        default=False,
        help="write the failures of this run into the file of --ws-xfails; nothing fails for its verdict",
    )


class Settings:
    """What the options say, checked. Raises `UsageError`."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.given = any(self._option(option) is not None for option in OPTIONS)
        self.url_template = self._text("url")
        self.server = self._command("server")
        self.profile = self._text("profile") or default_profile()
        self.jobs = self._jobs()
        self.timeout = self._seconds("timeout", 120.0)
        self.open_timeout = self._seconds("open-timeout", 5.0)
        self.wait = self._seconds("wait", 30.0)
        self.agent = self._text("agent")
        self.connect: ConnectOptions = {
            "headers": [parse_header(line) for line in self._value("header") or []],
            "origin": self._text("origin"),
            "protocols": self._list("subprotocol"),
            "unix": self._path("unix"),
            "cert": self._path("cert"),
            "key": self._path("key"),
            "ca": self._path("ca"),
            "tls_verify": self._flag("tls-verify"),
            "hostname": self._text("hostname"),
        }
        self.fail_on = self._list("fail-on") or ["fail", "incomplete"]
        self.strict = self._flag("strict")
        self.xfails = self._path("xfails")
        self.update_xfails = bool(config.getoption("ws_update_xfails"))
        self.report = self._path("report")
        if self.url_template is not None:
            check_server(self.url_template, starts_command=bool(self.server), **self.connect)
        elif self.given:
            # What the URL will be, a fixture may tell: the files must be there in any case.
            for_tls = self.connect["cert"] or self.connect["key"] or self.connect["ca"]
            check_server("wss://localhost" if for_tls and not self.server else "ws://localhost", **self.connect)
        if self.update_xfails and self.xfails is None:
            raise UsageError("--ws-update-xfails needs a file: --ws-xfails FILE")
        if self.given:
            known = ["pass-with-notes", "limit", "unimplemented", "fail", "incomplete", "none"]
            unknown = [verdict for verdict in self.fail_on if verdict not in known]
            if unknown:
                raise UsageError(f"--ws-fail-on: {unknown[0]!r} is none of {', '.join(known)}")
        self.fail_on = [verdict for verdict in self.fail_on if verdict != "none"]

    @property
    def url_shown(self) -> str | None:
        """The URL without user name and password."""
        return self.url_template and re.sub("//[^/?#]*@", "//", self.url_template)

    @property
    def has_server(self) -> bool:
        """Whether the server under test is known without any test file."""
        return bool(self.url_template or self.server)

    @cached_property
    def own(self) -> list[Case]:
        """Scenarios of one's own."""
        return load_scenarios(self._paths("scenario"))

    @cached_property
    def cases(self) -> list[Case]:
        """The cases that are selected."""
        return self.select()

    def select(self, profile: str | None = None) -> list[Case]:
        """The selected cases, under this profile or that of the options."""
        profile = profile or self.profile
        include, exclude = self._list("cases"), self._list("exclude")
        spec = self._path("spec")
        if spec is not None:
            named = [case.id for case in select_by_spec(spec)]
            if not named:
                raise UsageError(f"--ws-spec: {spec} selects no case")
            chosen = {case.id for case in select(include, exclude, [], profile)}
            return [case for case in select(named, [], [], profile) if case.id in chosen]
        return select(include, exclude, self.own, profile)

    def fails(self, outcome: Outcome) -> bool:
        """Whether an outcome is a failure."""
        return outcome.fails(self.fail_on, self.strict)

    def _option(self, option: _Option) -> Any:
        value = self._config.getoption(option.destination)
        return value if value is not None else self._config.getini(option.destination) or None

    def _value(self, name: str) -> Any:
        return self._option(next(option for option in OPTIONS if option.name == name))

    def _text(self, name: str) -> str | None:
        value = self._value(name)
        return None if value is None else str(value)

    def _flag(self, name: str) -> bool:
        return bool(self._value(name))

    def _list(self, name: str) -> list[str]:
        return [piece.strip() for value in self._value(name) or [] for piece in value.split(",") if piece.strip()]

    def _command(self, name: str) -> list[str]:
        try:
            return shlex.split(self._text(name) or "", posix=os.name != "nt")
        except ValueError as error:
            raise UsageError(f"--ws-{name}: {self._text(name)!r} is no command: {error}") from None

    def _path(self, name: str) -> Path | None:
        typed = self._config.getoption("ws_" + name)
        if typed is not None:
            return self._config.invocation_params.dir / str(typed)
        value = self._text(name)
        return None if value is None else self._config.rootpath / value

    def _paths(self, name: str) -> list[str | os.PathLike[str]]:
        return [self._config.invocation_params.dir / value for value in self._value(name) or []]

    def _jobs(self) -> int | None:
        text = self._text("jobs") or "auto"
        if text == "auto":
            return None
        if not text.isdecimal() or not 1 <= int(text) <= 1000:
            raise UsageError(f"--ws-jobs: a number from 1 to 1000 or auto is wanted, not {text!r}")
        return int(text)

    def _seconds(self, name: str, default: float) -> float:
        text = self._text(name)
        try:
            value = default if text is None else float(text)
        except ValueError:
            value = -1.0
        if not 0 <= value <= 86_400:
            raise UsageError(f"--ws-{name}: seconds from 0 to 86400 are wanted, not {text!r}")
        return value


def told(error: BaseException) -> str:
    """The text of an error, with the names that settings have in pytest."""
    return str(getattr(error, "in_pytest", error))
