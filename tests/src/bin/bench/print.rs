//! The results for people.

mod estate;
mod keys;
mod variety;

use crate::crowd::CLIENTS;
use crate::facts::Facts;
use crate::neighbours::{CALLS, Neighbours};
use crate::peers::Peers;
use crate::results::Results;
use crate::sandbox::Price;
use crate::start::Starts;
use crate::stats::Timing;
use crate::subjects::Habits;

/// Columns of everything that was timed.
const TIMES: [&str; 5] = ["p50 µs", "p99 µs", "p50 by block", "CPU µs", "n"];

/// Prints everything.
pub(crate) fn print(results: &Results) {
    if results.smoke {
        println!("A smoke run: the parts work. The numbers are of too few rounds to say anything.\n");
    }
    facts(&results.facts);
    if let Some(peers) = &results.peers {
        scrapes(peers);
        crowds(peers);
        memory(peers);
    }
    if let Some(variety) = &results.variety {
        variety::print(variety);
    }
    if let Some(tours) = &results.estate {
        estate::print(tours);
    }
    if let Some(starts) = &results.start {
        start(starts);
    }
    if let Some(price) = &results.sandbox {
        sandbox(price);
    }
    if let Some(fared) = &results.neighbours {
        neighbours(fared);
    }
    if let Some(ways) = &results.keys {
        keys::print(ways);
    }
    ratios(results);
}

fn facts(facts: &Facts) {
    println!("redwasp bench");
    println!(
        "  Redis {}, {} CPUs, {} types of commands in its statistics, INFO ALL is {} bytes",
        facts.redis_version, facts.cpus, facts.command_types, facts.info_bytes
    );
    if facts.debug_assertions {
        println!(
            "  redwasp is built with the profile for development: optimised, but with assertions and overflow checks"
        );
    }
    for habits in &facts.subjects {
        let Habits { subject, version, samples, plain_bytes, gzip_bytes, .. } = habits;
        println!("  {subject} {version}: {samples} samples, {plain_bytes} bytes, {gzip_bytes} bytes with gzip");
    }
    println!("  floor: one round trip on a kept connection and the parsers of redwasp, without HTTP and page");
    habits("What is asked of Redis", &facts.subjects);
    println!("  Work that redis_exporter cannot be told to leave out: a new connection for each scrape, the slow log.");
}

fn habits(title: &str, subjects: &[Habits]) {
    let mut rows = vec![row(["each scrape of", "TCP connections", "commands"])];
    for Habits { subject, connections, commands, .. } in subjects {
        let times =
            |(name, count): (&String, &f64)| if *count == 1.0 { name.clone() } else { format!("{count}×{name}") };
        let commands: Vec<String> = commands.iter().map(times).collect();
        rows.push(row([subject, &format!("{connections:.1}"), &commands.join(", ")]));
    }
    table(title, rows);
}

fn scrapes(peers: &Peers) {
    let mut rows = vec![timed(&["subject", "coding", "samples"], None)];
    for scrape in &peers.scrapes {
        rows.push(timed(&[scrape.subject, scrape.coding, &scrape.samples.to_string()], Some(&scrape.timing)));
    }
    table("One scrape after the other, on one kept HTTP connection", rows);
    println!("  reset: after CONFIG RESETSTAT, which leaves almost no statistics of commands to export.");
}

fn crowds(peers: &Peers) {
    let heads = ["subject", "targets", "requests/s", "CPU µs", "INFO per request", "TCP connections per request"];
    let mut rows = vec![row(heads)];
    for crowd in &peers.crowds {
        let numbers = [
            format!("{}", crowd.targets),
            format!("{:.0}", crowd.requests_per_second),
            format!("{:.1}", crowd.cpu_us),
            format!("{:.2}", crowd.info_per_request),
            format!("{:.2}", crowd.connections),
        ];
        let [targets, rate, cpu, infos, connections] = numbers.each_ref().map(String::as_str);
        rows.push(row([crowd.subject, targets, rate, cpu, infos, connections]));
    }
    table(&format!("{CLIENTS} connections at once, plain; they share the CPUs with server and subject"), rows);
    println!("  Requests for the same target at the same time share one scrape in redwasp; with a target for each");
    println!("  connection (/scrape?target=) there is nothing to share.");
}

fn memory(peers: &Peers) {
    let mut rows = vec![row(["subject", "resident MiB", "peak MiB"])];
    for (subject, memory) in &peers.memory {
        let [resident, peak] =
            [memory.resident_bytes, memory.peak_bytes].map(|bytes| format!("{:.1}", bytes as f64 / (1 << 20) as f64));
        rows.push(row([subject, &resident, &peak]));
    }
    table("Memory after all that", rows);
}

