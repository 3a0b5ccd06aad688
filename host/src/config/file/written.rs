//! The file as it is written. What stands here in comments is what docs/configuration.md and editors show.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Configuration of redwasp. Everything may be left out; a key without a value is as if it were not there.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Written {
    /// Flags by their names without dashes, as `redwasp --help` lists them. On the command line and in their variables
    /// they win over the file.
    pub(super) settings: Option<BTreeMap<String, Value>>,
    /// Targets by name. `/scrape?target=` takes the names; with `metrics.all-targets` they are on `/metrics` as well. When
    /// there are some, `redis.addr` is nothing unless it is set.
    pub(super) targets: Option<BTreeMap<String, Target>>,
    /// Where plugins come from besides the program itself, and how they are compiled.
    pub(super) plugins: Option<Plugins>,
    /// Collectors by name. Built-ins and plugins of the folder run without being listed.
    pub(super) collectors: Option<BTreeMap<String, Option<Collector>>>,
}

/// A server to watch.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Target {
    /// Where it is: `redis://host:port/database`, `rediss://` with TLS, `unix:///path/to/socket`; of a cluster, any node;
    /// `sentinel://host:port/group` for a group that sentinels watch.
    #[schemars(extend("examples" = ["redis://10.0.0.1:6379"]))]
    pub(super) address: String,
    /// More nodes of the cluster, or sentinels, that may be asked when that one is down.
    #[serde(default)]
    #[schemars(schema_with = "addresses")]
    pub(super) seeds: Option<Vec<String>>,
    /// `cluster` for all nodes of a cluster, each told apart. What is at sentinels is a group by its address.
    #[serde(default)]
    #[schemars(schema_with = "kind")]
    pub(super) kind: Option<String>,
    /// ACL user at the sentinels; `user` and `password` are those of the servers that they watch.
    pub(super) sentinel_user: Option<String>,
    /// Password at the sentinels, as `password`.
    #[serde(default)]
    #[schemars(schema_with = "password")]
    pub(super) sentinel_password: Option<Password>,
    /// ACL user. Without it, that of `redis.user`.
    pub(super) user: Option<String>,
    /// Password: a text, `{env: VARIABLE}` or `{file: path}`. An empty text is none; without the key, it is the one of
    /// `redis.password-file` or `redis.password`.
    #[serde(default)]
    #[schemars(schema_with = "password")]
    pub(super) password: Option<Password>,
    /// How TLS is spoken; with it there is TLS whatever the address says. Without it, as the flags say.
    pub(super) tls: Option<Tls>,
    /// Labels of all that is measured of it.
    pub(super) labels: Option<BTreeMap<String, String>>,
    /// Names of the collectors that measure it. Without it, all.
    #[serde(default)]
    #[schemars(schema_with = "names")]
    pub(super) collectors: Option<Vec<String>>,
}

/// A secret, or where it is.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Password {
    Text(String),
    Env {
        env: String,
    },
    File {
        file: String,
    },
    /// What was wrong is told already.
    Nothing {},
}

/// How a server is spoken to over TLS. Paths that are not absolute begin at the folder of this file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Tls {
    /// PEM file of the authorities that are believed. Without it, those of the system.
    pub(super) ca: Option<String>,
    /// PEM file of a certificate to show, with those between it and the authority.
    pub(super) certificate: Option<String>,
    /// PEM file of its private key, which has no passphrase.
    pub(super) key: Option<String>,
    /// Name that the server's certificate must have. Without it, the host of the address.
    pub(super) server_name: Option<String>,
    /// The oldest version that is spoken.
    #[schemars(schema_with = "tls_version")]
    pub(super) min_version: Option<String>,
    /// Believe every certificate: whoever is on the way can read and answer everything.
    pub(super) skip_verification: Option<bool>,
}

