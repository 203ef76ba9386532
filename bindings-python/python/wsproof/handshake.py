"""The opening handshake (RFC 6455 §4) and the negotiation of permessage-deflate (RFC 7692 §7.1), without I/O.

>>> from wsproof.handshake import Request, Response
>>> request = Request("/chat", "example.com", "dGhlIHNhbXBsZSBub25jZQ==", protocols=["chat"])
>>> response = Response.accept(request, protocol="chat")
>>> response.check("dGhlIHNhbXBsZSBub25jZQ==", protocols=["chat"])
('chat', '')
"""

from wsproof._core import (
    DeflateAgreement,
    DeflateOffer,
    Request,
    Response,
    accept_key,
    agreed_deflate,
    answer_deflate,
    deflate_offers,
    new_key,
)
from wsproof.errors import HandshakeError, HandshakeWarning

__all__ = [
    "DeflateAgreement",
    "DeflateOffer",
    "HandshakeError",
    "HandshakeWarning",
    "Request",
    "Response",
    "accept_key",
    "agreed_deflate",
    "answer_deflate",
    "deflate_offers",
    "new_key",
]


def _restore_request(head: bytes) -> Request:
    parsed = Request.parse(head)
    assert parsed is not None
    return parsed[0]


def _restore_response(head: bytes) -> Response:
    parsed = Response.parse(head)
    assert parsed is not None
    return parsed[0]
