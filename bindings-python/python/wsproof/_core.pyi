"""The native half, in Rust. What runs cases is thread-safe; a decoder, encoder or connection is for one thread."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from os import PathLike
from typing import Any, ClassVar, Literal, Unpack, final

from typing_extensions import Buffer

from wsproof.connect import ConnectOptions
from wsproof.errors import HandshakeWarning, Violation

# ---- codec: events ----

@final
class Text:
    """A whole text message, validated (RFC 6455 §5.6, §8.1)."""

    __match_args__ = ("data",)

    def __new__(cls, data: str) -> Text: ...
    @property
    def data(self) -> str:
        """The text; may be empty."""

    def __hash__(self) -> int: ...

@final
class Binary:
    """A whole binary message (RFC 6455 §5.6)."""

    __match_args__ = ("data",)

    def __new__(cls, data: bytes) -> Binary: ...
    @property
    def data(self) -> bytes:
        """The octets, unmasked; may be empty."""

    def __hash__(self) -> int: ...

@final
class Ping:
    """A ping (RFC 6455 §5.5.2)."""

    __match_args__ = ("data",)

    def __new__(cls, data: bytes) -> Ping: ...
    @property
    def data(self) -> bytes:
        """The application data, at most 125 octets: the pong has to have the same."""

    def __hash__(self) -> int: ...

@final
class Pong:
    """A pong (RFC 6455 §5.5.3)."""

    __match_args__ = ("data",)

    def __new__(cls, data: bytes) -> Pong: ...
    @property
    def data(self) -> bytes:
        """The application data, at most 125 octets."""

    def __hash__(self) -> int: ...

@final
class Close:
    """The peer's Close (RFC 6455 §5.5.1). Whatever follows it is dropped."""

    __match_args__ = ("code", "reason")

    def __new__(cls, code: int | None = None, reason: str = "") -> Close: ...
    @property
    def code(self) -> int | None:
        """The close code, 1000 to 4999 and valid on the wire (§7.4); `None` when the payload was empty."""

    @property
    def reason(self) -> str:
        """The reason, at most 123 octets of UTF-8; empty when there was none."""

    def __hash__(self) -> int: ...

@final
class TextPiece:
    """A piece of a text message, cut between characters: only with ``pieces=True``."""

    __match_args__ = ("data", "first", "last")

    def __new__(cls, data: str, first: bool, last: bool) -> TextPiece: ...
    @property
    def data(self) -> str:
        """The text; empty only in a last piece."""

    @property
    def first(self) -> bool:
        """Whether the piece begins its message."""

    @property
    def last(self) -> bool:
        """Whether the piece ends its message."""

    def __hash__(self) -> int: ...

@final
class BinaryPiece:
    """A piece of a binary message: only with ``pieces=True``."""

    __match_args__ = ("data", "first", "last")

    def __new__(cls, data: bytes, first: bool, last: bool) -> BinaryPiece: ...
    @property
    def data(self) -> bytes:
        """The octets, unmasked; empty only in a last piece."""

    @property
    def first(self) -> bool:
        """Whether the piece begins its message."""

    @property
    def last(self) -> bool:
        """Whether the piece ends its message."""

    def __hash__(self) -> int: ...

# ---- codec: decoder, encoder, connection ----

