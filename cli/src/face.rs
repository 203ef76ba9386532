//! The face on which an error is read: the shell, Python, pytest or JavaScript, each with its own names for settings.
//!
//! The same run can be started from a shell, from Python, from pytest or from JavaScript, and each calls the same setting
//! by another name. An error text that names a setting, or says what to do, is therefore made when it is shown: see
//! [`Failure::text`](crate::exit::Failure::text).

use wsproof_scenarios::TcpEnd;
use wsproof_scenarios::finding::HandshakeFailure;

/// Who shows an error to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Face {
    /// The command `wsproof`: settings are options.
    #[default]
    Command,
    /// The classes and functions of the Python package: settings are keyword arguments.
    Python,
    /// The pytest plugin: settings are options of pytest.
    Pytest,
    /// `wsproof/test`: settings are properties of an options object.
    JavaScript,
}

/// A setting that error texts name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Setting {
    /// How long a testee may take until it accepts connections.
    Wait,
    /// Whether a certificate must be one that this machine trusts.
    TlsVerify,
    /// The command that starts the testee.
    Command,
    /// Headers to send in the opening handshake.
    Headers,
    /// The `Origin` header.
    Origin,
    /// A client certificate.
    Certificate,
}

impl Face {
    /// What a setting is called.
    ///
    /// ```
    /// use wsproof::face::{Face, Setting};
    ///
    /// assert_eq!(Face::Command.name(Setting::Wait), "--wait");
    /// assert_eq!(Face::Pytest.name(Setting::Wait), "--ws-wait");
    /// ```
    pub fn name(self, setting: Setting) -> &'static str {
        let [command, python, pytest, javascript] = match setting {
            Setting::Wait => ["--wait", "`wait`", "--ws-wait", "`wait`"],
            Setting::TlsVerify => ["--tls-verify", "`tls_verify`", "--ws-tls-verify", "`tlsVerify`"],
            Setting::Headers => ["--header", "`headers`", "--ws-header", "`headers`"],
            Setting::Origin => ["--origin", "`origin`", "--ws-origin", "`origin`"],
            Setting::Certificate => ["--cert", "`cert`", "--ws-cert", "`cert`"],
            Setting::Command => ["the command after `--`", "`command`", "--ws-server COMMAND", "`command`"],
        };
        match self {
            Self::Command => command,
            Self::Python => python,
            Self::Pytest => pytest,
            Self::JavaScript => javascript,
        }
    }

    /// What to try when every opening handshake fails in this way; `None` where the failure says it itself.
    pub(crate) fn how_to_be_let_in(self, why: &HandshakeFailure) -> Option<String> {
        match why {
            HandshakeFailure::Refused(refusal) => match refusal.status {
                300..=399 => {
                    Some("Test the URL that it names in Location, with ws in place of http".to_owned())
                }
                401 | 407 => Some(format!(
                    "{} sends what lets you in, as in 'Authorization: Bearer …'",
                    self.name(Setting::Headers)
                )),
                403 => Some(format!(
                    "It may want another origin ({}) or credentials ({})",
                    self.name(Setting::Origin),
                    self.name(Setting::Headers)
                )),
                404 | 405 | 410 => Some("Is the path in the URL that of a WebSocket?".to_owned()),
                _ => None,
            },
            HandshakeFailure::Dropped { tcp: TcpEnd::Tls(alert), .. } if alert.wants_certificate() => {
                Some(format!("{} gives it a client certificate", self.name(Setting::Certificate)))
            }
            _ => None,
        }
    }

    /// What to do when nobody listens where the server should be.
    pub(crate) fn how_to_start(self) -> String {
        match self {
            Self::Command => {
                "Start the server first, or have it started: put its command at the end, after `--`"
                    .to_owned()
            }
            Self::Python => format!(
                "Start the server first, let {} give it time, or have it started: {}",
                self.name(Setting::Wait),
                self.name(Setting::Command)
            ),
            Self::Pytest => format!(
                "Start the server first: by hand, in a fixture ws_url that returns when the server listens, or by {}",
                self.name(Setting::Command)
            ),
            Self::JavaScript => format!(
                "Start the server first, in `start`, which returns when the server listens, or by {}",
                self.name(Setting::Command)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_face_says_what_can_be_done_there() {
        for (face, said, not) in [
            (Face::Command, "after `--`", "--ws-"),
            (Face::Python, "`command`", "--"),
            (Face::Pytest, "--ws-server COMMAND", "`--`"),
            (Face::JavaScript, "`start`", "--"),
        ] {
            let text = face.how_to_start();
            assert!(text.contains(said) && !text.contains(not), "{face:?}: {text}");
        }
    }
}
