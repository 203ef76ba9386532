//! One connection to the fuzzing server, from TCP to its end.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout, timeout_at};
use wsproof_core::handshake::Request;
use wsproof_scenarios::{Case, Session};

use super::address::{Position, Wish};
use super::head::{self, Head, HeadError};
use super::state::{State, now_ms};
use super::talk::Talk;
use super::upgrade::{self, Judgement};
use super::{EndReason, Event, direct};
use crate::net::{Incoming, Stream, tls};
use crate::runner::AtTheEnd;
use crate::runner::drive;

/// Serves a client that has just connected.
pub(super) async fn client(state: &State, incoming: Incoming) {
    let deadline = Instant::now() + state.open_timeout();
    let peer = incoming.peer();
    let mut stream = match incoming.finish(state.open_timeout()).await {
        Ok(stream) => stream,
        Err(error) => {
            let reason = tls::why_no_client(&error);
            return state.tell(Event::Refused { peer, status: None, reason: &reason });
        }
    };
    let read = tokio::select! {
        read = timeout_at(deadline, head::read(&mut stream)) => read,
        () = state.until_stopped() => return,
    };
    match read {
        Err(_) => {
            let seconds = state.open_timeout().as_secs_f64();
            let reason = format!("the request head was not complete within {seconds} s");
            state.tell(Event::Refused { peer, status: None, reason: &reason });
            stream.reset();
        }
        Ok(Err(HeadError::Nothing)) => {}
        Ok(Err(HeadError::Ended)) => {
            let reason = "the connection ended before the request head was complete";
            state.tell(Event::Refused { peer, status: None, reason });
        }
        Ok(Err(HeadError::Tls)) => {
            let reason = "it speaks TLS, and this port does not: its URL begins with ws://";
            state.tell(Event::Refused { peer, status: None, reason });
            stream.close().await;
        }
        Ok(Err(HeadError::Bad { status, reason })) => refuse(state, stream, status, &reason).await,
        Ok(Ok(head)) => match upgrade::judge(&head.request) {
            Judgement::Accept(accept) => serve(state, stream, head, &accept).await,
            Judgement::Plain => {
                state.tell(Event::PlainRequest { peer });
                plain(stream, &head.request).await;
            }
            Judgement::Refuse { status, reason } => refuse(state, stream, status, reason).await,
        },
    }
}

/// Answers a good handshake by what its path asks for.
async fn serve(state: &State, stream: Stream, head: Head, accept: &str) {
    let peer = stream.peer();
    let wish = match Wish::parse(head.request.target(), &state.selected) {
        Ok(wish) => wish,
        // As the original does, though nothing is wrong with the server: clients count on a handshake that fails.
        Err(error) => return refuse(state, stream, 500, &error.to_string()).await,
    };
    let may_command = state.may_command(peer, head.request.header("Origin"));
    let wish = match (wish, &state.plain_agent) {
        (Wish::Direct, Some(agent)) if !state.cases.is_empty() => {
            Wish::RunCase { case: Position { index: 0 }, agent: agent.clone() }
        }
        (wish, _) => wish,
    };
    match wish {
        Wish::RunCase { case, agent } => {
            state.tell(Event::CaseBegins { id: case_at(state, case).id, agent: &agent, peer });
            if state.exclusions.excludes(&agent, case_at(state, case).id) {
                state.tell(Event::CaseSkipped { id: case_at(state, case).id, agent: &agent });
                Talk::open(state, stream, accept, head.early).await.finish().await;
            } else {
                run_case(state, stream, head, case, agent).await;
            }
        }
        Wish::CaseCount => {
            let mut talk = Talk::open(state, stream, accept, head.early).await;
            talk.say(&state.cases.len().to_string());
            talk.finish().await;
        }
        Wish::CaseInfo { case } => {
            let mut talk = Talk::open(state, stream, accept, head.early).await;
            talk.say(&info(case_at(state, case)));
            talk.finish().await;
        }
        Wish::CaseStatus { case, agent } => {
            let id = case_at(state, case).id;
            let mut talk = Talk::open(state, stream, accept, head.early).await;
            // A case that is never run for this client never gets a verdict.
            if !state.exclusions.excludes(&agent, id) {
                tokio::select! {
                    verdict = state.verdict(&agent, id) => talk.say(&format!("{{\"behavior\": \"{verdict}\"}}")),
                    () = state.until_stopped() => {}
                    () = talk.until_gone() => return,
                }
            }
            talk.finish().await;
        }
        Wish::UpdateReports { agent, then_stop } => {
            state.tell(Event::ReportsWanted { peer });
            let talk = Talk::open(state, stream, accept, head.early).await;
            state.write_reports(&agent).await;
            state.tell(Event::ReportsWritten { stopping: then_stop });
            talk.finish().await;
            if then_stop {
                state.stop(EndReason::Completed);
            }
        }
        Wish::StopServer => {
            let talk = Talk::open(state, stream, accept, head.early).await;
            if may_command {
                state.tell(Event::Stopping { peer });
                talk.finish().await;
                state.stop(EndReason::Stopped);
            } else {
                state.tell(Event::Refused { peer, status: None, reason: direct::NOT_ALLOWED });
                talk.refuse(direct::NOT_ALLOWED).await;
            }
        }
        Wish::Direct => {
            state.tell(Event::DirectMode { peer });
            let talk = Talk::open(state, stream, accept, head.early).await;
            tokio::select! {
                () = direct::serve(state, talk, may_command) => {}
                () = state.until_stopped() => {}
            }
        }
    }
}

