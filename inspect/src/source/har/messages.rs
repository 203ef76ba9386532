//! The records of `_webSocketMessages`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use wsproof_core::Count;

use crate::budget::{Budget, MAX_LISTED};
use crate::model::{Connection, Message, Sender, ToldClose};
use crate::source::told;

/// Times from here on are milliseconds: so many seconds after 1970 are in the year 5138.
const MILLISECONDS_FROM: f64 = 1e11;

/// So many records that cannot be read are told of one by one.
const MAX_TOLD: usize = 8;

/// Whether a value looks like a record.
pub(super) fn is_record(value: &Value) -> bool {
    value["type"].is_string() && value.get("data").is_some() && value.get("opcode").is_some()
}

/// Takes records into a connection.
pub(super) struct Messages<'a> {
    budget: &'a Budget,
}

/// What a record is.
enum Record {
    Message(Message),
    Close(ToldClose),
    Ping,
    Failure(String),
}

impl<'a> Messages<'a> {
    pub(super) fn new(budget: &'a Budget) -> Self {
        Self { budget }
    }

    pub(super) fn add_to(&mut self, connection: &mut Connection, records: &[Value]) {
        let clock = Clock::of(records);
        let (mut pings, mut unread) = (0_usize, 0_usize);
        for (at, record) in records.iter().enumerate() {
            if connection.messages.len() >= MAX_LISTED {
                connection.notes.push(format!("only the first {MAX_LISTED} messages are listed"));
                break;
            }
            match self.record(record, &clock) {
                Ok(Record::Message(message)) => connection.messages.push(message),
                Ok(Record::Close(close)) => connection.told_close = Some(close),
                Ok(Record::Ping) => pings += 1,
                Ok(Record::Failure(said)) => {
                    // What is wrong is not a message that was sent.
                    match told::failure(&said) {
                        Some(finding) => connection.told_violations.push(finding),
                        None => connection.notes.push(format!("the browser says: {said}")),
                    }
                }
                Err(why) => {
                    unread += 1;
                    if unread <= MAX_TOLD {
                        connection.notes.push(format!("message {at} is not read: {why}"));
                    }
                }
            }
        }
        if unread > MAX_TOLD {
            let more = Count((unread - MAX_TOLD) as u64, "more message");
            connection.notes.push(format!("{more} {} not read", more.verb("is", "are")));
        }
        if pings > 0 {
            let pings = Count(pings as u64, "control frame");
            connection.notes.push(format!("{pings} in the archive {} not listed", pings.verb("is", "are")));
        }
    }

    fn record(&self, record: &Value, clock: &Clock) -> Result<Record, String> {
        let data = record["data"].as_str();
        let opcode = record["opcode"].as_i64();
        let sender = match record["type"].as_str() {
            Some("send") => Sender::Client,
            Some("receive") => Sender::Server,
            Some("error") => return Ok(Record::Failure(data.unwrap_or_default().to_owned())),
            other => {
                let other = other.unwrap_or("nothing");
                return Err(format!("its type is {other}, not send, receive or error"));
            }
        };
        let time_us = clock.since(record);
        match opcode {
            Some(9 | 10) => return Ok(Record::Ping),
            Some(8) => {
                let code = record["code"].as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(1005);
                let reason = record["reason"].as_str().or(data).unwrap_or_default().to_owned();
                return Ok(Record::Close(ToldClose { time_us, code, reason, clean: true }));
            }
            _ => {}
        }
        let data = data.ok_or("it has no data")?;
        let binary = opcode == Some(2);
        let octets = match binary {
            true => STANDARD.decode(data).map_err(|error| format!("its data is not base64: {error}"))?,
            false => data.as_bytes().to_vec(),
        };
        let mut kept = Vec::new();
        self.budget.keep(&mut kept, &octets);
        let len = octets.len() as u64;
        Ok(Record::Message(Message {
            time_us,
            sender,
            binary,
            compressed: false,
            octets: kept,
            len,
            wire_len: len,
            complete: true,
        }))
    }
}

/// When the first record was, and in what times are told.
struct Clock {
    begin: f64,
    /// Microseconds in a unit.
    unit: f64,
}

impl Clock {
    fn of(records: &[Value]) -> Self {
        let begin = records.iter().filter_map(time).fold(f64::INFINITY, f64::min);
        // Browsers and proxies count seconds, Playwright milliseconds.
        let unit = if begin.is_finite() && begin >= MILLISECONDS_FROM { 1e3 } else { 1e6 };
        Self { begin, unit }
    }

    fn since(&self, record: &Value) -> Option<u64> {
        time(record).map(|time| ((time - self.begin) * self.unit).clamp(0.0, 1e18) as u64)
    }
}

/// The time of a record; one below 0 stands for none.
fn time(record: &Value) -> Option<f64> {
    record["time"].as_f64().filter(|time| *time >= 0.0)
}
