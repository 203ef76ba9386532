//! Autobahn's spec files: which cases run, against whom, and where the reports go.
//!
//! Keys that are not known are set aside and never an error, since spec files in the wild carry many. A known key
//! with a value of the wrong kind is an error that names the key, the line and what is wanted.

mod error;
mod options;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::marker::PhantomData;
use std::path::Path;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Visitor};

pub use error::SpecError;
pub use options::Options;

use crate::id::CaseId;
use crate::select::{AgentExclusions, Selection};

/// A spec file may have so many octets.
pub const MAX_OCTETS: u64 = 16 * 1024 * 1024;

/// What is written as `fuzzingclient.json` when there is no spec file.
pub const DEFAULT_CLIENT: &str = r#"{
   "outdir": "./reports/servers",
   "servers": [
      {
         "url": "ws://127.0.0.1:9001"
      }
   ],
   "cases": ["*"],
   "exclude-cases": [],
   "exclude-agent-cases": {}
}
"#;

/// What is written as `fuzzingserver.json` when there is no spec file.
pub const DEFAULT_SERVER: &str = r#"{
   "url": "ws://127.0.0.1:9001",
   "outdir": "./reports/clients",
   "cases": ["*"],
   "exclude-cases": [],
   "exclude-agent-cases": {}
}
"#;

/// A spec of the fuzzing client: servers are tested.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ClientSpec {
    /// Folder of the reports, relative to the current one.
    #[serde(default = "ClientSpec::default_outdir", deserialize_with = "outdir_of_servers")]
    pub outdir: String,
    /// Whom to test, in order.
    #[serde(default, deserialize_with = "list_of_servers")]
    pub servers: Vec<Server>,
    /// Options for all servers.
    #[serde(default)]
    pub options: Options,
    /// Cases to run.
    pub cases: Texts,
    /// Cases to leave out.
    #[serde(default, rename = "exclude-cases")]
    pub exclude_cases: Texts,
    /// Cases to leave out for some agents: agent pattern to case patterns.
    #[serde(default, rename = "exclude-agent-cases", deserialize_with = "or_default")]
    pub exclude_agent_cases: BTreeMap<String, Texts>,
    /// Keys of the file that have no meaning here.
    #[serde(skip)]
    pub unknown_keys: Vec<String>,
}

/// One server to test.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Server {
    /// Where it listens, `ws://` or `wss://`, with path and query.
    pub url: String,
    /// Its name in the reports; otherwise what it calls itself.
    #[serde(default)]
    pub agent: Option<String>,
    /// The server name to ask for (SNI), if not the one in the URL.
    #[serde(default)]
    pub hostname: Option<String>,
    /// What to send as `Origin`.
    #[serde(default)]
    pub origin: Option<String>,
    /// Subprotocols to ask for.
    #[serde(default)]
    pub protocols: Texts,
    /// Options that go before the common ones.
    #[serde(default)]
    pub options: Options,
}

impl Server {
    /// The server at this URL, with nothing else said about it.
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            agent: None,
            hostname: None,
            origin: None,
            protocols: Texts::default(),
            options: Options::default(),
        }
    }
}

/// A spec of the fuzzing server: clients are tested.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ServerSpec {
    /// Where to listen: `ws://` or `wss://`, host and port.
    pub url: String,
    /// Folder of the reports, relative to the current one.
    #[serde(default = "ServerSpec::default_outdir", deserialize_with = "outdir_of_clients")]
    pub outdir: String,
    /// File with the private key, for `wss`.
    #[serde(default)]
    pub key: Option<String>,
    /// File with the certificate, for `wss`.
    #[serde(default)]
    pub cert: Option<String>,
    /// Subprotocols; none is ever chosen.
    #[serde(default)]
    pub protocols: Texts,
    /// Options for all connections.
    #[serde(default)]
    pub options: Options,
    /// Cases to run.
    pub cases: Texts,
    /// Cases to leave out.
    #[serde(default, rename = "exclude-cases")]
    pub exclude_cases: Texts,
    /// Cases to leave out for some agents: agent pattern to case patterns.
    #[serde(default, rename = "exclude-agent-cases", deserialize_with = "or_default")]
    pub exclude_agent_cases: BTreeMap<String, Texts>,
    /// Keys of the file that have no meaning here.
    #[serde(skip)]
    pub unknown_keys: Vec<String>,
}