/// The plugin folder.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Plugins {
    /// Folder with plugins, each a file `name.wasm`. A path that is not absolute begins at the folder of this file. Also
    /// `--plugins.dir`.
    pub(super) dir: Option<String>,
    /// Private folder for compiled plugins, `-` for none. Without it, `redwasp` in `$XDG_CACHE_HOME` or `~/.cache`. Also
    /// `--plugins.cache-dir`.
    pub(super) cache_dir: Option<String>,
    /// How often the folder is looked at, besides whenever the system tells of a change.
    #[schemars(schema_with = "duration")]
    pub(super) rescan: Option<String>,
    /// Size of a plugin's file, at most.
    #[schemars(schema_with = "size")]
    pub(super) file_limit: Option<Value>,
    /// CPU time of one compilation, at most.
    #[schemars(schema_with = "duration")]
    pub(super) compile_cpu: Option<String>,
    /// Memory of one compilation, at most, counted as address space.
    #[schemars(schema_with = "size")]
    pub(super) compile_memory: Option<Value>,
    /// How many faults of a collector in a row, on one server, have it left alone there for a while.
    #[schemars(schema_with = "count")]
    pub(super) quarantine_after: Option<u64>,
    /// How long the first time. Each fault after it doubles the time.
    #[schemars(schema_with = "duration")]
    pub(super) quarantine_first: Option<String>,
    /// How long at most.
    #[schemars(schema_with = "duration")]
    pub(super) quarantine_longest: Option<String>,
}

/// A collector: a plugin with a name, a configuration, a schedule, grants and limits.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Collector {
    /// Whether it runs at all.
    pub(super) enabled: Option<bool>,
    /// Which plugin runs: a built-in or a file of the folder without its `.wasm`. Without it, the one with the collector's
    /// name.
    #[schemars(schema_with = "plugin")]
    pub(super) plugin: Option<String>,
    /// The plugin's own configuration; the plugin says what may be in it. For a built-in under its own name it wins over
    /// `settings`, and flags and variables win over it.
    pub(super) config: Option<Map<String, Value>>,
    /// When it runs: `scrape` is on every scrape. With a time it runs by itself so often, and scrapes get what it found
    /// last. The default is the built-in's own, else `scrape`.
    #[schemars(schema_with = "schedule")]
    pub(super) schedule: Option<String>,
    /// What it may ask of Redis. A built-in has what its manifest grants unless something else is said here, key by key.
    pub(super) grants: Option<Grants>,
    /// How far one call may go.
    pub(super) limits: Option<Limits>,
    /// The only component that may run under this name, as `redwasp plugin check` prints it. Without it any may.
    #[schemars(schema_with = "digest")]
    pub(super) digest: Option<String>,
    /// Of which servers it measures something: patterns of addresses, in which `*` stands for anything but `. : / @`, and
    /// alone for all. Without it, all.
    #[schemars(schema_with = "targets")]
    pub(super) targets: Option<Vec<String>>,
}

/// What a collector may ask of Redis. It does what its plugin asks for as far as it is allowed here.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Grants {
    /// Whether statistics without keys may be read: INFO, LATENCY, SLOWLOG and the like.
    pub(super) statistics: Option<bool>,
    /// Other reads by name, with their subcommand: `HGET`, `XINFO STREAM`, or `XINFO` for all its reads.
    #[schemars(schema_with = "commands")]
    pub(super) commands: Option<Vec<String>>,
    /// Patterns of the keys that may be read, as in SCAN MATCH. Without one no key is read.
    #[schemars(schema_with = "keys")]
    pub(super) keys: Option<Vec<String>>,
    /// Databases in which keys may be read and counted.
    #[schemars(schema_with = "databases")]
    pub(super) databases: Option<Vec<u32>>,
}