@final
class Decoder:
    r"""Receives a stream of frames: fragments in order, text validated to the octet, limits kept, every rule judged.

    It never answers; a `Connection` does. The stream may be cut anywhere: the events and the violation are the same.
    After a violation or a Close nothing more is processed. One thread at a time: a call while another thread is in one
    raises `RuntimeError`.

    >>> from wsproof import Decoder
    >>> Decoder("client").feed(b"\x81\x05Hello\x89\x00")
    [Text('Hello'), Ping(b'')]
    """

    def __new__(
        cls,
        role: Literal["client", "server"],
        *,
        deflate: DeflateAgreement | None = None,
        check_window: bool | None = None,
        pieces: bool = False,
        max_frame: int | None = None,
        max_message: int | None = None,
        max_fragments: int | None = None,
    ) -> Decoder:
        """Make a decoder for the frames that this end **receives**: a server receives masked ones (RFC 6455 §5.1).

        :param deflate: What the handshake agreed on: compressed messages are inflated (RFC 7692).
        :param check_window: Hold each distance in what the peer compresses against the window that it agreed to (RFC
            7692 §7.1.2): with 9 bits 512 octets back are right, 513 raise a `Violation` of the kind
            ``"WindowExceeded"``. It makes inflating take a good twice as long. Default: where that window has less than
            15 bits; with 15 there is nothing to check. Without it such messages are inflated all the same. A message
            that refers to an earlier one without context takeover is always a violation, ``"ContextTakeover"``.
        :param pieces: Give `TextPiece` and `BinaryPiece` as octets arrive, instead of whole messages.
        :param max_frame: Octets of payload in one data frame, as they are on the wire. Default 64 MiB.
        :param max_message: Octets in all frames of one message, inflated if it came compressed. Default 64 MiB.
        :param max_fragments: Frames in one message. Default 2^20.
        :raises ValueError: for another role.
        :raises OverflowError: for a limit that is negative or beyond 64 bits (`max_fragments`: 32 bits).
        """

    def feed(self, data: Buffer) -> list[Text | Binary | Ping | Pong | Close | TextPiece | BinaryPiece]:
        """Take octets that continue the stream and give the events in them.

        `data` is `bytes`, or anything with a C-contiguous buffer; it is read where it lies and not changed. Text and
        binary events are whole messages, unless the decoder was made with ``pieces=True``.

        :raises Violation: at the first rule broken, also at later calls. Its `events` are those before it.
        :raises TypeError: when `data` has no buffer. :raises BufferError: when that is not contiguous.
        """

    def batch(self, data: Buffer) -> Batch:
        """Take octets as `feed` does, and give columns instead of objects: for who looks at few of many messages.

        :raises Violation: as `feed`; its `events` are the batch of what came before it.
        :raises ValueError: when the decoder gives pieces.
        """

    @property
    def role(self) -> Literal["client", "server"]:
        """Which end this is."""

    @property
    def offset(self) -> int:
        """Octets of the stream processed so far, headers included."""

    @property
    def is_between_messages(self) -> bool:
        """Whether the stream stands between two messages, and between two frames: it may end here."""

    @property
    def is_closed(self) -> bool:
        """Whether the peer's Close was received."""

    @property
    def violation(self) -> Violation | None:
        """The rule that was broken, if any."""

