//! The catalogue against the facts in `tests/vectors/autobahn-cases.json`: octets, waits, timers, verdict rules.

use std::time::Duration;

use serde_json::Value;
use wsproof_scenarios::case::{Case, FrameStep, Judge, Step};
use wsproof_scenarios::{
    Action, Behavior, ClientRequest, Event, Payload, Session, SessionOptions, catalogue, hex,
};

fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("../../tests/vectors/autobahn-cases.json")).unwrap()
}

fn payload(value: &Value) -> Payload {
    if let Some(text) = value["text"].as_str() {
        return Payload::bytes(text);
    }
    if let Some(digits) = value["hex"].as_str() {
        return Payload::bytes(hex::decode(digits).unwrap());
    }
    let unit = hex::decode(value["unit_hex"].as_str().unwrap()).unwrap();
    Payload::repeat(unit, value["octets"].as_u64().unwrap())
}

/// Payloads are equal when their octets are, however they are described.
fn assert_same_octets(ours: &Payload, theirs: &Payload, at: &str) {
    assert_eq!(ours.len(), theirs.len(), "{at}");
    assert_eq!(ours.head(100), theirs.head(100), "{at}");
    assert!(theirs.len() > 300_000 || theirs.matches(&ours.head(300_000)), "{at}");
}

fn seconds(value: &Value) -> Duration {
    Duration::from_secs_f64(value["s"].as_f64().unwrap())
}

fn assert_frame(ours: &FrameStep, theirs: &Value, at: &str) {
    assert_eq!(u64::from(ours.opcode.get()), theirs["opcode"], "{at}");
    assert_eq!(ours.fin, theirs["fin"], "{at}");
    assert_eq!(u64::from(ours.rsv), theirs["rsv"], "{at}");
    assert_eq!(ours.chop.map(u64::from), theirs["chop"].as_u64(), "{at}");
    assert_eq!(ours.sync, theirs["sync"], "{at}");
    assert_same_octets(&ours.payload, &payload(&theirs["payload"]), at);
}

fn assert_step(ours: &Step, theirs: &Value, at: &str) {
    let kind = theirs["do"].as_str().unwrap();
    match (ours, kind) {
        (Step::Frame(frame), "frame") => assert_frame(frame, theirs, at),
        (Step::Message { binary, payload: ours, fragment }, "message") => {
            assert_eq!(*binary, theirs["binary"], "{at}");
            assert_eq!(fragment.map(u64::from), theirs["fragment"].as_u64(), "{at}");
            assert_same_octets(ours, &payload(&theirs["payload"]), at);
        }
        (Step::Close { payload }, "shut") => {
            assert_eq!(
                hex::encode(&payload.head(usize::MAX)),
                theirs["payload_hex"].as_str().unwrap(),
                "{at}"
            );
        }
        (Step::StreamBegin { binary }, "stream_begin") => assert_eq!(*binary, theirs["binary"], "{at}"),
        (Step::StreamHeader { octets }, "stream_header") => assert_eq!(*octets, theirs["octets"], "{at}"),
        (Step::StreamData { payload: ours }, "stream_data") => {
            assert_same_octets(ours, &payload(&theirs["payload"]), at);
        }
        (Step::StreamEnd, "stream_end") => {}
        (Step::Wait { seconds: ours, record }, "wait") => {
            assert_eq!(*ours, seconds(theirs), "{at}");
            assert_eq!(record.is_some(), !theirs["record"].is_null(), "{at}");
            assert_eq!(record.as_deref(), theirs["tag"].as_str(), "{at}");
        }
        (Step::KillAfter { seconds: ours }, "kill_after")
        | (Step::CloseAfter { seconds: ours }, "close_after") => {
            assert_eq!(*ours, seconds(theirs), "{at}");
        }
        (Step::AutoFragment { octets }, "autofragment") => {
            assert_eq!(u64::from(*octets), theirs["octets"], "{at}");
        }
        (Step::QuietLog { .. }, "wirelog") => assert_eq!(theirs["on"], false, "{at}"),
        (Step::EchoLoop { count, frame }, "echo_loop") => {
            assert_eq!(u64::from(*count), theirs["count"], "{at}");
            assert_frame(frame, &theirs["frame"], at);
        }
        (Step::CorpusLoop { corpus, units, count }, "corpus_loop") => {
            assert_eq!(serde_json::to_value(corpus).unwrap(), theirs["corpus"], "{at}");
            assert_eq!(corpus.is_binary(), theirs["binary"], "{at}");
            assert_eq!(u64::from(*units), theirs["length"], "{at}");
            assert_eq!(u64::from(*count), theirs["count"], "{at}");
        }
        _ => panic!("{at}: {ours:?} where the vector has {kind}"),
    }
}

