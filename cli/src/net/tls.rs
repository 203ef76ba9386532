//! TLS settings of both sides.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    ClientConfig, DigitallySignedStruct, Error, InvalidMessage, ServerConfig, SignatureScheme,
};
use wsproof_scenarios::TlsAlert;

use super::authorities::Authorities;
pub use super::identity::Identity;
use super::identity::{Chain, load_certificates, other};

/// What our side of TLS asks of a server, and shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientOptions {
    /// The certificate must be valid for the name, and its issuer trusted by this machine. Otherwise any will do:
    /// testees mostly have self-made ones.
    pub verify: bool,
    /// The authorities to trust in place of this machine's, a PEM file. With it the certificate must be valid, whatever
    /// `verify` says. A server's own certificate may stand in it too.
    pub authorities: Option<PathBuf>,
    /// The client certificate, for servers that want one.
    pub identity: Option<Identity>,
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

/// Why a TLS handshake with a client was not completed, for people.
pub fn why_no_client(error: &io::Error) -> String {
    match alert(error) {
        Some(alert @ TlsAlert(42..=46 | 48)) => {
            format!(
                "the client ended the TLS handshake with the alert \"{alert}\": it does not take our certificate"
            )
        }
        Some(alert) => format!("the client ended the TLS handshake with the alert \"{alert}\""),
        None if is_no_tls(error) => {
            "the client does not speak TLS, as it does where its URL begins with wss://".to_owned()
        }
        None => format!("the TLS handshake failed: {error}"),
    }
}

/// Whether what the other side sent is no TLS at all.
pub fn is_no_tls(error: &io::Error) -> bool {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<Error>());
    matches!(cause, Some(Error::InvalidMessage(InvalidMessage::InvalidContentType)))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// For connections to a server.
///
/// # Errors
/// Names the file that cannot be read, holds nothing usable, or does not fit the other.
pub fn client_config(options: &ClientOptions) -> io::Result<Arc<ClientConfig>> {
    let verifier: Arc<dyn ServerCertVerifier> = match &options.authorities {
        Some(path) => {
            let authorities = Authorities::new(load_certificates(path)?, provider());
            let unusable =
                |error| other(format!("the certificates of {} cannot be used: {error}", path.display()));
            Arc::new(authorities.map_err(unusable)?)
        }
        None if options.verify => {
            Arc::new(rustls_platform_verifier::Verifier::new(provider()).map_err(other)?)
        }
        None => Arc::new(AnyCertificate(provider())),
    };
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(other)?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match &options.identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let (chain, key) = identity.load()?;
            builder.with_client_auth_cert(chain, key).map_err(|error| identity.refused(&error))?
        }
    };
    // RFC 7301: WebSocket over TLS begins with HTTP/1.1.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
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
    let identity = Identity { certificate: certificate.to_owned(), key: key.to_owned() };
    let (chain, key) = identity.load()?;
    acceptor(chain, key).map_err(|error| identity.refused(&error))
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
    acceptor(vec![made.cert.der().clone()], key).map_err(other)
}