@final
class Batch:
    r"""What one read held, as columns; an event becomes an object when it is asked for.

    >>> from wsproof import Decoder
    >>> batch = Decoder("client").batch(b"\x81\x02no\x82\x03yes")
    >>> [bytes(batch.data[batch.offsets[i]:batch.offsets[i + 1]]) for i, op in enumerate(batch.opcodes) if op == 2]
    [b'yes']
    """

    @property
    def opcodes(self) -> bytes:
        """The opcode of each event: 1 text, 2 binary, 8 Close, 9 ping, 10 pong (RFC 6455 §5.2)."""

    @property
    def offsets(self) -> memoryview[int]:
        """One number more than there are events: the payload of event *i* is ``data[offsets[i]:offsets[i + 1]]``."""

    @property
    def data(self) -> bytes:
        """All payloads, unmasked, one after the other: text as UTF-8, a Close as its code and reason on the wire."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Text | Binary | Ping | Pong | Close:
        """Make one event; a negative index counts from the end. Raises `IndexError`."""

    def __iter__(self) -> Iterator[Text | Binary | Ping | Pong | Close]: ...

@final
class Encoder:
    r"""Writes frames, one a call, each with a masking key of its own when it is a client's (RFC 6455 §5.3).

    It has no state beside its keys: fragments in order and the closing handshake are the caller's task, or that of a
    `Connection`.

    >>> from wsproof import Encoder
    >>> Encoder("server").text("Hello")
    b'\x81\x05Hello'
    """

    def __new__(cls, role: Literal["client", "server"], *, seed: int | None = None) -> Encoder:
        """Make an encoder for the frames that this end sends.

        :param seed: 0 to 2^64 - 1: makes a client's masking keys repeatable; **not** for production (§10.3).
            By default they come from the system's entropy.
        """

    def text(self, data: str, *, fin: bool = True) -> bytes:
        """Write a text message, or with ``fin=False`` its first fragment.

        :raises UnicodeEncodeError: for a lone surrogate, which UTF-8 cannot say.
        """

    def binary(self, data: Buffer, *, fin: bool = True) -> bytes:
        """Write a binary message, or with ``fin=False`` its first fragment."""

    def continuation(self, data: str | Buffer, *, fin: bool = True) -> bytes:
        """Write a fragment that continues a message (§5.4); ``fin=True`` ends it."""

    def ping(self, data: Buffer | None = None) -> bytes:
        """Write a ping.

        :raises SendError: when `data` has more than 125 octets (§5.5).
        """

    def pong(self, data: Buffer | None = None) -> bytes:
        """Write a pong.

        :raises SendError: when `data` has more than 125 octets (§5.5).
        """

    def close(self, code: int | None = None, reason: str = "") -> bytes:
        """Write a Close (§5.5.1).

        :raises SendError: for a code that must not be on the wire (§7.4), a reason without a code, or one of more than
            123 octets of UTF-8. :raises OverflowError: for a code beyond 16 bits.
        """

    def parts(self, data: str | Buffer) -> tuple[Buffer, ...]:
        """Write a text or binary message in parts, for ``transport.writelines``.

        An unmasked binary payload is `data` itself, not copied, after its header; a masked message is one part.
        """

    def frame(self, opcode: int, payload: str | Buffer, *, fin: bool = True, rsv: int = 0) -> bytes:
        """Write any frame, also one that the protocol forbids: nothing is judged.

        :param opcode: 0 to 15 (§5.2). :param rsv: 0 to 7, 4 is RSV1.
        :raises ValueError: for another opcode or other bits.
        """

    @property
    def role(self) -> Literal["client", "server"]:
        """Which end this is."""

@final
class Connection:
    """One end of a connection after the handshake, without I/O: the state machine of RFC 6455 §7.

    Octets read go to `receive`, octets of `transmit` are to be written. After either, `tcp_action` tells what to do
    with TCP. One thread at a time, as with a `Decoder`.

    >>> from wsproof import Connection
    >>> client, server = Connection("client"), Connection("server")
    >>> client.send_text("hello")
    >>> server.receive(client.transmit())
    [Text('hello')]
    """

    def __new__(
        cls,
        role: Literal["client", "server"],
        *,
        deflate: DeflateAgreement | None = None,
        level: int = 6,
        mem_level: int = 8,
        min_deflate: int = 0,
        check_window: bool | None = None,
        pieces: bool = False,
        auto_pong: bool = True,
        auto_close: bool = True,
        pong_backlog: int = 65_536,
        max_frame: int | None = None,
        max_message: int | None = None,
        max_fragments: int | None = None,
        seed: int | None = None,
    ) -> Connection:
        """Make an open connection.

        :param deflate: What the handshake agreed on: messages are compressed and inflated (RFC 7692).
        :param level: 0 (store) to 9 (smallest).
        :param mem_level: Memory for finding matches, 1 to 9.
        :param min_deflate: Messages of fewer octets are sent as they are.
        :param auto_pong: Answer each ping with a pong (RFC 6455 §5.5.2).
        :param auto_close: Answer the peer's Close with one of the same code (§5.5.1), and a violation with a Close of
            its code (§7.1.7). `transmit` queues that answer, behind what you sent for the events of the same read.
        :param pong_backlog: Octets waiting in `transmit` from which on only the latest ping is answered (§5.5.3).
        :param seed: As for an `Encoder`. The other parameters: as for a `Decoder`.
        :raises ValueError: for another role or level. :raises OverflowError: for a number beyond its type.
        """

    def receive(self, data: Buffer) -> list[Text | Binary | Ping | Pong | Close | TextPiece | BinaryPiece]:
        """Take octets read from the peer, as `Decoder.feed` does; answers are queued for `transmit`.

        All events can be answered before the next `transmit`, also when the last of them is a Close, and the `events`
        of a `Violation`: only our own Close ends what may be sent (§5.5.1).

        :raises Violation: at the first rule broken: the connection has then failed. `transmit` has the Close that
            `auto_close` answers; without `auto_close` `close` sends it.
        """

    def receive_eof(self) -> None:
        """Tell that the peer's stream has ended. Without its Close that is a failure, code 1006 (§7.1.5)."""

    def transmit(self) -> bytes:
        """Take all octets to be written to the peer, possibly none. Write them before you heed `tcp_action`.

        A Close that `auto_close` owes is the last of them: nothing can be sent after it.
        """

    def send_text(self, data: str) -> None:
        """Queue a text message in one frame.

        :raises SendError: ``NotOpen`` when our Close was sent or the peer is gone, ``MessageInProgress``
            between fragments.
        :raises UnicodeEncodeError: for a lone surrogate.
        """

    def send_binary(self, data: Buffer) -> None:
        """Queue a binary message in one frame. Raises as `send_text` does."""

    def send_fragment(self, data: str | Buffer, *, last: bool) -> None:
        """Queue a fragment (§5.4): the first call begins a message, of text when `data` is `str`; `last` ends it.

        :raises SendError: ``NotOpen``, or ``KindDiffers`` when the message in progress is of the other kind.
        """

    def send_ping(self, data: Buffer | None = None) -> None:
        """Queue a ping.

        :raises SendError: ``NotOpen``, or ``ControlTooLong`` for more than 125 octets (§5.5).
        """

    def send_pong(self, data: Buffer | None = None) -> None:
        """Queue a pong: the answer to a ping without `auto_pong`, or one unasked for (§5.5.3).

        Raises as `send_ping`.
        """

    def close(self, code: int | None = None, reason: str = "") -> None:
        """Queue a Close: begin the closing handshake, answer the peer's, or tell it which rule it broke (§7.1.7).

        Nothing may follow. It takes the place of the Close that `auto_close` would send.

        :raises SendError: ``NotOpen`` when a Close was sent already or the peer is gone, ``Close`` for a code or reason
            as in `Encoder.close`. :raises OverflowError: for a code beyond 16 bits.
        """

    @property
    def role(self) -> Literal["client", "server"]:
        """Which end this is."""

    @property
    def state(self) -> Literal["open", "close-sent", "close-received", "closed", "failed"]:
        """Where the connection stands (§7.1). With `auto_close` it is ``close-received`` until the next `transmit`."""

    @property
    def tcp_action(self) -> Literal["keep", "await-peer", "close"]:
        """What to do with TCP: go on, wait for the server to close it (but not for ever), or close it (§7.1.1)."""

    @property
    def close_code(self) -> int | None:
        """The code of the peer's Close: 1005 when it had none, 1006 when there was no valid Close (§7.1.5).

        `None` while that is not known.
        """

    @property
    def was_clean(self) -> bool:
        """Whether the closing handshake is complete (§7.1.4)."""

    @property
    def violation(self) -> Violation | None:
        """The rule that the peer broke, if any."""

