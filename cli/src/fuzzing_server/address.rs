//! What a client asks for by the path and query of its request.

use std::fmt;

use wsproof_scenarios::CaseId;

/// A testee's name may have so many characters.
pub(super) const MAX_AGENT: usize = 256;

/// Arguments that may be given once at most. Others are not looked at.
const ONCE: [&str; 4] = ["agent", "case", "casetuple", "shutdownOnComplete"];

/// What the path of a request stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// `/getCaseCount`
    CaseCount,
    /// `/getCaseInfo`
    CaseInfo { case: Position },
    /// `/runCase`
    RunCase { case: Position, agent: String },
    /// `/getCaseStatus`
    CaseStatus { case: Position, agent: String },
    /// `/updateReports`
    UpdateReports { agent: String, then_stop: bool },
    /// `/stopServer`
    StopServer,
    /// Anything else: direct command mode.
    Direct,
}

/// One of the selected cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// From 0.
    pub(super) index: usize,
}

/// Why a request cannot be served; the text is for the person at the other end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BadWish(String);

impl fmt::Display for BadWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn bad(text: impl Into<String>) -> BadWish {
    BadWish(text.into())
}

impl Wish {
    /// Reads a request target, given the selected cases.
    pub(super) fn parse(target: &str, selected: &[CaseId]) -> Result<Self, BadWish> {
        let (path, query) = split(target);
        let arguments = Arguments::parse(query)?;
        let case = arguments.case(selected)?;
        let wanted = || case.ok_or_else(|| bad("which case? add case=N (1 is the first) or casetuple=ID"));
        let agent = || arguments.agent.clone().ok_or_else(|| bad("which agent? add agent=NAME"));
        Ok(match path {
            "/getCaseCount" => Self::CaseCount,
            "/getCaseInfo" => Self::CaseInfo { case: wanted()? },
            "/runCase" => Self::RunCase { case: wanted()?, agent: agent()? },
            "/getCaseStatus" => Self::CaseStatus { case: wanted()?, agent: agent()? },
            "/updateReports" => Self::UpdateReports { agent: agent()?, then_stop: arguments.then_stop },
            "/stopServer" => Self::StopServer,
            _ => Self::Direct,
        })
    }
}

/// Path and query of a target, which may be a whole URL (RFC 9112 section 3.2.2).
fn split(target: &str) -> (&str, &str) {
    let target = match target.split_once("://") {
        Some((scheme, rest)) if !scheme.contains(['/', '?']) => {
            rest.find(['/', '?']).map_or("/", |at| &rest[at..])
        }
        _ => target,
    };
    target.split_once('?').unwrap_or((target, ""))
}

#[derive(Debug, Default)]
struct Arguments {
    agent: Option<String>,
    case: Option<String>,
    casetuple: Option<String>,
    then_stop: bool,
}

impl Arguments {
    fn parse(query: &str) -> Result<Self, BadWish> {
        let mut arguments = Self::default();
        let mut seen = [false; ONCE.len()];
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name);
            // An argument without value counts as not given.
            let Some(at) = ONCE.iter().position(|known| *known == name).filter(|_| !value.is_empty()) else {
                continue;
            };
            if std::mem::replace(&mut seen[at], true) {
                return Err(bad(format!("the argument {name} is given twice")));
            }
            let value = decode(value);
            match ONCE[at] {
                "agent" if value.chars().count() > MAX_AGENT => {
                    return Err(bad(format!("the agent's name has more than {MAX_AGENT} characters")));
                }
                "agent" => arguments.agent = Some(value),
                "case" => arguments.case = Some(value),
                "casetuple" => arguments.casetuple = Some(value),
                _ => arguments.then_stop = ["true", "yes"].contains(&value.to_ascii_lowercase().as_str()),
            }
        }
        Ok(arguments)
    }

    fn case(&self, selected: &[CaseId]) -> Result<Option<Position>, BadWish> {
        let by_id = match &self.casetuple {
            None => None,
            Some(text) => {
                let id: Option<CaseId> = text.trim().parse().ok();
                match id.and_then(|id| selected.iter().position(|other| *other == id)) {
                    Some(index) => Some(Position { index }),
                    None => {
                        let text: String = text.chars().take(40).collect();
                        return Err(bad(format!("no case {text} is among the {} selected", selected.len())));
                    }
                }
            }
        };
        let Some(text) = &self.case else { return Ok(by_id) };
        match text.trim().parse::<usize>() {
            // The original takes 0 for "not given".
            Ok(0) => Ok(None),
            Ok(number) if number <= selected.len() => Ok(Some(Position { index: number - 1 })),
            _ => {
                let text: String = text.chars().take(40).collect();
                Err(bad(format!("there is no case number {text}: they are 1 to {}", selected.len())))
            }
        }
    }
}

/// Undoes the encoding of a query: `+` is a space, `%xx` an octet.
fn decode(text: &str) -> String {
    decode_percent(&text.replace('+', " "))
}

