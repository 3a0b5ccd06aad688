//! How scrapes grow with the types of commands.

use super::{habits, row, table, timed};
use crate::variety::{Growth, OTHERS, Step, Variety};

/// Prints the part.
pub(super) fn print(variety: &Variety) {
    habits("More and more types of commands: what is asked of Redis", &variety.subjects);
    scrapes(&variety.steps);
    ratios(&variety.steps);
    growth(&variety.growth);
}

fn scrapes(steps: &[Step]) {
    let mut rows = vec![timed(&["command types", "INFO bytes", "subject", "samples"], None)];
    for step in steps {
        let (types, bytes) = (step.command_types.to_string(), step.info_bytes.to_string());
        for scrape in &step.scrapes {
            let names = [&types, &bytes, scrape.subject, &scrape.samples.to_string()];
            rows.push(timed(&names, Some(&scrape.timing)));
        }
    }
    table("More and more types of commands: one scrape after the other, plain, on one kept HTTP connection", rows);
}

fn ratios(steps: &[Step]) {
    let mut heads = row(["command types"]);
    for of in ["p50", "CPU"] {
        heads.extend(OTHERS.map(|other| format!("{of} / {other}")));
    }
    let mut rows = vec![heads];
    for step in steps {
        let mut cells = vec![step.command_types.to_string()];
        cells.extend(step.ratios.iter().map(|ratio| format!("{:.3}", ratio.p50)));
        cells.extend(step.ratios.iter().map(|ratio| format!("{:.3}", ratio.cpu)));
        rows.push(cells);
    }
    table("Ratios of redwasp: below 1 it is faster", rows);
}

fn growth(growth: &[Growth]) {
    let mut rows =
        vec![row(["µs by command types", "p50 at 0", "each type", "worst", "CPU at 0", "each type", "worst"])];
    for Growth { subject, p50_us, cpu_us } in growth {
        let mut cells = row([subject]);
        for line in [p50_us, cpu_us] {
            cells.extend([format!("{:.1}", line.base), format!("{:.2}", line.slope)]);
            cells.push(format!("{:.0} %", 100.0 * line.worst));
        }
        rows.push(cells);
    }
    table("How a scrape grows: the nearest straight line through the steps (least squares)", rows);
    println!(
        "  worst: the farthest that a step is from the line. A cost that grows faster than the types do is far off,"
    );
    println!("  and its line begins below 0.");
}
