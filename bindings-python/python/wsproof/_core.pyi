"""The native half: written in Rust, all of it thread-safe."""

from collections.abc import Callable
from os import PathLike
from typing import Literal, final

# ---- commands ----

def run_command(name: Literal["wsproof", "wstest"], arguments: list[str]) -> int:
    """Run the command of this name and return its exit status.

    It writes to the standard output and standard error of the process, not to `sys.stdout`, and listens for Ctrl-C
    itself. Raises `ValueError` for another name.
    """

# ---- cases, runs, outcomes ----

class RunError(RuntimeError):
    """The testee cannot be reached, or the run cannot go on."""

class UsageError(ValueError):
    """What was asked for cannot be: no such case, no URL, a port in use, a folder that cannot be written."""

@final
class Case:
    """One case: built in, or a scenario of one's own."""

    @property
    def id(self) -> str:
        """Such as ``6.4.3``."""

    @property
    def section(self) -> int:
        """The first number of the id."""

    @property
    def section_title(self) -> str:
        """The title of the section."""

    @property
    def description(self) -> str:
        """What is sent."""

    @property
    def expectation(self) -> str:
        """What a right testee does."""

    @property
    def clauses(self) -> list[tuple[Literal["MUST", "SHOULD", "MAY"], str]]:
        """The rules that the case proves: strength, and place such as ``RFC 6455 §5.5.2``."""

    @property
    def fixed_wait(self) -> float:
        """Seconds that the case takes at least."""

    @property
    def load(self) -> int:
        """Payload octets that the case sends, about."""

    def to_json(self) -> str:
        """The case as JSON, as scenario files have it."""

    def run(self, url: str, *, timeout: float | None = None) -> Outcome:
        """Run the case against the server at this URL, and wait for its outcome, for `timeout` seconds at most.

        Raises `RunError` if the server cannot be reached or the time is up, `UsageError` for a wrong URL.
        """

    async def arun(self, url: str) -> Outcome:
        """Run the case without holding up the event loop, in which the server may be. Raises as `run`."""

    def run_in_memory(self, peer: object, *, agent: str | None = None) -> Outcome:
        """Run the case against a sans-I/O implementation: see `wsproof.Peer`. Time is virtual: waits take none.

        Raises `TypeError` for what is no peer, `wsproof.PeerError` if the peer raises.
        """

    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...

def select(
    include: list[str] = ..., exclude: list[str] = ..., own: list[Case] = ..., profile: str = "full"
) -> list[Case]:
    """The cases that the patterns choose, in running order.

    A pattern is an id (``6.4.3``), a section (``6``), a group (``6.4``) or has stars (``*.1.2``). Without one these are
    all of `own`, or all of the profile (``full``, ``quick`` or ``core``) if there are none. Raises `UsageError` for a
    pattern that selects nothing, and for another profile.
    """

def select_by_spec(path: str | PathLike[str]) -> list[Case]:
    """The cases that one of Autobahn's spec files names, by Autobahn's rules. Raises `UsageError`."""

def parse_scenarios(text: str) -> list[Case]:
    """The scenarios of a JSON text. Raises `UsageError` that names line and field."""

def load_scenarios(paths: list[str | PathLike[str]]) -> list[Case]:
    """The scenarios of JSON files. Raises `UsageError` that names file, line and field."""

@final
class Outcome:
    """What became of one case against one testee."""

    @property
    def id(self) -> str:
        """The case."""

    @property
    def agent(self) -> str:
        """Name of the testee."""

    @property
    def testee(self) -> Literal["server", "client"]:
        """Which side was tested."""

    @property
    def verdict(self) -> Literal["pass", "pass-with-notes", "limit", "unimplemented", "fail", "incomplete"]:
        """The single verdict: see ``docs/verdicts.md``."""

    @property
    def behavior(self) -> Literal["OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED", "FAILED"]:
        """Autobahn's main verdict."""

    @property
    def behavior_close(
        self,
    ) -> Literal["OK", "INFORMATIONAL", "FAILED BY CLIENT", "WRONG CODE", "UNCLEAN", "FAILED"]:
        """Autobahn's verdict on the end of the connection."""

    @property
    def reason(self) -> str:
        """Why the verdict is what it is."""

    @property
    def duration(self) -> float:
        """Seconds from the opened connection to its end; 0 if it never opened."""

    @property
    def close_code(self) -> int | None:
        """The code of the testee's last close frame."""

    def fails(self, fail_on: list[str] = ..., strict: bool = False) -> bool:
        """Whether it is a failure: its verdict is one of `fail_on`, by default ``fail`` and ``incomplete``.

        With `strict`, anything but a plain pass is one, except a note on a case that is only for information. Raises
        `UsageError` for what is no verdict.
        """

    def explain(self, case: Case | None = None, first: int = 60, last: int = 40) -> str:
        """All about it, with the `first` and `last` lines of the wire log; what the testee sent is escaped."""

    def to_json(self) -> str:
        """All of it as one line of JSON."""

    @staticmethod
    def from_json(text: str) -> Outcome:
        """The outcome that such a line holds. Raises `UsageError`."""

def check_url(url: str, *, starts_command: bool = False) -> None:
    """Check the URL of a server: with a command to start, its port may be ``{port}`` or 0. Raises `UsageError`."""