/// Undoes the encoding of a path: `%xx` is an octet. What is not encoded rightly stays as it is.
pub(super) fn decode_percent(text: &str) -> String {
    let octets = text.as_bytes();
    let mut out = Vec::with_capacity(octets.len());
    let mut at = 0;
    while let Some(&octet) = octets.get(at) {
        let hex = |offset: usize| octets.get(at + offset).and_then(|digit| char::from(*digit).to_digit(16));
        match (octet, hex(1), hex(2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                out.push(octet);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(target: &str) -> Result<Wish, String> {
        let selected: Vec<CaseId> = ["1.1.1", "2.10", "9.1.1"].iter().map(|id| id.parse().unwrap()).collect();
        Wish::parse(target, &selected).map_err(|error| error.to_string())
    }

    fn run(index: usize, agent: &str) -> Result<Wish, String> {
        Ok(Wish::RunCase { case: Position { index }, agent: agent.to_owned() })
    }

    #[test]
    fn all_paths_are_known() {
        assert_eq!(parse("/getCaseCount"), Ok(Wish::CaseCount));
        assert_eq!(parse("/getCaseCount?agent=x"), Ok(Wish::CaseCount));
        assert_eq!(parse("/getCaseInfo?case=2"), Ok(Wish::CaseInfo { case: Position { index: 1 } }));
        assert_eq!(
            parse("/getCaseStatus?case=3&agent=a"),
            Ok(Wish::CaseStatus { case: Position { index: 2 }, agent: "a".to_owned() })
        );
        assert_eq!(parse("/runCase?casetuple=2.10&agent=a"), run(1, "a"));
        assert_eq!(parse("/stopServer"), Ok(Wish::StopServer));
        for direct in ["/", "/echo", "/runCase/", "/RunCase?case=1&agent=a", "*", "/?case=1"] {
            assert_eq!(parse(direct), Ok(Wish::Direct), "{direct}");
        }
        assert_eq!(parse("ws://h:9001/getCaseCount"), Ok(Wish::CaseCount));
        assert_eq!(parse("ws://h:9001"), Ok(Wish::Direct));
    }

    #[test]
    fn shutdown_is_asked_for_by_true_or_yes() {
        for (value, then_stop) in [("true", true), ("YES", true), ("1", false), ("", false), ("no", false)] {
            let wish = Wish::UpdateReports { agent: "a".to_owned(), then_stop };
            assert_eq!(
                parse(&format!("/updateReports?agent=a&shutdownOnComplete={value}")),
                Ok(wish),
                "{value}"
            );
        }
        assert_eq!(
            parse("/updateReports?agent=a"),
            Ok(Wish::UpdateReports { agent: "a".to_owned(), then_stop: false })
        );
    }

    #[test]
    fn agents_are_decoded() {
        for (encoded, agent) in [
            ("gws-server/sync/ws", "gws-server/sync/ws"),
            ("a%2Fb%20c.d%7Ce+f%2Bg", "a/b c.d|e f+g"),
            ("Caf%C3%A9%E2%82%AC", "Café€"),
            ("%", "%"),
            ("100%25%2", "100%%2"),
            ("%zz%F", "%zz%F"),
            ("%ff", "\u{fffd}"),
            ("a=b", "a=b"),
        ] {
            assert_eq!(parse(&format!("/runCase?case=1&agent={encoded}")), run(0, agent), "{encoded}");
        }
        let longest = "ä".repeat(MAX_AGENT);
        assert_eq!(parse(&format!("/runCase?case=1&agent={longest}")), run(0, &longest));
    }

    #[test]
    fn the_number_goes_before_the_id() {
        assert_eq!(parse("/runCase?casetuple=2.10&case=3&agent=a"), run(2, "a"));
        assert_eq!(
            parse("/runCase?case=0&agent=a&casetuple=2.10").unwrap_err(),
            "which case? add case=N (1 is the first) or casetuple=ID"
        );
        assert_eq!(parse("/runCase?casetuple=%202.10%20&agent=a"), run(1, "a"));
    }

    #[test]
    fn bad_arguments_are_explained() {
        for (target, reason) in [
            ("/runCase?agent=a", "which case?"),
            ("/runCase?case=1", "which agent?"),
            ("/runCase?case=1&agent=", "which agent?"),
            ("/runCase?case=4&agent=a", "there is no case number 4: they are 1 to 3"),
            ("/runCase?case=-1&agent=a", "there is no case number -1"),
            ("/runCase?case=x&agent=a", "there is no case number x"),
            ("/runCase?case=1&case=2&agent=a", "the argument case is given twice"),
            ("/runCase?case=1&agent=a&agent=a", "the argument agent is given twice"),
            ("/runCase?casetuple=1.1.2&agent=a", "no case 1.1.2 is among the 3 selected"),
            ("/runCase?casetuple=..&agent=a", "no case .. is"),
            ("/getCaseInfo", "which case?"),
            ("/getCaseInfo?case=99999999999999999999999", "there is no case number"),
            ("/getCaseStatus?case=1", "which agent?"),
            ("/updateReports", "which agent?"),
        ] {
            let error = parse(target).unwrap_err();
            assert!(error.starts_with(reason), "{target}: {error}");
        }
        let error = parse(&format!("/runCase?case=1&agent={}", "a".repeat(MAX_AGENT + 1))).unwrap_err();
        assert!(error.contains("more than 256 characters"));
    }
}
