//! The command line of `wsproof`.

mod reach;
mod run;
mod values;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use wsproof_core::deflate;
use wsproof_inspect::{Format, Sender};
use wsproof_scenarios::profile::Profile;

pub use reach::{Connect, Listen, Reach, Request};
pub use run::{CaseChoice, CaseSource, Judge, Run, Show, Times};

use crate::runner::DEFAULT_JOBS;
use values::{address, deflate, jobs, side};

const EXIT_STATUS: &str = "\
Exit status:
  0  everything was run, and every case passed (by --fail-on)
  1  a case failed
  2  wrong use: unknown case, port in use, folder that cannot be written
  3  the testee could not be reached, or the run is incomplete
  130  stopped by Ctrl-C; the report has what was finished";

const DECODE_STATUS: &str = "\
Exit status:
  0  no rule is broken
  1  violations were found
  2  wrong use: the file cannot be read, is no capture, or holds no WebSocket";

/// Proves WebSocket servers and clients: runs every conformance case and writes a report.
///
/// Without a command it tests its own server, then its own client.
#[derive(Debug, Parser)]
#[command(name = "wsproof", version, after_help = EXIT_STATUS, args_conflicts_with_subcommands = true)]
#[command(disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of the main job.
    #[command(flatten)]
    pub main: MainJob,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Test a server: connect to it, once for each case
    #[command(after_help = EXIT_STATUS)]
    TestServer(TestServer),
    /// Test clients: wait for them to connect, once for each case
    #[command(after_help = EXIT_STATUS)]
    TestClient(TestClient),
    /// Run a recorded session again: a scenario, a capture, or the report on a case
    #[command(after_help = EXIT_STATUS)]
    Replay(Replay),
    /// Merge the reports of the parts of a run (`--shard`)
    #[command(after_help = EXIT_STATUS)]
    Merge(Merge),
    /// List the cases
    Cases(Cases),
    /// Explain what a case sends, what it expects, and which rule it proves
    Explain(Explain),
    /// Check scenarios of your own
    #[command(subcommand)]
    Scenario(Scenario),
    /// Show the frames, messages and violations of a capture: pcap, HAR, a browser's net-export log, octets as
    /// programs print them (hex, dumps, lists, base64, literals)
    #[command(after_help = DECODE_STATUS)]
    Decode(Decode),
    /// Run the reference testee: a server or client that sends every message back
    #[command(subcommand)]
    Echo(Echo),
}

/// Options of the main job.
#[derive(Debug, Args)]
pub struct MainJob {
    /// Which cases.
    #[command(flatten)]
    pub cases: CaseChoice,
    /// Cases side by side
    #[arg(long, short, value_name = "N", default_value_t = DEFAULT_JOBS, value_parser = jobs)]
    pub jobs: usize,
    /// Folder for the reports, in which `servers` and `clients` are created
    #[arg(long, value_name = "DIR", default_value = "./reports")]
    pub outdir: PathBuf,
    /// What is shown.
    #[command(flatten)]
    pub show: Show,
    /// What counts as failure.
    #[command(flatten)]
    pub judge: Judge,
}

/// Options of `test-server`.
#[derive(Debug, Args)]
pub struct TestServer {
    /// URL of the server: ws:// or wss://. Port 0 or `{port}` picks a free port for COMMAND
    #[arg(value_name = "URL")]
    pub url: String,
    /// Command that starts the server; it is stopped at the end with everything it started. `{url}` and `{port}` are
    /// replaced, WSPROOF_URL and WSPROOF_PORT are set
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
    /// Which cases, and scenarios.
    #[command(flatten)]
    pub cases: CaseSource,
    /// Cases side by side [default: 32, or 1 if the server serves one client at a time]
    #[arg(long, short, value_name = "N", value_parser = jobs)]
    pub jobs: Option<usize>,
    /// Folder for the report
    #[arg(long, value_name = "DIR", default_value = "./reports/servers")]
    pub outdir: PathBuf,
    /// Name of the server in the report [default: its Server header]
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// Ignore messages that the server sends unasked also in Autobahn's two verdicts; wsproof's own always ignores them
    #[arg(long)]
    pub ignore_greeting: bool,
    /// Run every case even if all opening handshakes fail in the same way, which otherwise stops the run
    #[arg(long)]
    pub keep_going: bool,
    /// How to reach the server.
    #[command(flatten)]
    pub reach: Reach,
    /// Time limits, what is shown, what counts as failure.
    #[command(flatten)]
    pub run: Run,
}