def mask(data: Buffer, key: Buffer, offset: int = 0) -> bytes:
    """Mask or unmask octets (RFC 6455 §5.3); twice is nothing.

    :param key: 4 octets. :param offset: The place of ``data[0]`` in the payload, 0 to 2^64 - 1.
    :raises ValueError: for a key of another length. :raises OverflowError: for another offset.
    """

def _reset_keys() -> None: ...
def _split_frames(
    data: Buffer,
    role: Literal["client", "server"],
    current: int | None,
    max_message: int | None,
    max_fragment: int | None,
) -> tuple[list[tuple[int, bytes]], int, int, bool]: ...

# ---- codec: handshake ----

def accept_key(key: str | Buffer) -> str:
    """Give the ``Sec-WebSocket-Accept`` for a ``Sec-WebSocket-Key``: 28 characters (RFC 6455 §4.2.2 item 5.4).

    The key is taken as it stands, also when it is not a valid one.

    >>> from wsproof import accept_key
    >>> accept_key("dGhlIHNhbXBsZSBub25jZQ==")
    's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
    """

def new_key() -> str:
    """Make a ``Sec-WebSocket-Key``: 16 octets of entropy as 24 characters (RFC 6455 §4.1 item 7).

    :raises OSError: when the system has no entropy.
    """

