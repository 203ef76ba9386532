//! How single fields of a case are written as JSON.

/// Times are written as seconds, whole or not.
pub(super) mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::case) fn serialize<S: Serializer>(
        time: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let seconds = time.as_secs_f64();
        if seconds.fract() == 0.0 {
            serializer.serialize_u64(time.as_secs())
        } else {
            serializer.serialize_f64(seconds)
        }
    }

    pub(in crate::case) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        let wanted = || serde::de::Error::custom("a time from 0 to 86400 seconds is wanted");
        crate::time::from_seconds(f64::deserialize(deserializer)?).ok_or_else(wanted)
    }
}

/// Opcodes are written as numbers, and read as numbers or names.
pub(super) mod opcode {
    use std::fmt;

    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};
    use wsproof_core::frame::Opcode;

    const WANTED: &str = "an opcode from 0 to 15, or continuation, text, binary, close, ping or pong";

    pub(in crate::case) fn serialize<S: Serializer>(
        opcode: &Opcode,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(opcode.get())
    }

    pub(in crate::case) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Opcode, D::Error> {
        deserializer.deserialize_any(NumberOrName)
    }

    struct NumberOrName;

    impl Visitor<'_> for NumberOrName {
        type Value = Opcode;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(WANTED)
        }

        fn visit_u64<E: Error>(self, number: u64) -> Result<Opcode, E> {
            match u8::try_from(number) {
                Ok(value @ 0..=15) => Ok(Opcode::new(value)),
                _ => Err(E::custom(format_args!("{WANTED} is wanted, not {number}"))),
            }
        }

        fn visit_i64<E: Error>(self, number: i64) -> Result<Opcode, E> {
            self.visit_u64(u64::try_from(number).unwrap_or(u64::MAX))
        }

        fn visit_str<E: Error>(self, name: &str) -> Result<Opcode, E> {
            match name {
                "continuation" => Ok(Opcode::CONTINUATION),
                "text" => Ok(Opcode::TEXT),
                "binary" => Ok(Opcode::BINARY),
                "close" => Ok(Opcode::CLOSE),
                "ping" => Ok(Opcode::PING),
                "pong" => Ok(Opcode::PONG),
                _ => Err(E::custom(format_args!("{WANTED} is wanted, not {name:.40?}"))),
            }
        }
    }
}

/// The masking of a frame: `none`, `random`, or a key in hexadecimal digits.
pub(super) mod masking {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::case::Masking;
    use crate::hex;

    pub(in crate::case) fn serialize<S: Serializer>(
        mask: &Masking,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match mask {
            Masking::AsRole => serializer.serialize_none(),
            Masking::None => serializer.serialize_str("none"),
            Masking::Random => serializer.serialize_str("random"),
            Masking::Key(key) => serializer.serialize_str(&hex::encode(key)),
        }
    }

    pub(in crate::case) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Masking, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(Masking::AsRole) };
        let key = || hex::decode(&text).ok().and_then(|octets| <[u8; 4]>::try_from(octets).ok());
        match text.as_str() {
            "none" => Ok(Masking::None),
            "random" => Ok(Masking::Random),
            _ => key().map(Masking::Key).ok_or_else(|| {
                D::Error::custom(format_args!(
                    "`none`, `random` or a key of eight hexadecimal digits is wanted, not {text:.40?}"
                ))
            }),
        }
    }
}

/// The form of a length, by its bits.
pub(super) mod length {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};
    use wsproof_core::frame::LengthForm;

    pub(in crate::case) fn serialize<S: Serializer>(
        form: &Option<LengthForm>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match form {
            None => serializer.serialize_none(),
            Some(form) => serializer.serialize_u8(form.bits()),
        }
    }

    pub(in crate::case) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<LengthForm>, D::Error> {
        const FORMS: [LengthForm; 3] = [LengthForm::Bits7, LengthForm::Bits16, LengthForm::Bits64];
        let Some(bits) = Option::<u64>::deserialize(deserializer)? else { return Ok(None) };
        let form = FORMS.into_iter().find(|form| u64::from(form.bits()) == bits);
        form.map(Some)
            .ok_or_else(|| D::Error::custom(format_args!("the bits of a length are 7, 16 or 64, not {bits}")))
    }
}
