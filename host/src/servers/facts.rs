//! What is known of a server before anything is planned.

use std::collections::BTreeSet;

use redis::Value;

use super::Command;
use crate::config::reach::Reach;

/// The kind of server: what a plan may depend on. When it changes (upgrade, fail-over), collectors plan again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServerKind {
    /// "redis", "valkey", "keydb", "dragonfly", "tile38", ...
    pub product: String,
    /// The product's own version.
    pub version: String,
    /// "standalone", "cluster", "sentinel", "proxy"
    pub mode: String,
    /// "master", "slave", "sentinel"
    pub role: String,
    /// How many databases the server is configured for.
    pub databases: u32,
    /// Whether it told that; else there may be more of them or fewer.
    pub databases_told: bool,
    /// Which keys are read where it is asked for some.
    pub keys: Keys,
}

/// Which keys are read where a server is asked for some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Keys {
    /// Those that it has.
    #[default]
    Server,
    /// Those of its own slots: it is one of the nodes of a cluster that are asked, each for itself.
    Node,
    /// Those of its whole cluster, wherever they are.
    Cluster,
}

impl From<&Reach> for Keys {
    fn from(reach: &Reach) -> Keys {
        match reach {
            Reach::Server => Keys::Server,
            Reach::Node(_) => Keys::Node,
            Reach::Cluster(_) | Reach::Whole(_) => Keys::Cluster,
        }
    }
}

/// What a connection learnt of its server when it was opened, and what later replies changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The kind of server.
    pub kind: ServerKind,
    /// What the server calls its role; "" when it does not say.
    pub(super) role: String,
    /// Differs from start to start, and from server to server; "" when it does not say.
    pub(super) run_id: String,
    /// Whether the server refuses INFO ALL, so that INFO has to do.
    pub(super) plain_info: bool,
}

/// What servers without CONFIG are taken to have (the default of redis.conf).
const DEFAULT_DATABASES: u32 = 16;

/// More than anybody has configured, and few enough to say something about each.
const MOST_DATABASES: u32 = 4096;

/// What a server says of itself is kept as a key: not more than a word of it.
fn cut(mut word: String) -> String {
    word.truncate(word.floor_char_boundary(64));
    word
}

impl Facts {
    /// A command as this server takes it.
    pub(super) fn spelling<'a>(&self, command: &'a Command) -> &'a [Vec<u8>] {
        if self.plain_info && command.is_info_all() { &command.args[..1] } else { &command.args }
    }

    /// Reads the text of INFO. `databases` is what CONFIG said, if it said anything.
    pub(super) fn from_info(info: &str, databases: Option<u32>) -> Facts {
        let products = ["valkey", "dragonfly", "tile38"];
        let own = products.iter().find_map(|product| {
            let version = field(info, &format!("{product}_version"))?;
            Some((product.to_string(), version.to_owned()))
        });
        let redis_version = field(info, "redis_version").unwrap_or("").to_owned();
        // KeyDB has no version field of its own, but sections and fields that nobody else has.
        let redis = if field(info, "mvcc_depth").is_some() { "keydb" } else { "redis" };
        let (product, version) = own.unwrap_or((redis.to_owned(), redis_version));
        let mode = field(info, "redis_mode").or_else(|| field(info, "server_mode")).unwrap_or("standalone");
        let is_cluster = mode != "sentinel" && field(info, "cluster_enabled") == Some("1");
        let mode = if is_cluster { "cluster" } else { mode }.to_owned();
        let told = cut(field(info, "role").unwrap_or("").to_owned());
        let role = role(&mode, &told).to_owned();
        // A cluster node serves database 0, whatever its configuration says, and newer ones those that have keys.
        let filled = filled(info);
        let configured = databases.filter(|_| mode != "cluster");
        let guessed = filled.max(if mode == "cluster" { 1 } else { DEFAULT_DATABASES });
        let databases = configured.unwrap_or(guessed).min(MOST_DATABASES);
        let (version, mode, role) = (cut(version), cut(mode), cut(role));
        let (databases_told, keys) = (configured.is_some(), Keys::default());
        let kind = ServerKind { product, version, mode, role, databases, databases_told, keys };
        let run_id = cut(field(info, "run_id").unwrap_or("").to_owned());
        Facts { kind, role: told, run_id, plain_info: false }
    }

    /// Those of a proxy, which tells nothing of itself and takes little else than commands about keys.
    pub(super) fn of_proxy() -> Facts {
        let (version, mode, databases) = (String::new(), "proxy".to_owned(), 1);
        let kind = ServerKind { version, mode, databases, ..ServerKind::usual() };
        Facts { kind, role: String::new(), run_id: String::new(), plain_info: false }
    }

    /// What a later INFO says differently: the role, and how many databases, where that was guessed. Fail-over changes the role of a server without closing its connections.
    pub(super) fn updated(&self, info: &str) -> Option<Facts> {
        let told = cut(field(info, "role").unwrap_or("").to_owned());
        let role = role(&self.kind.mode, &told).to_owned();
        // Where they were guessed, more of them have keys by now.
        let filled = if self.kind.databases_told { 0 } else { filled(info) };
        let databases = self.kind.databases.max(filled).min(MOST_DATABASES);
        let is_other = told != self.role || databases != self.kind.databases;
        is_other.then(|| Facts {
            kind: ServerKind { role, databases, ..self.kind.clone() },
            role: told,
            ..self.clone()
        })
    }
}

