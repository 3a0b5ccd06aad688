//! Many servers behind one exporter, for people.

use super::{row, table, timed};
use crate::crowd::CLIENTS;
use crate::estate::Tour;

/// Prints what each exporter does, and redwasp in relation to the other.
pub(super) fn print(tours: &[Tour]) {
    let names = |tour: &Tour| [tour.subject.to_owned(), tour.targets.to_string()];
    let mut rows = vec![timed(&["subject", "targets"], None)];
    for tour in tours {
        let [subject, targets] = names(tour);
        rows.push(timed(&[&subject, &targets], Some(&tour.timing)));
    }
    table("A fleet: /scrape of each target, one after the other", rows);
    let heads = [
        "subject",
        "targets",
        "requests/s",
        "CPU µs",
        "opened",
        "files",
        "resident MiB",
        "peak MiB",
        "CPU %",
        "Redis CPU %",
    ];
    let mut rows = vec![row(heads)];
    for tour in tours {
        let mebibytes = |bytes: u64| format!("{:.1}", bytes as f64 / (1 << 20) as f64);
        let mut cells = names(tour).to_vec();
        cells.extend([format!("{:.0}", tour.requests_per_second), format!("{:.1}", tour.cpu_us)]);
        cells.extend([format!("{:.2}", tour.opened), tour.files.to_string()]);
        cells.extend([mebibytes(tour.memory.resident_bytes), mebibytes(tour.memory.peak_bytes)]);
        cells.extend([format!("{:.1}", tour.cpu_percent), format!("{:.1}", tour.server_cpu_percent)]);
        rows.push(cells);
    }
    table(&format!("The same: {CLIENTS} connections at once, and all targets once in an interval"), rows);
    println!(
        "  requests/s and CPU µs: of {CLIENTS} connections at once, which share the CPUs with servers and subject."
    );
    println!("  opened: connections to Redis for one scrape when each target is scraped once in an interval of");
    if let Some(tour) = tours.first() {
        println!(
            "  {} s; files: what is open after it, kept connections among them; CPU %: of one core, during it.",
            tour.interval_seconds
        );
    }
    let mut rows =
        vec![row(["redwasp / redis_exporter", "p50", "p99", "CPU", "requests/s", "CPU %", "Redis CPU %", "resident"])];
    for ours in tours.iter().filter(|tour| tour.subject == "redwasp") {
        let other = |tour: &&Tour| tour.targets == ours.targets && tour.subject != ours.subject;
        let Some(theirs) = tours.iter().find(other) else { continue };
        let mut cells = vec![format!("{} targets", ours.targets)];
        let resident = |tour: &Tour| tour.memory.resident_bytes as f64;
        let relations = [
            ours.timing.p50_us / theirs.timing.p50_us,
            ours.timing.p99_us / theirs.timing.p99_us,
            ours.timing.cpu_us / theirs.timing.cpu_us,
            ours.requests_per_second / theirs.requests_per_second,
            ours.cpu_percent / theirs.cpu_percent,
            ours.server_cpu_percent / theirs.server_cpu_percent,
            resident(ours) / resident(theirs),
        ];
        cells.extend(relations.map(|relation| format!("{relation:.2}")));
        rows.push(cells);
    }
    table("In relation", rows);
}
