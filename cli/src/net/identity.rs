//! Certificates and keys from PEM files, with errors that name the file.

use std::io;
use std::path::{Path, PathBuf};

use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{Error, InconsistentKeys};

pub(super) fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::other(error)
}

/// A certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate, and those of its issuers as far as the other side needs them: a PEM file.
    pub certificate: PathBuf,
    /// Its private key, not encrypted: a PEM file.
    pub key: PathBuf,
}

pub(super) type Chain = Vec<CertificateDer<'static>>;

impl Identity {
    pub(super) fn load(&self) -> io::Result<(Chain, PrivateKeyDer<'static>)> {
        Ok((load_certificates(&self.certificate)?, load_key(&self.key)?))
    }

    /// Why TLS does not take these files, which could be read.
    pub(super) fn refused(&self, error: &Error) -> io::Error {
        let (certificate, key) = (self.certificate.display(), self.key.display());
        other(match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                format!("the private key {key} does not belong to the certificate {certificate}")
            }
            error => format!("{certificate} and {key} cannot be used: {error}"),
        })
    }
}

pub(super) fn load_certificates(path: &Path) -> io::Result<Chain> {
    let chain: Chain = CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|error| {
        other(format!("cannot read the certificate {}: {}", path.display(), plain(error)))
    })?;
    if chain.is_empty() {
        return Err(other(format!("there is no certificate in {} (in PEM form)", path.display())));
    }
    Ok(chain)
}

fn load_key(path: &Path) -> io::Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| {
        let path_shown = path.display();
        other(match error {
            pem::Error::NoItemsFound if is_encrypted(path) => format!(
                "the private key {path_shown} is encrypted; `openssl pkey -in FILE -out PLAIN` writes it without its \
                 passphrase"
            ),
            pem::Error::NoItemsFound => format!("there is no private key in {path_shown} (in PEM form)"),
            error => format!("cannot read the private key {path_shown}: {}", plain(error)),
        })
    })
}

fn is_encrypted(path: &Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| text.contains("BEGIN ENCRYPTED PRIVATE KEY"))
}

/// The system's own words for a file that cannot be read.
fn plain(error: pem::Error) -> String {
    match error {
        pem::Error::Io(error) => error.to_string(),
        error => error.to_string(),
    }
}