/// Options of `test-client`.
#[derive(Debug, Args)]
pub struct TestClient {
    /// Where to listen.
    #[command(flatten)]
    pub listen: Listen,
    /// Command that runs the client; the test ends when it ends. `{url}` and `{port}` are replaced, WSPROOF_URL and
    /// WSPROOF_PORT are set
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
    /// Which cases, and scenarios.
    #[command(flatten)]
    pub cases: CaseSource,
    /// Folder for the report
    #[arg(long, value_name = "DIR", default_value = "./reports/clients")]
    pub outdir: PathBuf,
    /// Address of the web page that drives a browser through the cases
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub web: Option<SocketAddr>,
    /// End after a client has run cases and asked for the reports (`/updateReports`)
    #[arg(long)]
    pub exit_after_update: bool,
    /// Obey direct commands and `/stopServer` from other machines too
    #[arg(long)]
    pub allow_direct: bool,
    /// Time limits, what is shown, what counts as failure.
    #[command(flatten)]
    pub run: Run,
}

/// Options of `replay`.
#[derive(Debug, Args)]
pub struct Replay {
    /// What to run: scenarios (JSON), the JSON report on a case, or a capture that `decode` reads; - is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// URL of the server to test, ws:// or wss://. Port 0 or `{port}` picks a free port for COMMAND. Without it a client is
    /// tested
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Address to listen on for the client; port 0 is any free one [default: 127.0.0.1:9001, with COMMAND any free
    /// port]
    #[arg(long, value_name = "ADDR", value_parser = address, conflicts_with_all = ["url", "unix"])]
    pub listen: Option<SocketAddr>,
    /// Command that starts the server, or runs the client. `{url}` and `{port}` are replaced, WSPROOF_URL and
    /// WSPROOF_PORT are set
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
    /// Format of a capture: hex, base64, text, raw, har, events, netlog, pcap or report [default: detected]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Only this connection of a capture, counted from 1 [default: all of them, each a scenario]
    #[arg(long, value_name = "N")]
    pub connection: Option<NonZeroUsize>,
    /// Profile under which the report on a built-in case runs that case: quick, full or core
    #[arg(long, value_name = "PROFILE", default_value_t)]
    pub profile: Profile,
    /// Folder for the report
    #[arg(long, value_name = "DIR", default_value = "./reports/replay")]
    pub outdir: PathBuf,
    /// How to reach a server.
    #[command(flatten)]
    pub reach: Reach,
    /// Time limits, what is shown, what counts as failure.
    #[command(flatten)]
    pub run: Run,
}

/// Options of `merge`.
#[derive(Debug, Args)]
pub struct Merge {
    /// Report folders of the parts
    #[arg(value_name = "DIR", required = true)]
    pub parts: Vec<PathBuf>,
    /// Folder for the merged report
    #[arg(long, value_name = "DIR", default_value = "./reports/merged")]
    pub outdir: PathBuf,
    /// Write JUnit XML too
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// What counts as failure.
    #[command(flatten)]
    pub judge: Judge,
}

/// Options of `cases`.
#[derive(Debug, Args)]
pub struct Cases {
    /// Ids, sections (`6`), groups (`6.4`) or patterns (`*.1.2`) [default: all]
    #[arg(value_name = "PATTERN")]
    pub patterns: Vec<String>,
    /// The cases of this profile, as it runs them: quick, full or core
    #[arg(long, value_name = "PROFILE", default_value_t)]
    pub profile: Profile,
    /// Print JSON, with the cases as data
    #[arg(long)]
    pub json: bool,
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The case, such as 1.1.1
    #[arg(value_name = "ID")]
    pub id: String,
}

/// What can be done with scenarios of one's own.
#[derive(Debug, Subcommand)]
pub enum Scenario {
    /// Tell what is wrong in scenario files, or what they hold
    Check(ScenarioCheck),
}

/// Options of `scenario check`.
#[derive(Debug, Args)]
pub struct ScenarioCheck {
    /// The files
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Tell step by step what each scenario does
    #[arg(long)]
    pub explain: bool,
}

/// Options of `decode`.
#[derive(Debug, Args)]
pub struct Decode {
    /// The capture; - is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    pub file: PathBuf,
    /// Format of the capture: hex, list, base64, text, raw, har, events, netlog, pcap or report [default: detected]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Sender of octets without a handshake: client or server [default: by the first frame's mask]
    #[arg(long, value_name = "SIDE", value_parser = side)]
    pub sent_by: Option<Sender>,
    /// Agreed parameters of permessage-deflate where the capture has no handshake; "" means without parameters
    #[arg(long, value_name = "PARAMS", value_parser = deflate)]
    pub deflate: Option<deflate::Response>,
    /// In packets: port of a WebSocket server; its connections are read as frames even without a handshake
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// In packets: read connections as frames even where neither a handshake nor frames were recognised
    #[arg(long)]
    pub force: bool,
    /// Print JSON, with everything
    #[arg(long)]
    pub json: bool,
    /// Write the inspector with this capture in it: one HTML file to open in a browser
    #[arg(long, value_name = "HTML", conflicts_with = "json")]
    pub web: Option<PathBuf>,
}

/// The reference testees.
#[derive(Debug, Subcommand)]
pub enum Echo {
    /// A server that sends every message back
    Server(EchoServer),
    /// A client that runs all cases of a fuzzing server
    Client(EchoClient),
}

/// Options of `echo server`.
#[derive(Debug, Args)]
pub struct EchoServer {
    /// Where to listen.
    #[command(flatten)]
    pub listen: Listen,
}

/// Options of `echo client`.
#[derive(Debug, Args)]
pub struct EchoClient {
    /// URL of the fuzzing server
    #[arg(value_name = "URL", default_value = "ws://127.0.0.1:9001")]
    pub url: String,
    /// Name under which the fuzzing server reports
    #[arg(long, value_name = "NAME", default_value = concat!("wsproof/", env!("CARGO_PKG_VERSION")))]
    pub agent: String,
    /// Cases side by side
    #[arg(long, short, value_name = "N", default_value_t = 8, value_parser = jobs)]
    pub jobs: usize,
    /// How to reach it.
    #[command(flatten)]
    pub connect: Connect,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use wsproof_scenarios::{Behavior, Verdict};

