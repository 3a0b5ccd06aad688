//! Metrics of connections to servers.

use prometheus::{
    IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry, register_int_counter_with_registry,
    register_int_gauge_with_registry,
};

use super::collectors::{counters, gauges};

/// Why a connection was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// Nobody used it for long.
    Idle,
    /// Another one needed its place.
    MadeRoom,
    /// The server closed it.
    Peer,
    /// Logging in or an exchange failed, or was cut off in the middle.
    Failed,
    /// The server is no longer what it was when the connection was opened.
    Replaced,
    /// Its target is no longer listed, or other settings are in use.
    Left,
}

/// How the server took a PING on a connection that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pinged {
    /// It answered.
    Answered,
    /// It answered with an error.
    Refused,
    /// It did not answer in time, or closed the connection.
    Failed,
}

impl Closing {
    const ALL: [Closing; 6] =
        [Closing::Idle, Closing::MadeRoom, Closing::Peer, Closing::Failed, Closing::Replaced, Closing::Left];

    fn word(self) -> &'static str {
        match self {
            Closing::Idle => "idle",
            Closing::MadeRoom => "made-room",
            Closing::Peer => "peer",
            Closing::Failed => "failed",
            Closing::Replaced => "replaced",
            Closing::Left => "left",
        }
    }
}

impl Pinged {
    const ALL: [Pinged; 3] = [Pinged::Answered, Pinged::Refused, Pinged::Failed];

    fn word(self) -> &'static str {
        match self {
            Pinged::Answered => "answered",
            Pinged::Refused => "refused",
            Pinged::Failed => "failed",
        }
    }
}

/// The connections that there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connected {
    /// Those that wait for their next use.
    pub idle: usize,
    /// Those that are in use or being opened.
    pub used: usize,
    /// How many there may be.
    pub limit: usize,
    /// Targets that are not tried for a while, because connecting failed again and again.
    pub open_circuits: usize,
}

/// Counters and gauges of connections to servers. Nothing is counted by target: there may be any number of them.
pub struct Connections {
    open: IntGaugeVec,
    limit: IntGauge,
    opened: IntCounter,
    closed: IntCounterVec,
    pings: IntCounterVec,
    failures: IntCounterVec,
    circuits: IntGauge,
    circuits_opened: IntCounter,
    refusals: IntCounter,
}

impl Connections {
    pub(super) fn new(registry: &Registry) -> prometheus::Result<Connections> {
        let counter = |name: &str, help: &str| register_int_counter_with_registry!(name, help, registry);
        let gauge = |name: &str, help: &str| register_int_gauge_with_registry!(name, help, registry);
        let connections = Connections {
            open: gauges(
                registry,
                "redwasp_connections",
                "Connections to Redis servers: idle ones wait for their next use, used ones are in use or being opened.",
                &["state"],
            )?,
            limit: gauge("redwasp_connections_limit", "Connections to Redis servers that there may be.")?,
            opened: counter("redwasp_connections_opened_total", "Connections opened to Redis servers.")?,
            closed: counters(
                registry,
                "redwasp_connections_closed_total",
                "Connections to Redis servers that were closed, by the reason.",
                &["reason"],
            )?,
            pings: counters(
                registry,
                "redwasp_connection_pings_total",
                "PINGs on connections that wait, by how the server took them.",
                &["result"],
            )?,
            failures: counters(
                registry,
                "redwasp_connection_failures_total",
                "Attempts to connect and log in that failed, by the cause.",
                &["cause"],
            )?,
            circuits: gauge(
                "redwasp_circuits_open",
                "Targets that are not tried for a while, because connecting to them failed again and again.",
            )?,
            circuits_opened: counter("redwasp_circuits_opened_total", "How often a target came to be left alone so.")?,
            refusals: counter(
                "redwasp_circuit_refusals_total",
                "Requests for a connection that failed at once with the last cause, because the target is left alone.",
            )?,
        };
        // From the beginning, so that the first of a kind is an increase.
        for closing in Closing::ALL {
            connections.closed.with_label_values(&[closing.word()]);
        }
        for pinged in Pinged::ALL {
            connections.pings.with_label_values(&[pinged.word()]);
        }
        Ok(connections)
    }

    /// A connection was opened; nothing has been said on it yet.
    pub fn opened(&self) {
        self.opened.inc();
    }

    /// A connection was closed.
    pub fn closed(&self, closing: Closing) {
        self.closed.with_label_values(&[closing.word()]).inc();
    }

    /// A connection that waits was sent a PING.
    pub fn pinged(&self, pinged: Pinged) {
        self.pings.with_label_values(&[pinged.word()]).inc();
    }

    /// An attempt to connect and log in failed. `cause` is a word of a closed set.
    pub fn failed(&self, cause: &'static str) {
        self.failures.with_label_values(&[cause]).inc();
    }

    /// A target is left alone from now on.
    pub fn circuit_opened(&self) {
        self.circuits_opened.inc();
    }

    /// A connection was asked for that is not even tried.
    pub fn refused(&self) {
        self.refusals.inc();
    }

    /// Sets the gauges.
    pub(super) fn set(&self, connected: &Connected) {
        self.open.with_label_values(&["idle"]).set(connected.idle as i64);
        self.open.with_label_values(&["used"]).set(connected.used as i64);
        self.limit.set(connected.limit as i64);
        self.circuits.set(connected.open_circuits as i64);
    }
}
