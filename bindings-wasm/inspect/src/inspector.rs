//! An open capture, and the page's queries on it.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};
use wsproof_inspect::{Capture, Connection, Live, Sender, difference, export, payload, read, round_trip};

use crate::filter::Filter;
use crate::row::{self, Row};
use crate::{choice, preview, table, told};

/// Which octets of a row.
#[wasm_bindgen]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The frame's payload, unmasked.
    Payload = "payload",
    /// The message that it belongs to: joined, inflated.
    Message = "message",
    /// Header and masked payload.
    Wire = "wire",
}

/// A form for other programs.
#[wasm_bindgen]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// An HTTP archive of the capture.
    Har = "har",
    /// The connection, a frame a line.
    JsonLines = "jsonLines",
    /// A scenario of what its client sent.
    ScenarioClient = "scenarioClient",
    /// A scenario of what its server sent.
    ScenarioServer = "scenarioServer",
    /// Packets of the capture.
    Pcapng = "pcapng",
}

/// What is being looked at. Connections and rows are named by their numbers; an error says that there is none of this
/// number, or what is wrong with the rest of the question.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Inspector(Held);

#[derive(Debug, Default)]
enum Held {
    #[default]
    Nothing,
    File(Capture),
    Live(Box<Live>),
}

#[wasm_bindgen]
impl Inspector {
    /// One with nothing in it.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a capture. `choice` is JSON with `format`, `sender` (client or server) and `deflate` (parameters, as in a
    /// response), each optional. Gives JSON: the capture in short.
    pub fn open(&mut self, capture: &[u8], choice: &str) -> Result<String, JsError> {
        let options = choice::options(choice).map_err(refusal)?;
        self.0 = Held::Nothing;
        self.0 = Held::File(read(capture, &options)?);
        self.summary()
    }

    /// Takes live events, a JSON list. Gives JSON: the capture in short.
    pub fn events(&mut self, list: &str) -> Result<String, JsError> {
        let list: Vec<Value> = serde_json::from_str(list)?;
        if !matches!(self.0, Held::Live(_)) {
            self.0 = Held::Live(Box::default());
        }
        if let Held::Live(live) = &mut self.0 {
            list.iter().for_each(|event| live.take(event));
        }
        self.summary()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.0 = Held::Nothing;
    }

    /// JSON: handshake, notes, how it closed, and wire statistics of a connection.
    pub fn details(&self, connection: usize) -> Result<String, JsError> {
        json(&told::details(self.connection(connection)?))
    }

    /// The rows from `from` on, 16 words each: see [`table`].
    pub fn rows(&self, connection: usize, from: usize) -> Result<Vec<u32>, JsError> {
        let connection = self.connection(connection)?;
        let mut words = Vec::new();
        for row in (from..row::count(connection)).filter_map(|index| Row::of(connection, index)) {
            words.extend_from_slice(&table::words(row, connection));
        }
        Ok(words)
    }

    /// A line of text for each of these rows.
    pub fn previews(&self, connection: usize, rows: &[u32]) -> Result<Vec<String>, JsError> {
        let connection = self.connection(connection)?;
        let line = |index: &u32| Row::of(connection, *index as usize).map(|row| preview::of(row, connection));
        Ok(rows.iter().map(|index| line(index).unwrap_or_default()).collect())
    }

    /// The numbers of the rows that a filter (JSON, see [`Filter`]) lets pass.
    pub fn filter(&self, connection: usize, filter: &str) -> Result<Vec<u32>, JsError> {
        let connection = self.connection(connection)?;
        let filter = Filter::parse(filter).map_err(refusal)?;
        let passes =
            |index: &usize| Row::of(connection, *index).is_some_and(|row| filter.passes(row, connection));
        Ok((0..row::count(connection)).filter(passes).map(|index| index as u32).collect())
    }

    /// Octets of a row.
    pub fn octets(&self, connection: usize, row: usize, part: Part) -> Result<Vec<u8>, JsError> {
        Ok(self.part(connection, row, part)?.into_owned())
    }

