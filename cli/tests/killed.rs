//! A run that is killed, whenever that is, leaves a report that can be read, and everything that it had told of.
//!
//! The long form, a hundred times over the profile `quick`, is `cargo xtask hostile`.

mod hostile_support;

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use hostile_support::behaviour::Noise;
use hostile_support::cost;
use serde_json::Value;
use wsproof::testee::echo_server::EchoServer;
use wsproof_report::journal::{FILE_NAME, Reader};
use wsproof_report::merge;

/// The verdicts that the run printed before it ended, by case; of a line that was cut in the middle nothing was told.
type Printed = HashMap<String, String>;

/// Runs the cases against an echo server and kills the run after this time, or as soon as it has told of so many cases. The
/// time counts from the moment in which the report is there, before the first case.
fn killed(folder: &Path, arguments: &[&str], url: &str, after: Duration, told: usize) -> Printed {
    let mut command = Command::new(cost::program());
    command.args(["test-server", url, "--json", "--outdir", "r", "--junit", "r/junit.xml"]).args(arguments);
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the program can be started");
    let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
    let (tell, lines) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in stdout.split(b'\n').map_while(Result::ok) {
            // Nobody listens any more once the run was killed.
            let _ = tell.send(line);
        }
    });
    let begun =
        || ["index.json", "index.html", "junit.xml"].iter().all(|file| folder.join("r").join(file).is_file());
    while !begun() && child.try_wait().expect("our own child").is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let deadline = Instant::now() + after;
    let mut seen = Vec::new();
    while seen.len() < told {
        let left = deadline.saturating_duration_since(Instant::now());
        match lines.recv_timeout(left) {
            Ok(line) => seen.push(line),
            Err(_) => break,
        }
    }
    child.kill().expect("it can be killed, or has ended");
    child.wait().expect("our own child");
    reader.join().expect("the pipe is closed");
    // What was on its way had been printed too.
    seen.extend(lines.try_iter());
    let whole = seen.iter().filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    whole.map(|line| (text(&line["id"]), text(&line["verdict"]))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Asserts that the report can be read and has all that was printed.
#[track_caller]
fn check(folder: &Path, printed: &Printed) {
    let report = folder.join("r");
    let index: Value =
        serde_json::from_slice(&fs::read(report.join("index.json")).unwrap()).expect("the index can be read");
    for (case, entry) in
        index.as_object().expect("agents").values().flat_map(|a| a.as_object().expect("cases"))
    {
        let file = report.join(entry["reportfile"].as_str().expect("a name"));
        let _: Value = serde_json::from_slice(&fs::read(&file).unwrap())
            .unwrap_or_else(|error| panic!("{case}: {error}"));
    }
    let page = fs::read_to_string(report.join("index.html")).unwrap();
    let junit = fs::read_to_string(report.join("junit.xml")).unwrap();
    assert!(page.ends_with("</html>\n") || page.ends_with("</html>"), "the page is whole");
    assert!(junit.trim_end().ends_with("</testsuites>"), "the XML is whole");
    let missing = page.contains("cases have no result in it");
    assert!(
        missing == junit.contains("the run is not finished:") || printed.len() > 1,
        "both say how far it was"
    );

    let mut journal: Printed = HashMap::new();
    let mut reader = Reader::open(&report.join(FILE_NAME)).unwrap();
    for outcome in reader.by_ref() {
        let outcome = outcome.unwrap();
        journal.insert(outcome.id.to_string(), outcome.verdict.to_string());
    }
    // At worst the last line is torn.
    assert!(reader.damaged().len() <= 1, "{:?}", reader.damaged());
    for (case, verdict) in printed {
        assert_eq!(journal.get(case), Some(verdict), "{case} was printed");
    }
    let merged = merge(&[report], &folder.join("merged"), None).unwrap();
    assert_eq!(merged.report.summary().finished(), journal.len());
}

#[test]
fn a_killed_run_leaves_a_report_and_loses_nothing_that_it_told() {
    let server = EchoServer::start_thread(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let url = server.url().to_string();
    let cases = ["--cases", "1,2,3,4,5,7", "--profile", "quick"];
    for told in [0, 1, 2, 3, 8, 20, 40, 70] {
        let folder = tempfile::tempdir().unwrap();
        let printed = killed(folder.path(), &cases, &url, Duration::from_secs(60), told);
        assert!(printed.len() >= told);
        check(folder.path(), &printed);
    }
}

#[test]
#[ignore = "minutes: cargo xtask hostile"]
fn a_hundred_times_at_any_moment() {
    let server = EchoServer::start_thread(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let url = server.url().to_string();
    let whole = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    killed(folder.path(), &["--profile", "quick"], &url, Duration::from_secs(600), usize::MAX);
    let whole = whole.elapsed();
    let mut noise = Noise(1);
    let mut told = Vec::new();
    for _ in 0..100 {
        let folder = tempfile::tempdir().unwrap();
        let after = Duration::from_micros(noise.below(whole.as_micros() as u64));
        let printed = killed(folder.path(), &["--profile", "quick"], &url, after, usize::MAX);
        check(folder.path(), &printed);
        told.push(printed.len());
    }
    told.sort_unstable();
    println!(
        "a run takes {:.1} s; killed 100 times, when {} to {} cases had been told of (median {})",
        whole.as_secs_f64(),
        told[0],
        told[99],
        told[50]
    );
}
