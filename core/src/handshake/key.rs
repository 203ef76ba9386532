//! `Sec-WebSocket-Key` and `Sec-WebSocket-Accept` (RFC 6455 §4.1 item 7, §4.2.2 item 5.4).

use alloc::string::String;
use core::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use sha1::{Digest as _, Sha1};

use super::HandshakeError;

/// The GUID that every server appends to the key (RFC 6455 §1.3).
pub const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key`: base64 of the SHA-1 of key and [`GUID`], 28
/// characters (RFC 6455 §4.2.2 item 5.4). The key is taken as it stands, also when it is not a valid one.
///
/// ```
/// use wsproof_core::handshake::accept_key;
/// assert_eq!(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// ```
#[must_use]
pub fn accept_key(key: impl AsRef<[u8]>) -> String {
    let mut sha1 = Sha1::new();
    sha1.update(key.as_ref());
    sha1.update(GUID.as_bytes());
    STANDARD.encode(sha1.finalize())
}

/// Base64 as RFC 4648 §3.5 allows to read it: the four bits that 24 characters have to spare need not be zero. The
/// example key of RFC 6455 §4.1 has one of them set.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// The nonce of a client's handshake: 16 octets, on the wire as 24 characters of base64 (RFC 6455 §4.1 item 7).
///
/// It keeps the characters, since the answer is made from them: two ways to write a nonce are two keys.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// Valid base64 of 16 octets.
    text: [u8; 24],
    nonce: [u8; 16],
}

impl Key {
    /// A key of 16 octets, which the caller chose at random.
    #[must_use]
    pub fn new(nonce: [u8; 16]) -> Self {
        let mut text = [0; 24];
        // Sixteen octets are exactly 24 characters.
        let written = STANDARD.encode_slice(nonce, &mut text);
        debug_assert_eq!(written.ok(), Some(24));
        Self { text, nonce }
    }

    /// Reads the value of a `Sec-WebSocket-Key` header.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::BadKey`] unless it is 24 characters of base64 for 16 octets (§4.2.1 item 5).
    ///
    /// ```
    /// use wsproof_core::handshake::Key;
    /// assert_eq!(Key::parse("dGhlIHNhbXBsZSBub25jZQ==")?.nonce(), *b"the sample nonce");
    /// assert!(Key::parse("dGhlIHNhbXBsZQ==").is_err());
    /// # Ok::<(), wsproof_core::handshake::HandshakeError>(())
    /// ```
    pub fn parse(value: &str) -> Result<Self, HandshakeError> {
        // 24 characters are at most 18 octets.
        let mut octets = [0; 18];
        if let Ok(text) = <[u8; 24]>::try_from(value.as_bytes())
            && let Ok(16) = LENIENT.decode_slice(text, &mut octets)
            && let Some(nonce) = octets.first_chunk::<16>()
        {
            return Ok(Self { text, nonce: *nonce });
        }
        Err(HandshakeError::BadKey)
    }

    /// The 16 octets.
    #[must_use]
    pub const fn nonce(&self) -> [u8; 16] {
        self.nonce
    }

    /// The value of the `Sec-WebSocket-Key` header.
    #[must_use]
    pub fn to_base64(&self) -> String {
        self.text.iter().map(|&octet| char::from(octet)).collect()
    }

    /// The `Sec-WebSocket-Accept` that this key asks for.
    #[must_use]
    pub fn accept(&self) -> String {
        accept_key(self.text)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_base64())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_pairs() {
        assert_eq!(accept_key("Ukb/sGPuGL+bXi+DYJoMww=="), "EM9ot2Dde0titVdDkp7IkJfFtvw=");
        assert_eq!(accept_key(b"x3JJHMbDL1EzLkh9GBhXDw=="), "HSmrc0sMlYUkAGmm5OPpG2HaGWk=");
    }

    #[test]
    fn the_example_of_section_4_1_is_a_key_and_answered_as_it_stands() {
        let key = Key::parse("AQIDBAUGBwgJCgsMDQ4PEC==").unwrap();
        assert_eq!(key.nonce(), core::array::from_fn(|i| i as u8 + 1));
        assert_eq!(key.accept(), accept_key("AQIDBAUGBwgJCgsMDQ4PEC=="));
        assert_ne!(key.accept(), Key::new(key.nonce()).accept());
    }

    #[test]
    fn only_keys_of_16_octets() {
        let key = Key::new([0xff; 16]);
        assert_eq!(Key::parse(&key.to_base64()), Ok(key));
        for wrong in [
            "",
            "dGhlIHNhbXBsZSBub25jZQ=",
            "dGhlIHNhbXBsZSBub25jZQQ=",
            "dGhlIHNhbXBsZSBub25jZQQQ",
            "dGhlIHNhbXBsZSBub25jZQ== ",
            "dGhl_HNhbXBsZSBub25jZQ==",
            "ééééééééé éé",
        ] {
            assert_eq!(Key::parse(wrong), Err(HandshakeError::BadKey), "{wrong}");
        }
    }
}