/// How many databases there are at least, as some have keys.
fn filled(info: &str) -> u32 {
    let last = databases_with_keys(info).and_then(|filled| filled.last().copied());
    last.map_or(0, |last| last.saturating_add(1))
}

/// The databases that hold keys, as INFO's section Keyspace lists them; none when there is no such section.
pub fn databases_with_keys(info: &str) -> Option<BTreeSet<u32>> {
    let (_, section) = info.split_once("# Keyspace")?;
    // Lines that begin with # may be remarks, not titles; no other section has such fields.
    let database = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.strip_prefix("db")?.parse().ok().filter(|_| value.starts_with("keys="))
    };
    Some(section.lines().skip(1).filter_map(database).collect())
}

/// The role that plans know, from what the server calls it.
fn role<'a>(mode: &str, told: &'a str) -> &'a str {
    match (mode, told) {
        ("sentinel", _) => "sentinel",
        (_, "") => "master",
        (_, told) => told,
    }
}

impl ServerKind {
    /// One that takes whatever a configuration may be about: for trying collectors before any server was seen. What is
    /// wrong there is wrong everywhere.
    pub fn unseen() -> ServerKind {
        let (version, databases) = ("99.0.0".to_owned(), MOST_DATABASES);
        ServerKind { version, databases, databases_told: false, ..ServerKind::usual() }
    }

    /// What most servers are.
    pub fn usual() -> ServerKind {
        ServerKind {
            product: "redis".to_owned(),
            version: "7.2.0".to_owned(),
            mode: "standalone".to_owned(),
            role: "master".to_owned(),
            databases: DEFAULT_DATABASES,
            databases_told: true,
            keys: Keys::Server,
        }
    }

    /// The same for a target that reaches so far.
    pub fn with(&self, reach: &Reach) -> ServerKind {
        ServerKind { keys: reach.into(), ..self.clone() }
    }

    /// Whether SCAN takes TYPE: all but Redis before 6.0.
    pub fn has_scan_type(&self) -> bool {
        !self.is_redis_before_6()
    }

    /// Whether it has users: all but Redis before 6.0.
    pub fn has_acls(&self) -> bool {
        !self.is_redis_before_6()
    }

    /// Whether the server knows CLIENT SETINFO and CLIENT NO-TOUCH.
    pub fn has_client_commands(&self) -> bool {
        self.mode != "sentinel" && ServerKind::has_client_setinfo(&self.product, &self.version)
    }

    /// Whether its ACLs tell reading from writing a key: Redis 7.0 and later, Valkey.
    pub fn has_read_permissions(&self) -> bool {
        match self.product.as_str() {
            "valkey" => true,
            "redis" => self.major().is_none_or(|major| major >= 7),
            _ => false,
        }
    }