    /// JSON: what octets of a row hold, read as this encoding (`msgpack`, `cbor`, `protobuf`); without one as what they
    /// look like, or `null`.
    pub fn decoded(
        &self,
        connection: usize,
        row: usize,
        part: Part,
        encoding: Option<String>,
    ) -> Result<String, JsError> {
        let octets = self.part(connection, row, part)?;
        let wanted: Option<payload::Encoding> = serde_json::from_value(encoding.into())?;
        let encoding = wanted.or_else(|| payload::guess(&octets));
        json(&encoding.map(|encoding| payload::read(&octets, encoding)))
    }

    /// JSON: the frame that this row answers, or that answers it; or `null`.
    #[wasm_bindgen(js_name = roundTrip)]
    pub fn round_trip(&self, connection: usize, row: usize) -> Result<String, JsError> {
        json(&round_trip::of(self.connection(connection)?, row))
    }

    /// JSON: how the messages, or where there are none the payloads, of two rows differ.
    pub fn difference(&self, connection: usize, before: usize, after: usize) -> Result<String, JsError> {
        let message = |row| {
            let message = self.part(connection, row, Part::Message);
            message.or_else(|_| self.part(connection, row, Part::Payload))
        };
        json(&difference::compare(&message(before)?, &message(after)?))
    }

    /// JSON: the violations in frames, each with its row; of very many the first.
    pub fn findings(&self, connection: usize) -> Result<String, JsError> {
        json(&told::findings(self.connection(connection)?))
    }

    /// The capture or the connection in a form for other programs.
    #[wasm_bindgen(js_name = exportAs)]
    pub fn export_as(&self, connection: usize, kind: Export) -> Result<Vec<u8>, JsError> {
        let one = self.connection(connection)?;
        let capture = || self.capture().ok_or_else(|| refusal("there is no capture"));
        let text = match kind {
            Export::Har => export::har(capture()?),
            Export::JsonLines => export::json_lines(one),
            Export::ScenarioClient => export::scenario(one, Sender::Client).map_err(refusal)?,
            Export::ScenarioServer => export::scenario(one, Sender::Server).map_err(refusal)?,
            Export::Pcapng => return export::pcapng(capture()?).map_err(refusal),
            Export::__Invalid => return Err(refusal("there is no such form")),
        };
        Ok(text.into_bytes())
    }

    /// A row as a scenario.
    #[wasm_bindgen(js_name = rowScenario)]
    pub fn row_scenario(&self, connection: usize, row: usize) -> Result<String, JsError> {
        Ok(match self.row(connection, row)? {
            Row::Frame(frame) => export::frame_scenario(frame),
            Row::Message(message) => export::message_scenario(message),
        })
    }
}

impl Inspector {
    fn capture(&self) -> Option<&Capture> {
        match &self.0 {
            Held::Nothing => None,
            Held::File(capture) => Some(capture),
            Held::Live(live) => Some(live.capture()),
        }
    }

    fn summary(&self) -> Result<String, JsError> {
        json(&self.capture().map(told::summary))
    }

    fn connection(&self, index: usize) -> Result<&Connection, JsError> {
        let connection = self.capture().and_then(|capture| capture.connections.get(index));
        connection.ok_or_else(|| refusal(format_args!("there is no connection {index}")))
    }

    fn row(&self, connection: usize, index: usize) -> Result<Row<'_>, JsError> {
        let row = Row::of(self.connection(connection)?, index);
        row.ok_or_else(|| refusal(format_args!("there is no row {index}")))
    }

    fn part(&self, connection: usize, index: usize, part: Part) -> Result<Cow<'_, [u8]>, JsError> {
        let octets = match (self.row(connection, index)?, part) {
            (Row::Frame(frame), Part::Payload) => &frame.payload,
            (Row::Frame(frame), Part::Wire) => return Ok(frame.wire().into()),
            (Row::Frame(frame), Part::Message) => {
                let message = frame.message.and_then(|at| self.connection(connection).ok()?.messages.get(at));
                &message.ok_or_else(|| refusal("it belongs to no message"))?.octets
            }
            (Row::Message(_), Part::Wire) => return Err(refusal("the capture has no frames")),
            (Row::Message(message), Part::Payload | Part::Message) => &message.octets,
            (_, Part::__Invalid) => return Err(refusal("a row has no such octets")),
        };
        Ok(octets.into())
    }
}

fn refusal(why: impl ToString) -> JsError {
    JsError::new(&why.to_string())
}

fn json(value: &impl Serialize) -> Result<String, JsError> {
    Ok(serde_json::to_string(value)?)
}
