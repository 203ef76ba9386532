"""Real servers of `websockets` that are not just a port: a token, a client certificate, a Unix socket."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme
import wsproof
from conftest import echo
from websockets.asyncio.server import ServerConnection, basic_auth, serve, unix_serve
from websockets.http11 import Request, Response

UNIX = pytest.mark.skipif(sys.platform == "win32", reason="asyncio has no Unix sockets on Windows")
TOKEN = "t0ken-of-mine"
BEARER = f"Bearer {TOKEN}"


@contextmanager
def serving(place: str | None = None, **options: Any) -> Iterator[int]:
    """An echo server in a thread of its own, on a free port or at the path of a Unix socket; its port."""
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    ready = threading.Event()
    port = 0

    async def main() -> None:
        nonlocal port
        options.setdefault("max_size", None)
        opening = serve(echo, "127.0.0.1", 0, **options) if place is None else unix_serve(echo, place, **options)
        async with opening as server:
            if place is None:
                port = next(iter(server.sockets)).getsockname()[1]
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


def only_with_token(connection: ServerConnection, request: Request) -> Response | None:
    if request.headers.get_all("Authorization") == [BEARER]:
        return None
    return connection.respond(HTTPStatus.UNAUTHORIZED, "who are you?\n")


@pytest.fixture(scope="module")
def guarded() -> Iterator[str]:
    with serving(process_request=only_with_token) as port:
        yield f"ws://127.0.0.1:{port}"


def case(id: str) -> wsproof.Case:
    return wsproof.select([id])[0]


def by_command(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wsproof", "test-server", *arguments, "--json", "--outdir", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def verdicts(output: str) -> set[str]:
    return {json.loads(line)["verdict"] for line in output.splitlines()}


def everything_in(folder: Path) -> str:
    return "".join(path.read_text(errors="replace") for path in sorted(folder.rglob("*")) if path.is_file())


# ---- a token ----


@pytest.mark.parametrize("headers", [{"Authorization": BEARER}, [("authorization", BEARER)]])
def test_a_token_lets_in(headers: Any, guarded: str) -> None:
    assert case("1.1.2").run(guarded).verdict == "fail"
    outcome = case("1.1.2").run(guarded, headers=headers)
    assert outcome.verdict == "pass"
    assert TOKEN not in outcome.to_json() and "uthorization: Bearer ***" in outcome.to_json()


def test_a_token_in_asyncio_and_for_scenarios(guarded: str) -> None:
    scenario = wsproof.Scenario("an echo").send_text("x").expect_text("x").close()
    assert scenario.run(guarded, headers={"Authorization": BEARER}).verdict == "pass"
    assert asyncio.run(scenario.arun(guarded, headers={"Authorization": BEARER})).verdict == "pass"


def test_user_and_password(tmp_path: Path) -> None:
    check = basic_auth(realm="x", credentials=("me", "p@ss:w0rd/ä"))
    secret = base64.b64encode("me:p@ss:w0rd/ä".encode()).decode()
    with serving(process_request=check) as port:
        assert case("1.1.1").run(f"ws://127.0.0.1:{port}").verdict == "fail"
        url = f"ws://me:p%40ss%3Aw0rd%2F%C3%A4@127.0.0.1:{port}"
        done = by_command(url, "--cases", "1.1,2", folder=tmp_path)
        assert done.returncode == 0 and verdicts(done.stdout) == {"pass"}, done.stderr
    assert "w0rd" not in done.stdout + done.stderr + everything_in(tmp_path)
    assert secret not in done.stdout + done.stderr + everything_in(tmp_path)


@pytest.mark.parametrize(
    ("connect", "said"),
    [
        ({"headers": {"Sec-WebSocket-Key": "x"}}, "itself writes Sec-WebSocket-Key"),
        ({"headers": [("X", "a\r\nY: b")]}, "line end"),
        ({"headers": {"a b": "x"}}, "cannot be the name of a header"),
        ({"headers": [("Host", "a"), ("host", "b")]}, "Host is given twice"),
        ({"cert": "a.pem"}, "cert and key go together"),
        ({"cert": "missing.pem", "key": "missing.key"}, "wss://"),
        ({"ca": "missing.pem"}, "wss://"),
    ],
)
def test_wrong_use_is_told(connect: Any, said: str) -> None:
    with pytest.raises(wsproof.UsageError, match=said):
        case("1.1.1").run("ws://127.0.0.1:1", **connect)


@pytest.mark.parametrize(
    ("connect", "said"),
    [
        ({"header": ["X: y"]}, "header: there is no such argument"),
        ({"headers": 1}, "headers: "),
        ({"headers": ["X: y"]}, "headers: "),
        ({"headers": {"X": 1}}, "headers: "),
        ({"tls_verify": "yes"}, "tls_verify: "),
        ({"unix": 1}, "unix: "),
    ],
)
def test_wrong_types_are_told(connect: Any, said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        case("1.1.1").run("ws://127.0.0.1:1", **connect)


# ---- TLS ----


class Files(NamedTuple):
    """Certificates of a test, as files."""

    ca: str
    other_ca: str
    cert: str
    key: str
    server: ssl.SSLContext


@pytest.fixture(scope="module", params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def files(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("certificates")
    authority, other, for_clients = trustme.CA(), trustme.CA(), trustme.CA()
    paths = {name: str(folder / f"{name}.pem") for name in ("ca", "other", "cert", "key")}
    authority.cert_pem.write_to_path(paths["ca"])
    other.cert_pem.write_to_path(paths["other"])
    client = for_clients.issue_cert("me@example.org")
    client.private_key_pem.write_to_path(paths["key"])
    for at, blob in enumerate(client.cert_chain_pems):
        blob.write_to_path(paths["cert"], append=at > 0)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = request.param
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    for_clients.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    return Files(paths["ca"], paths["other"], paths["cert"], paths["key"], context)


def test_a_client_certificate_lets_in_and_authorities_are_asked(files: Files, tmp_path: Path) -> None:
    with serving(ssl=files.server) as port:
        url = f"wss://localhost:{port}"
        ours: Any = {"cert": files.cert, "key": files.key}
        assert case("1.1.2").run(url, **ours, ca=files.ca).verdict == "pass"
        assert case("1.1.2").run(url, **ours).verdict == "pass"
        with pytest.raises(wsproof.RunError, match="certificate"):
            case("1.1.2").run(url, **ours, ca=files.other_ca)
        with pytest.raises(wsproof.RunError, match=r"example\.org"):
            case("1.1.2").run(url, **ours, ca=files.ca, hostname="example.org")
        arguments = ["--cert", files.cert, "--key", files.key, "--ca", files.ca]
        done = by_command(url, "--cases", "1.1,2,7.1", *arguments, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        # Whoever has none is turned away: by TLS, or where that is found out later, before the handshake is answered.
        without = by_command(url, "--cases", "1.1.1", folder=tmp_path)
        assert without.returncode in (1, 3), without.stderr


# ---- a Unix socket ----


@UNIX
def test_a_unix_socket(tmp_path: Path) -> None:
    hosts = []

    def note(_: ServerConnection, request: Request) -> None:
        hosts.append((request.headers["Host"], request.path))

    path = str(tmp_path / "socket")
    with pytest.raises(wsproof.RunError, match="there is no such file"):
        case("1.1.1").run("ws://h", unix=path)
    with serving(path, process_request=note):
        done = by_command("ws://app.example/chat?x", "--unix", path, "--cases", "1.1,2,7.1", folder=tmp_path / "r")
        assert done.returncode == 0, done.stderr
        assert set(hosts) == {("app.example:80", "/chat?x")}
        assert case("1.1.2").run("ws://h", unix=path, headers={"Host": "x.example"}).verdict == "pass"
        assert hosts[-1] == ("x.example", "/")


# ---- the plugin ----

TEST = """
def test_server(ws_case, ws_url):
    ws_case.run(ws_url)
