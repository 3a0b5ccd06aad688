//! Replication, seen from the primary (its replicas) and from a replica (its primary, or several with KeyDB).

use std::num::IntErrorKind;

use redwasp_sdk::info::{self, Field};
use redwasp_sdk::{Family, Plan, Report, number};
use serde::{Deserialize, Serialize};

const REPLICA: [&str; 3] = ["slave_ip", "slave_port", "slave_state"];
const PRIMARY: [&str; 2] = ["master_host", "master_port"];

/// Metrics with labels of the section Replication.
#[derive(Serialize, Deserialize)]
pub(crate) struct Replication {
    replica_offset: Family<3>,
    replica_lag: Family<3>,
    link_up: Family<2>,
    last_io: Family<2>,
    syncing: Family<2>,
    offset: Family<2>,
}

/// The primary that the lines of a replica are about: the last one named.
#[derive(Default)]
pub(crate) struct Primary<'a> {
    host: &'a str,
    port: &'a str,
}

impl Replication {
    pub(crate) fn declare(plan: &mut Plan) -> Replication {
        Replication {
            replica_offset: plan.gauge(
                "connected_slave_offset_bytes",
                "Replication offset that the replica has acknowledged, in bytes (slave<n>: offset).",
                REPLICA,
            ),
            replica_lag: plan.gauge(
                "connected_slave_lag_seconds",
                "Seconds since the replica last acknowledged something (slave<n>: lag).",
                REPLICA,
            ),
            link_up: plan.gauge(
                "master_link_up",
                "1 when the link to the primary is up, else 0 (master_link_status).",
                PRIMARY,
            ),
            last_io: plan.gauge(
                "master_last_io_seconds_ago",
                "Seconds since the primary was last heard of, -1 without a link (master_last_io_seconds_ago).",
                PRIMARY,
            ),
            syncing: plan.gauge(
                "master_sync_in_progress",
                "1 while the primary sends its data set (master_sync_in_progress).",
                PRIMARY,
            ),
            offset: plan.gauge(
                "slave_repl_offset",
                "Replication offset of this replica in bytes (slave_repl_offset).",
                PRIMARY,
            ),
        }
    }

    /// Sets the field's metric. False when the field is none of these.
    pub(crate) fn read(&self, field: &Field<'_>, primary: &Primary<'_>, report: &mut Report) -> bool {
        if let Some(name) = of_primary(field.name) {
            let family = match name {
                "link_status" => {
                    let up = f64::from(u8::from(field.value == "up"));
                    report.set(self.link_up, [primary.host, primary.port], up);
                    return true;
                }
                "last_io_seconds_ago" => self.last_io,
                "sync_in_progress" => self.syncing,
                _ => return false,
            };
            report.set(family, [primary.host, primary.port], integer(field.value));
            true
        } else if field.name == "slave_repl_offset" {
            report.set(self.offset, [primary.host, primary.port], integer(field.value));
            true
        } else {
            is_replica(field.name) && self.replica(field.value, report)
        }
    }

    /// `ip=10.0.0.2,port=6379,state=online,offset=3142827,lag=1`, and more parts on some servers.
    fn replica(&self, value: &str, report: &mut Report) -> bool {
        let Some(parts) = info::whole_parts(value) else { return false };
        let part = |wanted: &str| parts.iter().rev().find(|(name, _)| *name == wanted).map(|&(_, value)| value);
        let labels = [part("ip"), part("port"), part("state")].map(Option::unwrap_or_default);
        let Some(offset) = part("offset").and_then(number::float) else { return false };
        let lag = part("lag").map(number::float);
        if lag == Some(None) {
            return false;
        }
        report.set(self.replica_offset, labels, offset);
        if let Some(lag) = lag.flatten().filter(|lag| *lag >= 0.0) {
            report.set(self.replica_lag, labels, lag);
        }
        true
    }
}

impl<'a> Primary<'a> {
    /// Keeps the address, whatever section it stands in.
    pub(crate) fn note(&mut self, field: &Field<'a>) {
        match of_primary(field.name) {
            Some("host") => self.host = field.value,
            Some("port") => self.port = field.value,
            _ => {}
        }
    }
}

/// What stands behind `master_`, or behind `master_<n>_`, with which KeyDB numbers further primaries.
fn of_primary(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("master_")?;
    let unnumbered = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    if unnumbered.len() < rest.len() { unnumbered.strip_prefix('_') } else { Some(rest) }
}

/// `slave0`, `slave1`, ...
fn is_replica(name: &str) -> bool {
    name.strip_prefix("slave").is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()))
}

/// redis_exporter writes 0 for what is no integer, and the nearest integer of 64 bits for one that has more.
fn integer(value: &str) -> f64 {
    let integer = value.parse::<i64>().unwrap_or_else(|error| match error.kind() {
        IntErrorKind::PosOverflow => i64::MAX,
        IntErrorKind::NegOverflow => i64::MIN,
        _ => 0,
    });
    integer as f64
}
