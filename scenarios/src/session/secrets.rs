//! Masks secrets in headers: reports are handed around, so credentials must not be in them.

use std::borrow::Cow;

use wsproof_core::handshake::Header;

/// A header whose name has one of these in it holds a secret: `Authorization`, `Proxy-Authorization`, `Cookie`,
/// `X-Api-Key`, `X-Auth-Token` and the like.
const TELLING: [&str; 6] = ["auth", "cookie", "key", "password", "secret", "token"];

/// What stands in place of a secret, whatever its length.
const MASK: &str = "***";

/// The value of a header, with secrets masked. The scheme of an authorization and the names of cookies stay.
pub(super) fn presentable(header: &Header) -> Cow<'_, str> {
    let name = header.name().to_ascii_lowercase();
    if !TELLING.iter().any(|part| name.contains(part)) {
        return header.value().into();
    }
    if name.ends_with("authorization") {
        if let Some((scheme, _)) = header.value().split_once(' ') {
            return format!("{scheme} {MASK}").into();
        }
    } else if name == "cookie" {
        let cookies = header.value().split(';').map(|cookie| match cookie.split_once('=') {
            Some((name, _)) => format!("{}={MASK}", name.trim()),
            None => MASK.to_owned(),
        });
        return cookies.collect::<Vec<_>>().join("; ").into();
    }
    MASK.into()
}

#[cfg(test)]
mod tests {
    use wsproof_core::handshake::Headers;

    use super::*;

    #[test]
    fn secrets_are_masked_and_nothing_else() {
        for (name, value, shown) in [
            ("Authorization", "Bearer abc.def", "Bearer ***"),
            ("proxy-authorization", "Basic dTpw", "Basic ***"),
            ("Authorization", "abc", "***"),
            ("Cookie", "session=abc; theme=a=b;x", "session=***; theme=***; ***"),
            ("X-API-KEY", "abc", "***"),
            ("X-Auth-Token", "abc def", "***"),
            ("X-Request-Id", "abc", "abc"),
            ("Accept-Language", "de", "de"),
            ("X-Empty", "", ""),
        ] {
            let mut headers = Headers::new();
            headers.push(name, value).unwrap();
            assert_eq!(presentable(headers.iter().next().unwrap()), shown, "{name}: {value}");
        }
    }
}
