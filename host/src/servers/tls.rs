//! TLS to servers: from settings to what a connection is made with.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::spawn_blocking;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    self, AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    SupportedProtocolVersion, version,
};

use super::error::Cause;
use crate::config::file::Version as FileVersion;
use crate::config::text;
use crate::config::tls::{Identity, Tls, Version};

/// Bytes of a file of certificates. The authorities of a whole system have a quarter.
const LIMIT: u64 = 1 << 20;

/// Settings for which something is kept.
const KEPT: usize = 256;

/// What connections are made with, by settings but for the server's name. It is made anew when a file has changed.
#[derive(Default)]
pub(super) struct Connectors(Mutex<HashMap<Tls, Arc<Turn>>>);

/// What there is for one of them. Whoever has the turn makes it; others wait for that.
type Turn = tokio::sync::Mutex<Option<Kept>>;

#[derive(Clone)]
struct Kept {
    files: Vec<Option<FileVersion>>,
    config: Arc<ClientConfig>,
}

impl Connectors {
    /// Speaks TLS over a stream. `host` is that of the address.
    pub(super) async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        tls: &Arc<Tls>,
        host: &str,
        stream: S,
    ) -> Result<TlsStream<S>, Cause> {
        let name = tls.server_name.as_deref().unwrap_or(host);
        let name = ServerName::try_from(name.to_owned())
            .map_err(|_| Cause::Tls(format!("{name:?} is no name that a certificate can have")))?;
        let config = self.config(tls).await?;
        TlsConnector::from(config).connect(name, stream).await.map_err(|error| Cause::Tls(words(&error)))
    }

    async fn config(&self, tls: &Tls) -> Result<Arc<ClientConfig>, Cause> {
        let settings = Tls { server_name: None, ..tls.clone() };
        let turn = self.turn(&settings);
        let mut kept = turn.lock().await;
        let known = kept.clone();
        // A file system that hangs hangs a thread that is for such things.
        let made = spawn_blocking(move || {
            let files = files(&settings);
            match known {
                Some(known) if known.files == files => Ok(known),
                _ => make(&settings).map(|config| Kept { files, config: Arc::new(config) }),
            }
        });
        let made = made.await.unwrap_or_else(|_| Err("the files could not be read".to_owned())).map_err(Cause::Tls)?;
        Ok(kept.insert(made).config.clone())
    }

    fn turn(&self, settings: &Tls) -> Arc<Turn> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= KEPT && !all.contains_key(settings) {
            all.clear();
        }
        all.entry(settings.clone()).or_default().clone()
    }
}

/// Reads the files that settings name. What is wrong with them at the start is wrong with the settings; later they may be
/// in the middle of being renewed.
///
/// # Errors
/// What is wrong with which file.
pub fn check(tls: &Tls) -> Result<(), String> {
    if tls.ca.is_some() {
        authorities(tls)?;
    }
    // The system's are for those who need them.
    make(&Tls { skip_verification: true, ..tls.clone() }).map(drop)
}

/// The versions of all files, in a fixed order.
fn files(tls: &Tls) -> Vec<Option<FileVersion>> {
    let identity = tls.identity.iter().flat_map(|Identity { certificate, key }| [certificate, key]);
    let version = |path| std::fs::metadata(path).ok().map(|metadata| FileVersion::of(&metadata));
    tls.ca.iter().chain(identity).map(version).collect()
}

fn make(tls: &Tls) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let versions: &[&SupportedProtocolVersion] = match tls.min_version {
        Version::Tls12 => &[&version::TLS13, &version::TLS12],
        Version::Tls13 => &[&version::TLS13],
    };
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_protocol_versions(versions);
    let builder = builder.map_err(|error| error.to_string())?;
    let builder = if tls.skip_verification {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Everything(provider)))
    } else {
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(authorities(tls)?), provider).build();
        builder.with_webpki_verifier(verifier.map_err(|error| error.to_string())?)
    };
    match &tls.identity {
        None => Ok(builder.with_no_client_auth()),
        Some(Identity { certificate, key }) => {
            let chain = certificates(certificate)?;
            let key_of = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|_| {
                format!("{}: there is no private key without passphrase in this PEM file", key.display())
            })?;
            builder.with_client_auth_cert(chain, key_of).map_err(|error| {
                format!("{} and {} do not fit together: {error}", certificate.display(), key.display())
            })
        }
    }
}

/// Whom to believe.
fn authorities(tls: &Tls) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let believed = match &tls.ca {
        Some(path) => certificates(path)?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    let (added, _) = roots.add_parsable_certificates(believed);
    if added == 0 {
        return Err(match &tls.ca {
            Some(path) => format!("{}: no certificate in this file can be used", path.display()),
            None => "the system has no authorities that are believed; install ca-certificates, or name a file of \
                     authorities (--tls-ca-cert-file, or `ca` under `tls` of the target)"
                .to_owned(),
        });
    }
    Ok(roots)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(path)?).collect();
    certificates
        .ok()
        .filter(|certificates| !certificates.is_empty())
        .ok_or_else(|| format!("{}: there is no certificate in PEM form in this file", path.display()))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let bytes = text::bytes(path, "PEM file", LIMIT).map_err(|fault| format!("{}: {fault}", path.display()));
    bytes.map(|(bytes, _)| bytes)
}

/// What went wrong with TLS, if that is what an error on a stream is about.
pub(super) fn fault(error: &io::Error) -> Option<String> {
    error.get_ref()?.downcast_ref::<rustls::Error>().map(of_rustls)
}

/// Why a handshake failed.
fn words(error: &io::Error) -> String {
    use ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    match fault(error) {
        Some(words) => words,
        // A server that has as many clients as it may have says so only to those who need no TLS.
        None if matches!(error.kind(), UnexpectedEof | ConnectionReset | BrokenPipe) => {
            "the server closed the connection in the handshake; does it speak TLS, and has it room for one more client \
             (maxclients)?"
                .to_owned()
        }
        None => error.to_string(),
    }
}

fn of_rustls(error: &rustls::Error) -> String {
    use rustls::Error::{AlertReceived, InvalidCertificate, InvalidMessage};
    match error {
        InvalidMessage(_) => "the peer does not speak TLS".to_owned(),
        InvalidCertificate(CertificateError::UnknownIssuer) => {
            "the server's certificate is of an authority that is not believed; name the authority's file \
             (--tls-ca-cert-file, or `ca` under `tls` of the target)"
                .to_owned()
        }
        InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "the server's certificate has expired".to_owned()
        }
        InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }) => {
            "the server's certificate is for another name; tell the right one (--tls-server-name, or `server-name` \
             under `tls` of the target)"
                .to_owned()
        }
        InvalidCertificate(error) => format!("the server's certificate is not believed: {error}"),
        AlertReceived(AlertDescription::CertificateRequired | AlertDescription::HandshakeFailure) => {
            "the server wants a certificate of its clients, or nothing that both speak is left (--tls-client-cert-file \
             and --tls-client-key-file, or `certificate` and `key` under `tls` of the target)"
                .to_owned()
        }
        AlertReceived(alert) => format!("the server refused: {alert:?}"),
        error => error.to_string(),
    }
}

/// Believes every certificate, as `--skip-tls-verification` wants it. What is signed with it is still checked.
#[derive(Debug)]
struct Everything(Arc<CryptoProvider>);

impl ServerCertVerifier for Everything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