async fn run_case(state: &State, stream: Stream, head: Head, position: Position, agent: String) {
    let case = case_at(state, position);
    let Some(running) = state.begin(&agent, case.id) else {
        return refuse(state, stream, 503, "too many agents: a client should keep its name").await;
    };
    state.room().await;
    let started_ms = now_ms();
    let now = stream.opened().elapsed();
    let (options, why) = state.session_options(&agent);
    let mut session = Session::accept(case, &head.octets, options, now);
    let opened = stream.opened();
    // It is the client that decides when its next case begins.
    let at_the_end = AtTheEnd::default();
    let driven = drive(&mut session, stream, head.early, &state.buffers, &at_the_end);
    tokio::select! {
        ended = timeout_at(opened + state.case_limit, driven) => {
            if ended.is_err() {
                session.cut_off(opened.elapsed());
            }
            let mut outcome = session.into_outcome(agent, position.index as u32 + 1, started_ms);
            if let Some(why) = why {
                why.tell(&mut outcome);
            }
            state.record(outcome, opened.elapsed());
        }
        // Cut short by us: that says nothing about the client.
        () = state.until_stopped() => {}
    }
    drop(running);
}

fn case_at(state: &State, position: Position) -> &Case {
    &state.cases[position.index]
}

/// Id and description; the latter without what follows the first tag, in one line.
fn info(case: &Case) -> String {
    let text = case.description.split('<').next().unwrap_or("");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{{\"id\": \"{}\", \"description\": {}}}", case.id, serde_json::Value::from(text))
}

async fn refuse(state: &State, stream: Stream, status: u16, reason: &str) {
    state.tell(Event::Refused { peer: stream.peer(), status: Some(status), reason });
    answer(stream, &upgrade::refusal(status, reason)).await;
}

/// What a browser or a health check gets.
async fn plain(stream: Stream, request: &Request) {
    const PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
        <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\
        <title>wsproof</title></head>\n<body style=\"font-family: system-ui, sans-serif; margin: 2rem\">\
        <h1>This is a WebSocket port</h1>\n<p>A wsproof fuzzing server listens here and tests WebSocket clients. \
        Point one at <code>ws://…/getCaseCount</code>, or open the web port to test this browser.</p></body></html>\n";
    let body = if request.method() == "HEAD" { "" } else { PAGE };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        PAGE.len()
    );
    answer(stream, &[head.as_bytes(), body.as_bytes()].concat()).await;
}

async fn answer(mut stream: Stream, octets: &[u8]) {
    // A client that does not read its answer has gone, or should.
    let _ = timeout(Duration::from_secs(1), stream.write_all(octets)).await;
    stream.close().await;
}