    /// Whether its ACLs know channels: all but Redis before 6.2.
    pub fn has_channel_permissions(&self) -> bool {
        self.product != "redis"
            || !["6.0", "6.1"].iter().any(|old| self.version == *old || self.version.starts_with(&format!("{old}.")))
    }

    /// Whether it is a replica in a cluster, which answers reads only to who asks for that.
    pub(super) fn is_cluster_replica(&self) -> bool {
        self.mode == "cluster" && self.role == "slave"
    }

    /// Whether something stands in front of servers that takes commands about keys only.
    pub(super) fn is_proxy(&self) -> bool {
        self.mode == "proxy"
    }

    fn is_redis_before_6(&self) -> bool {
        self.product == "redis" && self.major().is_some_and(|major| major < 6)
    }

    fn major(&self) -> Option<u32> {
        self.version.split('.').next().and_then(|major| major.parse().ok())
    }

    /// Whether the server knows CLIENT SETINFO and CLIENT NO-TOUCH: Redis and KeyDB from 7.2, every Valkey.
    pub(super) fn has_client_setinfo(product: &str, version: &str) -> bool {
        let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        product == "valkey" || version >= (7, 2)
    }
}

/// The text of a reply to INFO.
pub(super) fn info_text(value: &Value) -> Option<&str> {
    match value {
        Value::BulkString(bytes) => {
            // What is not UTF-8 stands in fields that we do not read here.
            Some(str::from_utf8(bytes).unwrap_or_else(|error| {
                bytes.get(..error.valid_up_to()).and_then(|valid| str::from_utf8(valid).ok()).unwrap_or("")
            }))
        }
        Value::VerbatimString { text, .. } => Some(text),
        _ => None,
    }
}

fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    let start = match info.strip_prefix(name) {
        Some(rest) if rest.starts_with(':') => name.len() + 1,
        _ => memchr::memmem::find(info.as_bytes(), format!("\n{name}:").as_bytes())? + name.len() + 2,
    };
    let rest = &info[start..];
    let end = memchr::memchr2(b'\r', b'\n', rest.as_bytes()).unwrap_or(rest.len());
    Some(&rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_told_apart() {
        let cases = [
            ("# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n", "redis", "7.0.15", "standalone"),
            ("redis_version:7.2.4\r\nvalkey_version:9.1.0\r\nserver_mode:cluster\r\n", "valkey", "9.1.0", "cluster"),
            ("redis_version:6.3.4\r\nmvcc_depth:0\r\n", "keydb", "6.3.4", "standalone"),
            ("redis_version:7.4.0\r\ndragonfly_version:df-v1.30\r\n", "dragonfly", "df-v1.30", "standalone"),
            ("redis_version:7.4.0\r\n# Cluster\r\ncluster_enabled:1\r\n", "redis", "7.4.0", "cluster"),
        ];
        for (info, product, version, mode) in cases {
            let kind = Facts::from_info(info, Some(4)).kind;
            assert_eq!((kind.product.as_str(), kind.version.as_str(), kind.mode.as_str()), (product, version, mode));
            assert_eq!(kind.databases, if mode == "cluster" { 1 } else { 4 });
        }
    }

    #[test]
    fn databases_without_config() {
        let databases = |info: &str, told| Facts::from_info(info, told).kind.databases;
        assert_eq!(databases("redis_mode:standalone\r\n", None), 16);
        let info = "# Keyspace\r\ndb0:keys=1\r\ndb20:keys=1\r\n";
        assert_eq!([databases(info, None), databases(info, Some(32))], [21, 32]);
        assert_eq!(databases(&format!("cluster_enabled:1\r\n{info}").replace("20", "3"), Some(16)), 4);
    }

    #[test]
    fn a_change_of_role_is_seen() {
        let facts = Facts::from_info("# Replication\r\nrole:master\r\n", None);
        assert_eq!(facts.updated("# Replication\r\nrole:master\r\n"), None);
        assert_eq!(facts.updated("# Replication\r\nrole:slave\r\n").unwrap().kind.role, "slave");
        let silent = facts.updated("# Memory\r\n").unwrap();
        assert_eq!((silent.role.as_str(), silent.kind.role.as_str()), ("", "master"));
    }
}