/// How far one call of a collector may go. What goes further ends the call, unless something else is said.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Limits {
    /// CPU time of the plugin.
    #[schemars(schema_with = "duration")]
    pub(super) cpu: Option<String>,
    /// Time, waiting for Redis included. The scrape's deadline may shorten it.
    #[schemars(schema_with = "duration")]
    pub(super) wall: Option<String>,
    /// All memories and tables together.
    #[schemars(schema_with = "size")]
    pub(super) memory: Option<Value>,
    /// One value that the plugin returns.
    #[schemars(schema_with = "size")]
    pub(super) returned: Option<Value>,
    /// Requests to Redis.
    #[schemars(schema_with = "count")]
    pub(super) calls: Option<u64>,
    /// Commands in all requests of a call together, and as many again for what is read before it.
    #[schemars(schema_with = "count")]
    pub(super) commands: Option<u64>,
    /// Replies to all requests of a call together, and as much again for what is read before it.
    #[schemars(schema_with = "size")]
    pub(super) reply_bytes: Option<Value>,
    /// How deep lists may be inside each other in a reply.
    #[schemars(schema_with = "count")]
    pub(super) nesting: Option<u64>,
    /// Samples, buckets and quantiles included.
    #[schemars(schema_with = "count")]
    pub(super) samples: Option<u64>,
    /// Families, late ones included.
    #[schemars(schema_with = "count")]
    pub(super) families: Option<u64>,
    /// Label names of a family.
    #[schemars(schema_with = "count")]
    pub(super) labels: Option<u64>,
    /// A label's value; what is longer is cut.
    #[schemars(schema_with = "size")]
    pub(super) label_value: Option<Value>,
    /// Log lines; what is more is dropped.
    #[schemars(schema_with = "size")]
    pub(super) log: Option<Value>,
    /// What is kept from one call to the next.
    #[schemars(schema_with = "size")]
    pub(super) state: Option<Value>,
}

fn duration(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "null"]})
}

fn size(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "integer", "null"]})
}

fn count(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["integer", "null"]})
}

fn plugin(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "null"], "examples": ["orders"]})
}

fn schedule(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "null"], "examples": ["60s", "scrape"]})
}

fn digest(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["string", "null"],
        "pattern": "^sha256:[0-9a-fA-F]{64}$",
        "$comment": "wants 64 hex digits after sha256:, as `redwasp plugin check` prints it",
    })
}

fn password(_: &mut SchemaGenerator) -> Schema {
    let text = json_schema!({"type": "string"});
    json_schema!({
        "type": ["string", "object", "null"],
        "additionalProperties": false,
        "properties": {"env": text, "file": text},
        "minProperties": 1,
        "maxProperties": 1,
        "examples": ["{env: CACHE_PASSWORD}", "{file: /run/secrets/cache}"],
    })
}

fn addresses(_: &mut SchemaGenerator) -> Schema {
    let item = json_schema!({"type": "string", "examples": ["redis://10.0.0.2:6379"]});
    json_schema!({"type": ["array", "null"], "items": item, "examples": [["redis://10.0.0.2:6379"]]})
}

fn kind(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "null"], "enum": ["server", "cluster", null], "default": "server"})
}

fn tls_version(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "null"], "enum": ["TLS1.2", "TLS1.3", null], "default": "TLS1.2"})
}

fn names(_: &mut SchemaGenerator) -> Schema {
    let item = json_schema!({"type": "string", "examples": ["info"]});
    json_schema!({"type": ["array", "null"], "items": item, "examples": [["info", "keyspace"]]})
}

fn targets(_: &mut SchemaGenerator) -> Schema {
    let item = json_schema!({"type": "string", "examples": ["redis://10.0.0.*:6379"]});
    json_schema!({"type": ["array", "null"], "items": item, "examples": [["redis://10.0.0.*:6379"]]})
}

fn commands(_: &mut SchemaGenerator) -> Schema {
    let item = json_schema!({"type": "string", "examples": ["HGET"]});
    json_schema!({"type": ["array", "null"], "items": item, "examples": [["HGET", "XINFO STREAM"]]})
}

fn keys(_: &mut SchemaGenerator) -> Schema {
    let item = json_schema!({"type": "string", "examples": ["\"orders:*\""]});
    json_schema!({"type": ["array", "null"], "items": item, "examples": [["orders:*"]]})
}

fn databases(_: &mut SchemaGenerator) -> Schema {
    // The most that the setting `databases` of a server can be.
    let item = json_schema!({"type": "integer", "minimum": 0, "maximum": i32::MAX, "examples": [0]});
    json_schema!({"type": ["array", "null"], "items": item, "default": [0], "examples": [[0, 3]]})
}
