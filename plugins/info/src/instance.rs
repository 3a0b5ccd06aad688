//! Who the server is, in labels, and when it started.

use redwasp_sdk::{Family, Plan, Report, info, number};
use serde::{Deserialize, Serialize};

/// The family's labels depend on what the server tells.
pub(crate) const INSTANCE: (&str, &str) = ("instance_info", "The server's product, version and role, as labels.");

/// Metrics about the server as a whole.
#[derive(Serialize, Deserialize)]
pub(crate) struct Instance {
    start_time: Family<0>,
    hz: Family<0>,
    configured_hz: Family<0>,
    replica: Family<3>,
}

/// What INFO has told so far. Of a field that stands there twice, the last one counts.
#[derive(Default)]
pub(crate) struct Told<'a> {
    role: &'a str,
    redis_version: &'a str,
    redis_build_id: &'a str,
    redis_mode: &'a str,
    server_mode: &'a str,
    os: &'a str,
    maxmemory_policy: &'a str,
    tcp_port: &'a str,
    run_id: &'a str,
    process_id: &'a str,
    master_replid: &'a str,
    valkey_version: Option<&'a str>,
    valkey_release_stage: Option<&'a str>,
    availability_zone: Option<&'a str>,
    master_host: &'a str,
    master_port: &'a str,
    slave_read_only: &'a str,
}

impl Instance {
    pub(crate) fn declare(plan: &mut Plan) -> Instance {
        plan.late_prefix(INSTANCE.0);
        Instance {
            start_time: plan.gauge(
                "start_time_seconds",
                "When the server started, Unix time; off by up to a second (uptime_in_seconds).",
                [],
            ),
            hz: plan.gauge("hz", "Runs per second of the server's background tasks at present (hz).", []),
            configured_hz: plan.gauge(
                "configured_hz",
                "Runs per second of the server's background tasks, as configured (configured_hz).",
                [],
            ),
            replica: plan.info(
                "slave_info",
                "The primary of a replica, as labels.",
                ["master_host", "master_port", "read_only"],
            ),
        }
    }

    /// Sets what a field of the section Server is good for, besides being told. True when it is good for nothing else.
    pub(crate) fn read(&self, field: &info::Field<'_>, unix_ms: u64, report: &mut Report) -> bool {
        let integer = || field.value.parse::<i64>().ok().map(|value| value as f64);
        let started = || number::float(field.value).map(|uptime| (unix_ms / 1000) as f64 - uptime);
        let (family, value) = match field.name {
            "uptime_in_seconds" => (self.start_time, started()),
            "hz" => (self.hz, integer()),
            "configured_hz" => (self.configured_hz, integer()),
            _ => return false,
        };
        if let Some(value) = value {
            report.set(family, [], value);
        }
        field.name != "uptime_in_seconds"
    }

    pub(crate) fn report(&self, told: &Told<'_>, report: &mut Report) {
        // Valkey in its own name has no redis_mode.
        let mode = if told.redis_mode.is_empty() { told.server_mode } else { told.redis_mode };
        let mut labels = vec![
            ("role", told.role),
            ("redis_version", told.redis_version),
            ("redis_build_id", told.redis_build_id),
            ("redis_mode", mode),
            ("os", told.os),
            ("maxmemory_policy", told.maxmemory_policy),
            ("tcp_port", told.tcp_port),
            ("run_id", told.run_id),
            ("process_id", told.process_id),
            ("master_replid", told.master_replid),
        ];
        let of_valkey = [
            ("valkey_version", told.valkey_version),
            ("valkey_release_stage", told.valkey_release_stage),
            ("availability_zone", told.availability_zone.filter(|zone| !zone.is_empty())),
        ];
        labels.extend(of_valkey.iter().filter_map(|&(name, value)| Some((name, value?))));
        report.facts(INSTANCE.0, INSTANCE.1, &labels);
        if told.role == "slave" {
            report.set(self.replica, [told.master_host, told.master_port, told.slave_read_only], 1.0);
        }
    }
}

impl<'a> Told<'a> {
    pub(crate) fn note(&mut self, field: &info::Field<'a>) {
        let place = match field.name {
            "role" => &mut self.role,
            "redis_version" => &mut self.redis_version,
            "redis_build_id" => &mut self.redis_build_id,
            "redis_mode" => &mut self.redis_mode,
            "server_mode" => &mut self.server_mode,
            "os" => &mut self.os,
            "maxmemory_policy" => &mut self.maxmemory_policy,
            "tcp_port" => &mut self.tcp_port,
            "run_id" => &mut self.run_id,
            "process_id" => &mut self.process_id,
            "master_replid" => &mut self.master_replid,
            "valkey_version" => self.valkey_version.insert(field.value),
            "valkey_release_stage" => self.valkey_release_stage.insert(field.value),
            "availability_zone" => self.availability_zone.insert(field.value),
            "master_host" => &mut self.master_host,
            "master_port" => &mut self.master_port,
            "slave_read_only" => &mut self.slave_read_only,
            _ => return,
        };
        *place = field.value;
    }
}
