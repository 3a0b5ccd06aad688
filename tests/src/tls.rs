//! Certificates for tests, signed by authorities that nobody else trusts.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd,
};
use tempfile::TempDir;

use crate::daemon::{self, Finished};
use crate::tools;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What servers of the harness can be called.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// An authority with a folder of PEM files, which is there as long as the authority or one of its certificates. Another
/// one is one that nobody trusts.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: Arc<TempDir>,
    issued: AtomicU32,
}

/// A certificate and its key, each in a file, as PEM.
#[derive(Clone, Debug)]
pub struct Certificate {
    folder: Arc<TempDir>,
    /// Of the files, and of whom it is about.
    name: String,
    /// What else he is called.
    names: Vec<String>,
    purpose: Purpose,
}

#[derive(Clone, Copy, Debug)]
enum Purpose {
    Server,
    Client,
}

/// When a certificate can be used.
#[derive(Clone, Copy, Debug)]
pub enum Validity {
    /// From yesterday on, for a month.
    Now,
    /// Until yesterday.
    Past,
}

impl Default for Authority {
    fn default() -> Authority {
        Authority::new()
    }
}

impl Authority {
    /// A new authority.
    ///
    /// # Panics
    /// When its folder cannot be made.
    pub fn new() -> Authority {
        let folder = Arc::new(TempDir::new().expect("a folder for certificates can be made: see TMPDIR"));
        // Each has a name of its own, as authorities have.
        let mut params = params(&folder.path().display().to_string(), &[], Validity::Now);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, key()).expect("an authority can sign itself");
        let authority = Authority { issuer, folder, issued: AtomicU32::default() };
        fs::write(authority.path(), authority.issuer.pem()).expect("its folder can be written to");
        authority
    }

    /// Its own certificate, which is what those who trust it are given.
    pub fn path(&self) -> PathBuf {
        authority_file(&self.folder)
    }

    /// For a server with these DNS names and addresses. It is good for a client too, as nodes of a cluster are both.
    pub fn server(&self, names: &[&str], validity: Validity) -> Certificate {
        self.issue(names, Purpose::Server, validity)
    }

    /// For a client of this name.
    pub fn client(&self, name: &str, validity: Validity) -> Certificate {
        self.issue(&[name], Purpose::Client, validity)
    }

    /// Another certificate with another key for the same names in the same files. Each file is replaced at once, the
    /// key first; who reads in between finds two that do not fit.
    ///
    /// # Panics
    /// When the files cannot be written.
    pub fn renew(&self, certificate: &Certificate, validity: Validity) {
        let mut params = params(&certificate.name, &certificate.names, validity);
        params.extended_key_usages = match certificate.purpose {
            Purpose::Server => vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth],
            Purpose::Client => vec![ExtendedKeyUsagePurpose::ClientAuth],
        };
        let key = key();
        let signed = params.signed_by(&key, &self.issuer).expect("an authority can sign a certificate");
        replace(&certificate.key(), &key.serialize_pem());
        replace(&certificate.path(), &signed.pem());
    }

    fn issue(&self, names: &[&str], purpose: Purpose, validity: Validity) -> Certificate {
        let name = format!("{purpose:?}-{}", self.issued.fetch_add(1, Ordering::Relaxed)).to_lowercase();
        let names = names.iter().map(|&name| name.to_owned()).collect();
        let certificate = Certificate { folder: self.folder.clone(), name, names, purpose };
        self.renew(&certificate, validity);
        certificate
    }
}

impl Certificate {
    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join(format!("{}.crt", self.name))
    }

    /// Where its key is, which has no passphrase.
    pub fn key(&self) -> PathBuf {
        self.folder.path().join(format!("{}.key", self.name))
    }
}

fn authority_file(folder: &TempDir) -> PathBuf {
    folder.path().join("ca.crt")
}

