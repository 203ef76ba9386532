//! The web port: a page that drives a browser through the cases, and the reports.

mod files;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming as Body};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;

use super::state::State;
use crate::net::Incoming;

/// The page. `/*PORT*/0` in it stands for the number of the WebSocket port.
const PAGE: &str = include_str!("page.html");
const PORT_IN_PAGE: &str = "/*PORT*/0";

/// How long a request head may take to come, and an idle connection stay.
const PATIENCE: Duration = Duration::from_secs(10);

/// A browser's connection ends after so long whatever it does; it makes another if it needs one.
const LONGEST: Duration = Duration::from_secs(600);

type Answer = Response<Full<Bytes>>;

/// Serves a browser that has just connected. `port` is that of the fuzzing server.
pub(super) async fn serve(state: Arc<State>, incoming: Incoming, port: u16) {
    let Ok(stream) = incoming.finish(PATIENCE).await else { return };
    let service = {
        let state = state.clone();
        service_fn(move |request: Request<Body>| {
            let state = state.clone();
            async move { Ok::<_, Infallible>(answer(&state, &request, port).await) }
        })
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        // A browser that goes away in the middle is no concern of ours.
        _ = connection => {}
        () = tokio::time::sleep(LONGEST) => {}
        () = state.until_stopped() => {}
    }
}

async fn answer(state: &State, request: &Request<Body>, port: u16) -> Answer {
    let mut answer = match *request.method() {
        Method::GET | Method::HEAD => page(state, request.uri().path(), port).await,
        _ => {
            let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD are known here.");
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            answer
        }
    };
    let headers = answer.headers_mut();
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    headers.insert(HeaderName::from_static("referrer-policy"), HeaderValue::from_static("no-referrer"));
    // Reports change while one looks at them.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

async fn page(state: &State, path: &str, port: u16) -> Answer {
    match path {
        // The second name is that of Autobahn's page.
        "/" | "/test_browser.html" => {
            let mut answer =
                with_type("text/html; charset=utf-8", PAGE.replacen(PORT_IN_PAGE, &port.to_string(), 1));
            let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src *; \
                          img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
            answer
                .headers_mut()
                .insert(HeaderName::from_static("content-security-policy"), HeaderValue::from_static(policy));
            answer
        }
        "/cases.json" => {
            let cases: Vec<_> =
                state.cases.iter().map(|case| json!({"id": case.id, "title": case.description})).collect();
            with_type("application/json", json!({ "cases": cases }).to_string())
        }
        _ => folder(state, path).await,
    }
}

async fn folder(state: &State, path: &str) -> Answer {
    let (name, rest) = match path.trim_start_matches('/').split_once('/') {
        Some((name, rest)) => (name, Some(rest)),
        None => (path.trim_start_matches('/'), None),
    };
    let Some((name, root)) = state.folders().find(|(known, _)| *known == name) else {
        return text(StatusCode::NOT_FOUND, "There is nothing here. The start page is at /.");
    };
    // Relative links on a page need the slash.
    let Some(rest) = rest else { return moved(&format!("/{name}/")) };
    match files::find(root, rest).await {
        Ok(files::Found::File { kind, octets }) => {
            let mut answer = with_type(kind, octets);
            // Reports have a policy of their own. Any other file is not to act in the name of the start page.
            if name != "reports" {
                answer.headers_mut().insert(
                    HeaderName::from_static("content-security-policy"),
                    HeaderValue::from_static("sandbox allow-scripts allow-popups allow-downloads"),
                );
            }
            answer
        }
        Ok(files::Found::Listing(html)) => with_type("text/html; charset=utf-8", html),
        Ok(files::Found::FolderWithoutSlash) => moved(&format!("{path}/")),
        Err(files::Problem::NotThere) => text(StatusCode::NOT_FOUND, "There is no such file."),
        Err(files::Problem::TooLong) => {
            text(StatusCode::INSUFFICIENT_STORAGE, "The file is too long to be served here.")
        }
    }
}

fn with_type(kind: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

fn text(status: StatusCode, text: &'static str) -> Answer {
    let mut answer = with_type("text/plain; charset=utf-8", text);
    *answer.status_mut() = status;
    answer
}

fn moved(to: &str) -> Answer {
    // `//host/` would lead away from here.
    let to = format!("/{}", to.trim_start_matches('/'));
    match HeaderValue::from_str(&to) {
        Ok(to) => {
            let mut answer = text(StatusCode::MOVED_PERMANENTLY, "Moved.");
            answer.headers_mut().insert(LOCATION, to);
            answer
        }
        Err(_) => text(StatusCode::NOT_FOUND, "There is no such file."),
    }
}
