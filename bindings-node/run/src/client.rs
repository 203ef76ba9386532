//! Clients under test.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::{AsyncTask, ClassInstance, Either, Null, Object};
use napi::{Env, Result};
use napi_derive::napi;
use wsproof::embed::{self, ClientOptions, ReportFolder, Times};

use crate::case::{Case, cases};
use crate::error::{milliseconds, raise, usage};
use crate::waiting::{self, Finish};

/// Options of a fuzzing server; `js/src/test/client.ts` says what they mean.
#[napi(object)]
pub struct ClientRunOptions {
    pub listen: Option<String>,
    pub plain_agent: Option<String>,
    pub timeout: Option<f64>,
    pub report: Option<String>,
    pub junit: Option<String>,
}

/// A fuzzing server in the background.
#[napi]
pub struct ClientRun(Arc<embed::ClientRun>);

#[napi]
impl ClientRun {
    #[napi(constructor, catch_unwind)]
    pub fn new(chosen: Vec<ClassInstance<'_, Case>>, options: ClientRunOptions) -> Result<Self> {
        let mut times = Times::default();
        if let Some(timeout) = options.timeout {
            times.case = milliseconds("timeout", timeout)?;
        }
        let mut settings =
            ClientOptions { plain_agent: options.plain_agent, times, ..ClientOptions::new(cases(&chosen)) };
        if let Some(listen) = options.listen {
            let listen: SocketAddr = listen.parse().map_err(|_| {
                usage(format!("an address with a port is wanted, such as 127.0.0.1:0, not {listen:?}"))
            })?;
            settings.listen = listen.into();
        }
        let junit = options.junit.map(Into::into);
        settings.report = options.report.map(|dir| ReportFolder { dir: dir.into(), junit });
        let run = embed::ClientRun::start(settings).map_err(|failure| raise(&failure))?;
        Ok(Self(Arc::new(run)))
    }

    /// Where clients connect.
    #[napi(getter)]
    pub fn url(&self) -> String {
        self.0.url().to_string()
    }

    /// How many cases clients have begun.
    #[napi(getter)]
    pub fn begun(&self) -> u32 {
        self.0.begun() as u32
    }

    /// How many requests were not served.
    #[napi(getter)]
    pub fn refused(&self) -> f64 {
        self.0.refusals().count() as f64
    }

    /// Why the last of them was not.
    #[napi(getter, ts_return_type = "string | null")]
    pub fn last_refusal(&self) -> Either<String, Null> {
        self.0.refusals().last().map_or(Either::B(Null), Either::A)
    }

    /// The outcome of a case, once there is one.
    #[napi(catch_unwind, ts_return_type = "Promise<Outcome>")]
    pub fn outcome<'env>(&self, env: &'env Env, id: String, agent: Option<String>) -> Result<Object<'env>> {
        waiting::outcome(env, self.0.outcomes(), &id, agent.as_deref())
    }

    /// Waits until no case is being run, for so many milliseconds at most.
    #[napi(catch_unwind)]
    pub fn settle(&self, limit: f64) -> Result<AsyncTask<Finish>> {
        let (run, limit): (_, Duration) = (self.0.clone(), milliseconds("limit", limit)?);
        Ok(AsyncTask::new(Finish(Box::new(move || {
            run.settle(limit);
            None
        }))))
    }

    /// Stops serving and waits until the report is written; the page to open, if one was asked for.
    #[napi(catch_unwind)]
    pub fn finish(&self) -> AsyncTask<Finish> {
        let run = self.0.clone();
        AsyncTask::new(Finish(Box::new(move || waiting::page(run.finish()))))
    }
}
