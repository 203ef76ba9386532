//! Writing to standard output and standard error for people and for programs.
//!
//! A reader that goes away (`wsproof cases | head -1`) is no error: what is left is not written.

use std::io::{self, IsTerminal, Write};

use wsproof_scenarios::Verdict;

/// Where the text for people goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Standard output.
    Out,
    /// Standard error: standard output belongs to a program that reads it.
    Err,
}

impl Channel {
    /// Writes a line (or several). Nobody there to read it is no error.
    pub fn line(self, text: &str) {
        let result = match self {
            Self::Out => writeln!(io::stdout().lock(), "{text}"),
            Self::Err => writeln!(io::stderr().lock(), "{text}"),
        };
        drop(result);
    }

    /// Whether a person looks at it.
    pub fn is_terminal(self) -> bool {
        match self {
            Self::Out => io::stdout().is_terminal(),
            Self::Err => io::stderr().is_terminal(),
        }
    }

    /// Whether colours are welcome: on a terminal, unless `NO_COLOR` says no.
    pub fn palette(self) -> Palette {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Palette { on: self.is_terminal() && !unwanted }
    }
}

/// Colours, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    on: bool,
}

impl Palette {
    /// No colours.
    pub const PLAIN: Self = Self { on: false };

    /// The text in the colour of the verdict.
    pub fn verdict(self, verdict: Verdict, text: &str) -> String {
        let code = match verdict {
            Verdict::Pass => "32",
            Verdict::PassWithNotes => "36",
            Verdict::Limit | Verdict::Unimplemented => "33",
            Verdict::Fail => "31",
            Verdict::Incomplete => "35",
        };
        self.paint(code, text)
    }

    /// The text in bold.
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_only_where_they_are_welcome() {
        assert_eq!(Palette::PLAIN.verdict(Verdict::Fail, "fail"), "fail");
        assert_eq!(Palette { on: true }.verdict(Verdict::Fail, "fail"), "\x1b[31mfail\x1b[0m");
    }
}
