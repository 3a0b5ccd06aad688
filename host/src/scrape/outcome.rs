//! What came of one scrape.

use std::borrow::Cow;
use std::time::Duration;

use tokio::time::Instant;

use crate::config::target::Target;
use crate::metrics::{Family, Kind, Labels, Page, Part, Value, qualified};
use crate::servers;

/// How much time makes another attempt worthwhile.
const WORTHWHILE: Duration = Duration::from_millis(250);

/// What came of one scrape of one target.
#[derive(Debug)]
pub struct Outcome {
    /// What the collectors measured; empty when the target could not be read. Its labels are those of all that is said
    /// of the target.
    pub page: Page,
    /// Labels that the operator gave the target; the page's are these and what the server says.
    pub given: Labels,
    /// What the server calls its role; "" when it could not be read, or does not say.
    pub role: String,
    /// Why the target could not be read; stable for one cause, without secrets.
    pub error: Option<String>,
    /// When time ran out, if that is why.
    pub ran_out: Option<Instant>,
    /// How long it took.
    pub times: Times,
    /// Bytes of the server's RDB file, if that was looked at.
    pub rdb_size: Option<u64>,
    /// How each collector did.
    pub collectors: Vec<CollectorOutcome>,
    /// How the last walk over its keys went; none when there was none.
    pub walked: Option<Walked>,
}

/// How a walk over a target's keys went.
#[derive(Clone, Copy, Debug)]
pub struct Walked {
    /// Keys that were seen, each counted once.
    pub keys: u64,
    /// Whether these were all.
    pub is_complete: bool,
    /// Whether it came to its end, or to the end of what it may use.
    pub success: bool,
    /// How long it took.
    pub duration: Duration,
    /// When it ended.
    pub ended: Instant,
}

/// How long a scrape and its parts took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    /// Connecting and logging in, also in vain; zero when a connection was waiting.
    pub connect: Duration,
    /// How long the server took to answer a PING, if it was to be measured.
    pub ping: Option<Duration>,
    /// The whole scrape.
    pub whole: Duration,
}

/// How one collector did.
#[derive(Debug)]
pub struct CollectorOutcome {
    /// Its name.
    pub name: String,
    /// Whether its samples are on the page. Nothing to report is a success.
    pub success: bool,
    /// The call, waiting for its place included.
    pub duration: Duration,
    /// How old its samples are, if it runs by itself or walks keys.
    pub age: Option<Duration>,
    /// Whether it could not read everything.
    pub partial: bool,
}

impl CollectorOutcome {
    /// A collector that was not called.
    pub(super) fn off(name: &str) -> CollectorOutcome {
        CollectorOutcome { name: name.to_owned(), success: false, duration: Duration::ZERO, age: None, partial: false }
    }
}

impl Outcome {
    /// The target was read.
    pub(super) fn up(page: Page, collectors: Vec<CollectorOutcome>, times: Times) -> Outcome {
        let (given, role) = (Labels::new(), String::new());
        Outcome { page, given, role, error: None, ran_out: None, times, rdb_size: None, collectors, walked: None }
    }

    /// The same of a target with labels.
    pub(super) fn of(self, target: &Target) -> Outcome {
        Outcome { given: given(target), ..self }
    }

    /// The target could not be read; `labels` are what is known of it.
    pub(super) fn down(error: &servers::Error, deadline: Instant, labels: Labels, times: Times) -> Outcome {
        let page = Page::build(Vec::new()).labelled(labels);
        let ran_out = error.cause.is_lack_of_time().then_some(deadline);
        Outcome {
            page,
            given: Labels::new(),
            role: String::new(),
            error: Some(error.to_string()),
            ran_out,
            times,
            rdb_size: None,
            collectors: Vec::new(),
            walked: None,
        }
    }

    /// The scrape did not end in time.
    pub(super) fn late(target: &Target, deadline: Instant, labels: Labels) -> Outcome {
        let error = servers::Error { target: target.to_string(), cause: servers::Cause::Late };
        Outcome::down(&error, deadline, labels, Times::default())
    }

    /// Whether it ended for lack of time that a later deadline would have had, and not just by a little.
    pub(super) fn ran_out_before(&self, deadline: Instant) -> bool {
        self.ran_out.is_some_and(|ran_out| ran_out + WORTHWHILE < deadline)
    }

