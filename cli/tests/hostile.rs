//! Whatever a testee does, a run against it is bounded: in memory, in the size of its report, in time.
//!
//! The long form, a whole run of the profile `quick` against each testee with a table of what it took, is
//! `cargo xtask hostile`.

mod hostile_support;

use std::path::Path;
use std::time::{Duration, Instant};

use hostile_support::clients::Client;
use hostile_support::cost::{self, Cost};
use hostile_support::{behaviour, servers};

const MIB: u64 = 1 << 20;

/// Cases that run at a time, at most.
const IN_FLIGHT: u64 = 128;

/// With few cases nothing is learned of a testee, and each waits as long as it may.
const TOO_LONG: [&str; 1] = ["drips frames"];

fn against_server(folder: &Path, server: servers::Server, more: &[&str]) -> Cost {
    let url = format!("ws://{}", servers::start(server));
    let begin = Instant::now();
    let arguments = [&["test-server", &url, "--outdir", "r", "--junit", "r/junit.xml"], more].concat();
    cost::finish(cost::start(folder, &arguments), begin, &folder.join("r"))
}

/// Wrong use: the port that was free a moment ago is taken.
const PORT_IN_USE: i32 = 2;

fn against_client(folder: &Path, client: Client, more: &[&str]) -> Cost {
    for _ in 0..9 {
        let cost = against_client_once(folder, client, more);
        if cost.status != Some(PORT_IN_USE) {
            return cost;
        }
    }
    panic!("no port stays free")
}

fn against_client_once(folder: &Path, client: Client, more: &[&str]) -> Cost {
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
    let listen = port.to_string();
    let begin = Instant::now();
    let arguments = [
        &[
            "test-client",
            "--listen",
            &listen,
            "--exit-after-update",
            "--outdir",
            "r",
            "--junit",
            "r/junit.xml",
        ],
        more,
    ]
    .concat();
    let child = cost::start(folder, &arguments);
    std::thread::spawn(move || {
        while client.run(port).is_err() && begin.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    cost::finish(child, begin, &folder.join("r"))
}

/// What a report takes at most, and a run in memory: 64 MiB, and 1 MiB more for each of the cases in flight.
#[track_caller]
fn assert_bounded(name: &str, cost: &Cost, status: i32) {
    assert_eq!(cost.status, Some(status), "{name}: {cost:?}");
    assert!(cost.report < 64 * MIB, "{name}: {cost:?}");
    assert!(cost.memory < (64 + IN_FLIGHT) * MIB, "{name}: {cost:?}");
}

/// Cases of each kind: an echo, a ping, fragments, a refusal, a close, a message of 64 KiB, a loop, compression.
const FEW: &str = "1.1.1,1.2.5,2.4,3.2,4.1.3,5.3,6.1.1,6.4.1,7.1.1,7.5.1,9.1.1,9.7.1,10.1.1,12.1.1,13.3.1";

#[test]
fn no_server_fills_memory_or_disk() {
    std::thread::scope(|scope| {
        for (name, server) in servers::all() {
            if TOO_LONG.contains(&name) {
                continue;
            }
            scope.spawn(move || {
                let folder = tempfile::tempdir().unwrap();
                let cost = against_server(
                    folder.path(),
                    server,
                    &["--profile", "quick", "--cases", FEW, "--open-timeout", "1"],
                );
                assert_bounded(name, &cost, 1);
                let index = std::fs::read_to_string(folder.path().join("r/index.json")).unwrap();
                assert_eq!(index.matches("reportfile").count(), FEW.split(',').count(), "{name}: {index}");
            });
        }
    });
}

#[test]
fn no_client_fills_memory_or_disk() {
    std::thread::scope(|scope| {
        for (name, behaviour) in behaviour::BEHAVIOURS {
            if TOO_LONG.contains(name) {
                continue;
            }
            scope.spawn(move || {
                let folder = tempfile::tempdir().unwrap();
                let cost = against_client(
                    folder.path(),
                    Client::new(*behaviour),
                    &["--profile", "quick", "--cases", FEW],
                );
                assert_bounded(name, &cost, 1);
            });
        }
    });
}

#[test]
#[ignore = "minutes: cargo xtask hostile"]
fn a_whole_run_against_each() {
    let only = std::env::var("HOSTILE_ONLY").unwrap_or_default();
    let wanted = |name: &str| name.contains(&only);
    println!(
        "| testee | s | s of work | MiB of memory | MiB of report | exit status |\n| --- | --- | --- | --- | --- | --- |"
    );
    let row = |name: &str, cost: &Cost| {
        println!(
            "| {name} | {:.1} | {:.1} | {:.0} | {:.1} | {} |",
            cost.time.as_secs_f64(),
            cost.work,
            cost.memory as f64 / MIB as f64,
            cost.report as f64 / MIB as f64,
            cost.status.map_or("none: it was ended".to_owned(), |status| status.to_string())
        );
    };
    for (name, server) in servers::all() {
        let name = format!("server: {name}");
        if wanted(&name) {
            let folder = tempfile::tempdir().unwrap();
            row(&name, &against_server(folder.path(), server, &["--profile", "quick"]));
        }
    }
    for (name, behaviour) in behaviour::BEHAVIOURS {
        let name = format!("client: {name}");
        if wanted(&name) {
            let folder = tempfile::tempdir().unwrap();
            row(&name, &against_client(folder.path(), Client::new(*behaviour), &["--profile", "quick"]));
        }
    }
}
