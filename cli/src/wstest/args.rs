//! The flags, all of Autobahn's and no others.

use std::path::PathBuf;

use clap::Parser;

use crate::exit::Failure;
use crate::net::Url;

/// The port of the web page unless the flag says otherwise.
const WEB_PORT: u16 = 8080;

/// What the original can do and this program does not.
const NOT_HERE: [&str; 4] = ["broadcastserver", "broadcastclient", "massconnect", "serializer"];

/// Test WebSocket implementations, with the command line of Autobahn's wstest.
#[derive(Debug, Parser)]
#[command(
    name = "wstest",
    version = concat!(env!("CARGO_PKG_VERSION"), " (wsproof)"),
    infer_long_args = true,
    args_override_self = true,
    after_help = "The exit status is 0 whatever the verdicts, as with Autobahn's wstest. \
                  `wsproof test-server` and `wsproof test-client` tell them apart."
)]
pub(super) struct Args {
    /// What to be: fuzzingclient, fuzzingserver, echoserver, echoclient, testeeserver or testeeclient
    #[arg(short, long)]
    pub(super) mode: Option<String>,

    /// Accepted, and without effect
    #[arg(short, long)]
    pub(super) testset: Option<String>,

    /// Spec file of a fuzzing mode; by default <MODE>.json here, which is written if there is none
    #[arg(short, long)]
    pub(super) spec: Option<PathBuf>,

    /// Accepted, and without effect
    #[arg(short, long)]
    pub(super) outfile: Option<PathBuf>,

    /// WebSocket URL of an echo or testee mode, or of the server to test if the spec file names none
    #[arg(short, long)]
    pub(super) wsuri: Option<String>,

    /// Port of the web page of the fuzzing server, by default 8080; 0 for none
    #[arg(short = 'u', long)]
    webport: Option<String>,

    /// Name of a testee in reports
    #[arg(short, long)]
    pub(super) ident: Option<String>,

    /// Private key (PEM file), for wss; goes before that in the spec file
    #[arg(short, long)]
    pub(super) key: Option<PathBuf>,

    /// Certificate (PEM file), for wss; goes before that in the spec file
    #[arg(short, long)]
    pub(super) cert: Option<PathBuf>,

    /// Tell more, on standard error
    #[arg(short, long)]
    pub(super) debug: bool,

    /// Print versions and end
    #[arg(short, long)]
    pub(super) autobahnversion: bool,
}

/// What to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    FuzzingClient,
    FuzzingServer,
    EchoServer,
    EchoClient,
    TesteeServer,
    TesteeClient,
}

impl Mode {
    const ALL: [(&'static str, Self); 6] = [
        ("echoclient", Self::EchoClient),
        ("echoserver", Self::EchoServer),
        ("fuzzingclient", Self::FuzzingClient),
        ("fuzzingserver", Self::FuzzingServer),
        ("testeeclient", Self::TesteeClient),
        ("testeeserver", Self::TesteeServer),
    ];
}

/// The web port, and whether somebody asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WebPort {
    pub(super) port: u16,
    pub(super) asked_for: bool,
}

impl Args {
    /// The mode; checks at the same time what all modes need.
    pub(super) fn mode(&self) -> Result<Mode, Failure> {
        let known = Mode::ALL.map(|(name, _)| name).join(", ");
        let Some(name) = &self.mode else {
            return Err(Failure::wrong_use(format!("a mode must be given: --mode with one of {known}")));
        };
        let Some((_, mode)) = Mode::ALL.into_iter().find(|(known, _)| known == name) else {
            return Err(Failure::wrong_use(if NOT_HERE.contains(&name.as_str()) {
                format!(
                    "the mode {name} is not part of this tool, which tests implementations; it has {known}"
                )
            } else {
                format!("there is no mode {name:?}; there are {known}")
            }));
        };
        self.web_port()?;
        if !matches!(mode, Mode::FuzzingClient | Mode::FuzzingServer) {
            self.url()?;
        }
        Ok(mode)
    }

    /// The web port; `None` for no web page.
    pub(super) fn web_port(&self) -> Result<Option<WebPort>, Failure> {
        let web = match &self.webport {
            None => WebPort { port: WEB_PORT, asked_for: false },
            Some(text) => {
                let port = text.trim().parse().map_err(|_| {
                    Failure::wrong_use(format!(
                        "{text:?} is not a web port: 0 to 65535 is wanted, 0 for no page"
                    ))
                })?;
                WebPort { port, asked_for: true }
            }
        };
        Ok((web.port != 0).then_some(web))
    }

    /// The URL of `--wsuri`, which the mode needs.
    pub(super) fn url(&self) -> Result<Url, Failure> {
        let text = self.wsuri.as_deref().ok_or_else(|| {
            Failure::wrong_use("this mode needs a WebSocket URL: --wsuri ws://127.0.0.1:9001")
        })?;
        text.parse().map_err(Failure::wrong_use)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Args {
        Args::try_parse_from(line.split_whitespace()).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn scripts_of_many_projects_are_understood() {
        let long = args("wstest --mode=fuzzingclient --spec=/config/fuzzingclient.json --webport=0");
        let short = args("wstest -m fuzzingclient -s /config/fuzzingclient.json -u 0");
        for args in [long, short] {
            assert_eq!(args.mode().unwrap(), Mode::FuzzingClient);
            assert_eq!(args.spec.as_deref().unwrap().to_str(), Some("/config/fuzzingclient.json"));
            assert_eq!(args.web_port().unwrap(), None);
        }
        let abbreviated = args("wstest --mo testeeclient --ws ws://127.0.0.1:9001 --id me");
        assert_eq!(
            (abbreviated.mode().unwrap(), abbreviated.ident.as_deref()),
            (Mode::TesteeClient, Some("me"))
        );
        let repeated = args("wstest -m echoserver -m fuzzingserver -t x -o y -d");
        assert_eq!(repeated.mode().unwrap(), Mode::FuzzingServer);
        assert_eq!(repeated.web_port().unwrap(), Some(WebPort { port: 8080, asked_for: false }));
        assert_eq!(args("wstest -m fuzzingserver -u8081").web_port().unwrap().unwrap().port, 8081);
    }

    #[test]
    fn wrong_use_is_explained() {
        for (line, reason) in [
            ("wstest", "a mode must be given"),
            ("wstest -m fuzzing", "there is no mode \"fuzzing\""),
            ("wstest -m massconnect", "not part of this tool"),
            ("wstest -m broadcastserver -w ws://h", "not part of this tool"),
            ("wstest -m testeeserver", "needs a WebSocket URL"),
            ("wstest -m echoclient -w http://h", "write ws://"),
            ("wstest -m fuzzingserver -u 65536", "is not a web port"),
            ("wstest -m fuzzingserver -u x", "is not a web port"),
        ] {
            let error = args(line).mode().unwrap_err().to_string();
            assert!(error.contains(reason), "{line}: {error}");
        }
        for line in ["wstest extra", "wstest --no-such-flag", "wstest -m"] {
            assert!(Args::try_parse_from(line.split_whitespace()).is_err(), "{line}");
        }
    }
}
