//! Rebuilds HTTP heads, so that they are judged like those from a wire.

use serde_json::Value;

/// The octets of a head. A value with line feeds is that of several fields of one name.
pub(super) fn head(line: &str, fields: &[(String, String)]) -> Vec<u8> {
    let mut text = format!("{line}\r\n");
    for (name, value) in fields {
        // HTTP/2 has fields like `:path`; they are no part of such a head.
        for value in value.split('\n').filter(|_| !name.starts_with(':')) {
            text.push_str(name);
            text.push_str(": ");
            text.push_str(value.trim());
            text.push_str("\r\n");
        }
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// The request target in a URL: what comes after the authority.
pub(super) fn target_of(url: &str) -> &str {
    let Some((_, rest)) = url.split_once("://") else { return url };
    rest.find('/').map_or("/", |at| &rest[at..]).split('#').next().unwrap_or("/")
}

/// Names and values: of a list of `{"name", "value"}`, or of an object.
pub(super) fn fields(headers: &Value) -> Vec<(String, String)> {
    let listed =
        |header: &Value| Some((header["name"].as_str()?.to_owned(), header["value"].as_str()?.to_owned()));
    match headers {
        Value::Array(list) => list.iter().filter_map(listed).collect(),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
            fields.iter().filter_map(field).collect()
        }
        _ => Vec::new(),
    }
}
