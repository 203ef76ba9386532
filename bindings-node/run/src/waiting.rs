//! Waiting for what happens on other threads: promises.

use std::path::PathBuf;
use std::sync::Arc;

use napi::bindgen_prelude::Object;
use napi::{Env, Result, Task};
use wsproof::embed::Outcomes;

use crate::error::{raise, usage};
use crate::outcome::Outcome;

/// A promise of the outcome of a case, which is rejected when there will be none.
pub(crate) fn outcome<'env>(
    env: &'env Env,
    outcomes: &Outcomes,
    id: &str,
    agent: Option<&str>,
) -> Result<Object<'env>> {
    let id = id.parse().map_err(|error: wsproof_scenarios::ParseCaseIdError| usage(error))?;
    let (deferred, promise) = env.create_deferred()?;
    outcomes.announce(
        id,
        agent,
        Box::new(move |known| match known {
            Ok(outcome) => deferred.resolve(move |_| Ok(Outcome(outcome))),
            Err(failure) => deferred.reject(raise(&failure)),
        }),
    );
    Ok(promise)
}

/// Work that takes its time, done on a thread of Node's pool: the path of a report, if there is one.
pub struct Finish(pub(crate) Box<dyn FnMut() -> Option<PathBuf> + Send>);

impl Task for Finish {
    type Output = Option<PathBuf>;
    type JsValue = Option<String>;

    fn compute(&mut self) -> Result<Self::Output> {
        Ok((self.0)())
    }

    fn resolve(&mut self, _env: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(output.map(|path| path.to_string_lossy().into_owned()))
    }
}

/// What a finished run wrote.
pub(crate) fn page(written: Option<Arc<wsproof::embed::Written>>) -> Option<PathBuf> {
    written.map(|written| written.paths.index_html.clone())
}
