//! The options of a session.

use std::time::Duration;

use wsproof_core::handshake::Headers;

/// Time limits and choices for one session. The defaults are Autobahn's.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionOptions {
    /// The opening handshake must be completed within this time of TCP being connected.
    pub open_timeout: Duration,
    /// Our close frame must be answered within this time.
    pub close_timeout: Duration,
    /// A server must drop TCP within this time of the closing handshake being completed.
    pub drop_timeout: Duration,
    /// For our own verdict: from our last close frame on a testee has so long to answer it and, if it is a server, to end
    /// TCP. Autobahn's pair follows its own shorter timers; where it has none it waits for ever, and we no longer than
    /// this.
    pub linger_limit: Duration,
    /// So many messages come from the testee by themselves, right after the opening handshake, as a look at it has shown:
    /// our own verdict looks past them.
    pub greeting: u32,
    /// Autobahn's pair looks past them too.
    pub ignore_greeting: bool,
    /// The connection to the server is TCP as it is, without TLS: where it ends before any answer, the reason asks whether
    /// the port speaks TLS.
    pub plain_tcp: bool,
    /// Fail a connection by dropping TCP, without a close frame.
    pub fail_by_drop: bool,
    /// When nothing at all was read or written for so long, the end timer of the case is taken to have fired. For
    /// testees that are known to be dead: the verdict is the same, and comes sooner.
    pub idle_limit: Option<Duration>,
    /// The case waits for the testee no longer than this in one go, whatever it allows. For testees that are known never
    /// to answer, though they may say something.
    pub wait_limit: Option<Duration>,
    /// A testee that sends more octets than this beyond four times what the case itself sends is cut off. A frame counts 64
    /// octets besides its own; what compressed messages make when inflated counts too.
    pub receive_limit: u64,
    /// Where masking keys and the handshake nonce come from: the same seed gives the same octets.
    pub seed: u64,
    /// Keys of a recorded session, to repeat it octet by octet. They come first; those of the seed follow.
    pub recorded: Option<RecordedKeys>,
}

/// The random octets of a recorded session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordedKeys {
    /// The handshake nonce: what `Sec-WebSocket-Key` holds in base64. Only a client sends one.
    pub nonce: Option<[u8; 16]>,
    /// The masking keys, in the order of the frames.
    pub masking_keys: Vec<[u8; 4]>,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            open_timeout: Duration::from_secs(5),
            close_timeout: Duration::from_secs(1),
            drop_timeout: Duration::from_secs(1),
            linger_limit: Duration::from_secs(10),
            greeting: 0,
            ignore_greeting: false,
            plain_tcp: false,
            fail_by_drop: false,
            idle_limit: None,
            wait_limit: None,
            receive_limit: 16 << 20,
            seed: 0,
            recorded: None,
        }
    }
}

/// How we ask a server testee to upgrade (RFC 6455 §4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRequest {
    /// The `Host` header: host and port.
    pub host: String,
    /// The request target: path and query.
    pub resource: String,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// The `Origin` header, if one is to be sent.
    pub origin: Option<String>,
    /// Subprotocols to ask for, in order of preference.
    pub protocols: Vec<String>,
    /// The `Sec-WebSocket-Version` header; 13 is RFC 6455.
    pub version: u8,
    /// More headers, which follow those above in their order. Transcripts show those whose names tell of a secret
    /// (`Authorization`, `Cookie`, `X-Api-Key`) with `***` in place of it.
    pub headers: Headers,
}

impl ClientRequest {
    /// A plain request for this resource on this host.
    pub fn new(host: impl Into<String>, resource: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            resource: resource.into(),
            user_agent: concat!("wsproof/", env!("CARGO_PKG_VERSION")).to_owned(),
            origin: None,
            protocols: Vec::new(),
            version: 13,
            headers: Headers::new(),
        }
    }
}
