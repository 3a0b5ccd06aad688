//! The slots with the most keys and the most use: CLUSTER SLOT-STATS.

use std::cmp::Reverse;

use redwasp_sdk::number::version;
use redwasp_sdk::{Command, Failure, Family, Kind, Plan, Prefetched, Report, Request, Server};
use serde::{Deserialize, Serialize};

/// Slots that are told of each statistic.
pub(crate) const MOST: usize = 100;

/// Statistic, metric, kind, how many of the server's units are one of the metric's, help.
type Statistic = (&'static str, &'static str, Kind, f64, &'static str);

/// All servers tell the first one. The next three are there where they are switched on (cluster-slot-stats-enabled), and the
/// last one where a server has it.
const STATISTICS: [Statistic; 5] = [
    ("key-count", "cluster_slot_keys", Kind::Gauge, 1.0, "Keys in the slot"),
    ("cpu-usec", "cluster_slot_cpu_seconds_total", Kind::Counter, 1e6, "Seconds of CPU that commands on the slot took"),
    ("network-bytes-in", "cluster_slot_net_input_bytes_total", Kind::Counter, 1.0, "Bytes received for the slot"),
    ("network-bytes-out", "cluster_slot_net_output_bytes_total", Kind::Counter, 1.0, "Bytes sent for the slot"),
    ("memory-bytes", "cluster_slot_memory_bytes", Kind::Gauge, 1.0, "Bytes that the slot takes"),
];

/// A count, and the slot that has it. Of two slots with the same the lower one is the hotter, as servers have it.
type Count = (i64, Reverse<i64>);

/// The metrics of slots.
#[derive(Serialize, Deserialize)]
pub(crate) struct HotSlots {
    reply: Prefetched,
    most: usize,
    /// Of the first ones of [`STATISTICS`].
    families: Vec<Family<1>>,
}

impl HotSlots {
    /// None for a server without these statistics, and for a replica: its primary has the same keys.
    pub(crate) fn declare(most: usize, by_use: bool, server: &Server, plan: &mut Plan) -> Option<HotSlots> {
        let is = |product: &str, least: (u32, u32)| server.product == product && version(&server.version) >= least;
        if most == 0 || server.role != "master" || !is("valkey", (8, 0)) && !is("redis", (8, 2)) {
            return None;
        }
        let command = Command::new("CLUSTER").arg("SLOT-STATS");
        let (command, statistics) = if by_use {
            // To order by what is switched off is an error, and counts that are more than 2^31 apart many servers order
            // wrongly (https://github.com/valkey-io/valkey/issues/4458): all slots of the node are read, and ordered here.
            (command.arg("SLOTSRANGE").arg("0").arg("16383"), &STATISTICS[..])
        } else {
            (command.arg("ORDERBY").arg("KEY-COUNT").arg("LIMIT").arg(most.to_string()).arg("DESC"), &STATISTICS[..1])
        };
        let reply = plan.prefetch(command);
        let families = statistics.iter().map(|(name, metric, kind, _, help)| {
            let help = format!("{help}, for the slots of the node with the most (CLUSTER SLOT-STATS: {name}).");
            plan.family(*kind, metric, &help, ["slot"])
        });
        Some(HotSlots { reply, most, families: families.collect() })
    }

    /// Sets the metrics. A slot that has nothing is not hot.
    ///
    /// # Errors
    /// There is no reply, or an odd one: then nothing is set.
    pub(crate) fn read(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let reply = request.reply(self.reply)?;
        let mut counts: Vec<Vec<Count>> = vec![Vec::new(); self.families.len()];
        for slot in reply.elements()? {
            let [slot, statistics, ..] = slot.elements()? else { continue };
            let slot = slot.integer()?;
            for (name, count) in statistics.entries()? {
                let place = STATISTICS.iter().position(|(known, ..)| name.bytes() == Ok(known.as_bytes()));
                if let Some(counts) = place.and_then(|place| counts.get_mut(place))
                    && let count @ 1.. = count.integer()?
                {
                    counts.push((count, Reverse(slot)));
                }
            }
        }
        for ((counts, (_, _, _, unit, _)), family) in counts.into_iter().zip(STATISTICS).zip(&self.families) {
            for (count, Reverse(slot)) in hottest(counts, self.most) {
                report.set(*family, [&slot.to_string()], count as f64 / unit);
            }
        }
        Ok(())
    }
}

/// Those with the most, by slot.
fn hottest(mut counts: Vec<Count>, most: usize) -> Vec<Count> {
    if counts.len() > most {
        counts.select_nth_unstable_by(most, |a, b| b.cmp(a));
        counts.truncate(most);
    }
    counts.sort_unstable_by_key(|(_, Reverse(slot))| *slot);
    counts
}