    fn judge(arguments: &[&str]) -> Judge {
        let all = ["wsproof", "test-server", "ws://h"].iter().chain(arguments);
        match Cli::try_parse_from(all).unwrap().command {
            Some(Command::TestServer(options)) => options.run.judge,
            _ => unreachable!("test-server was given"),
        }
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_fails_is_chosen() {
        let fails = |arguments: &[&str], verdict| judge(arguments).fails(verdict, Behavior::Ok);
        assert!(fails(&[], Verdict::Fail) && fails(&[], Verdict::Incomplete));
        assert!(!fails(&[], Verdict::Unimplemented));
        assert!(!fails(&["--fail-on", "none"], Verdict::Fail));
        assert!(fails(&["--fail-on", "limit,fail"], Verdict::Limit));
        assert!(fails(&["--strict"], Verdict::PassWithNotes) && !fails(&["--strict"], Verdict::Pass));
        assert!(!judge(&["--strict"]).fails(Verdict::PassWithNotes, Behavior::Informational));
        assert!(judge(&["--strict"]).fails(Verdict::Fail, Behavior::Informational));
        assert!(Cli::try_parse_from(["wsproof", "test-server", "ws://h", "--fail-on", "bad"]).is_err());
    }

    #[test]
    fn the_command_of_the_testee_keeps_its_own_options() {
        let cli = Cli::try_parse_from(["wsproof", "test-server", "ws://h", "--", "run", "--quiet"]).unwrap();
        let Some(Command::TestServer(options)) = cli.command else { panic!("test-server was given") };
        assert_eq!(options.command, ["run", "--quiet"]);
        assert!(!options.run.show.quiet);
    }
}
