//! The section Sentinel of INFO.

use redwasp_sdk::info::{self, Info};
use redwasp_sdk::told::Told;
use redwasp_sdk::{Command, Failure, Family, Plan, Prefetched, Report, Request, number};
use serde::{Deserialize, Serialize};

use crate::MOST_MASTERS;

/// Field and metric, help.
const FIELDS: [(&str, &str); 5] = [
    ("sentinel_masters", "Masters that the sentinel watches (sentinel_masters)."),
    ("sentinel_tilt", "Whether the sentinel distrusts its clock and does nothing but look: 1 is yes (sentinel_tilt)."),
    ("sentinel_running_scripts", "Scripts of the sentinel that run now (sentinel_running_scripts)."),
    ("sentinel_scripts_queue_length", "Scripts of the sentinel that wait or run (sentinel_scripts_queue_length)."),
    (
        "sentinel_simulate_failure_flags",
        "Failures that the sentinel was told to simulate, one bit each (sentinel_simulate_failure_flags).",
    ),
];

/// Series of one section: three of each master.
pub(crate) const MOST_SERIES: usize = FIELDS.len() + MOST_MASTERS * 3;

#[derive(Serialize, Deserialize)]
pub(crate) struct Section {
    info: Prefetched,
    /// In the order of [`FIELDS`].
    fields: Vec<Family<0>>,
    status: Family<3>,
    slaves: Family<2>,
    sentinels: Family<2>,
}

/// A line like `master0:name=orders,status=ok,address=10.0.0.1:6379,slaves=2,sentinels=3`.
struct Line<'a> {
    name: &'a str,
    status: &'a str,
    address: &'a str,
    slaves: f64,
    sentinels: f64,
}

impl Section {
    pub(crate) fn declare(plan: &mut Plan) -> Section {
        Section {
            info: plan.prefetch(Command::info()),
            fields: FIELDS.map(|(name, help)| plan.gauge(name, help, [])).into(),
            status: plan.gauge(
                "sentinel_master_status",
                "1 when the master is ok, 0 in every other state, which is a label (master<n>: status).",
                ["master_name", "master_address", "master_status"],
            ),
            slaves: plan.gauge(
                "sentinel_master_slaves",
                "Replicas of the master, in whatever state (master<n>: slaves).",
                ["master_name", "master_address"],
            ),
            sentinels: plan.gauge(
                "sentinel_master_sentinels",
                "Sentinels of the master, this one included, in whatever state (master<n>: sentinels).",
                ["master_name", "master_address"],
            ),
        }
    }

    /// # Errors
    /// There is no INFO.
    pub(crate) fn read(&self, request: &Request<'_>, report: &mut Report, told: &mut Told) -> Result<(), Failure> {
        let info = Info::new(&request.reply(self.info)?)?;
        let mut masters = 0;
        for field in info.section("Sentinel") {
            if let Some(place) = FIELDS.iter().position(|(name, _)| *name == field.name) {
                report.set(self.fields[place], [], field.value.parse::<i64>().map_or(0.0, |value| value as f64));
            } else if let Some(line) = Line::read(&field) {
                masters += 1;
                if masters <= MOST_MASTERS {
                    self.master(&line, report);
                }
            }
        }
        if masters > MOST_MASTERS {
            told.tell("lines", &format!("INFO tells of {masters} masters: the first {MOST_MASTERS} are told"), report);
        }
        Ok(())
    }

    fn master(&self, line: &Line<'_>, report: &mut Report) {
        let is_ok = line.status == "ok";
        report.set(self.status, [line.name, line.address, line.status], f64::from(u8::from(is_ok)));
        report.set(self.slaves, [line.name, line.address], line.slaves);
        report.set(self.sentinels, [line.name, line.address], line.sentinels);
    }
}

impl<'a> Line<'a> {
    fn read(field: &info::Field<'a>) -> Option<Line<'a>> {
        let number_of_master = field.name.strip_prefix("master")?;
        if !number_of_master.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        // A part with another `=` in it says nothing, and the last of two counts.
        let part = |wanted: &str| {
            let parts = info::parts(field.value).filter(|(name, value)| *name == wanted && !value.contains('='));
            parts.last().map(|(_, value)| value)
        };
        Some(Line {
            name: part("name").unwrap_or_default(),
            status: part("status").unwrap_or_default(),
            address: part("address").unwrap_or_default(),
            slaves: number::float(part("slaves")?)?,
            sentinels: number::float(part("sentinels")?)?,
        })
    }
}
