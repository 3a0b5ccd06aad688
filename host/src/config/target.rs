//! Addresses of servers, as operators write them.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::mem;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use url::Url;

use super::reach::Reach;
use super::secret::Secret;
use super::tls::Tls;

/// Where Redis listens unless it is told otherwise.
pub const DEFAULT_PORT: u16 = 6379;

/// Where sentinels listen unless they are told otherwise.
pub const SENTINEL_PORT: u16 = 26379;

/// What the address of a group begins with.
pub const SENTINEL: &str = "sentinel://";

/// One server and how to log in to it. `Display` and `Debug` show no password.
///
/// Two are the same if they are the same database of the same server for the same user, reached the same way and listed
/// under the same name: with another password, what is known of it stays known.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where it listens.
    pub address: Address,
    /// How it is spoken to; none without TLS.
    pub tls: Option<Arc<Tls>>,
    /// ACL user; none is the default user.
    pub user: Option<String>,
    /// Password of that user.
    pub password: Option<Secret>,
    /// The database that connections select.
    pub database: u32,
    /// How far reads of keys reach.
    pub reach: Reach,
    /// What the operator says of it.
    pub about: Arc<About>,
    /// Whether there are credentials, but not for this address.
    pub withheld: bool,
    /// Whether only a request named it.
    pub stranger: bool,
    /// Whether a request chose its database, user or TLS name, or all of it: what is kept of such targets is bounded.
    pub guest: bool,
    /// Whether its address comes from others than the operator: from a request, or from a server that tells of it.
    pub unlisted: bool,
}

/// What the operator says of a target, besides how it is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// What it is called; none for one that only has an address.
    pub name: Option<String>,
    /// Labels of all that is measured of it: (name, value).
    pub labels: Vec<(String, String)>,
    /// Names of the collectors that measure it; none for all.
    pub collectors: Option<Vec<String>>,
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
        Target::parse_with_port(text, DEFAULT_PORT)
    }

    /// The same, with another port where none is named.
    ///
    /// # Errors
    /// As [`Target::parse`].
    pub fn parse_with_port(text: &str, port: u16) -> Result<Target, Invalid> {
        let (target, alone) = Target::parts(text, port)?;
        Ok(Target { password: target.password.or(alone.map(Secret::new)), ..target })
    }

    /// As [`Target::parse`], for who brings no password: a lone user part is the user, and a password is passed over.
    ///
    /// # Errors
    /// As [`Target::parse`].
    pub fn parse_without_password(text: &str) -> Result<Target, Invalid> {
        let (target, alone) = Target::parts(text, DEFAULT_PORT)?;
        Ok(Target { user: target.user.or(alone), password: None, ..target })
    }

    /// Reads `sentinel://[[user]:password@]host[:port]/group`: a sentinel and the group that it is asked for.
    ///
    /// # Errors
    /// As [`Target::parse`].
    pub fn parse_sentinel(text: &str) -> Result<(Target, String), Invalid> {
        let wanted = || Invalid("write sentinel://[user:password@]host[:port]/group".to_owned());
        let rest = text.trim().strip_prefix(SENTINEL).ok_or_else(wanted)?;
        let (authority, group) = rest.split_once('/').ok_or_else(wanted)?;
        let group = Some(decoded(group)?).filter(|group| !group.is_empty()).ok_or_else(wanted)?;
        let target = Target::parse_with_port(&format!("redis://{authority}"), SENTINEL_PORT)?;
        Ok((target, group))
    }

    /// A target, and the user part if it stands alone.
    fn parts(text: &str, port: u16) -> Result<(Target, Option<String>), Invalid> {
        let url = Url::parse(&with_scheme(text.trim())).map_err(|error| Invalid(error.to_string()))?;
        if url.fragment().is_some() || url.query_pairs().any(|(name, _)| url.scheme() != "unix" || name != "db") {
            return Err(Invalid("there is a # or a ? in it; inside of a password write %23 and %3F".to_owned()));
        }
        let (address, database) = match url.scheme() {
            "redis" | "valkey" | "tcp" | "rediss" | "valkeys" => {
                (tcp(&url, port)?, database(url.path().trim_matches('/'))?)
            }
            "unix" => {
                let in_query = url.query_pairs().find(|(name, _)| name == "db").map(|(_, value)| value.into_owned());
                (unix(&url)?, database(in_query.as_deref().unwrap_or(""))?)
            }
            scheme => return Err(Invalid(format!("unknown scheme {scheme}://"))),
        };
        let user = Some(decoded(url.username())?).filter(|user| !user.is_empty());
        let password = url.password().map(decoded).transpose()?.map(Secret::new);
        let (user, alone) = if password.is_some() { (user, None) } else { (None, user) };
        let tls = matches!(url.scheme(), "rediss" | "valkeys").then(Arc::default);
        let about = Arc::default();
        let (withheld, stranger, guest, unlisted) = (false, false, false, false);
        let reach = Reach::Server;
        Ok((
            Target { address, tls, user, password, database, reach, about, withheld, stranger, guest, unlisted },
            alone,
        ))
    }

    /// The same, spoken to like this if it is spoken to over TLS.
    pub fn with_tls(self, tls: &Arc<Tls>) -> Target {
        Target { tls: self.tls.map(|_| tls.clone()), ..self }
    }

    /// What it is called: the name that the operator gave it, else its address. Other targets are called otherwise.
    pub fn name(&self) -> String {
        self.about.name.clone().unwrap_or_else(|| self.to_string())
    }

    /// The same port of another host.
    pub fn at_host(self, host: &str) -> Target {
        let address = match self.address {
            Address::Tcp { port, .. } => Address::Tcp { host: host.to_owned(), port },
            unix => unix,
        };
        Target { address, ..self }
    }

    /// The same, whatever the database: its database 0.
    pub fn server(&self) -> Target {
        Target { database: 0, ..self.clone() }
    }

    /// What makes it another one.
    fn identity(&self) -> impl Hash + Eq + '_ {
        let Target { address, tls, user, password, database, reach, about, withheld, stranger: _, guest: _, unlisted } =
            self;
        let of_connections = (address, tls, user, password.is_some(), database);
        (of_connections, mem::discriminant(reach), &about.name, withheld, unlisted)
    }
}

