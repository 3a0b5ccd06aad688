//! How many keys the databases hold, as INFO's section Keyspace tells.

use std::collections::HashSet;

use redwasp_sdk::info::{self, Info};
use redwasp_sdk::{Command, Failure, Family, Plan, Prefetched, Report, Request, number};
use serde::{Deserialize, Serialize};

/// What is exported of databases.
#[derive(Serialize, Deserialize)]
pub(crate) struct Databases {
    /// Databases that are exported even when INFO does not mention them.
    databases: u32,
    info: Prefetched,
    keys: Family<1>,
    expiring: Family<1>,
    avg_ttl: Family<1>,
    cached: Family<1>,
    expiring_items: Family<1>,
}

impl Databases {
    pub(crate) fn declare(databases: u32, plan: &mut Plan) -> Databases {
        Databases {
            databases,
            info: plan.prefetch(Command::info()),
            keys: plan.gauge("db_keys", "Keys in the database (db<n>: keys).", ["db"]),
            expiring: plan.gauge("db_keys_expiring", "Keys with a time to live (db<n>: expires).", ["db"]),
            avg_ttl: plan.gauge(
                "db_avg_ttl_seconds",
                "Average time to live of the expiring keys, as sampled by the server (db<n>: avg_ttl).",
                ["db"],
            ),
            cached: plan.gauge(
                "db_keys_cached",
                "Keys of the database in KeyDB's memory (db<n>: cached_keys).",
                ["db"],
            ),
            expiring_items: plan.gauge(
                "db_keys_with_expiring_items",
                "Keys with items that have a time to live, e.g. fields of a hash (db<n>: subexpiry, on Valkey \
                keys_with_volatile_items).",
                ["db"],
            ),
        }
    }

    /// Reads INFO's section Keyspace.
    ///
    /// # Errors
    /// [`Failure::Redis`] when there is no INFO.
    pub(crate) fn read(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let info = Info::new(&request.reply(self.info)?)?;
        let mut mentioned = HashSet::new();
        let mut is_full = false;
        let lines = info.section("Keyspace").filter(|line| line.name.starts_with("db"));
        for line in lines {
            if let Some(parts) = numbers(line.value) {
                mentioned.insert(line.name);
                is_full |= report.series() + parts.len() > MOST_SERIES;
                if !is_full {
                    parts.into_iter().for_each(|(name, value)| self.part(line.name, name, value, report));
                }
            }
        }
        let names = (0..self.databases).map(|number| format!("db{number}"));
        for database in names.filter(|name| !mentioned.contains(name.as_str())) {
            is_full |= report.series() + 2 > MOST_SERIES;
            if is_full {
                break;
            }
            report.set(self.keys, [&database], 0.0);
            report.set(self.expiring, [&database], 0.0);
        }
        if is_full {
            report.partial();
            report.warn(format!("the databases do not all fit into {MOST_SERIES} samples: some are left out"));
        }
        Ok(())
    }
}

/// The host refuses a report of more than 10,000. Databases with keys come first, then the zeros of the others.
const MOST_SERIES: usize = 9000;

/// The parts of a line that are exported.
const PARTS: [&str; 6] = ["keys", "expires", "avg_ttl", "cached_keys", "subexpiry", "keys_with_volatile_items"];

impl Databases {
    fn part(&self, database: &str, name: &str, value: f64, report: &mut Report) {
        let (family, value) = match name {
            "keys" => (self.keys, value),
            "expires" => (self.expiring, value),
            "avg_ttl" if value.is_nan() => return,
            // Milliseconds.
            "avg_ttl" => (self.avg_ttl, value / 1000.0),
            "cached_keys" => (self.cached, value),
            "subexpiry" | "keys_with_volatile_items" => (self.expiring_items, value),
            _ => return,
        };
        report.set(family, [database], value);
    }
}

/// `keys=2,expires=1,avg_ttl=2500`, and more parts on some servers. None when one that is exported is no number: a line
/// that cannot be read says nothing of its database.
fn numbers(value: &str) -> Option<Vec<(&str, f64)>> {
    let mut numbers = Vec::with_capacity(4);
    for (name, value) in info::whole_parts(value)?.into_iter().filter(|(name, _)| PARTS.contains(name)) {
        numbers.push((name, number::float(value)?));
    }
    let has = |wanted: &str| numbers.iter().any(|(name, _)| *name == wanted);
    (has("keys") && has("expires")).then_some(numbers)
}
