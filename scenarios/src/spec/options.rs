//! The `options` of a spec file: what the original hands to its WebSocket library.

use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::time::LONGEST;

/// Options that are read by name. Any other of [`Options::NAMES`] is accepted and has no effect.
const FAIL_BY_DROP: &str = "failByDrop";
const OPEN_TIMEOUT: &str = "openHandshakeTimeout";
const CLOSE_TIMEOUT: &str = "closeHandshakeTimeout";
const DROP_TIMEOUT: &str = "serverConnectionDropTimeout";
const VERSION: &str = "version";

/// Protocol options. What is `None` was not given.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Options {
    /// Fail a connection by dropping TCP, with no close frame.
    pub fail_by_drop: Option<bool>,
    /// How long the opening handshake may take.
    pub open_timeout: Option<Duration>,
    /// How long the reply to a close frame may take.
    pub close_timeout: Option<Duration>,
    /// How long a server may take to drop TCP after the closing handshake.
    pub drop_timeout: Option<Duration>,
    /// The number in the `Sec-WebSocket-Version` header: 8 or 13.
    pub version: Option<u8>,
    /// Names that were given and have no effect here, in the order of the file.
    pub without_effect: Vec<String>,
}

impl Options {
    /// All names that are accepted.
    pub const NAMES: [&'static str; 30] = [
        "acceptMaskedServerFrames",
        "allowHixie76",
        "allowNullOrigin",
        "allowedOrigins",
        "applyMask",
        "autoFragmentSize",
        "autoPingInterval",
        "autoPingSize",
        "autoPingTimeout",
        CLOSE_TIMEOUT,
        "echoCloseCodeReason",
        FAIL_BY_DROP,
        "flashSocketPolicy",
        "maskClientFrames",
        "maskServerFrames",
        "maxConnections",
        "maxFramePayloadSize",
        "maxMessagePayloadSize",
        OPEN_TIMEOUT,
        "perMessageCompressionAccept",
        "perMessageCompressionOffers",
        "requireMaskedClientFrames",
        "serveFlashSocketPolicy",
        DROP_TIMEOUT,
        "tcpNoDelay",
        "trustXForwardedFor",
        "utf8validateIncoming",
        VERSION,
        "versions",
        "webStatus",
    ];

    /// These options, and those of `base` where these say nothing: a server's own options go before the common ones.
    #[must_use]
    pub fn or(&self, base: &Self) -> Self {
        let mut without_effect = base.without_effect.clone();
        without_effect.extend(self.without_effect.iter().cloned());
        Self {
            fail_by_drop: self.fail_by_drop.or(base.fail_by_drop),
            open_timeout: self.open_timeout.or(base.open_timeout),
            close_timeout: self.close_timeout.or(base.close_timeout),
            drop_timeout: self.drop_timeout.or(base.drop_timeout),
            version: self.version.or(base.version),
            without_effect,
        }
    }
}

impl<'de> Deserialize<'de> for Options {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OptionsVisitor)
    }
}

struct OptionsVisitor;

impl<'de> Visitor<'de> for OptionsVisitor {
    type Value = Options;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of protocol options")
    }

    fn visit_unit<E: Error>(self) -> Result<Options, E> {
        Ok(Options::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Options, A::Error> {
        let mut options = Options::default();
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                FAIL_BY_DROP => options.fail_by_drop = map.next_value::<Flag>()?.0,
                OPEN_TIMEOUT => options.open_timeout = map.next_value::<Seconds>()?.0,
                CLOSE_TIMEOUT => options.close_timeout = map.next_value::<Seconds>()?.0,
                DROP_TIMEOUT => options.drop_timeout = map.next_value::<Seconds>()?.0,
                VERSION => options.version = map.next_value::<Version>()?.0,
                known if Options::NAMES.contains(&known) => {
                    // Not `IgnoredAny`: that would count as an unknown key.
                    map.next_value::<serde_json::Value>()?;
                    options.without_effect.push(name);
                }
                _ => {
                    let name: String = name.chars().take(60).collect();
                    let names = Options::NAMES.join(", ");
                    return Err(Error::custom(format_args!(
                        "there is no option `{name}`; there are {names}"
                    )));
                }
            }
        }
        Ok(options)
    }
}

/// True or false, or a number as Python would take it.
struct Flag(Option<bool>);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor)
    }
}

struct FlagVisitor;

impl Visitor<'_> for FlagVisitor {
    type Value = Flag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false")
    }

    fn visit_unit<E>(self) -> Result<Flag, E> {
        Ok(Flag(None))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Flag, E> {
        Ok(Flag(Some(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Flag, E> {
        Ok(Flag(Some(value != 0)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Flag, E> {
        Ok(Flag(Some(value != 0)))
    }
}

/// A time in seconds; 0 and below stand for no limit.
struct Seconds(Option<Duration>);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecondsVisitor)
    }
}

struct SecondsVisitor;

impl Visitor<'_> for SecondsVisitor {
    type Value = Seconds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of seconds")
    }

    fn visit_unit<E>(self) -> Result<Seconds, E> {
        Ok(Seconds(None))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Seconds, E> {
        self.visit_f64(value as f64)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Seconds, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E>(self, value: f64) -> Result<Seconds, E> {
        let limit = if value > 0.0 { Duration::try_from_secs_f64(value).ok() } else { None };
        // No limit, which a time of 0 stands for, is a day too: a run shall end.
        Ok(Seconds(Some(limit.map_or(LONGEST, |limit| limit.min(LONGEST)))))
    }
}

/// A draft number as the original counts them: 10 to 12 speak version 8, 13 to 18 version 13.
struct Version(Option<u8>);

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Option::<u64>::deserialize(deserializer)? {
            None => Ok(Self(None)),
            Some(10..=12) => Ok(Self(Some(8))),
            Some(13..=18) => Ok(Self(Some(13))),
            Some(other) => {
                let text = "a protocol version from 10 to 18 is wanted (18 is RFC 6455)";
                Err(Error::custom(format_args!("{text}, not {other}")))
            }
        }
    }
}
