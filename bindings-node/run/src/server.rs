//! A server under test.

use std::sync::Arc;

use napi::bindgen_prelude::{AsyncTask, ClassInstance, Object};
use napi::{Env, Result};
use napi_derive::napi;
use wsproof::embed::{self, ConnectOptions, Header, ReportFolder, RequestOptions, ServerOptions, Times, tls};

use crate::case::{Case, cases};
use crate::error::{milliseconds, raise, usage};
use crate::waiting::{self, Finish};

/// Options of a run against a server; `js/src/test/server.ts` says what they mean.
#[napi(object)]
pub struct ServerRunOptions {
    pub command: Option<Vec<String>>,
    pub jobs: Option<u32>,
    pub agent: Option<String>,
    /// Pairs of name and value.
    pub headers: Option<Vec<Vec<String>>>,
    pub origin: Option<String>,
    pub protocols: Option<Vec<String>>,
    pub unix: Option<String>,
    pub cert: Option<String>,
    pub key: Option<String>,
    pub ca: Option<String>,
    pub tls_verify: Option<bool>,
    pub hostname: Option<String>,
    pub wait: Option<f64>,
    pub timeout: Option<f64>,
    pub report: Option<String>,
    pub junit: Option<String>,
}

fn headers(pairs: &[Vec<String>]) -> Result<Vec<Header>> {
    let header = |pair: &Vec<String>| match &pair[..] {
        [name, value] => Header::new(name, value).map_err(usage),
        _ => Err(usage("headers: pairs of a name and a value are wanted")),
    };
    pairs.iter().map(header).collect()
}

fn identity(certificate: Option<String>, key: Option<String>) -> Result<Option<tls::Identity>> {
    match (certificate, key) {
        (Some(certificate), Some(key)) => {
            Ok(Some(tls::Identity { certificate: certificate.into(), key: key.into() }))
        }
        (None, None) => Ok(None),
        _ => Err(usage("cert and key go together: give both files, or neither")),
    }
}

/// Cases being run against a server, in the background.
#[napi]
pub struct ServerRun(Arc<embed::ServerRun>);

#[napi]
impl ServerRun {
    #[napi(constructor, catch_unwind)]
    pub fn new(url: String, chosen: Vec<ClassInstance<'_, Case>>, options: ServerRunOptions) -> Result<Self> {
        let mut times = Times::default();
        if let Some(timeout) = options.timeout {
            times.case = milliseconds("timeout", timeout)?;
        }
        let junit = options.junit.map(Into::into);
        let settings = ServerOptions {
            command: options.command.unwrap_or_default().into_iter().map(Into::into).collect(),
            jobs: options.jobs.map(|jobs| jobs as usize),
            agent: options.agent,
            request: RequestOptions {
                headers: headers(&options.headers.unwrap_or_default())?,
                origin: options.origin,
                protocols: options.protocols.unwrap_or_default(),
            },
            connect: ConnectOptions {
                tls: tls::ClientOptions {
                    verify: options.tls_verify.unwrap_or_default(),
                    authorities: options.ca.map(Into::into),
                    identity: identity(options.cert, options.key)?,
                    server_name: options.hostname,
                },
                unix: options.unix.map(Into::into),
            },
            wait: options.wait.map(|value| milliseconds("wait", value)).transpose()?,
            times,
            report: options.report.map(|dir| ReportFolder { dir: dir.into(), junit }),
            ..ServerOptions::new(url, cases(&chosen))
        };
        let run = embed::ServerRun::start(settings).map_err(|failure| raise(&failure))?;
        Ok(Self(Arc::new(run)))
    }

    /// Where the server is.
    #[napi(getter)]
    pub fn url(&self) -> String {
        self.0.url().to_string()
    }

    /// What the person who watches may want to know.
    #[napi(getter)]
    pub fn notes(&self) -> Vec<String> {
        self.0.notes()
    }

    /// The outcome of a case, once there is one.
    #[napi(catch_unwind, ts_return_type = "Promise<Outcome>")]
    pub fn outcome<'env>(&self, env: &'env Env, id: String) -> Result<Object<'env>> {
        waiting::outcome(env, self.0.outcomes(), &id, None)
    }

    /// Asks the run to end.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// Waits until all is done and written; the page to open, if a report was asked for.
    #[napi(catch_unwind)]
    pub fn finish(&self) -> AsyncTask<Finish> {
        let run = self.0.clone();
        AsyncTask::new(Finish(Box::new(move || waiting::page(run.finish()))))
    }
}
