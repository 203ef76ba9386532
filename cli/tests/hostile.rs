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

fn against_server(folder: &Path, server: servers::Server, more: &[&str]) -> Cost {
    let url = format!("ws://{}", servers::start(server));
    let begin = Instant::now();
    let arguments = [&["test-server", &url, "--outdir", "r", "--junit", "r/junit.xml"], more].concat();
    cost::finish(cost::start(folder, &arguments), begin, &folder.join("r"))
}

fn against_client(folder: &Path, client: Client, more: &[&str]) -> Cost {
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
