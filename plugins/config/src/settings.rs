//! Settings and the metrics that they become, under redis_exporter's names.

use redwasp_sdk::{Family, Plan, Report, number};
use serde::{Deserialize, Serialize};

/// Limits of output buffers: for each class of clients its name, two limits in bytes, and seconds.
const BUFFERS: &str = "client-output-buffer-limit";

/// Classes of clients that are told. Servers have three.
const MOST_CLASSES: usize = 16;

/// What the host gives in place of a secret. (docs/plugins/commands.md)
const HIDDEN: &str = "…";

/// Setting, metric, help.
const NUMBERS: [(&str, &str, &str); 4] = [
    ("maxmemory", "config_maxmemory", "Bytes that data may take; 0, and there is no limit (maxmemory)."),
    ("maxclients", "config_maxclients", "Clients that may be connected (maxclients)."),
    ("io-threads", "config_io_threads", "Threads that read and write for clients, with the main one (io-threads)."),
    (
        "repl-backlog-size",
        "config_repl_backlog_size",
        "Bytes of the backlog from which replicas catch up (repl-backlog-size).",
    ),
];

/// Settings that are always told.
#[derive(Serialize, Deserialize)]
pub(crate) struct Single {
    /// In the order of [`NUMBERS`].
    numbers: Vec<Family<0>>,
    limit: Family<2>,
    overcome: Family<2>,
}

impl Single {
    /// Their names.
    pub(crate) const SETTINGS: [&'static str; 5] = [NUMBERS[0].0, NUMBERS[1].0, NUMBERS[2].0, NUMBERS[3].0, BUFFERS];

    pub(crate) fn declare(plan: &mut Plan) -> Single {
        Single {
            numbers: NUMBERS.map(|(_, name, help)| plan.gauge(name, help, [])).into(),
            limit: plan.gauge(
                "config_client_output_buffer_limit_bytes",
                "Bytes of output with which clients of the class are disconnected; 0, and there is no limit \
                (client-output-buffer-limit).",
                ["class", "limit"],
            ),
            overcome: plan.gauge(
                "config_client_output_buffer_limit_overcome_seconds",
                "Seconds over the soft limit after which clients of the class are disconnected \
                (client-output-buffer-limit).",
                ["class", "limit"],
            ),
        }
    }

    pub(crate) fn read(&self, name: &str, value: &str, report: &mut Report) {
        if name == BUFFERS {
            self.buffers(value, report);
        } else if let Some(place) = NUMBERS.iter().position(|(setting, ..)| *setting == name) {
            set(self.numbers[place], [], value, report);
        }
    }

    fn buffers(&self, value: &str, report: &mut Report) {
        let words: Vec<&str> = value.split(' ').collect();
        for class in words.chunks_exact(4).take(MOST_CLASSES) {
            set(self.limit, [class[0], "hard"], class[1], report);
            set(self.limit, [class[0], "soft"], class[2], report);
            set(self.overcome, [class[0], "soft"], class[3], report);
        }
    }
}

/// Every setting.
#[derive(Serialize, Deserialize)]
pub(crate) struct All {
    value: Family<2>,
    number: Family<1>,
    redact: bool,
}

impl All {
    pub(crate) fn declare(redact: bool, plan: &mut Plan) -> All {
        All {
            value: plan.gauge(
                "config_key_value",
                "A setting and its value, as CONFIG GET tells it; always 1.",
                ["key", "value"],
            ),
            number: plan.gauge(
                "config_value",
                "The value of a setting that is a number, as CONFIG GET tells it.",
                ["key"],
            ),
            redact,
        }
    }

    pub(crate) fn read(&self, name: &str, value: &str, report: &mut Report) {
        if self.redact && value == HIDDEN {
            return;
        }
        report.set(self.value, [name, value], 1.0);
        set(self.number, [name], value, report);
    }
}

fn set<const N: usize>(family: Family<N>, labels: [&str; N], value: &str, report: &mut Report) {
    if let Some(value) = number::float(value) {
        report.set(family, labels, value);
    }
}
