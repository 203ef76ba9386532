//! Hexadecimal digits, lower case, two an octet.

/// The octets as lower-case hexadecimal digits.
pub fn encode(octets: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(octets.len() * 2);
    for octet in octets {
        text.push(char::from(DIGITS[usize::from(octet >> 4)]));
        text.push(char::from(DIGITS[usize::from(octet & 15)]));
    }
    text
}

/// The octets that the digits stand for; upper and lower case are both read.
///
/// # Errors
/// Says at which digit the text is not hexadecimal, or that a digit is missing.
pub fn decode(digits: &str) -> Result<Vec<u8>, String> {
    let value = |at: usize, digit: u8| {
        char::from(digit).to_digit(16).map(|v| v as u8).ok_or_else(|| {
            let found = digits.get(at..).and_then(|rest| rest.chars().next()).unwrap_or('\u{fffd}');
            format!("{found:?} is no hexadecimal digit, in place {} of them", at + 1)
        })
    };
    let bytes = digits.as_bytes();
    if bytes.len() % 2 == 1 {
        return Err(format!("{} hexadecimal digits: an even number is wanted", bytes.len()));
    }
    bytes
        .chunks(2)
        .enumerate()
        .map(|(i, two)| Ok(value(2 * i, two[0])? << 4 | value(2 * i + 1, two[1])?))
        .collect()
}

/// For `#[serde(with = "hex::serde_bytes")]`: octets as a string of digits.
pub(crate) mod serde_bytes {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(octets: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::encode(octets))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let digits = String::deserialize(deserializer)?;
        super::decode(&digits).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_ways() {
        assert_eq!(super::encode(&[0, 0x1f, 0xff]), "001fff");
        assert_eq!(super::decode("001fFF").unwrap(), [0, 0x1f, 0xff]);
        assert!(super::decode("0").is_err());
        assert!(super::decode("0g").is_err());
        assert!(super::decode("é").is_err());
    }
}