@final
class Request:
    """An HTTP/1.x request head, immutable. ``bytes(request)`` is what to send, with its empty line."""

    def __new__(
        cls,
        target: str,
        host: str,
        key: str,
        *,
        protocols: Sequence[str] | None = None,
        extensions: str = "",
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
    ) -> Request:
        """Make an upgrade request (RFC 6455 §4.1).

        :param target: Path and query. :param host: The authority, with a port that is not the usual one.
        :param key: From `new_key`. :param protocols: Subprotocols, the preferred first.
        :param extensions: The value of ``Sec-WebSocket-Extensions``, as from `deflate_offers`.
        :param headers: More fields.
        :raises HandshakeError: for what must not be sent, such as a CR LF in a field, or a key that is none.
        :raises ValueError: for a subprotocol that is not a token.
        """

    @staticmethod
    def parse(data: Buffer) -> tuple[Request, int] | None:
        """Read a head from the start of `data`: the request and its octets; `None` while it is not complete.

        At most 64 KiB and 128 fields. Nothing is judged: see `check`.

        :raises HandshakeError: ``NotHttp``, ``HeadTooLong`` or ``TooManyHeaders``.
        """

    def check(self) -> None:
        """Judge it as an upgrade request (RFC 6455 §4.2.1).

        :raises HandshakeError: the first rule broken; `Response.refuse` answers it. ``Origin`` is left to you.
        """

    @property
    def key(self) -> str:
        """The ``Sec-WebSocket-Key``. Raises as `check` does, as the next two."""

    @property
    def protocols(self) -> list[str]:
        """Subprotocols in the client's order of preference."""

    @property
    def extensions(self) -> str:
        """The extensions offered, as one ``Sec-WebSocket-Extensions``; empty without."""

    def choose_protocol(self, supported: Sequence[str]) -> str | None:
        """Give the first of `supported`, the server's order of preference, that the client offers.

        Raises as `check`.
        """

    @property
    def method(self) -> str:
        """Such as ``GET``."""

    @property
    def target(self) -> str:
        """Such as ``/chat?room=1``."""

    @property
    def version(self) -> Literal["HTTP/1.0", "HTTP/1.1"]:
        """As in the start line."""

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """All fields in the order of the wire. A value that is not UTF-8 is read as ISO 8859-1."""

    def header(self, name: str) -> str | None:
        """Give the value of the first field of this name, in any case of letters."""

    def headers_all(self, name: str) -> list[str]:
        """Give the values of all fields of this name, in order."""

    def __bytes__(self) -> bytes: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class Response:
    """An HTTP/1.x response head, immutable. ``bytes(response)`` is what to send, with its empty line."""

    def __new__(
        cls,
        status: int,
        reason: str = "",
        *,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
    ) -> Response:
        """Make any response head.

        :param status: 100 to 999.
        :raises HandshakeError: for another status, or a reason or field that must not be sent.
        """

    @staticmethod
    def accept(
        request: Request,
        *,
        protocol: str | None = None,
        extensions: str = "",
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
    ) -> Response:
        """Make the answer 101 (RFC 6455 §4.2.2).

        :param protocol: The subprotocol chosen. :param extensions: The extensions chosen, as ``str(agreement)``.
        :raises HandshakeError: when the request breaks a rule, or what is chosen was not offered.
        """

    @staticmethod
    def refuse(request: Request) -> Response:
        """Make the answer to a request that breaks a rule: 400, 405 or 426 with what HTTP asks for beside it.

        :raises TypeError: when the request is valid.
        """

    @staticmethod
    def rejection(
        status: int,
        body: Buffer | None = None,
        *,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
    ) -> bytes:
        """Make the whole answer that turns a request down for reasons of the server's own, body and all.

        It has the status's usual reason phrase, ``Connection: close`` and ``Content-Length``; for 426 also what
        RFC 6455 §4.2.2 item 4 asks for. `headers` are put behind those.

        >>> from wsproof.handshake import Response
        >>> Response.rejection(403, b"not you")[:22]
        b'HTTP/1.1 403 Forbidden'

        :param status: 401, 403, 404, 429, 503, …
        :raises HandshakeError: ``Unsendable`` for a status that has no body, or for a header that must not be sent;
            ``RepeatedHeader`` for one that says a second time how long the body is.
        """

    @staticmethod
    def parse(data: Buffer) -> tuple[Response, int] | None:
        """Read a head from the start of `data`, as `Request.parse` does."""

    def check(
        self, key: str, *, protocols: Sequence[str] | None = None, extensions: str = ""
    ) -> tuple[str | None, str]:
        """Judge it as the answer to what was offered (RFC 6455 §4.1): the subprotocol and the extensions chosen.

        What the parameters of permessage-deflate say is for `agreed_deflate` to judge.

        :raises HandshakeError: the first rule broken: the connection has to be failed.
        """

    @property
    def warnings(self) -> tuple[HandshakeWarning, ...]:
        """What breaks rules of HTTP in an answer 101 though the connection stands; empty for another status.

        >>> from wsproof.handshake import Response
        >>> Response(101, headers={"Content-Length": "0"}).warnings[0].clause
        'RFC 9110 §8.6'
        """

    @property
    def status(self) -> int:
        """Such as 101."""

    @property
    def reason(self) -> str:
        """The reason phrase; may be empty."""

    @property
    def version(self) -> Literal["HTTP/1.0", "HTTP/1.1"]:
        """As in the start line."""

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """All fields in the order of the wire. A value that is not UTF-8 is read as ISO 8859-1."""

    def header(self, name: str) -> str | None:
        """Give the value of the first field of this name, in any case of letters."""

    def headers_all(self, name: str) -> list[str]:
        """Give the values of all fields of this name, in order."""

    def __bytes__(self) -> bytes: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class DeflateOffer:
    """What a client offers of permessage-deflate (RFC 7692 §7.1). ``str(offer)`` is an element of the header."""

    def __new__(
        cls,
        *,
        server_no_context_takeover: bool = False,
        client_no_context_takeover: bool = False,
        server_max_window_bits: int | None = None,
        client_max_window_bits: int | bool | None = None,
    ) -> DeflateOffer:
        """Make an offer. Windows are base-2 logarithms of octets, 8 to 15.

        :param client_max_window_bits: `True` lets the server choose the client's window (§7.1.2.2).
        :raises ValueError: for another window.
        """

    @property
    def server_no_context_takeover(self) -> bool:
        """Whether the server is asked to compress each message on its own (§7.1.1.1)."""

    @property
    def client_no_context_takeover(self) -> bool:
        """Whether the client will do so (§7.1.1.2)."""

    @property
    def server_max_window_bits(self) -> int | None:
        """The window that the server is asked to keep to (§7.1.2.1)."""

    @property
    def client_max_window_bits(self) -> int | bool | None:
        """The window that the client can keep to; `True` when it leaves the number to the server (§7.1.2.2)."""

    def __hash__(self) -> int: ...