    /// What is said of every scrape, under the names that redis_exporter gives them: what is about the server, and what
    /// is about the scrape and its collectors. `labels` go on the first, as a rule those of [`Outcome::page`].
    pub fn about(&self, namespace: &str, labels: Labels) -> [Page; 2] {
        let gauge = |name: &str, help: &str, value: f64| -> Part {
            (Family::gauge(qualified(namespace, name), help), vec![(Vec::new(), Value::Single(value))])
        };
        let error = self.error.clone().unwrap_or_default();
        let failed = f64::from(u8::from(self.error.is_some()));
        let last_error = Family::new(
            Kind::Gauge,
            qualified(namespace, "exporter_last_scrape_error"),
            "1 with the cause in the label if the target could not be read, else 0.",
            &["err"],
        );
        let mut of_server = vec![
            gauge("up", "1 if the target answered, else 0.", 1.0 - failed),
            (last_error, vec![(vec![error], Value::Single(failed))]),
            gauge(
                "exporter_last_scrape_duration_seconds",
                "Time that the whole scrape took.",
                self.times.whole.as_secs_f64(),
            ),
        ];
        let size = "Bytes of the RDB file, as the exporter sees it; 0 if there is none.";
        of_server.extend(self.rdb_size.map(|bytes| gauge("rdb_current_size_bytes", size, bytes as f64)));
        let connect = "Time to connect and log in; 0 when a kept connection was used.";
        let ping = "Time that the server took to answer a PING.";
        let seconds = |name: &str, help: &str, time: Duration| gauge(name, help, time.as_secs_f64());
        let mut of_scrape = vec![seconds("exporter_last_scrape_connect_time_seconds", connect, self.times.connect)];
        of_scrape.extend(self.times.ping.map(|time| seconds("exporter_last_scrape_ping_time_seconds", ping, time)));
        of_scrape.extend(self.of_collectors());
        of_scrape.extend(self.walked.iter().flat_map(of_walk));
        [Page::build(of_server).labelled(labels), Page::build(of_scrape).labelled(self.given.clone())]
    }

    fn of_collectors(&self) -> Vec<Part> {
        let family = |name, help| Family::new(Kind::Gauge, name, help, &["collector"]);
        let values = |value: fn(&CollectorOutcome) -> f64| {
            let sample = |collector: &CollectorOutcome| (vec![collector.name.clone()], Value::Single(value(collector)));
            self.collectors.iter().map(sample).collect()
        };
        let mut parts = vec![
            (
                family("redwasp_collector_duration_seconds", "Time that the collector's last call took."),
                values(|collector| collector.duration.as_secs_f64()),
            ),
            (
                family("redwasp_collector_success", "1 if the collector's last call succeeded, else 0."),
                values(|collector| f64::from(u8::from(collector.success))),
            ),
            (
                family("redwasp_collector_partial", "1 if the collector could not read everything, else 0."),
                values(|collector| f64::from(u8::from(collector.partial))),
            ),
        ];
        let age = |collector: &CollectorOutcome| {
            let age = collector.age?.as_secs_f64();
            Some((vec![collector.name.clone()], Value::Single(age)))
        };
        let ages: Vec<_> = self.collectors.iter().filter_map(age).collect();
        if !ages.is_empty() {
            let help = "Age of what a collector that runs by itself, or walks keys, found last.";
            parts.push((family("redwasp_collector_snapshot_age_seconds", help), ages));
        }
        parts
    }
}

/// The labels that the operator gave a target.
pub(super) fn given(target: &Target) -> Labels {
    target.about.labels.iter().map(|(name, value)| (Cow::Owned(name.clone()), value.clone())).collect()
}

fn of_walk(walked: &Walked) -> [Part; 5] {
    let gauge = |name, help, value| -> Part { (Family::gauge(name, help), vec![(Vec::new(), Value::Single(value))]) };
    let bit = |bit: bool| f64::from(u8::from(bit));
    [
        gauge(
            "redwasp_sweep_age_seconds",
            "Time since the last walk over the keys ended.",
            walked.ended.elapsed().as_secs_f64(),
        ),
        gauge(
            "redwasp_sweep_complete",
            "1 if the last walk saw all keys, 0 if it failed or one of its bounds ended it.",
            bit(walked.is_complete),
        ),
        gauge("redwasp_sweep_duration_seconds", "Time that the last walk took.", walked.duration.as_secs_f64()),
        gauge("redwasp_sweep_keys", "Keys that the last walk saw, each counted once.", walked.keys as f64),
        gauge("redwasp_sweep_success", "1 if the last walk did not fail, else 0.", bit(walked.success)),
    ]
}
