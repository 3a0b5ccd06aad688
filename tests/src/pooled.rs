//! Pools of connections as a library, without a daemon: for times and bounds that no flag sets.

use std::sync::Arc;
use std::time::Duration;

use redwasp::config::target::Target;
use redwasp::metrics::Value;
use redwasp::own::Own;
use redwasp::servers::{Command, Error, Pools, Settings};
use tokio::time::{Instant, sleep};

use crate::wait::PATIENCE;

/// Bytes of a reply that is meant to be short.
const SHORT: u64 = 1 << 20;

const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// Pools, and what is counted of them.
pub struct Pooled {
    /// The pools.
    pub pools: Pools,
    own: Arc<Own>,
}

impl Pooled {
    /// Pools without connections, for targets that nobody lists.
    ///
    /// # Panics
    /// When there are no metrics to count with.
    pub fn new(settings: Settings) -> Pooled {
        let own = Arc::new(Own::new("redis", false, false).expect("metrics"));
        Pooled { pools: Pools::new(settings, own.clone()), own }
    }

    /// Sends a command on a connection of its own: the reply as it came.
    ///
    /// # Errors
    /// Why there is none.
    ///
    /// # Panics
    /// When the reply is an error.
    pub async fn ask<const N: usize>(&self, target: &Target, words: [&str; N]) -> Result<String, Error> {
        self.ask_until(target, words, soon()).await
    }

    /// As [`Pooled::ask`], with less patience.
    ///
    /// # Errors
    /// As [`Pooled::ask`].
    ///
    /// # Panics
    /// As [`Pooled::ask`].
    pub async fn ask_until<const N: usize>(
        &self,
        target: &Target,
        words: [&str; N],
        deadline: Instant,
    ) -> Result<String, Error> {
        let exchange = self.pools.ask(target, &[Command::new(words)], SHORT, deadline).await?;
        let answer = exchange.replies.into_iter().next().expect("a reply").expect("no error");
        Ok(String::from_utf8_lossy(&answer.bytes).into_owned())
    }

    /// The value of a counter with this label value; the only one if there are none.
    ///
    /// # Panics
    /// When there is no such family.
    pub fn counted(&self, name: &str, label: &str) -> f64 {
        let page = self.own.page();
        let family = page.families.iter().position(|family| family.name == name);
        let family = family.unwrap_or_else(|| panic!("no {name}")) as u32;
        let mut samples = page.samples.iter().filter(|sample| sample.family == family);
        match samples.find(|sample| sample.label_values.first().is_none_or(|value| value == label)) {
            Some(sample) => match sample.value {
                Value::Single(value) => value,
                _ => panic!("{name} is no counter"),
            },
            None => 0.0,
        }
    }

    /// Connections that were closed for this reason.
    pub fn closed(&self, reason: &str) -> f64 {
        self.counted("redwasp_connections_closed_total", reason)
    }

    /// PINGs on connections that wait, which the server took so.
    pub fn pings(&self, result: &str) -> f64 {
        self.counted("redwasp_connection_pings_total", result)
    }

    /// Requests for a connection that were not even tried.
    pub fn refusals(&self) -> f64 {
        self.counted("redwasp_circuit_refusals_total", "")
    }
}

/// A database of the server on 127.0.0.1:`port`.
///
/// # Panics
/// Never: such an address is one.
pub fn target(port: u16, database: u32) -> Target {
    Target::parse(&format!("redis://127.0.0.1:{port}/{database}")).expect("an address")
}

/// A deadline that is not the point.
pub fn soon() -> Instant {
    Instant::now() + PATIENCE
}

/// As [`crate::wait::until`], while the rest of the runtime goes on.
///
/// # Panics
/// As there.
pub async fn until(what: &str, mut look: impl FnMut() -> bool) {
    let deadline = soon();
    while !look() {
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} in vain for {what}");
        sleep(BETWEEN_LOOKS).await;
    }
}
