"""The opening handshake and what it agrees on."""

from __future__ import annotations

import base64
import pickle

import pytest
from wsproof import HandshakeError, accept_key, new_key
from wsproof.handshake import (
    DeflateAgreement,
    DeflateOffer,
    Request,
    Response,
    agreed_deflate,
    answer_deflate,
    deflate_offers,
)

KEY = "dGhlIHNhbXBsZSBub25jZQ=="


def test_keys() -> None:
    assert accept_key(KEY) == accept_key(KEY.encode()) == accept_key(bytearray(KEY, "ascii"))
    assert accept_key(KEY) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert {len(base64.b64decode(key)) for key in keys} == {16}


def test_both_halves_agree() -> None:
    key = new_key()
    offer = DeflateOffer(client_max_window_bits=True)
    sent = Request(
        "/chat?a=1",
        "example.com:81",
        key,
        protocols=["superchat", "chat"],
        extensions=deflate_offers(offer),
        headers={"Origin": "http://example.com"},
    )
    wire = bytes(sent) + b"\x81"
    for cut in range(len(wire) - 1):
        assert Request.parse(wire[:cut]) is None
    parsed = Request.parse(memoryview(wire))
    assert parsed is not None
    request, length = parsed
    assert (request, length) == (sent, len(wire) - 1)
    request.check()
    assert (request.method, request.target, request.version) == ("GET", "/chat?a=1", "HTTP/1.1")
    assert (request.key, request.protocols) == (key, ["superchat", "chat"])
    assert request.header("origin") == "http://example.com"
    assert request.headers_all("nothing") == []
    assert request.headers[0] == ("Host", "example.com:81")
    agreement = answer_deflate(request.extensions, server_no_context_takeover=True)
    assert agreement is not None
    answer = Response.accept(
        request,
        protocol=request.choose_protocol(["chat", "superchat"]),
        extensions=str(agreement),
        headers=[("X-More", "1")],
    )
    read = Response.parse(bytes(answer))
    assert read is not None
    response, _ = read
    assert (response.status, response.reason, response.header("x-more")) == (101, "Switching Protocols", "1")
    protocol, extensions = response.check(key, protocols=["superchat", "chat"], extensions=deflate_offers(offer))
    assert protocol == "chat"
    assert agreed_deflate(extensions, offer) == agreement


def test_heads_pickle() -> None:
    request = Request("/", "h", KEY)
    again = pickle.loads(pickle.dumps(request))
    assert again == request
    response = Response.accept(request)
    assert pickle.loads(pickle.dumps(response)) == response


@pytest.mark.parametrize(
    ("old", "new", "kind", "status"),
    [
        ("GET", "POST", "Method", 405),
        ("HTTP/1.1", "HTTP/1.0", "HttpVersion", 400),
        ("Host: h\r\n", "", "Host", 400),
        ("Upgrade: websocket", "Upgrade: h2c", "Upgrade", 426),
        ("Version: 13", "Version: 8", "Version", 426),
        (KEY, "short", "BadKey", 400),
    ],
)
def test_refusals(old: str, new: str, kind: str, status: int) -> None:
    wire = bytes(Request("/", "h", KEY)).decode()
    assert old in wire
    parsed = Request.parse(wire.replace(old, new, 1).encode())
    assert parsed is not None
    with pytest.raises(HandshakeError) as raised:
        parsed[0].check()
    assert (raised.value.kind, raised.value.status) == (kind, status)
    assert raised.value.clause.startswith("RFC 6455 §4")
    assert Response.refuse(parsed[0]).status == status
    again = pickle.loads(pickle.dumps(raised.value))
    assert (str(again), vars(again)) == (str(raised.value), vars(raised.value))


def test_a_valid_request_is_refused_by_a_response_of_ones_own() -> None:
    with pytest.raises(TypeError):
        Response.refuse(Request("/", "h", KEY))
    assert bytes(Response(403, "Forbidden", headers={"Content-Length": "0"})) == (
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    )


def test_answers_that_a_client_must_not_take() -> None:
    request = Request("/", "h", KEY, protocols=["chat"])
    good = bytes(Response.accept(request, protocol="chat"))
    for old, new, kind in [
        (b"101 Switching Protocols", b"200 OK", "Status"),
        (b"s3pP", b"S3pP", "Accept"),
        (b"chat", b"other", "ProtocolNotOffered"),
        (b"\r\n\r\n", b"\r\nSec-WebSocket-Extensions: x\r\n\r\n", "ExtensionNotOffered"),
    ]:
        parsed = Response.parse(good.replace(old, new))
        assert parsed is not None
        with pytest.raises(HandshakeError) as raised:
            parsed[0].check(KEY, protocols=["chat"])
        assert raised.value.kind == kind