@final
class DeflateAgreement:
    """What both ends agreed on (RFC 7692 §7.1). ``str(agreement)`` is the server's answer in the header."""

    def __new__(
        cls,
        *,
        server_no_context_takeover: bool = False,
        client_no_context_takeover: bool = False,
        server_max_window_bits: int | None = None,
        client_max_window_bits: int | None = None,
    ) -> DeflateAgreement:
        """Make an agreement. Windows are base-2 logarithms of octets, 8 to 15; absent is 15.

        :raises ValueError: for another window.
        """

    @property
    def server_no_context_takeover(self) -> bool:
        """Whether the server compresses each message on its own (§7.1.1.1)."""

    @property
    def client_no_context_takeover(self) -> bool:
        """Whether the client does (§7.1.1.2)."""

    @property
    def server_max_window_bits(self) -> int | None:
        """The window that the server keeps to (§7.1.2.1)."""

    @property
    def client_max_window_bits(self) -> int | None:
        """The window that the client keeps to (§7.1.2.2)."""

    def __hash__(self) -> int: ...

def deflate_offers(*offers: DeflateOffer) -> str:
    """Give the value of ``Sec-WebSocket-Extensions`` that makes these offers, the preferred first."""

def answer_deflate(
    offered: str,
    *,
    server_no_context_takeover: bool = False,
    client_no_context_takeover: bool = False,
    server_max_window_bits: int | None = None,
    client_max_window_bits: int | None = None,
) -> DeflateAgreement | None:
    """Answer, as a server with these wishes, what a client offers in ``Sec-WebSocket-Extensions``.

    `None` when no offer means anything: the connection then goes without compression (RFC 7692 §7).

    :raises HandshakeError: when the header breaks its grammar (RFC 6455 §9.1). :raises ValueError: for a window that
        is not 8 to 15.
    """

