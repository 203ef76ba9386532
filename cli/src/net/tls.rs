//! TLS settings of both sides.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    ClientConfig, DigitallySignedStruct, Error, ServerConfig, SignatureScheme, WantsVerifier, client,
};
use wsproof_scenarios::TlsAlert;

/// What our side of TLS asks of a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientOptions {
    /// The certificate must be valid for the name, and its issuer trusted by this machine. Otherwise any will do:
    /// testees mostly have self-made ones.
    pub verify: bool,
    /// The name to ask for (SNI) in place of the URL's host.
    pub server_name: Option<String>,
}

/// The fatal alert with which the other side ended TLS, if this error is about one.
pub fn alert(error: &io::Error) -> Option<TlsAlert> {
    match error.get_ref()?.downcast_ref::<Error>()? {
        Error::AlertReceived(alert) => Some(TlsAlert(u8::from(*alert))),
        _ => None,
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::other(error)
}

/// For connections to a server.
pub fn client_config(options: &ClientOptions) -> io::Result<Arc<ClientConfig>> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(other)?;
    let mut config = if options.verify { verifying(builder)? } else { trusting(builder) };
    // RFC 7301: WebSocket over TLS begins with HTTP/1.1.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

type Builder = tokio_rustls::rustls::ConfigBuilder<ClientConfig, WantsVerifier>;

fn verifying(builder: Builder) -> io::Result<ClientConfig> {
    let verifier = rustls_platform_verifier::Verifier::new(provider()).map_err(other)?;
    let builder: tokio_rustls::rustls::ConfigBuilder<ClientConfig, client::WantsClientCert> =
        builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    Ok(builder.with_no_client_auth())
}

fn trusting(builder: Builder) -> ClientConfig {
    let verifier = AnyCertificate(provider());
    builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
}

/// Takes any certificate, but the server must hold its key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// For a server, with a certificate chain and its key in PEM files.
///
/// # Errors
/// Names the file that cannot be read, holds nothing usable, or does not fit the other.
pub fn acceptor_from_files(certificate: &Path, key: &Path) -> io::Result<TlsAcceptor> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| other(format!("cannot read the certificate {}: {error}", certificate.display())))?;
    if chain.is_empty() {
        return Err(other(format!("there is no certificate in {}", certificate.display())));
    }
    let key_der = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| other(format!("cannot read the private key {}: {error}", key.display())))?;
    acceptor(chain, key_der).map_err(|error| {
        other(format!("{} and {} cannot be used: {error}", certificate.display(), key.display()))
    })
}

/// For a server, with a certificate made for the occasion. It is valid for `localhost`, the loopback addresses and
/// these names.
pub fn self_made_acceptor(names: &[String]) -> io::Result<TlsAcceptor> {
    let mut names = names.to_vec();
    for name in ["localhost", "127.0.0.1", "::1"] {
        if !names.iter().any(|given| given == name) {
            names.push(name.to_owned());
        }
    }
    let made = rcgen::generate_simple_self_signed(names).map_err(other)?;
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(other)?;
    acceptor(vec![made.cert.der().clone()], key)
}

fn acceptor(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> io::Result<TlsAcceptor> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(other)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(other)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::net::{Connector, Listener, Url};

    const LIMIT: Duration = Duration::from_secs(20);

    async fn talk(acceptor: TlsAcceptor, options: ClientOptions) -> Result<Vec<u8>, String> {
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), Some(acceptor)).unwrap();
        let url = Url::new(true, "127.0.0.1", listener.address().port());
        let server = async {
            let Ok(mut stream) = listener.accept().await.finish(LIMIT).await else { return };
            stream.write_all(b"hello").await.unwrap();
            stream.close().await;
        };
        let client = async {
            let connector = Connector::new(&url, &options, LIMIT).await.map_err(|e| e.to_string())?;
            let mut stream = connector.connect(LIMIT).await.map_err(|e| e.to_string())?;
            assert!(stream.is_tls());
            let mut heard = Vec::new();
            stream.read_to_end(&mut heard).await.map_err(|e| e.to_string())?;
            Ok(heard)
        };
        tokio::join!(client, server).0
    }

    #[tokio::test]
    async fn a_self_made_certificate_is_taken() {
        let heard = talk(self_made_acceptor(&[]).unwrap(), ClientOptions::default()).await;
        assert_eq!(heard.unwrap(), b"hello");
    }

    #[tokio::test]
    async fn a_self_made_certificate_is_refused_when_it_must_be_verified() {
        let options = ClientOptions { verify: true, server_name: None };
        let error = talk(self_made_acceptor(&[]).unwrap(), options).await.unwrap_err();
        assert!(error.contains("certificate"), "{error}");
    }

    #[tokio::test]
    async fn certificate_and_key_come_from_files() {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let acceptor = acceptor_from_files(&certificate, &key).unwrap();
        assert_eq!(talk(acceptor, ClientOptions::default()).await.unwrap(), b"hello");

        let missing = folder.path().join("missing.pem");
        let error = acceptor_from_files(&missing, &key).err().unwrap().to_string();
        assert!(error.contains("missing.pem"), "{error}");
        let error = acceptor_from_files(&certificate, &certificate).err().unwrap().to_string();
        assert!(error.contains("private key"), "{error}");
        let error = acceptor_from_files(&key, &key).err().unwrap().to_string();
        assert!(error.contains("no certificate"), "{error}");
    }
}