fn start(starts: &[Starts]) {
    let mut rows = vec![row(["subject", "p50 ms", "slowest ms", "resident MiB", "n"])];
    for Starts { subject, count, p50_us, slowest_us, resident_bytes } in starts {
        let [p50, slowest] = [p50_us, slowest_us].map(|taken| format!("{:.0}", taken / 1000.0));
        let resident = format!("{:.1}", *resident_bytes as f64 / (1 << 20) as f64);
        rows.push(row([subject, &p50, &slowest, &resident, &count.to_string()]));
    }
    table("From the start of the program to the end of its first scrape, to within 10 ms", rows);
}

fn sandbox(price: &Price) {
    let mut rows = vec![timed(&["collectors", "kind"], None)];
    for scraped in &price.scrapes {
        rows.push(timed(&[&scraped.set.to_string(), scraped.kind], Some(&scraped.timing)));
    }
    table("The sandbox: one scrape after the other, plain", rows);
    let direct = &price.direct;
    let mut rows = vec![timed(&["one call of info", ""], None)];
    rows.push(timed(&["wasm", ""], Some(&direct.wasm)));
    rows.push(row(["  of it from place to result", "", &format!("{:.1}", direct.guest_p50_us)]));
    rows.push(row(["  of that CPU", "", &format!("{:.1}", direct.guest_cpu_p50_us)]));
    rows.push(timed(&["native", ""], Some(&direct.native)));
    table("The sandbox: one call without HTTP and Redis", rows);
}

fn neighbours(fared: &[Neighbours]) {
    for (title, timing) in [("to the report of each", 0), ("to the last report", 1)] {
        let mut rows = vec![timed(&[title], None)];
        for Neighbours { spinner, each, all } in fared {
            rows.push(timed(&[spinner.words()], Some([each, all][timing])));
        }
        table(&format!("{CALLS} calls of info begun at once, {title}"), rows);
    }
}

fn ratios(results: &Results) {
    if results.ratios.is_empty() {
        return;
    }
    let mut rows = vec![row(["ratio", "p50", "p99", "CPU"])];
    for ratio in &results.ratios {
        let [p50, p99, cpu] = [ratio.p50, ratio.p99, ratio.cpu].map(|ratio| format!("{ratio:.2}"));
        rows.push(row([&ratio.what, &p50, &p99, &cpu]));
    }
    table("Ratios of times: below 1 the first is faster", rows);
    let Some(peers) = &results.peers else { return };
    let rows = [1, CLIENTS].map(|targets| {
        let plural = if targets == 1 { "" } else { "s" };
        let what = format!("redwasp / redis_exporter, {CLIENTS} connections, {targets} target{plural}");
        row([&what, &format!("{:.2}", peers.throughput(targets))])
    });
    table("Ratios of requests per second: above 1 the first is faster", rows.to_vec());
}

fn timed(names: &[&str], timing: Option<&Timing>) -> Vec<String> {
    let mut cells: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    match timing {
        Some(timing) => {
            let [fastest, slowest] = timing.block_p50_us;
            let by_block = format!("{fastest:.0}–{slowest:.0}");
            let [p50, p99, cpu] = [timing.p50_us, timing.p99_us, timing.cpu_us].map(|value| format!("{value:.1}"));
            cells.extend([p50, p99, by_block, cpu, timing.count.to_string()]);
        }
        None => cells.extend(row(TIMES)),
    }
    cells
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// Aligned: words to the left, numbers to the right.
fn table(title: &str, rows: Vec<Vec<String>>) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let is_number = |column: usize| {
        let mut cells = rows.iter().skip(1).filter_map(|row| row.get(column)).filter(|cell| !cell.is_empty());
        cells.all(|cell| cell.starts_with(|first: char| first.is_ascii_digit() || first == '-'))
    };
    let layout: Vec<(usize, bool)> =
        (0..columns).map(|column| (width(column).unwrap_or(0), column > 0 && is_number(column))).collect();
    println!("\n{title}");
    for row in &rows {
        let mut line = String::new();
        for (cell, &(width, right)) in row.iter().zip(&layout) {
            let padded = if right { format!("  {cell:>width$}") } else { format!("  {cell:<width$}") };
            line.push_str(&padded);
        }
        println!("{}", line.trim_end());
    }
}
