//! Addresses of servers, as operators write them.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use url::Url;

use super::secret::Secret;

/// Where Redis listens unless it is told otherwise.
const DEFAULT_PORT: u16 = 6379;

/// One server and how to log in to it. `Display` and `Debug` show no password.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Where it listens.
    pub address: Address,
    /// ACL user; none is the default user.
    pub user: Option<String>,
    /// Password of that user.
    pub password: Option<Secret>,
    /// The database that connections select.
    pub database: u32,
    /// Whether there are credentials, but not for this address.
    pub withheld: bool,
    /// Whether only a request named it, and no setting allows it.
    pub unlisted: bool,
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// TCP.
    Tcp {
        /// Name, IPv4 address, or IPv6 address without brackets.
        host: String,
        /// Port.
        port: u16,
    },
    /// Unix domain socket.
    Unix {
        /// Path of the socket.
        path: PathBuf,
    },
}

/// Why a text is no target. The text itself is not repeated: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a Redis address: {0}; write redis://[user:password@]host[:port][/database] or unix:///path/to/socket")]
pub struct Invalid(String);

impl Target {
    /// Reads `redis://[[user]:password@]host[:port][/database]`, `unix://[[user]:password@]/path[?db=database]`, or
    /// `host[:port]`. A lone user part is the password, as redis_exporter takes it.
    ///
    /// # Errors
    /// What is wrong with it, without repeating it.
    pub fn parse(text: &str) -> Result<Target, Invalid> {
        let url = Url::parse(&with_scheme(text.trim())).map_err(|error| Invalid(error.to_string()))?;
        if url.fragment().is_some() || url.query_pairs().any(|(name, _)| url.scheme() != "unix" || name != "db") {
            return Err(Invalid("there is a # or a ? in it; inside of a password write %23 and %3F".to_owned()));
        }
        let (address, database) = match url.scheme() {
            "redis" | "valkey" | "tcp" => (tcp(&url)?, database(url.path().trim_matches('/'))?),
            "unix" => {
                let in_query = url.query_pairs().find(|(name, _)| name == "db").map(|(_, value)| value.into_owned());
                (unix(&url)?, database(in_query.as_deref().unwrap_or(""))?)
            }
            "rediss" | "valkeys" => return Err(Invalid("TLS is not available in this version".to_owned())),
            scheme => return Err(Invalid(format!("unknown scheme {scheme}://"))),
        };
        let (user, password) = credentials(&url)?;
        Ok(Target { address, user, password, database, withheld: false, unlisted: false })
    }
}

fn with_scheme(text: &str) -> String {
    if !text.contains("://") {
        format!("redis://{text}")
    } else if text.starts_with("unix://") {
        // A URL with credentials must have a host; a socket has none.
        text.replacen("@/", "@localhost/", 1)
    } else {
        text.to_owned()
    }
}

fn tcp(url: &Url) -> Result<Address, Invalid> {
    let host =
        url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| Invalid("the host is missing".to_owned()))?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    Ok(Address::Tcp { host, port: url.port().unwrap_or(DEFAULT_PORT) })
}

fn unix(url: &Url) -> Result<Address, Invalid> {
    let path = decoded(url.path())?;
    if path.is_empty() || path == "/" {
        return Err(Invalid("the path of the socket is missing".to_owned()));
    }
    if !matches!(url.host_str(), None | Some("" | "localhost")) {
        return Err(Invalid("the path of the socket must be absolute".to_owned()));
    }
    Ok(Address::Unix { path: path.into() })
}

fn database(text: &str) -> Result<u32, Invalid> {
    match text {
        "" => Ok(0),
        _ => text.parse().map_err(|_| Invalid("the database is not a number".to_owned())),
    }
}

fn credentials(url: &Url) -> Result<(Option<String>, Option<Secret>), Invalid> {
    let user = decoded(url.username())?;
    match url.password() {
        Some(password) => Ok(((!user.is_empty()).then_some(user), Some(Secret::new(decoded(password)?)))),
        None if user.is_empty() => Ok((None, None)),
        None => Ok((None, Some(Secret::new(user)))),
    }
}

fn decoded(text: &str) -> Result<String, Invalid> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(|text| text.into_owned()).map_err(|_| Invalid("a percent-encoded part is not UTF-8".to_owned()))
}

impl Address {
    /// The address with a part before the host.
    fn write(&self, f: &mut fmt::Formatter<'_>, before: &str) -> fmt::Result {
        match self {
            Address::Tcp { host, port } if host.contains(':') => write!(f, "redis://{before}[{host}]:{port}"),
            Address::Tcp { host, port } => write!(f, "redis://{before}{host}:{port}"),
            Address::Unix { path } => write!(f, "unix://{before}{}", path.display()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, "")
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
        self.address.write(f, &user)?;
        match (&self.address, self.database) {
            (_, 0) => Ok(()),
            (Address::Tcp { .. }, database) => write!(f, "/{database}"),
            (Address::Unix { .. }, database) => write!(f, "?db={database}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Target::parse(text).unwrap().to_string()
    }

    #[test]
    fn forms_of_addresses() {
        let cases = [
            ("redis://localhost:6380", "redis://localhost:6380"),
            ("localhost", "redis://localhost:6379"),
            ("10.0.0.1:7000", "redis://10.0.0.1:7000"),
            ("redis://[::1]:6380/2", "redis://[::1]:6380/2"),
            ("redis://h/3", "redis://h:6379/3"),
            ("redis://u:p@h/3", "redis://u@h:6379/3"),
            ("valkey://h", "redis://h:6379"),
            ("tcp://h:1", "redis://h:1"),
            ("unix:///run/redis.sock", "unix:///run/redis.sock"),
            ("unix://:p@/run/redis.sock?db=4", "unix:///run/redis.sock?db=4"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn credentials_are_decoded_and_hidden() {
        let target = Target::parse("redis://me:p%40ss@h").unwrap();
        assert_eq!(target.user.as_deref(), Some("me"));
        assert_eq!(target.password, Some(Secret::new("p@ss")));
        assert!(!format!("{target} {target:?}").contains("p@ss"));
        let lone = Target::parse("redis://secret@h").unwrap();
        assert_eq!((lone.user, lone.password), (None, Some(Secret::new("secret"))));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for text in [
            "redis://",
            "://nope",
            "redis://:hunter2@h:port",
            "redis://:hunter2@h/x",
            "ftp://h",
            "unix://",
            "unix://a/b",
            "",
            "redis://:hunter2#x@h",
            "redis://h?db=3",
            "unix:///s?x=1",
        ] {
            let error = Target::parse(text).unwrap_err().to_string();
            assert!(error.starts_with("not a Redis address: "), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
