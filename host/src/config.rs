//! Settings after they were checked. What is here can be run: nothing below has to ask again.

pub mod collector;
pub mod digest;
pub mod duration;
pub mod explain;
pub mod file;
pub mod nearest;
pub mod passwords;
pub mod pattern;
pub mod place;
pub mod reach;
pub mod secret;
pub mod size;
pub mod target;
pub mod targets;
pub mod text;
pub mod tls;

use std::path::PathBuf;
use std::time::Duration;

pub use collector::{CollectorConfig, Databases, Grants, Limits, Schedule};
use pattern::Pattern;
use secret::Secret;
use targets::{Defaults, Kind, Listed};

/// The daemon's settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the HTTP server listens: `host:port`, or `:port` for every address of the machine.
    pub listen: String,
    /// Path of the page of metrics.
    pub telemetry_path: String,
    /// Whether `/scrape` is there.
    pub scrape_endpoint: bool,
    /// Put before the names of what collectors measure; empty for none.
    pub namespace: String,
    /// The targets that are listed, with their credentials. Those on the page are what `/metrics` scrapes.
    pub targets: Vec<Listed>,
    /// What a server is that has no other kind: by itself, or with the keys of its whole cluster.
    pub kind_of_servers: Kind,
    /// Whether `/discover-cluster-nodes` tells the names that nodes announce, where they do.
    pub discover_hostnames: bool,
    /// For targets of `/scrape` that are not listed and allowed.
    pub defaults: Defaults,
    /// Which targets of `/scrape` get these, besides those that are listed.
    pub allowed_targets: Vec<Pattern>,
    /// What is done with a target that is neither listed nor allowed.
    pub unlisted: Unlisted,
    /// The deadline of a scrape whose request names none.
    pub scrape_timeout: Duration,
    /// How long one attempt to connect and log in may take, and waiting for the replies of one pipeline.
    pub connect_timeout: Duration,
    /// How many connections there may be, and how long one is kept.
    pub connections: ConnectionsConfig,
    /// What CLIENT LIST shows; none leaves it empty.
    pub client_name: Option<String>,
    /// What the servers call CONFIG; none, and it is never sent.
    pub config_command: Option<String>,
    /// Send PING before each scrape and tell how long the answer took, at the price of a round trip.
    pub ping_on_connect: bool,
    /// Tell the size of the server's RDB file, which is on this machine, at the price of a round trip.
    pub rdb_size: bool,
    /// Put the label `instance_role` on what is measured of a server.
    pub instance_role_label: bool,
    /// Leave out the process metrics and the build.
    pub redis_only_metrics: bool,
    /// How keys are walked.
    pub sweeps: SweepConfig,
    /// Files besides the configuration file that these settings come from.
    pub files: Vec<PathBuf>,
    /// Where plugins come from besides this program.
    pub plugins: PluginsConfig,
    /// Collectors in the order of their precedence: the first to give a series wins. A plugin of the folder that none of
    /// them runs is a collector too, under its own name.
    pub collectors: Vec<CollectorConfig>,
}

/// What is done with a target that a request names and the operator does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unlisted {
    /// It is asked, without any credentials.
    #[default]
    Ask,
    /// It is not asked.
    Refuse,
}

impl Config {
    /// The targets for a line: the only one, or how many there are.
    pub fn in_short(&self) -> String {
        match self.targets.as_slice() {
            [] => "none".to_owned(),
            [Listed { target, .. }] => target.to_string(),
            several => format!("{} of them, {} on the page of metrics", several.len(), self.on_page().count()),
        }
    }

    /// What `/metrics` scrapes.
    pub fn on_page(&self) -> impl Iterator<Item = &Listed> {
        self.targets.iter().filter(|listed| listed.is_on_page)
    }
}

/// Who to be on a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// ACL user; none is the default user.
    pub user: Option<String>,
    /// Password of that user.
    pub password: Option<Secret>,
}

/// How many connections to servers there may be, and how long one is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionsConfig {
    /// Connections at most, of all targets together, idle ones included.
    pub max: usize,
    /// Connections to one target at most.
    pub per_target: usize,
    /// How long a connection is kept that nobody uses.
    pub idle_timeout: Duration,
}

impl Default for ConnectionsConfig {
    fn default() -> ConnectionsConfig {
        ConnectionsConfig { max: 4096, per_target: 4, idle_timeout: Duration::from_secs(300) }
    }
}

/// How keys are walked: one walk over each database of a target for all collectors together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepConfig {
    /// From the beginning of a run to that of the next.
    pub interval: Duration,
    /// COUNT of SCAN at most.
    pub count: u32,
    /// Keys of a run at most.
    pub max_keys: u64,
    /// How long a run may take.
    pub max_duration: Duration,
    /// Bytes of the replies of a run at most.
    pub max_bytes: u64,
    /// Walk a replica of the target, if it has one that answers.
    pub prefer_replica: bool,
    /// Databases that hold together at most so many keys are walked by each scrape itself; 0 for none.
    pub with_scrape: u64,
}

impl Default for SweepConfig {
    fn default() -> SweepConfig {
        SweepConfig {
            interval: Duration::from_secs(60),
            count: 1000,
            max_keys: 10_000_000,
            max_duration: Duration::from_secs(300),
            max_bytes: 1 << 30,
            prefer_replica: false,
            with_scrape: 0,
        }
    }
}

/// The plugin folder, and how components are compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginsConfig {
    /// The folder; none, and there are only the built-ins.
    pub dir: Option<PathBuf>,
    /// Private folder for compiled code; none compiles anew at each start.
    pub cache_dir: Option<PathBuf>,
    /// How often the folder is looked at, besides whenever the system tells of a change.
    pub rescan: Duration,
    /// Bytes that a file may have.
    pub file_limit: u64,
    /// CPU time of one compilation.
    pub compile_cpu: Duration,
    /// Bytes of address space of one compilation.
    pub compile_memory: u64,
    /// When a collector that fails is left alone.
    pub quarantine: Quarantine,
}

/// When a collector that fails is left alone, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quarantine {
    /// Faults in a row that lead there.
    pub after: u32,
    /// How long the first time. Each fault after it doubles the time.
    pub first: Duration,
    /// How long at most.
    pub longest: Duration,
}

impl Default for Quarantine {
    fn default() -> Quarantine {
        Quarantine { after: 3, first: Duration::from_secs(10), longest: Duration::from_secs(300) }
    }
}

impl Default for PluginsConfig {
    fn default() -> PluginsConfig {
        PluginsConfig {
            dir: None,
            cache_dir: None,
            rescan: Duration::from_secs(30),
            file_limit: 64 << 20,
            compile_cpu: Duration::from_secs(60),
            compile_memory: 2 << 30,
            quarantine: Quarantine::default(),
        }
    }
}