/// What a case offers and accepts of permessage-deflate.
fn assert_deflate(case: &Case, theirs: &Value, at: &str) {
    let Some(accepts) = theirs["setup"]["as_server_accepts"].as_array() else {
        return assert!(case.deflate.is_empty(), "{at}");
    };
    assert_eq!(case.deflate.len(), accepts.len(), "{at}");
    for (ours, theirs) in case.deflate.iter().zip(accepts) {
        assert_eq!(ours.no_context_takeover, theirs["client_no_context_takeover"], "{at}");
        assert_eq!(ours.max_window_bits.map(u64::from), theirs["client_max_window_bits"].as_u64(), "{at}");
    }
    // What is offered is seen in the request.
    let request = ClientRequest::new("localhost", "/");
    let mut session = Session::connect(case, request, SessionOptions::default());
    let Action::Write(head) = session.poll(Duration::ZERO) else { panic!("{at}: a client speaks first") };
    let offers: Vec<&str> =
        theirs["setup"]["as_client_offers"].as_array().unwrap().iter().map(|o| o.as_str().unwrap()).collect();
    let header = format!("\r\nSec-WebSocket-Extensions: {}\r\n", offers.join(", "));
    assert!(std::str::from_utf8(head).unwrap().contains(&header), "{at}: {header}");
}

fn assert_event(ours: &Event<Payload>, theirs: &Value, at: &str) {
    match (ours, theirs["ev"].as_str().unwrap()) {
        (Event::Message { binary, payload: ours }, "message") => {
            assert_eq!(*binary, theirs["binary"], "{at}");
            assert_same_octets(ours, &payload(&theirs["payload"]), at);
        }
        (Event::Pong { payload: ours }, "pong") => assert_same_octets(ours, &payload(&theirs["payload"]), at),
        (Event::Timeout { label }, "timeout") => assert_eq!(label, theirs["tag"].as_str().unwrap(), "{at}"),
        (_, kind) => panic!("{at}: {ours:?} where the vector has {kind}"),
    }
}

fn assert_judge(case: &Case, theirs: &Value, at: &str) {
    let expect = theirs["expect"].as_object().unwrap();
    match (case.judge, theirs["judge"].as_str().unwrap()) {
        (Judge::Events, "events")
        | (Judge::EventsAndFramesSent { .. }, "events+own_frame_count")
        | (Judge::Informational, "always_informational") => {
            assert_eq!(case.accept.len(), expect.len(), "{at}");
            for (behavior, events) in expect {
                let ours = case.accept.iter().find(|a| a.behavior.as_str() == behavior).expect(at);
                let events = events.as_array().unwrap();
                assert_eq!(ours.events.len(), events.len(), "{at}");
                ours.events.iter().zip(events).for_each(|(ours, theirs)| assert_event(ours, theirs, at));
            }
        }
        (Judge::Size { binary, octets }, "size") => {
            let wanted = &expect[Behavior::Ok.as_str()][0];
            assert_eq!(binary, wanted["binary"], "{at}");
            assert_eq!(octets, wanted["octets"], "{at}");
        }
        (Judge::CorpusLoop, "deflate_loop") | (Judge::EchoLoop, "echo_loop") => {
            assert!(case.accept.is_empty(), "{at}");
        }
        (ours, theirs) => panic!("{at}: {ours:?} where the vector has {theirs}"),
    }
}

#[test]
fn every_case_is_that_of_the_vectors() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 517);
    assert_eq!(catalogue::all().len(), 517);
    for (case, vector) in catalogue::all().iter().zip(&vectors) {
        let at = vector["id"].as_str().unwrap();
        assert_eq!(case.id.to_string(), at);
        assert_eq!(u64::from(catalogue::number(case.id).unwrap()), vector["number"], "{at}");
        assert_eq!(case.report_time, vector["report_time"], "{at}");

        let steps = vector["send"].as_array().unwrap();
        assert_deflate(case, vector, at);
        // That a case needs compression is part of its judge in the vectors.
        let ours: Vec<&Step> = case.steps.iter().filter(|step| **step != Step::RequireDeflate).collect();
        assert_eq!(ours.len(), steps.len(), "{at}");
        ours.into_iter().zip(steps).for_each(|(ours, theirs)| assert_step(ours, theirs, at));

        assert_judge(case, vector, at);

        let close = &vector["close"];
        assert_eq!(case.close.by_fuzzer, close["by_fuzzer"], "{at}");
        // 7.7.1 lists 1000 twice, as Autobahn's reports do; the vectors list it once.
        let mut codes = case.close.codes.clone();
        codes.dedup();
        assert_eq!(serde_json::json!(codes), close["codes"], "{at}");
        assert_eq!(case.close.require_clean, close["require_clean"], "{at}");
        assert_eq!(case.close.auto_close, close["auto_close"], "{at}");
        assert_eq!(case.close.wrong_endpoint_fatal, close["wrong_endpoint_fatal"], "{at}");
        assert_eq!(case.close.wrong_code_fatal, close["wrong_code_fatal"], "{at}");
    }
}
