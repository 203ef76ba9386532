//! All cases against scripted peers in memory: verdicts equal Autobahn's in `tests/vectors/autobahn-golden.json`.

mod support;

use std::collections::BTreeMap;

use support::peer::Profile;
use support::run;
use wsproof_scenarios::{Behavior, BehaviorClose, SessionOptions, Testee, Verdict, catalogue};

/// Role of the fuzzer, peer, pair of verdicts, ids.
type Golden = BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>;

fn golden() -> Golden {
    serde_json::from_str(include_str!("../../tests/vectors/autobahn-golden.json")).unwrap()
}

#[test]
fn verdicts_are_those_of_autobahn() {
    let (mut pairs, mut differences) = (0, Vec::new());
    for (role, peers) in golden() {
        let testee = if role == "fuzzingclient" { Testee::Server } else { Testee::Client };
        for (name, verdicts) in peers {
            let profile = Profile::named(&name).unwrap_or_else(|| panic!("no peer is called {name}"));
            for (pair, ids) in verdicts {
                for id in ids.split(' ') {
                    let case = catalogue::find(id.parse().unwrap()).unwrap();
                    let outcome = run(case, testee, &profile, SessionOptions::default());
                    let got = format!("{} / {}", outcome.behavior, outcome.behavior_close);
                    pairs += 1;
                    if got != pair {
                        differences.push(format!("{role} {name} {id}: Autobahn says {pair}, we {got}"));
                    }
                }
            }
        }
    }
    assert!(differences.is_empty(), "{} of {pairs}:\n{}", differences.len(), differences.join("\n"));
    assert_eq!(pairs, 249 * (17 + 13));
}

#[test]
fn a_good_peer_passes_every_case() {
    for testee in [Testee::Server, Testee::Client] {
        for case in catalogue::all() {
            let profile = Profile::named("good").unwrap();
            let outcome = run(case, testee, &profile, SessionOptions::default());
            let at = format!("{} {testee:?}: {}", case.id, outcome.reason);
            match case.id.to_string().as_str() {
                "7.1.6" | "7.13.1" | "7.13.2" => assert_eq!(outcome.verdict, Verdict::PassWithNotes, "{at}"),
                // It does not compress; tests/compression.rs has one that does.
                _ if !case.deflate.is_empty() => {
                    assert_eq!(outcome.verdict, Verdict::Unimplemented, "{at}");
                    let pair = (outcome.behavior, outcome.behavior_close);
                    assert_eq!(pair, (Behavior::Unimplemented, BehaviorClose::Ok), "{at}");
                }
                _ => assert_eq!(outcome.verdict, Verdict::Pass, "{at}"),
            }
        }
    }
}

#[test]
fn a_dead_peer_passes_nothing() {
    for name in ["blackhole", "http404", "hssilent"] {
        let profile = Profile::named(name).unwrap();
        for case in catalogue::all().iter().filter(|case| case.id.section() != 9) {
            let outcome = run(case, Testee::Server, &profile, SessionOptions::default());
            let informational = ["7.1.6", "7.13.1", "7.13.2"].contains(&case.id.to_string().as_str());
            assert!(
                outcome.verdict == Verdict::Fail || informational,
                "{name} {}: {}",
                case.id,
                outcome.reason
            );
        }
    }
}