def agreed_deflate(answered: str, *offers: DeflateOffer) -> DeflateAgreement | None:
    """Judge, as a client that made these offers, the extensions that the server chose; `None` when it declined.

    :raises HandshakeError: for an answer that was not asked for: the connection has to be failed (RFC 7692 §5).
    """

# ---- commands ----

def run_command(name: Literal["wsproof", "wstest"], arguments: list[str]) -> int:
    """Run the command of this name and return its exit status.

    It writes to the standard output and standard error of the process, not to `sys.stdout`, and listens for Ctrl-C
    itself. Raises `ValueError` for another name.
    """

# ---- cases, runs, outcomes ----

class RunError(RuntimeError):
    """The testee cannot be reached, or the run cannot go on."""

    in_pytest: str
    """The text with the names of settings that the pytest plugin has; only if the run raised it."""

class UsageError(ValueError):
    """What was asked for cannot be: no such case, no URL, a port in use, a folder that cannot be written."""

    in_pytest: str
    """The text with the names of settings that the pytest plugin has; only if the run raised it."""

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

    def run(self, url: str, *, timeout: float | None = None, **connect: Unpack[ConnectOptions]) -> Outcome:
        """Run the case against the server at this URL, and wait for its outcome, for `timeout` seconds at most.

        `connect` says how the server is reached: headers, TLS, a Unix socket. Raises `RunError` if it cannot be reached
        or the time is up, `UsageError` for a wrong URL and for headers and files that cannot be used.
        """

    async def arun(self, url: str, **connect: Unpack[ConnectOptions]) -> Outcome:
        """Run the case without holding up the event loop, in which the server may be. Raises as `run`."""

    def run_in_memory(self, peer: object, *, agent: str | None = None) -> Outcome:
        """Run the case against a sans-I/O implementation: see `wsproof.Peer`. Time is virtual: waits take none.

        Raises `TypeError` for what is no peer, `wsproof.PeerError` if the peer raises.
        """

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

