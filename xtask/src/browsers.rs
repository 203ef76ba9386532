//! The browsers of the tests.

use std::path::PathBuf;

use crate::step::Step;

/// Installs Chromium where that is a matter of one command; elsewhere the test says what to do.
pub(crate) fn chromium() {
    let known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    browser("Chromium", "CHROMIUM", &known, "chromium");
}

/// The same for Firefox.
pub(crate) fn firefox() {
    browser("Firefox", "FIREFOX", &["/usr/bin/firefox-esr", "/usr/bin/firefox"], "firefox-esr");
}

fn browser(name: &str, variable: &str, known: &[&str], package: &str) {
    let there = std::env::var_os(variable).is_some() || known.iter().any(|path| PathBuf::from(path).exists());
    if there || !cfg!(target_os = "linux") {
        return;
    }
    let _ = Step::new("list of packages", "apt-get", &["update", "-qq"]).run();
    let install = ["install", "-y", "-qq", "--no-install-recommends", package];
    if let Err(failure) = Step::new(name, "apt-get", &install).run() {
        println!("{failure}");
    }
}
