//! COMMANDLOG of Valkey: slow commands, and those with large requests or replies.

use redwasp_sdk::{Family, Plan, Reply};
use serde::{Deserialize, Serialize};

use crate::look::{Asked, Look};

/// Type of a log, metric, help.
const LENGTHS: [(&str, &str, &str); 3] = [
    ("slow", "commandlog_slow_length", "Entries in the log of slow commands (COMMANDLOG LEN slow)."),
    (
        "large-request",
        "commandlog_large_request_length",
        "Entries in the log of large requests (COMMANDLOG LEN large-request).",
    ),
    (
        "large-reply",
        "commandlog_large_reply_length",
        "Entries in the log of large replies (COMMANDLOG LEN large-reply).",
    ),
];

/// Setting, metric, help.
const SETTINGS: [(&str, &str, &str); 6] = [
    (
        "commandlog-execution-slower-than",
        "commandlog_execution_slower_than",
        "Microseconds from which on a command is slow; negative, and none is (commandlog-execution-slower-than).",
    ),
    (
        "commandlog-slow-execution-max-len",
        "commandlog_slow_execution_max_len",
        "Entries of slow commands that are kept at most (commandlog-slow-execution-max-len).",
    ),
    (
        "commandlog-request-larger-than",
        "commandlog_request_larger_than",
        "Bytes from which on a request is large; negative, and none is (commandlog-request-larger-than).",
    ),
    (
        "commandlog-large-request-max-len",
        "commandlog_large_request_max_len",
        "Entries of large requests that are kept at most (commandlog-large-request-max-len).",
    ),
    (
        "commandlog-reply-larger-than",
        "commandlog_reply_larger_than",
        "Bytes from which on a reply is large; negative, and none is (commandlog-reply-larger-than).",
    ),
    (
        "commandlog-large-reply-max-len",
        "commandlog_large_reply_max_len",
        "Entries of large replies that are kept at most (commandlog-large-reply-max-len).",
    ),
];

/// How many entries the logs have, and their settings.
#[derive(Serialize, Deserialize)]
pub(crate) struct CommandLog {
    lengths: Vec<(Asked, Family<0>)>,
    settings: Asked,
    /// In the order of [`SETTINGS`].
    families: Vec<Family<0>>,
}

impl CommandLog {
    pub(crate) fn declare(plan: &mut Plan) -> CommandLog {
        let length = |(log, name, help): (&str, &str, &str)| {
            (Asked::new(&format!("COMMANDLOG LEN {log}"), plan), plan.gauge(name, help, []))
        };
        let lengths = LENGTHS.map(length).into();
        let settings = Asked::new("CONFIG GET commandlog-*", plan);
        CommandLog { lengths, settings, families: SETTINGS.map(|(_, name, help)| plan.gauge(name, help, [])).into() }
    }

    pub(crate) fn read(&self, look: &mut Look<'_, '_>) {
        for (asked, family) in &self.lengths {
            look.read(asked, |reply, report| {
                report.set(*family, [], reply.number()?);
                Ok(())
            });
        }
        look.read(&self.settings, |reply, report| {
            for ((name, ..), family) in SETTINGS.iter().zip(&self.families) {
                if let Some(value) = reply.get(name).map(Reply::integer).transpose()? {
                    report.set(*family, [], value as f64);
                }
            }
            Ok(())
        });
    }
}