def default_profile() -> str:
    """The profile that counts wherever none is given: ``quick``."""

def select(
    include: list[str] = ..., exclude: list[str] = ..., own: list[Case] = ..., profile: str | None = None
) -> list[Case]:
    """The cases that the patterns choose, in running order.

    A pattern is an id (``6.4.3``), a section (``6``), a group (``6.4``) or has stars (``*.1.2``). Without one these are
    all of `own`, or all of the profile if there are none. Profiles are ``quick`` (all cases, with fewer messages in the
    long loops; the default), ``full`` (all cases, with Autobahn's counts) and ``core`` (sections 1 to 7 and 10). Raises
    `UsageError` for a pattern that selects nothing, and for another profile.
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
    def findings(self) -> list[dict[str, Any]]:
        """What was found, as data; the worst decides the verdict, and ``reason`` is made from those.

        Each has ``kind`` (a name such as ``broken_rule``), ``weight`` (a verdict), ``by`` (``testee``, ``wsproof`` or
        ``unknown``), where they are known ``level`` (``MUST``, ``SHOULD``, ``MAY``), ``clause`` (such as
        ``RFC 6455 §5.2``), ``octet`` (from 0, in what the testee sent after the handshake) and ``at_us``
        (microseconds since TCP was connected), and the numbers of its kind.
        """

    @property
    def rerun(self) -> Literal["alone", "sampled"] | None:
        """Whether the case was run again before it was judged, because its failure rested on time alone."""

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

def check_server(url: str, *, starts_command: bool = False, **connect: Unpack[ConnectOptions]) -> None:
    """Check the URL of a server and how it is reached, without connecting to it.

    With a command to start, its port may be ``{port}`` or 0. Raises `UsageError`.
    """

def parse_header(text: str) -> tuple[str, str]:
    """Name and value of a header that is written ``Name: value``. Raises `UsageError` for one that cannot be sent."""

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
        wait: float | None = None,
        timeout: float = 120.0,
        open_timeout: float = 5.0,
        seed: int | None = None,
        report: str | PathLike[str] | None = None,
        junit: str | PathLike[str] | None = None,
        **connect: Unpack[ConnectOptions],
    ) -> ServerRun:
        """Start the run; times are seconds from 0 to 86400.

        `command` starts the server, if it is not there already: ``{port}`` and ``{url}`` are replaced in it, as
        ``{port}`` or port 0 are in `url`. `jobs` are the cases side by side, by default as many as a look at the server
        allows. `wait` is how long the server may take until it accepts connections, `connect` how it is reached. Raises
        `UsageError`.

        >>> import wsproof
        >>> wsproof.ServerRun("ws://localhost:9001", wsproof.select(["1.1.1"]), headers={"Upgrade": "h2c"})
        Traceback (most recent call last):
        wsproof.UsageError: the opening handshake itself writes Upgrade (RFC 6455 §4.1)
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
        unix: str | PathLike[str] | None = None,
        log: str | PathLike[str] | None = None,
        wait: float = 30.0,
    ) -> StartedServer:
        """Start it and wait until its port, or its socket `unix`, accepts connections, for `wait` seconds at most.

        ``{port}``, ``{url}`` and ``{unix}`` are replaced in the command, which also finds them in ``WSPROOF_PORT``,
        ``WSPROOF_URL`` and ``WSPROOF_UNIX``. Its output goes to the file `log`. Raises `UsageError` for a command or a
        URL that cannot be, `RunError` with its last lines if it ends or does not listen in time.
        """

    @property
    def url(self) -> str:
        """Where it is, with the user name and password that were given."""

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

    @property
    def refusal(self) -> str | None:
        """Why the last request that was not served was not: the HTTP status, and what was wrong; `None` if all were."""

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

    def peer_closed(self, now: float, *, reset: bool = False) -> None:
        """Tell that the testee closed the connection: with a FIN, or, over TCP, with a `reset` (RST)."""

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
