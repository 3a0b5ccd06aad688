//! SENTINEL CONFIG GET: the sentinel's own settings.

use redwasp_sdk::told::Told;
use redwasp_sdk::{Command, Failure, Family, Plan, Prefetched, Reply, Report, Request, Server, number};
use serde::{Deserialize, Serialize};

/// Settings that are told, each in two series. Sentinels have fewer than ten.
const MOST_SETTINGS: usize = 200;
/// Series of all of them.
pub(crate) const MOST_SERIES: usize = MOST_SETTINGS * 2;

/// What the host puts in place of a secret.
const HIDDEN: &[u8] = "…".as_bytes();

#[derive(Serialize, Deserialize)]
pub(crate) struct Settings {
    settings: Prefetched,
    texts: Family<2>,
    numbers: Family<1>,
}

/// SENTINEL CONFIG is there since Redis 6.2, and in every Valkey.
pub(crate) fn are_told_by(server: &Server) -> bool {
    number::version(&server.version) >= (6, 2)
}

impl Settings {
    pub(crate) fn declare(plan: &mut Plan) -> Settings {
        Settings {
            settings: plan.prefetch(Command::new("SENTINEL").arg("CONFIG").arg("GET").arg("*")),
            texts: plan.info(
                "sentinel_config_key_value",
                "A setting of the sentinel, with its value in a label (SENTINEL CONFIG GET).",
                ["key", "value"],
            ),
            numbers: plan.gauge(
                "sentinel_config_value",
                "The value of a setting of the sentinel that is a number (SENTINEL CONFIG GET).",
                ["key"],
            ),
        }
    }

    pub(crate) fn read(&self, request: &Request<'_>, report: &mut Report, told: &mut Told) {
        let outcome = request.reply(self.settings).and_then(|reply| self.set(&reply, report));
        if let Err(failure) = outcome {
            told.missing("CONFIG", "SENTINEL CONFIG GET", &failure, report);
        }
    }

    fn set(&self, reply: &Reply<'_>, report: &mut Report) -> Result<(), Failure> {
        let settings = reply.entries()?.into_iter().filter(|(_, value)| value.bytes() != Ok(HIDDEN));
        for (key, value) in settings.take(MOST_SETTINGS) {
            let (key, value) = (key.text()?, value.text()?);
            report.set(self.texts, [&key, &value], 1.0);
            if let Some(number) = number::float(&value) {
                report.set(self.numbers, [&key], number);
            }
        }
        Ok(())
    }
}
