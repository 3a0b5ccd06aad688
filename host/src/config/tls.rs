//! How a server is spoken to over TLS.

use std::path::PathBuf;

/// Whom to believe and who to be. Files are read for each new connection, so that certificates can be renewed at any time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tls {
    /// PEM file of the authorities that are believed; none for those of the system.
    pub ca: Option<PathBuf>,
    /// Certificate to show to servers that want one.
    pub identity: Option<Identity>,
    /// Name that the server's certificate must have, and that is asked for (SNI); none for the host of the address.
    pub server_name: Option<String>,
    /// The oldest version that is spoken.
    pub min_version: Version,
    /// Believe every certificate: whoever is on the way can read and answer everything.
    pub skip_verification: bool,
}

/// A certificate with its key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// PEM file: the certificate, and those between it and the authority.
    pub certificate: PathBuf,
    /// PEM file of its private key, which has no passphrase.
    pub key: PathBuf,
}

/// A version of TLS. Older ones are not spoken (RFC 8996).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Version {
    /// TLS 1.2 (RFC 5246).
    #[default]
    Tls12,
    /// TLS 1.3 (RFC 8446).
    Tls13,
}

impl Tls {
    /// The same for a server that the operator never named: nobody's certificate is shown to it.
    pub fn anonymous(&self) -> Tls {
        Tls { identity: None, ..self.clone() }
    }

    /// The same with another name to look for.
    pub fn named(&self, server_name: &str) -> Tls {
        Tls { server_name: Some(server_name.to_owned()), ..self.clone() }
    }
}