"""


def test_the_plugin_sends_headers(pytester: pytest.Pytester, guarded: str) -> None:
    header = f"--ws-header=Authorization: {BEARER}"
    arguments = [f"--ws-url={guarded}", "--ws-cases=1.1.1,1.1.2"]
    pytester.runpytest(*arguments).assert_outcomes(failed=2)
    result = pytester.runpytest(*arguments, header, "--ws-header=X-More: a, b", "--ws-report=r")
    result.assert_outcomes(passed=2)
    assert TOKEN not in everything_in(pytester.path / "r")
    pytester.makepyfile(TEST)
    pytester.runpytest(*arguments, header).assert_outcomes(passed=2)
    pytester.makeini(f"[pytest]\nws_header =\n    X-More: a, b\n    Authorization: {BEARER}\n")
    pytester.runpytest(*arguments).assert_outcomes(passed=2)


@pytest.mark.parametrize("scope", ["session", "function"])
def test_a_fixture_gives_headers(scope: str, pytester: pytest.Pytester, guarded: str) -> None:
    pytester.makeconftest(
        f"""
        import pytest

        @pytest.fixture(scope={scope!r})
        def ws_headers():
            return {{"Authorization": {BEARER!r}}}
        """
    )
    pytester.makepyfile(
        TEST
        + f"""