/// `names` that are addresses are taken for such.
fn params(subject: &str, names: &[String], validity: Validity) -> CertificateParams {
    let mut params = CertificateParams::new(names).expect("names in certificates are ASCII");
    params.distinguished_name.push(DnType::CommonName, subject);
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("the clock is past 1970");
    let now = date_time_ymd(1970, 1, 1) + since_1970;
    (params.not_before, params.not_after) = match validity {
        Validity::Now => (now - DAY, now + 30 * DAY),
        Validity::Past => (now - 30 * DAY, now - DAY),
    };
    params
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key can be made")
}

/// Writes a file by rename, so that it is there whole at any time.
fn replace(path: &Path, text: &str) {
    let new = path.with_extension("new");
    fs::write(&new, text).expect("the folder of an authority can be written to");
    fs::rename(&new, path).expect("a file of an authority can be renamed");
}

/// Whether a server asks its clients for certificates (`tls-auth-clients`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clients {
    /// They must have one of the authority's.
    Required,
    /// If they have one, it must be the authority's.
    Optional,
    /// They are not asked.
    Unasked,
}

/// What a server shows to its clients, and wants from them.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The folder of the authority that its clients' certificates have to come from.
    authority: Arc<TempDir>,
    certificate: Certificate,
    clients: Clients,
}

impl Tls {
    /// A certificate for `localhost` and its addresses; clients are not asked for any.
    pub fn of(authority: &Authority) -> Tls {
        Tls::with(authority, authority.server(&LOCAL, Validity::Now))
    }

    /// Another certificate, which may be of another authority than the one that clients have to have theirs from.
    pub fn with(authority: &Authority, certificate: Certificate) -> Tls {
        Tls { authority: authority.folder.clone(), certificate, clients: Clients::Unasked }
    }

    /// Whether clients need a certificate.
    pub fn clients(self, clients: Clients) -> Tls {
        Tls { clients, ..self }
    }

    /// The server's certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// With these a server speaks TLS alone on this port.
    pub(crate) fn server_args(&self, port: &str, cluster: bool) -> Vec<String> {
        let clients = match self.clients {
            Clients::Required => "yes",
            Clients::Optional => "optional",
            Clients::Unasked => "no",
        };
        let mut args: Vec<String> =
            ["--port", "0", "--tls-port", port, "--tls-auth-clients", clients].map(str::to_owned).to_vec();
        let files = [
            ("--tls-cert-file", self.certificate.path()),
            ("--tls-key-file", self.certificate.key()),
            ("--tls-ca-cert-file", authority_file(&self.authority)),
        ];
        args.extend(files.into_iter().flat_map(|(name, path)| [name.to_owned(), path.display().to_string()]));
        args.extend(["--tls-replication", "yes"].map(str::to_owned));
        if cluster {
            args.extend(["--tls-cluster", "yes"].map(str::to_owned));
        }
        args
    }

    /// With these `redis-cli` is a client that such a server takes.
    pub(crate) fn client_args(&self) -> Vec<String> {
        client_args(&authority_file(&self.authority), Some(&self.certificate))
    }
}

/// Runs a command on 127.0.0.1 with the real `redis-cli`, which trusts this authority and shows this certificate, if
/// any.
///
/// # Panics
/// When it does not end.
pub fn redis_cli(port: u16, trusted: &Authority, shown: Option<&Certificate>, command: &[&str]) -> Finished {
    let args = ["-h", "127.0.0.1", "-p", &port.to_string()].map(str::to_owned);
    let args: Vec<String> = [args.to_vec(), client_args(&trusted.path(), shown)].concat();
    let args: Vec<&str> = args.iter().map(String::as_str).chain(command.iter().copied()).collect();
    daemon::run_program(&tools::tool("redis-cli"), &args, &[])
}

fn client_args(trusted: &Path, shown: Option<&Certificate>) -> Vec<String> {
    let mut args = vec!["--tls".to_owned(), "--cacert".to_owned(), trusted.display().to_string()];
    if let Some(certificate) = shown {
        let files = [("--cert", certificate.path()), ("--key", certificate.key())];
        args.extend(files.into_iter().flat_map(|(name, path)| [name.to_owned(), path.display().to_string()]));
    }
    args
}
