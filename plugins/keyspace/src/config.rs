//! The configuration, and what a server is asked because of it.

use redwasp_sdk::names::{self, Name};
use redwasp_sdk::{Problem, Refusal, Server, keys};
use serde::Deserialize;

use crate::groups;

/// The collector's configuration. Lists of keys are written as redis_exporter's flags have them: `[db<n>=]key`, URL-encoded.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Export zeros for databases without keys, which INFO does not mention.
    pub empty_databases: bool,
    /// Keys and patterns whose size, value and memory are exported.
    pub check_keys: Vec<String>,
    /// The same for keys alone.
    pub check_single_keys: Vec<String>,
    /// Patterns whose keys are counted.
    pub count_keys: Vec<String>,
    /// Patterns of Lua, comma-separated, that make groups of keys.
    pub check_key_groups: String,
    /// Groups of a database that are told apart.
    pub max_distinct_key_groups: i64,
    /// Do not export values.
    pub disable_key_values: bool,
    /// Export how long checked keys still live.
    pub ttl: bool,
    /// Leave out checked keys that are not there, instead of giving them the size 0.
    pub omit_missing: bool,
    /// Patterns among whose keys the largest are exported.
    pub top_keys: Vec<String>,
    /// How many of them.
    pub top_keys_count: i64,
    /// Look at no keys but on replicas. Groups are counted all the same, as redis_exporter does it.
    pub skip_on_masters: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            empty_databases: true,
            check_keys: Vec::new(),
            check_single_keys: Vec::new(),
            count_keys: Vec::new(),
            check_key_groups: String::new(),
            max_distinct_key_groups: 100,
            disable_key_values: false,
            ttl: false,
            omit_missing: false,
            top_keys: Vec::new(),
            top_keys_count: 10,
            skip_on_masters: false,
        }
    }
}

/// The lists of the configuration, read.
pub(crate) struct Lists {
    pub(crate) checked: Vec<Name>,
    pub(crate) single: Vec<Name>,
    pub(crate) counted: Vec<Name>,
    pub(crate) largest: Vec<Name>,
    pub(crate) groups: Vec<Vec<u8>>,
}

impl Lists {
    pub(crate) fn read(config: &Config) -> Result<Lists, Refusal> {
        let mut problems = Vec::new();
        let mut read = |list: &[String], pointer| names::read(list, pointer, &mut problems);
        let [checked, single] =
            [(&config.check_keys, "/check_keys"), (&config.check_single_keys, "/check_single_keys")]
                .map(|(list, at)| read(list, at));
        let [counted, largest] =
            [(&config.count_keys, "/count_keys"), (&config.top_keys, "/top_keys")].map(|(list, at)| read(list, at));
        let groups = groups::patterns(&config.check_key_groups).unwrap_or_else(|message| {
            problems.push(Problem { pointer: "/check_key_groups".to_owned(), message });
            Vec::new()
        });
        if problems.is_empty() {
            Ok(Lists { checked, single, counted, largest, groups })
        } else {
            Err(Refusal::Invalid(problems))
        }
    }

    /// As a server is asked, with patterns apart from names: a node of a cluster has one database, and redis_exporter looks at checked keys there, whatever
    /// their database is said to be.
    pub(crate) fn on(mut self, server: &Server, skip_on_masters: bool) -> Lists {
        let [checked, single, counted, largest] =
            [&mut self.checked, &mut self.single, &mut self.counted, &mut self.largest];
        let has_keys = keys::served_by(server).is_ok();
        if !has_keys {
            self.groups.clear();
        }
        if !has_keys || skip_on_masters && server.role != "slave" {
            [checked, single, counted, largest].into_iter().for_each(Vec::clear);
        } else if server.mode == "cluster" && server.databases == 1 {
            checked.iter_mut().chain(single).for_each(|name| name.database = 0);
            counted.retain(|name| name.database == 0);
            largest.retain(|name| name.database == 0);
        }
        self.single.extend(self.checked.extract_if(.., |name| !name.is_pattern()));
        // A server with several databases has them all; what is not there would be an error each time.
        self.single.retain(|name| name.database < server.databases);
        self.single.sort();
        self.single.dedup();
        self
    }
}
