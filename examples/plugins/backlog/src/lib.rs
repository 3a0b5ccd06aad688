//! Whether a replica that loses its connection now will have to copy everything again.
//!
//! A primary keeps the last bytes of its replication stream, the backlog. A replica that comes back goes on from there,
//! unless it is further behind than the backlog reaches: then it loads the whole data set.

use redwasp_sdk::info::{self, Info};
use redwasp_sdk::{
    Collector, Command, Description, Failure, Family, Plan, Prefetched, Refusal, Report, Request, Server, number,
};
use serde::{Deserialize, Serialize};

/// No configuration.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {}

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct Backlog {
    info: Prefetched,
    used: Family<0>,
    behind: Family<2>,
    room: Family<2>,
}

impl Collector for Backlog {
    type Config = Config;

    const DESCRIPTION: Description = Description {
        name: "backlog",
        version: env!("CARGO_PKG_VERSION"),
        summary: "How far each replica may still fall behind before it has to copy everything again.",
        config_schema: "",
    };

    fn configure(_config: Config, server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        if server.role != "master" {
            return Err(Refusal::NotApplicable("only a primary has replicas that could fall behind".to_owned()));
        }
        Ok(Backlog {
            // The same command as the built-in collectors ask for: it is sent once for all of them.
            info: plan.prefetch(Command::info()),
            used: plan.gauge("backlog_used_ratio", "Part of the replication backlog that is filled, 0 to 1.", []),
            behind: plan.gauge(
                "backlog_replica_behind_bytes",
                "Bytes of the replication stream that the replica has not acknowledged.",
                ["replica_ip", "replica_port"],
            ),
            room: plan.gauge(
                "backlog_replica_room_bytes",
                "Bytes that the replica may still fall behind before it has to copy everything again.",
                ["replica_ip", "replica_port"],
            ),
        })
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let info = Info::new(&request.reply(self.info)?)?;
        let field = |name: &str| info.get(name).and_then(number::float);
        let (Some(size), Some(filled)) = (field("repl_backlog_size"), field("repl_backlog_histlen")) else {
            return Err(Failure::NotApplicable("this server tells nothing of a backlog".to_owned()));
        };
        report.set(self.used, [], if size > 0.0 { filled / size } else { 0.0 });
        let Some(written) = field("master_repl_offset") else { return Ok(()) };
        for (ip, port, offset) in info.fields().filter_map(|line| replica(line.name, line.value)) {
            let behind = (written - offset).max(0.0);
            report.set(self.behind, [ip, port], behind);
            report.set(self.room, [ip, port], (size - behind).max(0.0));
        }
        Ok(())
    }
}

/// Address and offset of `slave0:ip=10.0.0.2,port=6379,state=online,offset=1400,lag=0`.
fn replica<'a>(name: &str, value: &'a str) -> Option<(&'a str, &'a str, f64)> {
    let number = name.strip_prefix("slave")?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |wanted: &str| info::parts(value).find(|(name, _)| *name == wanted).map(|(_, value)| value);
    Some((part("ip")?, part("port")?, number::float(part("offset")?)?))
}

redwasp_sdk::export!(Backlog);
