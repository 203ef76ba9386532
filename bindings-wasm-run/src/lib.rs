//! Cases, and sessions in memory, for browsers and wherever there is no native half: `bindings-node-run` without what
//! needs sockets, files or threads. Only those fetch it who test something.
//!
//! As in `bindings-wasm` only numbers cross the border: objects are named by handles, octets for a call are put where
//! `input` says, and what a call answers stands where `output` says until the next call. A call that can be refused
//! returns 0 for that, and its answer says why.
#![allow(unsafe_code, reason = "names without mangling: all of it is the border")]
#![cfg_attr(
    not(target_family = "wasm"),
    allow(dead_code, reason = "looked at, but of use only in WebAssembly")
)]

mod objects;
mod told;

use std::cell::RefCell;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use wsproof_report::{CaseInfo, text};
use wsproof_scenarios::profile::Profile;
use wsproof_scenarios::{
    Action, CaseRef, ClientRequest, OwnedSession, SessionOptions, TcpEnd, catalogue, choice, scenario,
};

use objects::{Object, Objects};

/// A session takes so many octets at a time.
const PIECE: usize = 64 * 1024;

/// What [`poll`] answers, beside 0 for an error.
const WRITE: u32 = 1;
const WAIT_UNTIL: u32 = 2;
const WAIT: u32 = 3;
const DROP: u32 = 4;
const DONE: u32 = 5;

thread_local! {
    static STATE: RefCell<Border> = const { RefCell::new(Border::new()) };
}

struct Border {
    objects: Objects,
    /// What JavaScript hands in.
    input: Vec<u8>,
    /// What a call answers.
    output: Vec<u8>,
    /// Milliseconds until which to wait.
    until: f64,
}

impl Border {
    const fn new() -> Self {
        Self { objects: Objects::new(), input: Vec::new(), output: Vec::new(), until: 0.0 }
    }

    /// Answers with text, or with why not.
    fn text(&mut self, result: Result<String, String>) -> u32 {
        let (number, text) = match result {
            Ok(text) => (1, text),
            Err(why) => (0, why),
        };
        self.output = text.into_bytes();
        number
    }

    /// Answers with a number, or with why not.
    fn number(&mut self, result: Result<u32, String>) -> u32 {
        result.unwrap_or_else(|why| {
            self.output = why.into_bytes();
            0
        })
    }

    fn question(&self, len: usize) -> &[u8] {
        self.input.get(..len).unwrap_or_default()
    }

    /// Tells of cases, and keeps them.
    fn add_cases(&mut self, cases: Vec<CaseRef>) -> Result<String, String> {
        let told = cases.into_iter().map(|case| {
            let told = told::case(&case);
            told.with_handle(self.objects.add(Object::Case(case)))
        });
        serde_json::to_string(&told.collect::<Vec<_>>()).map_err(|error| error.to_string())
    }
}

fn with<R>(call: impl FnOnce(&mut Border) -> R) -> R {
    STATE.with_borrow_mut(call)
}

/// Milliseconds from JavaScript as a time of a day at most.
fn milliseconds(value: f64) -> Result<Duration, String> {
    Duration::try_from_secs_f64(value / 1000.0)
        .ok()
        .filter(|time| *time <= Duration::from_secs(86_400))
        .ok_or_else(|| format!("now: milliseconds from 0 to 86400000 are wanted, not {value}"))
}

/// Where to put `len` octets for the next call.
#[unsafe(no_mangle)]
extern "C" fn input(len: usize) -> *mut u8 {
    with(|border| {
        border.input.resize(len.max(1), 0);
        border.input.as_mut_ptr()
    })
}

/// Where the answer of the last call is.
#[unsafe(no_mangle)]
extern "C" fn output() -> *const u8 {
    with(|border| border.output.as_ptr())
}

/// Octets of that answer.
#[unsafe(no_mangle)]
extern "C" fn output_len() -> usize {
    with(|border| border.output.len())
}

/// Gives an object back.
#[unsafe(no_mangle)]
extern "C" fn free(handle: u32) {
    with(|border| border.objects.free(handle));
}