def test_by_name(ws_case, ws_headers):
    ws_case.run({guarded!r})

def test_client(ws_case):
    pass
"""
    )
    result = pytester.runpytest(f"--ws-url={guarded}", "--ws-cases=1.1.1,1.1.2")
    result.assert_outcomes(passed=6)


def test_a_fixture_of_headers_is_made_for_servers_only(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("import pytest\n@pytest.fixture\ndef ws_headers(): raise RuntimeError('no token here')\n")
    pytester.makepyfile("def test_client(ws_case):\n    assert ws_case.id == '1.1.1'\n")
    pytester.runpytest("--ws-cases=1.1.1").assert_outcomes(passed=1)


def test_a_password_is_not_shown_by_the_plugin(pytester: pytest.Pytester) -> None:
    check = basic_auth(realm="x", credentials=("me", "s3cret"))
    with serving(process_request=check) as port:
        url = f"ws://me:s3cret@127.0.0.1:{port}"
        result = pytester.runpytest(f"--ws-url={url}", "--ws-cases=1.1.1", "--ws-report=r", "--junitxml=r/junit.xml")
        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines([f"wsproof: ws://127.0.0.1:{port}, profile quick, 1 cases"])
        assert "s3cret" not in result.stdout.str() + everything_in(pytester.path / "r")


def test_the_plugin_shows_a_certificate(pytester: pytest.Pytester, files: Files) -> None:
    tls = [f"--ws-cert={files.cert}", f"--ws-key={files.key}", f"--ws-ca={files.ca}"]
    with serving(ssl=files.server) as port:
        url = f"--ws-url=wss://127.0.0.1:{port}"
        pytester.runpytest(url, "--ws-cases=1.1.1,2.1", *tls).assert_outcomes(passed=2)
        pytester.runpytest(url, "--ws-cases=1.1.1,2.1", *tls, "--ws-hostname=localhost").assert_outcomes(passed=2)
        result = pytester.runpytest(url, "--ws-cases=1.1.1,2.1", *tls, "--ws-hostname=example.org")
        result.assert_outcomes(errors=1, skipped=1)


UNIX_SERVER = """
import asyncio, os, sys
from websockets.asyncio.server import unix_serve

async def echo(connection):
    async for message in connection:
        await connection.send(message)

async def main():
    assert os.environ["WSPROOF_UNIX"] == sys.argv[1]
    async with unix_serve(echo, sys.argv[1]) as server:
        await server.serve_forever()

asyncio.run(main())
"""


@UNIX
def test_the_plugin_starts_a_server_on_a_unix_socket(pytester: pytest.Pytester, tmp_path: Path) -> None:
    pytester.makepyfile(server=UNIX_SERVER)
    arguments = [f"--ws-server={sys.executable} server.py {{unix}}", f"--ws-unix={tmp_path / 'socket'}"]
    pytester.runpytest(*arguments, "--ws-url=ws://localhost/chat", "--ws-cases=1.1").assert_outcomes(passed=8)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--ws-url=ws://h", "--ws-header=X"], "no colon"),
        (["--ws-url=ws://h", "--ws-header=Upgrade: x"], "itself writes Upgrade"),
        (["--ws-header=Upgrade: x"], "itself writes Upgrade"),
        (["--ws-url=ws://u:p@h", "--ws-header=Authorization: x"], "give one of them"),
        (["--ws-url=wss://h", "--ws-cert=a"], "go together"),
        (["--ws-url=wss://h", "--ws-cert=missing", "--ws-key=missing"], "missing"),
        (["--ws-ca=missing"], "cannot read the certificate"),
        (["--ws-url=ws://h", "--ws-ca=missing"], "wss://"),
    ],
)
def test_wrong_use_of_the_plugin_is_told_first(arguments: list[str], said: str, pytester: pytest.Pytester) -> None:
    result = pytester.runpytest(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in result.stderr.str() + result.stdout.str()
    assert "Traceback" not in result.stderr.str() and "INTERNALERROR" not in result.stdout.str()