@pytest.mark.parametrize("wrong", ["a\r\nX: y", "a\n", "\0", " a"])
def test_nobody_smuggles_a_field_in(wrong: str) -> None:
    with pytest.raises(HandshakeError):
        Request("/", "h", KEY, headers={"X": wrong})
    with pytest.raises(HandshakeError):
        Response(200, "OK", headers={"X": wrong})
    with pytest.raises(HandshakeError):
        Request("/", wrong, KEY)
    with pytest.raises(ValueError, match="token"):
        Request("/", "h", KEY, protocols=[wrong])


def test_deflate_offers_and_agreements() -> None:
    offers = [DeflateOffer(server_max_window_bits=10, client_max_window_bits=12), DeflateOffer()]
    header = deflate_offers(*offers)
    assert header == ("permessage-deflate; server_max_window_bits=10; client_max_window_bits=12, permessage-deflate")
    agreement = answer_deflate(header, client_max_window_bits=11)
    assert agreement == DeflateAgreement(server_max_window_bits=10, client_max_window_bits=11)
    assert str(agreement) == "permessage-deflate; server_max_window_bits=10; client_max_window_bits=11"
    assert agreed_deflate(str(agreement), *offers) == agreement
    assert agreed_deflate("", *offers) is None
    assert answer_deflate("x-webkit-deflate-frame") is None
    assert answer_deflate("permessage-deflate; unknown, permessage-deflate") == DeflateAgreement()
    with pytest.raises(HandshakeError) as raised:
        agreed_deflate("permessage-deflate; client_max_window_bits=9", DeflateOffer())
    assert (raised.value.kind, raised.value.clause) == ("NotAllowed", "RFC 7692 §7.1.2")
    with pytest.raises(HandshakeError, match="expected a token at octet 0"):
        answer_deflate(";")


@pytest.mark.parametrize("bits", [7, 16, -1, 10**30])
def test_windows_that_there_are_not(bits: int) -> None:
    for make in [DeflateOffer, DeflateAgreement]:
        with pytest.raises((ValueError, OverflowError)):
            make(server_max_window_bits=bits)
    assert DeflateOffer(client_max_window_bits=True).client_max_window_bits is True
    assert DeflateOffer(client_max_window_bits=False).client_max_window_bits is None
    assert DeflateOffer(client_max_window_bits=9).client_max_window_bits == 9


@pytest.mark.parametrize("name", ["Host", "Sec-WebSocket-Key", "Sec-WebSocket-Version"])
def test_a_request_that_servers_refuse_is_not_written(name: str) -> None:
    with pytest.raises(HandshakeError, match=name):
        Request("/", "a", new_key(), headers={name: "b"})


def test_a_response_that_clients_refuse_is_not_written() -> None:
    request = Request("/", "a", new_key())
    for name in ("Sec-WebSocket-Accept", "Sec-WebSocket-Protocol"):
        with pytest.raises(HandshakeError):
            Response.accept(request, headers={name: "b"})
    assert Response.accept(request, headers={"Set-Cookie": "a=b"}).header("set-cookie") == "a=b"


@pytest.mark.parametrize("data", [b"\x16\x03\x01", b"\0", b"SSH-2.0-OpenSSH_9.6\r", b"GET / HTTP/2"])
def test_what_can_never_be_a_request_is_refused_at_once(data: bytes) -> None:
    with pytest.raises(HandshakeError) as raised:
        Request.parse(data)
    assert raised.value.kind == "NotHttp"


def test_rejections_are_whole_answers() -> None:
    answer = Response.rejection(401, b"no token", headers={"WWW-Authenticate": "Bearer"})
    head, length = Response.parse(answer) or (None, 0)
    assert head is not None
    assert (head.status, head.reason, head.header("Content-Length")) == (401, "Unauthorized", "8")
    assert (head.header("WWW-Authenticate"), answer[length:]) == ("Bearer", b"no token")
    with pytest.raises(HandshakeError):
        Response.rejection(101)
    with pytest.raises(HandshakeError):
        Response.rejection(403, headers={"X": "a\r\nY: b"})


def test_a_name_instead_of_a_list_of_names() -> None:
    with pytest.raises(TypeError, match="protocols"):
        Request("/", "a", new_key(), protocols="chat")