impl ClientSpec {
    /// Reads a spec from text.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let (mut spec, unknown) = read::<Self>(text)?;
        spec.unknown_keys = unknown;
        Ok(spec)
    }

    /// Reads a spec file.
    pub fn load(path: &Path) -> Result<Self, SpecError> {
        Self::parse(&text_of(path)?).map_err(|error| error.in_file(path.to_owned()))
    }

    /// The cases to run, out of those available.
    pub fn selection(&self, available: &[CaseId]) -> Selection {
        Selection::compatible(&self.cases, &self.exclude_cases, available)
    }

    /// Which agents are spared which cases.
    pub fn agent_exclusions(&self) -> AgentExclusions {
        exclusions(&self.exclude_agent_cases)
    }

    fn default_outdir() -> String {
        "./reports/servers".to_owned()
    }
}

impl ServerSpec {
    /// Reads a spec from text.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let (mut spec, unknown) = read::<Self>(text)?;
        spec.unknown_keys = unknown;
        Ok(spec)
    }

    /// Reads a spec file.
    pub fn load(path: &Path) -> Result<Self, SpecError> {
        Self::parse(&text_of(path)?).map_err(|error| error.in_file(path.to_owned()))
    }

    /// The cases to run, out of those available.
    pub fn selection(&self, available: &[CaseId]) -> Selection {
        Selection::compatible(&self.cases, &self.exclude_cases, available)
    }

    /// Which agents are spared which cases.
    pub fn agent_exclusions(&self) -> AgentExclusions {
        exclusions(&self.exclude_agent_cases)
    }

    fn default_outdir() -> String {
        "./reports/clients".to_owned()
    }
}

fn exclusions(lists: &BTreeMap<String, Texts>) -> AgentExclusions {
    AgentExclusions::new(lists.iter().map(|(agent, cases)| (agent.as_str(), &cases[..])))
}

fn text_of(path: &Path) -> Result<String, SpecError> {
    let failed = |error| SpecError::Read { path: path.to_owned(), error };
    let mut text = String::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_OCTETS + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > MAX_OCTETS {
        return Err(SpecError::TooLong { path: path.to_owned() });
    }
    Ok(text)
}

fn read<T: DeserializeOwned>(text: &str) -> Result<(T, Vec<String>), SpecError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match read_strictly(text) {
        // Python takes the last of two equal keys. Reading into a tree does so too, at the price of line numbers.
        Err((error, _)) if error.is_data() && error.to_string().starts_with("duplicate field") => {
            let tree: serde_json::Value =
                serde_json::from_str(text).map_err(|error| SpecError::from_json(&error, String::new()))?;
            read_strictly(&tree.to_string()).map_err(|(error, key)| SpecError::from_json(&error, key))
        }
        other => other.map_err(|(error, key)| SpecError::from_json(&error, key)),
    }
}

type Failure = (serde_json::Error, String);

fn read_strictly<T: DeserializeOwned>(text: &str) -> Result<(T, Vec<String>), Failure> {
    let mut unknown = Vec::new();
    let mut json = serde_json::Deserializer::from_str(text);
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    // A `?` in the path stands for an optional value, which says nothing to the reader.
    let value = serde_ignored::deserialize(tracked, |path| unknown.push(path.to_string().replace(".?", "")));
    let Object(value) = value.map_err(|error| (error, track.path().to_string()))?;
    json.end().map_err(|error| (error, String::new()))?;
    Ok((value, unknown))
}

/// A list of texts. One text alone is a list of one, and `null` an empty list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts(pub Vec<String>);

impl std::ops::Deref for Texts {
    type Target = Vec<String>;

    fn deref(&self) -> &Vec<String> {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of strings")
    }

    fn visit_unit<E>(self) -> Result<Texts, E> {
        Ok(Texts::default())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Texts, E> {
        Ok(Texts(vec![text.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = list.next_element()? {
            texts.push(text);
        }
        Ok(Texts(texts))
    }
}

/// A value that must be written as an object. What is derived would take a list of the values, too.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

fn list_of_servers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Server>, D::Error> {
    let servers = Option::<Vec<Object<Server>>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(servers.into_iter().map(|Object(server)| server).collect())
}

/// `null` stands for a key that is not there.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

fn outdir_of_servers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_else(ClientSpec::default_outdir))
}

fn outdir_of_clients<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_else(ServerSpec::default_outdir))
}