impl PartialEq for Target {
    fn eq(&self, other: &Target) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for Target {}

impl Hash for Target {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
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

fn tcp(url: &Url, port: u16) -> Result<Address, Invalid> {
    let host =
        url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| Invalid("the host is missing".to_owned()))?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:%".contains(&byte) || !byte.is_ascii()) {
        return Err(Invalid("the host has a character that no host has".to_owned()));
    }
    if is_odd_number(&host) {
        return Err(Invalid("the host ends in a number, and is no IP address".to_owned()));
    }
    Ok(Address::Tcp { host, port: url.port().unwrap_or(port) })
}

/// Whether a host is a number that resolvers take for an IPv4 address in another form, as 2130706433 for 127.0.0.1: rules
/// about addresses would take it for a name (<https://url.spec.whatwg.org/#ends-in-a-number-checker>).
fn is_odd_number(host: &str) -> bool {
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let is_hexadecimal = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_number = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    let is_number =
        is_number || last.strip_prefix("0x").or_else(|| last.strip_prefix("0X")).is_some_and(is_hexadecimal);
    is_number && host.parse::<IpAddr>().is_err()
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

fn decoded(text: &str) -> Result<String, Invalid> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(|text| text.into_owned()).map_err(|_| Invalid("a percent-encoded part is not UTF-8".to_owned()))
}

impl Address {
    /// The address with a scheme for TCP, and a part before the host.
    fn write(&self, f: &mut fmt::Formatter<'_>, scheme: &str, before: &str) -> fmt::Result {
        match self {
            Address::Tcp { host, port } if host.contains(':') => write!(f, "{scheme}://{before}[{host}]:{port}"),
            Address::Tcp { host, port } => write!(f, "{scheme}://{before}{host}:{port}"),
            Address::Unix { path } => write!(f, "unix://{before}{}", path.display()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, "redis", "")
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
        self.address.write(f, if self.tls.is_some() { "rediss" } else { "redis" }, &user)?;
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
            ("rediss://u:p@h:6390/1", "rediss://u@h:6390/1"),
            ("valkeys://h", "rediss://h:6379"),
            ("tcp://h:1", "redis://h:1"),
            ("unix:///run/redis.sock", "unix:///run/redis.sock"),
            ("unix://:p@/run/redis.sock?db=4", "unix:///run/redis.sock?db=4"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn groups_are_asked_for_at_sentinels() {
        let of = |text: &str| Target::parse_sentinel(text).map(|(target, group)| (target.to_string(), group));
        let group = |address: &str| Ok((address.to_owned(), "main".to_owned()));
        assert_eq!(of("sentinel://h/main"), group("redis://h:26379"));
        assert_eq!(of("sentinel://u:p@h:6379/main"), group("redis://u@h:6379"));
        assert_eq!(of("sentinel://[::1]/ma%69n"), group("redis://[::1]:26379"));
        for text in ["sentinel://h", "sentinel://h/", "sentinel:///main", "redis://h/main"] {
            assert!(of(text).is_err(), "{text}");
        }
    }

    #[test]
    fn another_password_makes_no_other_target() {
        let of = |text: &str| Target::parse(text).unwrap();
        assert_eq!(of("redis://u:a@h"), of("redis://u:b@h"));
        for other in ["redis://u:a@h/1", "redis://v:a@h", "rediss://u:a@h", "redis://h", "redis://u:a@h:1"] {
            assert_ne!(of("redis://u:a@h"), of(other), "{other}");
        }
        let about = Arc::new(About { name: Some("cache".to_owned()), ..About::default() });
        assert_ne!(of("redis://h"), Target { about, ..of("redis://h") });
    }

    #[test]
    fn credentials_are_decoded_and_hidden() {
        let target = Target::parse("redis://me:p%40ss@h").unwrap();
        assert_eq!(target.user.as_deref(), Some("me"));
        assert_eq!(target.password, Some(Secret::new("p@ss")));
        assert!(!format!("{target} {target:?}").contains("p@ss"));
        let lone = Target::parse("redis://secret@h").unwrap();
        assert_eq!((lone.user, lone.password), (None, Some(Secret::new("secret"))));
        for (text, user) in [("redis://me@h", Some("me")), ("redis://me:p@h", Some("me")), ("redis://:p@h", None)] {
            let target = Target::parse_without_password(text).unwrap();
            assert_eq!((target.user.as_deref(), target.password), (user, None), "{text}");
        }
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
            "redis://2852039166:6379",
            "${HOST}:6379",
            "redis://0xa9fea9fe",
            "redis://10.1",
            "redis://h.1:6379",
            "unix:///s?x=1",
        ] {
            let error = Target::parse(text).unwrap_err().to_string();
            assert!(error.starts_with("not a Redis address: "), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
