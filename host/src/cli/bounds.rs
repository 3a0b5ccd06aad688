//! How far the daemon may go, by flags: connections to servers, and walks over their keys.

use super::check;
use super::line::kept;
use super::values::Values;
use crate::config::{ConnectionsConfig, SweepConfig};

pub(super) fn connections(values: &Values, faults: &mut Vec<String>) -> ConnectionsConfig {
    let integer = |name, most| check::integer(values.get(name), 1..=most);
    ConnectionsConfig {
        max: kept(faults, integer("connections.max", 1_000_000)) as usize,
        per_target: kept(faults, integer("connections.per-target", 1_000)) as usize,
        idle_timeout: kept(faults, check::duration(values.get("connections.idle-timeout"))),
    }
}

pub(super) fn sweeps(values: &Values, faults: &mut Vec<String>) -> SweepConfig {
    let integer = |name, range| check::integer(values.get(name), range);
    SweepConfig {
        interval: kept(faults, check::duration(values.get("sweep.interval"))),
        count: kept(faults, integer("check-keys-batch-size", 1..=1_000_000)) as u32,
        max_keys: kept(faults, integer("sweep.max-keys", 1..=u64::MAX)),
        max_duration: kept(faults, check::duration(values.get("sweep.max-duration"))),
        max_bytes: kept(faults, check::size(values.get("sweep.max-bytes"))),
        prefer_replica: values.switch("sweep.prefer-replica"),
        with_scrape: kept(faults, integer("sweep.with-scrape", 0..=u64::MAX)),
    }
}
