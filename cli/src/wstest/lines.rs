//! The lines on standard output that scripts look for.

use wsproof_report::visible::visible_short;
use wsproof_scenarios::CaseId;

use crate::fuzzing_server::Event;
use crate::net::Peer;

/// Names are cut to so many characters.
const MAX_NAME: usize = 256;

/// How the original writes an address.
pub(super) fn peer(peer: Peer) -> String {
    let address = match peer {
        Peer::Tcp(address) => address,
        Peer::Unix => return peer.to_string(),
    };
    let ip = address.ip().to_canonical();
    format!("tcp{}:{ip}:{}", if ip.is_ipv4() { 4 } else { 6 }, address.port())
}

pub(super) fn running(id: CaseId, agent: &str, from: &str) -> String {
    format!("Running test case ID {id} for agent {} from peer {from}", visible_short(agent, MAX_NAME))
}

pub(super) fn skipping(id: CaseId, agent: &str) -> String {
    format!("Skipping test case {id} for agent {} by test configuration!", visible_short(agent, MAX_NAME))
}

/// A list as Python prints it.
pub(super) fn list<T: std::fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| format!("'{item}'")).collect();
    format!("[{}]", items.join(", "))
}

/// The line for what happened on the fuzzing server, if there is one.
pub(super) fn event(event: &Event<'_>) -> Option<String> {
    Some(match event {
        Event::CaseBegins { id, agent, peer: from } => running(*id, agent, &peer(*from)),
        Event::CaseSkipped { id, agent } => skipping(*id, agent),
        Event::ReportsWanted { peer: from } => format!("Updating reports, requested by peer {}", peer(*from)),
        Event::ReportsWritten { stopping: false } => "Report generation complete.".to_owned(),
        Event::ReportsWritten { stopping: true } => {
            "Report generation complete; shutting down server.".to_owned()
        }
        Event::DirectMode { peer: from } => format!("Entering direct command mode for peer {}", peer(*from)),
        Event::Stopping { .. } => "Shutting down server.".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_the_original() {
        let tcp = |text: &str| Peer::Tcp(text.parse().unwrap());
        let from = tcp("127.0.0.1:50000");
        let id: CaseId = "1.1.1".parse().unwrap();
        let line = event(&Event::CaseBegins { id, agent: "a b", peer: from }).unwrap();
        assert_eq!(line, "Running test case ID 1.1.1 for agent a b from peer tcp4:127.0.0.1:50000");
        let line = event(&Event::ReportsWanted { peer: tcp("[::ffff:10.0.0.1]:7") }).unwrap();
        assert_eq!(line, "Updating reports, requested by peer tcp4:10.0.0.1:7");
        assert_eq!(peer(tcp("[::1]:7")), "tcp6:::1:7");
        assert_eq!(list(["1.1.1", "1.1.2"]), "['1.1.1', '1.1.2']");
        assert_eq!(list([0; 0]), "[]");
    }

    #[test]
    fn a_name_cannot_forge_lines() {
        let line = skipping("1.1.1".parse().unwrap(), "x\nOk, will run 1 test cases\u{1b}[2J");
        assert!(!line.contains(['\n', '\u{1b}']), "{line}");
    }
}
