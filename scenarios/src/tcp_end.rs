//! How a testee ended the TCP connection.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How the testee ended TCP, or the TLS that runs over it.
///
/// The two ends of TCP mean different things. After a FIN everything that the testee sent before has come. A reset may
/// have taken octets away that were still under way, a close frame among them (RFC 9293 §3.5.3): systems send one when
/// a program closes its socket with octets left unread.
///
/// ```
/// use wsproof_scenarios::{TcpEnd, TlsAlert};
///
/// assert_eq!(TcpEnd::Fin.to_string(), "FIN");
/// assert_eq!(TcpEnd::Tls(TlsAlert(116)).to_string(), "TLS alert \"certificate required\"");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TcpEnd {
    /// In order, with a FIN. In memory, where there is no TCP, every end is one.
    Fin,
    /// With a reset (RST).
    Reset,
    /// TLS was ended by a fatal alert; nothing can be read after that, however TCP ends.
    Tls(TlsAlert),
}

impl fmt::Display for TcpEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fin => f.write_str("FIN"),
            Self::Reset => f.write_str("RST"),
            Self::Tls(alert) => write!(f, "TLS alert \"{alert}\""),
        }
    }
}

/// The number of a TLS alert (RFC 8446 §6). Its text is the name that the RFC gives it, with spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TlsAlert(pub u8);

impl TlsAlert {
    /// Whether the other side sends it because it wants a certificate of ours, or takes the one that it got for none: so
    /// do TLS 1.3 (`certificate required`) and, less clearly, TLS 1.2 (`handshake failure`).
    #[must_use]
    pub const fn wants_certificate(self) -> bool {
        matches!(self.0, 40..=46 | 48 | 116)
    }
}

impl fmt::Display for TlsAlert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            0 => "close notify",
            10 => "unexpected message",
            20 => "bad record mac",
            21 => "decryption failed",
            22 => "record overflow",
            30 => "decompression failure",
            40 => "handshake failure",
            41 => "no certificate",
            42 => "bad certificate",
            43 => "unsupported certificate",
            44 => "certificate revoked",
            45 => "certificate expired",
            46 => "certificate unknown",
            47 => "illegal parameter",
            48 => "unknown ca",
            49 => "access denied",
            50 => "decode error",
            51 => "decrypt error",
            60 => "export restriction",
            70 => "protocol version",
            71 => "insufficient security",
            80 => "internal error",
            86 => "inappropriate fallback",
            90 => "user canceled",
            100 => "no renegotiation",
            109 => "missing extension",
            110 => "unsupported extension",
            111 => "certificate unobtainable",
            112 => "unrecognized name",
            113 => "bad certificate status response",
            114 => "bad certificate hash value",
            115 => "unknown psk identity",
            116 => "certificate required",
            120 => "no application protocol",
            121 => "ech required",
            other => return write!(f, "number {other}"),
        })
    }
}
