//! Ways to look at many keys, for people.

use super::{row, table};
use crate::keys::Way;

/// Prints the ways, and each in relation to the first of the same job.
pub(super) fn print(ways: &[Way]) {
    let head = ["", "", "wall ms", "Redis CPU ms", "SCANs", "PING p50 ms", "p99 ms", "longest ms"];
    let number = |value: f64| format!("{value:.1}");
    let cells = |way: &Way| {
        let Way { job, name, wall_ms, server_cpu_ms, scans, pings } = way;
        let mut cells = vec![(*job).to_owned(), (*name).to_owned(), number(*wall_ms), number(*server_cpu_ms)];
        cells.push(scans.to_string());
        cells.extend([pings.p50_ms, pings.p99_ms, pings.longest_ms].map(|ms| format!("{ms:.2}")));
        cells
    };
    let rows = std::iter::once(row(head)).chain(ways.iter().map(cells)).collect();
    table("Many keys, and what another client waits for a PING meanwhile", rows);
    let mut ratios = vec![row(["", "", "wall", "Redis CPU", "PING p99"])];
    for way in ways {
        let Some(first) = ways.iter().find(|other| other.job == way.job).filter(|first| first.name != way.name) else {
            continue;
        };
        let relations = [
            way.wall_ms / first.wall_ms,
            way.server_cpu_ms / first.server_cpu_ms,
            way.pings.p99_ms / first.pings.p99_ms,
        ];
        let mut cells = vec![way.job.to_owned(), format!("{} / {}", way.name, first.name)];
        cells.extend(relations.map(|relation| format!("{relation:.3}")));
        ratios.push(cells);
    }
    table("In relation", ratios);
}
