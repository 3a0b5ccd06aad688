//! What a kind of server can be asked.

use redwasp_sdk::number::version;
use redwasp_sdk::{Refusal, Server};

/// What a server knows, so that nothing else is asked of it: an error reply would count in its statistics.
pub(crate) struct Kind {
    /// LATENCY HISTOGRAM, since Redis 7.0.
    pub(crate) has_histograms: bool,
    /// COMMANDLOG, since Valkey 8.1.
    pub(crate) has_command_log: bool,
    /// Whether entries of the slow log are numbered one by one. Dragonfly numbers them for each of its threads.
    pub(crate) has_consecutive_ids: bool,
}

impl Kind {
    /// # Errors
    /// The server has no statistics of commands at all.
    pub(crate) fn of(server: &Server) -> Result<Kind, Refusal> {
        if server.mode == "sentinel" {
            return Err(Refusal::NotApplicable("a sentinel has neither LATENCY nor SLOWLOG".to_owned()));
        }
        if server.product == "tile38" {
            return Err(Refusal::NotApplicable("Tile38 has neither LATENCY nor SLOWLOG".to_owned()));
        }
        let is = |product: &str, least: (u32, u32)| server.product == product && version(&server.version) >= least;
        Ok(Kind {
            has_histograms: is("redis", (7, 0)) || is("valkey", (7, 0)),
            has_command_log: is("valkey", (8, 1)),
            has_consecutive_ids: server.product != "dragonfly",
        })
    }
}
