//! Metrics of all clients together: few, however many clients there are.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use redwasp_sdk::{Family, Histogram, Plan, Report, label};
use serde::{Deserialize, Serialize};

use crate::client::{Client, Numbers};

/// Names, users and libraries that are told apart: those with the most clients. The rest are [`OTHER`].
const MOST_GROUPS: usize = 100;
/// A group of this name is told with the rest.
const OTHER: &str = "other";
/// Bytes of a name that are told.
const LONGEST_NAME: usize = 128;

/// Upper bounds in seconds: moments, minutes, hours, a day.
const IDLE: [i64; 9] = [1, 10, 60, 300, 900, 3600, 21_600, 86_400, 604_800];

/// Metric, number, help.
type Sum = (&'static str, fn(&Numbers) -> Option<i64>, &'static str);

const SUMS: [Sum; 3] = [
    (
        "connected_clients_output_buffer_bytes",
        |numbers| numbers.omem,
        "Bytes of output that waits for all clients together (CLIENT LIST: omem).",
    ),
    (
        "connected_clients_query_buffer_bytes",
        |numbers| numbers.qbuf,
        "Bytes of queries of all clients together that wait to be read (CLIENT LIST: qbuf).",
    ),
    (
        "connected_clients_memory_bytes",
        |numbers| numbers.tot_mem,
        "Bytes that all clients together take, with their buffers (CLIENT LIST: tot-mem).",
    ),
];

/// The families of all clients.
#[derive(Serialize, Deserialize)]
pub(crate) struct Aggregates {
    by_name: Family<1>,
    by_user: Family<1>,
    by_library: Family<2>,
    idle: Histogram<0>,
    sums: Vec<Family<0>>,
    largest_output: Family<0>,
}

impl Aggregates {
    pub(crate) fn declare(plan: &mut Plan) -> Aggregates {
        Aggregates {
            by_name: plan.gauge(
                "connected_clients_by_name",
                "Clients by the name that they gave themselves.",
                ["name"],
            ),
            by_user: plan.gauge("connected_clients_by_user", "Clients by the user who logged in.", ["user"]),
            by_library: plan.gauge(
                "connected_clients_by_library",
                "Clients by the library that they use.",
                ["lib_name", "lib_ver"],
            ),
            idle: plan.histogram(
                "connected_clients_idle_seconds",
                "Clients by the seconds since their last command, now (CLIENT LIST: idle).",
                [],
            ),
            sums: SUMS.map(|(name, _, help)| plan.gauge(name, help, [])).into(),
            largest_output: plan.gauge(
                "connected_clients_largest_output_buffer_bytes",
                "Bytes of output that waits for the client with the most (CLIENT LIST: omem).",
                [],
            ),
        }
    }

    /// Sets the metrics. What a server tells of no client is left out.
    pub(crate) fn report(&self, tally: Tally<'_>, report: &mut Report) {
        groups(self.by_name, tally.names, |name| [*name], report);
        groups(self.by_user, tally.users, |user| [*user], report);
        groups(self.by_library, tally.libraries, |library| *library, report);
        let mut cumulative = 0;
        let buckets = IDLE.iter().zip(tally.idle).map(|(bound, within)| {
            cumulative += within;
            (*bound as f64, cumulative)
        });
        report.histogram(self.idle, [], buckets.collect(), tally.idle_sum, tally.idle_count);
        for (sum, family) in tally.sums.into_iter().zip(&self.sums) {
            sum.into_iter().for_each(|sum| report.set(*family, [], sum));
        }
        tally.largest_output.into_iter().for_each(|largest| report.set(self.largest_output, [], largest as f64));
    }
}

/// How many clients there are of each group.
type Counts<G> = HashMap<G, u64, BuildHasherDefault<Hash64>>;

/// What was counted so far. Clients are counted one by one as they are read: there is no time to go over them again.
#[derive(Default)]
pub(crate) struct Tally<'a> {
    names: Counts<&'a [u8]>,
    users: Counts<&'a [u8]>,
    libraries: Counts<[&'a [u8]; 2]>,
    /// In the order of [`IDLE`]: those that are in no bucket before.
    idle: [u64; IDLE.len()],
    idle_sum: f64,
    idle_count: u64,
    /// In the order of [`SUMS`].
    sums: [Option<f64>; SUMS.len()],
    largest_output: Option<i64>,
}

impl<'a> Tally<'a> {
    /// Counts a client.
    pub(crate) fn add(&mut self, client: &Client<'a>) {
        *self.names.entry(client.name).or_default() += 1;
        client.user.into_iter().for_each(|user| *self.users.entry(user).or_default() += 1);
        client.library.into_iter().for_each(|library| *self.libraries.entry(library).or_default() += 1);
        if let Some(seconds) = client.idle {
            self.idle_sum += seconds as f64;
            self.idle_count += 1;
            if let Some(bucket) = IDLE.iter().position(|bound| seconds <= *bound) {
                self.idle[bucket] += 1;
            }
        }
        for (sum, (_, number, _)) in self.sums.iter_mut().zip(&SUMS) {
            if let Some(number) = number(&client.numbers) {
                *sum = Some(sum.unwrap_or_default() + number as f64);
            }
        }
        self.largest_output = self.largest_output.max(client.numbers.omem);
    }
}

/// Sets the metrics of the groups with the most clients, and of all the others together.
fn groups<G: Ord, const N: usize>(
    family: Family<N>,
    counts: Counts<G>,
    names: impl Fn(&G) -> [&[u8]; N],
    report: &mut Report,
) {
    for (name, count) in largest(counts, names) {
        report.set(family, name.each_ref().map(String::as_str), count as f64);
    }
}

/// The groups with the most clients, and the others as one.
fn largest<G: Ord, const N: usize>(counts: Counts<G>, names: impl Fn(&G) -> [&[u8]; N]) -> BTreeMap<[String; N], u64> {
    let mut counts: Vec<(Reverse<u64>, G)> = counts.into_iter().map(|(group, count)| (Reverse(count), group)).collect();
    let mut told = BTreeMap::new();
    if counts.len() > MOST_GROUPS {
        counts.select_nth_unstable(MOST_GROUPS);
        let others: u64 = counts.drain(MOST_GROUPS..).map(|(Reverse(count), _)| count).sum();
        told.insert([(); N].map(|()| OTHER.to_owned()), others);
    }
    for (Reverse(count), group) in counts {
        // Names that differ only where they are cut are one.
        *told.entry(names(&group).map(name)).or_default() += count;
    }
    told
}

/// FNV-1a. The usual hash takes more time than reading the list, and in a sandbox it has no random keys to be worth it.
struct Hash64(u64);

impl Default for Hash64 {
    fn default() -> Hash64 {
        Hash64(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Hash64 {
    fn write(&mut self, bytes: &[u8]) {
        // What is longer is cut anyway.
        for &byte in &bytes[..bytes.len().min(LONGEST_NAME)] {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    // Of slices: how long they are.
    fn write_usize(&mut self, length: usize) {
        self.0 = (self.0 ^ length as u64).wrapping_mul(0x0100_0000_01b3);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A name as a label.
fn name(bytes: &[u8]) -> String {
    let mut name = label::text(bytes).into_owned();
    name.truncate(name.floor_char_boundary(LONGEST_NAME));
    name
}