/// How many objects there are.
#[unsafe(no_mangle)]
extern "C" fn live() -> usize {
    with(|border| border.objects.len())
}

/// What is asked of [`select`].
#[derive(Deserialize)]
struct Wanted {
    include: Vec<String>,
    exclude: Vec<String>,
    /// Handles of cases.
    own: Vec<u32>,
    profile: Option<String>,
}

/// The cases of a profile that the patterns choose: the question and the answer are JSON.
#[unsafe(no_mangle)]
extern "C" fn select(len: usize) -> u32 {
    with(|border| {
        let chosen = (|| {
            let wanted: Wanted =
                serde_json::from_slice(border.question(len)).map_err(|error| error.to_string())?;
            let profile: Profile = wanted.profile.map_or(Ok(Profile::default()), |name| name.parse())?;
            let own: Result<Vec<CaseRef>, String> =
                wanted.own.iter().map(|handle| border.objects.case(*handle).cloned()).collect();
            choice::select(profile, &wanted.include, &wanted.exclude, &own?)
                .map_err(|error| error.to_string())
        })();
        let told = chosen.and_then(|cases| border.add_cases(cases));
        border.text(told)
    })
}

/// The scenarios of a JSON text; the answer is as that of [`select`].
#[unsafe(no_mangle)]
extern "C" fn parse_scenarios(len: usize) -> u32 {
    with(|border| {
        let text = String::from_utf8_lossy(border.question(len)).into_owned();
        let cases = scenario::parse(&text).map_err(|error| error.to_string());
        let told = cases.and_then(|cases| border.add_cases(cases.into_iter().map(CaseRef::from).collect()));
        border.text(told)
    })
}

/// The scenarios of files: the question is a list of pairs of path and text as JSON, the answer as that of [`select`].
#[unsafe(no_mangle)]
extern "C" fn parse_files(len: usize) -> u32 {
    with(|border| {
        let files = serde_json::from_slice::<Vec<(PathBuf, String)>>(border.question(len));
        let cases = files
            .map_err(|error| error.to_string())
            .and_then(|files| scenario::parse_files(&files).map_err(|error| error.to_string()));
        let told = cases.and_then(|cases| border.add_cases(cases.into_iter().map(CaseRef::from).collect()));
        border.text(told)
    })
}

/// A case as JSON, as scenario files have it.
#[unsafe(no_mangle)]
extern "C" fn case_json(case: u32) -> u32 {
    with(|border| {
        let text = border
            .objects
            .case(case)
            .and_then(|case| serde_json::to_string_pretty(&**case).map_err(|error| error.to_string()));
        border.text(text)
    })
}

/// A session that tests a server. The host is `host` octets of the input, the resource the rest of `len`.
#[unsafe(no_mangle)]
extern "C" fn connect(case: u32, host: usize, len: usize) -> u32 {
    with(|border| {
        let session = border.objects.case(case).cloned().map(|case| {
            let (host, resource) = border.question(len).split_at(host.min(len));
            let [host, resource] =
                [host, resource].map(|octets| String::from_utf8_lossy(octets).into_owned());
            OwnedSession::connect(case, ClientRequest::new(host, resource), SessionOptions::default())
        });
        let handle = session.map(|session| border.objects.add(Object::Session(Box::new(session))));
        border.number(handle)
    })
}

/// A session that tests a client, given the head of its request: `len` octets of the input.
#[unsafe(no_mangle)]
extern "C" fn accept(case: u32, len: usize) -> u32 {
    with(|border| {
        let session = border.objects.case(case).cloned().map(|case| {
            OwnedSession::accept(case, border.question(len), SessionOptions::default(), Duration::ZERO)
        });
        let handle = session.map(|session| border.objects.add(Object::Session(Box::new(session))));
        border.number(handle)
    })
}