fn acceptor(chain: Chain, key: PrivateKeyDer<'static>) -> Result<TlsAcceptor, Error> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_rustls::rustls;

    use super::*;
    use crate::net::{ConnectOptions, Connector, Listener, Route, Url};

    const LIMIT: Duration = Duration::from_secs(20);

    async fn talk(acceptor: TlsAcceptor, options: ClientOptions) -> Result<Vec<u8>, String> {
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), Some(acceptor)).unwrap();
        let url = Url::new(true, "127.0.0.1", listener.url().port());
        let server = async {
            let Ok(mut stream) = listener.accept().await.finish(LIMIT).await else { return };
            stream.write_all(b"hello").await.unwrap();
            stream.close().await;
        };
        let client = async {
            let options = ConnectOptions { tls: options, unix: None };
            let route = Route::new(&url, &options).map_err(|e| e.to_string())?;
            let connector = Connector::new(&route, LIMIT).await.map_err(|e| e.to_string())?;
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
        let options = ClientOptions { verify: true, ..ClientOptions::default() };
        let error = talk(self_made_acceptor(&[]).unwrap(), options).await.unwrap_err();
        assert!(error.contains("certificate"), "{error}");
    }

    /// Files in a folder, with certificates made for the test.
    struct Files(tempfile::TempDir);

    impl Files {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        /// Writes `NAME.pem` and `NAME.key`, self-signed unless there is an issuer.
        fn make(
            &self,
            name: &str,
            is_ca: bool,
            issuer: Option<&Issuer<'_, KeyPair>>,
        ) -> Issuer<'static, KeyPair> {
            let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
            params.distinguished_name.push(DnType::CommonName, name);
            if is_ca {
                params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            }
            let key = KeyPair::generate().unwrap();
            let certificate = match issuer {
                Some(issuer) => params.signed_by(&key, issuer).unwrap(),
                None => params.self_signed(&key).unwrap(),
            };
            std::fs::write(self.path(&format!("{name}.pem")), certificate.pem()).unwrap();
            std::fs::write(self.path(&format!("{name}.key")), key.serialize_pem()).unwrap();
            Issuer::new(params, key)
        }

        fn identity(&self, name: &str) -> Identity {
            Identity {
                certificate: self.path(&format!("{name}.pem")),
                key: self.path(&format!("{name}.key")),
            }
        }

        fn acceptor(&self, name: &str) -> TlsAcceptor {
            let Identity { certificate, key } = self.identity(name);
            acceptor_from_files(&certificate, &key).unwrap()
        }

        fn trusting(&self, name: &str) -> ClientOptions {
            ClientOptions { authorities: Some(self.path(&format!("{name}.pem"))), ..ClientOptions::default() }
        }
    }

    #[tokio::test]
    async fn authorities_of_ones_own_are_trusted_and_no_others() {
        let files = Files::new();
        let ca = files.make("ca", true, None);
        files.make("other", true, None);
        files.make("server", false, Some(&ca));
        assert_eq!(talk(files.acceptor("server"), files.trusting("ca")).await.unwrap(), b"hello");
        let error = talk(files.acceptor("server"), files.trusting("other")).await.unwrap_err();
        assert!(error.contains("certificate"), "{error}");
    }

    #[tokio::test]
    async fn a_servers_own_certificate_is_trusted_whether_or_not_it_calls_itself_an_authority() {
        let files = Files::new();
        files.make("plain", false, None);
        files.make("authority", true, None);
        for name in ["plain", "authority"] {
            assert_eq!(talk(files.acceptor(name), files.trusting(name)).await.unwrap(), b"hello", "{name}");
        }
        talk(files.acceptor("plain"), files.trusting("authority")).await.unwrap_err();
        // The name must still be right.
        for name in ["plain", "authority"] {
            let options =
                ClientOptions { server_name: Some("example.org".to_owned()), ..files.trusting(name) };
            let error = talk(files.acceptor(name), options).await.unwrap_err();
            assert!(error.contains("example.org"), "{name}: {error}");
        }
    }

    #[tokio::test]
    async fn a_server_that_wants_a_certificate_gets_it() {
        let files = Files::new();
        let ca = files.make("ca", true, None);
        files.make("client", false, Some(&ca));
        files.make("stranger", false, None);
        let acceptor = || {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(load_certificates(&files.path("ca.pem")).unwrap().remove(0)).unwrap();
            let verifier =
                rustls::server::WebPkiClientVerifier::builder_with_provider(roots.into(), provider());
            let (chain, key) = files.identity("ca").load().unwrap();
            let config = ServerConfig::builder_with_provider(provider())
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_client_cert_verifier(verifier.build().unwrap())
                .with_single_cert(chain, key)
                .unwrap();
            TlsAcceptor::from(Arc::new(config))
        };
        let with = |identity| ClientOptions { identity, ..ClientOptions::default() };
        assert_eq!(talk(acceptor(), with(Some(files.identity("client")))).await.unwrap(), b"hello");
        talk(acceptor(), with(None)).await.unwrap_err();
        talk(acceptor(), with(Some(files.identity("stranger")))).await.unwrap_err();
    }

    #[test]
    fn files_that_cannot_be_used_are_named_with_what_is_wrong() {
        let files = Files::new();
        files.make("a", false, None);
        files.make("b", false, None);
        std::fs::write(
            files.path("locked.key"),
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        )
        .unwrap();
        std::fs::write(files.path("empty.pem"), "").unwrap();
        std::fs::write(files.path("torn.pem"), "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n")
            .unwrap();
        std::fs::write(
            files.path("wrong.pem"),
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        )
        .unwrap();
        for (certificate, key, words) in [
            ("a.pem", "b.key", &["b.key does not belong to the certificate", "a.pem"][..]),
            ("missing.pem", "a.key", &["cannot read the certificate", "missing.pem: No such file"]),
            ("a.pem", "missing.key", &["cannot read the private key", "missing.key"]),
            ("a.key", "a.key", &["no certificate in", "a.key"]),
            ("a.pem", "a.pem", &["no private key in", "a.pem"]),
            ("a.pem", "locked.key", &["locked.key is encrypted", "openssl"]),
            ("torn.pem", "a.key", &["torn.pem", "base64"]),
            ("wrong.pem", "a.key", &["wrong.pem", "cannot be used"]),
        ] {
            let identity = Identity { certificate: files.path(certificate), key: files.path(key) };
            let ours = client_config(&ClientOptions { identity: Some(identity), ..ClientOptions::default() });
            let theirs = acceptor_from_files(&files.path(certificate), &files.path(key));
            for error in [ours.err().unwrap().to_string(), theirs.err().unwrap().to_string()] {
                let missing = words.iter().find(|word| !error.contains(**word) && !cfg!(windows));
                assert_eq!(missing, None, "{error}");
            }
        }
        for (name, words) in
            [("missing", "missing.pem"), ("empty", "no certificate in"), ("wrong", "cannot be used")]
        {
            let error = client_config(&files.trusting(name)).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[tokio::test]
    async fn certificate_and_key_come_from_files() {
        let files = Files::new();
        files.make("server", false, None);
        assert_eq!(talk(files.acceptor("server"), ClientOptions::default()).await.unwrap(), b"hello");
    }
}