@final
class ServerRun:
    """Cases being run against a server, in the background, from the moment it is made.

    Of one that is dropped, the cases that are not finished have no outcome.
    """

    def __new__(
        cls,
        url: str,
        cases: list[Case],
        *,
        command: list[str] = ...,
        jobs: int | None = None,
        agent: str | None = None,
        origin: str | None = None,
        protocols: list[str] = ...,
        tls_verify: bool = False,
        wait: float | None = None,
        timeout: float = 120.0,
        open_timeout: float = 5.0,
        seed: int | None = None,
        report: str | PathLike[str] | None = None,
        junit: str | PathLike[str] | None = None,
    ) -> ServerRun:
        """Start the run; times are seconds from 0 to 86400.

        `command` starts the server, if it is not there already: ``{port}`` and ``{url}`` are replaced in it, as
        ``{port}`` or port 0 are in `url`. `jobs` are the cases side by side, by default as many as a look at the server
        allows. `wait` is how long the server may take until it accepts connections. Raises `UsageError`.
        """

    @property
    def url(self) -> str:
        """Where the server is."""

    @property
    def notes(self) -> list[str]:
        """What the person who watches may want to know."""

    def wait(self, id: str, timeout: float | None = None) -> Outcome | None:
        """Wait for the outcome of a case; `None` when the time is up. Raises `RunError` if there will be none."""

    def announce(self, id: str, callback: Callable[[Outcome | None, BaseException | None], object]) -> None:
        """Call back once, from another thread, with the outcome of a case or with why there is none."""

    def outcomes(self) -> list[Outcome]:
        """All outcomes so far, by case."""

    def cancel(self) -> None:
        """Ask the run to end. Cases that are not finished have no outcome."""

    def finish(self) -> str | None:
        """Wait until all is done and written; the page to open, if a report was asked for. May be called again."""

@final
class StartedServer:
    """A command that serves, with everything it started."""

    def __new__(
        cls,
        command: list[str],
        *,
        url: str = "ws://127.0.0.1:{port}",
        log: str | PathLike[str] | None = None,
        wait: float = 30.0,
    ) -> StartedServer:
        """Start it and wait until its port accepts connections, for `wait` seconds at most.

        ``{port}`` and ``{url}`` are replaced in the command, which also finds them in ``WSPROOF_PORT`` and
        ``WSPROOF_URL``. Its output goes to the file `log`. Raises `UsageError` for a command or URL that cannot be,
        `RunError` with its last lines if it ends or does not listen in time.
        """

    @property
    def url(self) -> str:
        """Where it is."""

    def stop(self) -> None:
        """Stop it with everything it started. May be called again."""

@final
class ClientRun:
    """A fuzzing server in the background, to which clients connect by Autobahn's URLs."""

    def __new__(
        cls,
        cases: list[Case],
        *,
        listen: str = "127.0.0.1:0",
        plain_agent: str | None = None,
        timeout: float = 120.0,
        open_timeout: float = 5.0,
        seed: int | None = None,
        report: str | PathLike[str] | None = None,
        junit: str | PathLike[str] | None = None,
    ) -> ClientRun:
        """Open the port and begin to serve; port 0 is any free one.

        With `plain_agent`, a request whose path means nothing runs the first case under this name. Raises `UsageError`.
        """

    @property
    def url(self) -> str:
        """Where clients connect."""

    @property
    def begun(self) -> int:
        """How many cases clients have begun."""

    def wait(self, id: str, timeout: float | None = None, agent: str | None = None) -> Outcome | None:
        """Wait for the outcome of a case, of this agent or of any; `None` when the time is up. Raises `RunError`."""

    def announce(
        self,
        id: str,
        callback: Callable[[Outcome | None, BaseException | None], object],
        agent: str | None = None,
    ) -> None:
        """Call back once, from another thread, with the outcome of a case or with why there is none."""

    def outcomes(self) -> list[Outcome]:
        """All outcomes so far, by case."""

    def settle(self, timeout: float) -> bool:
        """Wait until no case is being run; false when the time is up."""

    def finish(self) -> str | None:
        """Stop serving and wait until the report is written; the page to open, if one was asked for."""

@final
class Session:
    """One case against one server, without a socket and without a clock: times are seconds handed in."""

    def __new__(cls, case: Case, *, host: str = "localhost", resource: str = "/", seed: int = 0) -> Session:
        """A session that has sent nothing yet. The same `seed` gives the same masking keys and nonce."""

    def receive(self, data: bytes, now: float) -> None:
        """Take octets that the testee sent."""

    def peer_closed(self, now: float) -> None:
        """Tell that the testee closed the connection."""

    def poll(
        self, now: float
    ) -> tuple[Literal["write"], bytes] | tuple[Literal["wait"], float | None] | tuple[Literal["drop", "done"], None]:
        """What to do now: write octets, wait until a time or for the testee, drop the connection, or nothing more."""

    def wrote(self, octets: int, now: float) -> None:
        """Tell that so many octets of the last write were taken."""

    def outcome(self, agent: str) -> Outcome:
        """End the session and judge it. Raises `UsageError` the second time."""

@final
class Report:
    """Writes the files of a report: pages, Autobahn's JSON, a journal, JUnit XML."""

    def __new__(
        cls,
        folder: str | PathLike[str],
        cases: list[Case],
        *,
        testee: Literal["server", "client"] = "server",
        junit: str | PathLike[str] | None = None,
    ) -> Report:
        """Make the folder, if need be. Those of `cases` without an outcome are shown as missing. Raises `RunError`."""

    def add(self, outcome: Outcome) -> None:
        """Take an outcome; its files are written at once. Raises `RunError` if some could not be."""

    def finish(self) -> str:
        """Write the index; the page to open. Raises `RunError`."""