/// The session takes `len` octets of the input, which the testee sent.
#[unsafe(no_mangle)]
extern "C" fn receive(session: u32, len: usize, now: f64) -> u32 {
    with(|border| {
        let Border { objects, input, .. } = border;
        let done = objects.session(session).and_then(|session| {
            let now = milliseconds(now)?;
            for piece in input.get_mut(..len).unwrap_or_default().chunks_mut(PIECE) {
                session.receive(piece, now);
            }
            Ok(1)
        });
        border.number(done)
    })
}

/// The testee closed the connection.
#[unsafe(no_mangle)]
extern "C" fn peer_closed(session: u32, now: f64) -> u32 {
    with(|border| {
        let done = border.objects.session(session).and_then(|session| {
            session.peer_closed(TcpEnd::Fin, milliseconds(now)?);
            Ok(1)
        });
        border.number(done)
    })
}

/// What to do now. What is to be written is the answer; until when to wait, [`until`] tells.
#[unsafe(no_mangle)]
extern "C" fn poll(session: u32, now: f64) -> u32 {
    with(|border| {
        let Border { objects, output, until, .. } = border;
        let step = objects.session(session).and_then(|session| {
            let now = milliseconds(now)?;
            Ok(session.poll(now, |action| match action {
                Action::Write(octets) => {
                    output.clear();
                    output.extend_from_slice(octets);
                    WRITE
                }
                Action::Wait(Some(time)) => {
                    *until = time.as_secs_f64() * 1000.0;
                    WAIT_UNTIL
                }
                Action::Wait(None) => WAIT,
                Action::Drop(_) => DROP,
                Action::Done => DONE,
            }))
        });
        border.number(step)
    })
}

/// Milliseconds until which the last [`poll`] said to wait.
#[unsafe(no_mangle)]
extern "C" fn until() -> f64 {
    with(|border| border.until)
}

/// So many octets of the last write were taken.
#[unsafe(no_mangle)]
extern "C" fn wrote(session: u32, octets: usize, now: f64) -> u32 {
    with(|border| {
        let done = border.objects.session(session).and_then(|session| {
            session.wrote(octets, milliseconds(now)?);
            Ok(1)
        });
        border.number(done)
    })
}

/// Ends the session and judges it: the handle of its outcome. Can be called once. The name of the testee is `len` octets
/// of the input.
#[unsafe(no_mangle)]
extern "C" fn outcome(session: u32, len: usize, started_ms: f64) -> u32 {
    with(|border| {
        let agent = String::from_utf8_lossy(border.question(len)).into_owned();
        let outcome = border.objects.session(session).and_then(|session| {
            let number = catalogue::number(session.case().id).unwrap_or(0);
            let outcome = session.take_outcome(agent, number, started_ms as u64);
            outcome.ok_or_else(|| "the outcome of this session was taken already".to_owned())
        });
        let handle = outcome.map(|outcome| border.objects.add(Object::Outcome(Box::new(outcome))));
        border.number(handle)
    })
}

/// What is told of an outcome, as JSON.
#[unsafe(no_mangle)]
extern "C" fn outcome_told(outcome: u32) -> u32 {
    with(|border| {
        let text = border.objects.outcome(outcome).and_then(|outcome| {
            serde_json::to_string(&told::outcome(outcome)).map_err(|error| error.to_string())
        });
        border.text(text)
    })
}

/// All about an outcome, with the first and last lines of the wire log. `case` is 0 where it is not known.
#[unsafe(no_mangle)]
extern "C" fn explain(outcome: u32, case: u32, first: usize, last: usize) -> u32 {
    with(|border| {
        let text = border.objects.outcome(outcome).and_then(|outcome| {
            let info = match case {
                0 => CaseInfo::unknown(outcome.id),
                case => CaseInfo::from(&**border.objects.case(case)?),
            };
            Ok(text::explain(outcome, &info, (first, last)))
        });
        border.text(text)
    })
}

/// All of an outcome as one line of JSON.
#[unsafe(no_mangle)]
extern "C" fn outcome_json(outcome: u32) -> u32 {
    with(|border| {
        let text = border
            .objects
            .outcome(outcome)
            .and_then(|outcome| serde_json::to_string(outcome).map_err(|error| error.to_string()));
        border.text(text)
    })
}
