//! JSON laid out as Python 2's `json.dumps(…, sort_keys=True, indent=3, separators=(",", ": "))` lays it out.
//!
//! Scripts cut Autobahn's files with `sed` and `grep`, so the layout counts, not just the data. Sorting is the
//! business of the types that are written: struct fields stand in order of their names, maps are B-trees.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

/// The value as Python would print it, without a newline at the end.
pub(crate) fn to_vec(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(4_096);
    let layout = Layout(PrettyFormatter::with_indent(b"   "));
    value.serialize(&mut Serializer::with_formatter(&mut out, layout))?;
    Ok(out)
}

/// `serde_json`'s own layout is already that of Python, but for characters outside of printable ASCII.
struct Layout(PrettyFormatter<'static>);

impl Formatter for Layout {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut plain = 0;
        for (at, c) in fragment.char_indices().filter(|(_, c)| !(' '..='~').contains(c)) {
            writer.write_all(&fragment.as_bytes()[plain..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            plain = at + c.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[plain..])
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

/// A number of seconds: whole ones without a fraction, as Python prints an `int`.
pub(crate) fn seconds(seconds: f64) -> serde_json::Value {
    if seconds.fract() == 0.0 && seconds.abs() < 1e15 { (seconds as i64).into() } else { seconds.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn text(value: &Value) -> String {
        String::from_utf8(to_vec(value).unwrap()).unwrap()
    }

    #[test]
    fn layout_is_pythons() {
        let value = json!({"b": [1, [], {}], "a": {"x": null, "y": true}, "c": 0.5});
        let expected = "{\n   \"a\": {\n      \"x\": null,\n      \"y\": true\n   },\n   \"b\": [\n      1,\n      [],\n      {}\n   ],\n   \"c\": 0.5\n}";
        assert_eq!(text(&value), expected);
        assert_eq!(text(&json!({})), "{}");
    }

    #[test]
    fn strings_are_ascii() {
        assert_eq!(
            text(&json!("a\"\\/\u{8}\u{c}\n\r\t\0\x1f\x7fé\u{ffff}😀")),
            r#""a\"\\/\b\f\n\r\t\u0000\u001f\u007f\u00e9\uffff\ud83d\ude00""#
        );
    }

    #[test]
    fn whole_seconds_have_no_fraction() {
        assert_eq!(
            text(&json!([seconds(1.0), seconds(0.5), seconds(60.0), seconds(f64::NAN)]))
                .replace([' ', '\n'], ""),
            "[1,0.5,60,null]"
        );
    }
}
