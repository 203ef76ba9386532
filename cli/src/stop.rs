//! Stops on Ctrl-C and SIGTERM.

use std::sync::{OnceLock, mpsc};

use tokio::sync::watch;

use crate::exit::Exit;

/// Tells whether the program was asked to stop. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Listens for Ctrl-C and SIGTERM from the first call on. The first one is passed on to the waiting tasks, the second one
    /// ends the program at once.
    ///
    /// The listener has a thread of its own: it hears also while the program finishes a report.
    pub fn on_signals() -> Self {
        static LISTENER: OnceLock<watch::Receiver<bool>> = OnceLock::new();
        let receiver = LISTENER.get_or_init(|| {
            let (sender, receiver) = watch::channel(false);
            let (ready, is_ready) = mpsc::channel();
            let thread = std::thread::Builder::new().name("signals".to_owned());
            if thread.spawn(move || listen(sender, &ready)).is_ok() {
                // From here on no signal is missed. Without the thread, signals end the program as they always do.
                let _ = is_ready.recv();
            }
            receiver
        });
        Self(receiver.clone())
    }

    /// Never asked to stop, unless by the sender of the pair.
    pub fn manual() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// Whether it was asked for.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when it is asked for. Can be cancelled.
    pub async fn requested(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|asked| *asked).await.is_err() {
            // Nobody is left who could ask.
            std::future::pending::<()>().await;
        }
    }
}

fn listen(sender: watch::Sender<bool>, ready: &mpsc::Sender<()>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    runtime.block_on(async {
        let mut signals = Signals::new();
        let _ = ready.send(());
        signals.next().await;
        let _ = sender.send(true);
        signals.next().await;
        crate::testee::process::kill_all();
        std::process::exit(Exit::Interrupted.code().into());
    });
}

#[cfg(unix)]
struct Signals {
    interrupt: Option<tokio::signal::unix::Signal>,
    terminate: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    async fn next(&mut self) {
        tokio::select! {
            () = one(&mut self.interrupt) => {}
            () = one(&mut self.terminate) => {}
        }
    }
}

/// The next signal; never, if the system did not let us listen.
#[cfg(unix)]
async fn one(signal: &mut Option<tokio::signal::unix::Signal>) {
    let heard = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if heard.is_none() {
        std::future::pending::<()>().await;
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
