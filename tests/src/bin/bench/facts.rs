//! What the numbers are about.

use anyhow::{Context, Result};
use redwasp_sdk::Server;
use serde::Serialize;

use crate::redis::Connection;
use crate::subjects::{Habits, Seen};

/// What the numbers are about.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Facts {
    pub(crate) redis_version: String,
    pub(crate) cpus: usize,
    /// Whether redwasp and this program check arithmetic and assertions, which costs time.
    pub(crate) debug_assertions: bool,
    /// Kinds of commands in the statistics of the server.
    pub(crate) command_types: usize,
    /// Length of the reply to INFO ALL.
    pub(crate) info_bytes: usize,
    pub(crate) subjects: Vec<Habits>,
}

impl Facts {
    /// Asks server and machine.
    pub(crate) fn gather(redis: &mut Connection, subjects: Vec<Habits>) -> Result<Facts> {
        Ok(Facts {
            redis_version: server(redis)?.version,
            cpus: std::thread::available_parallelism()?.get(),
            debug_assertions: cfg!(debug_assertions),
            command_types: Seen::now(redis)?.kinds(),
            info_bytes: redis.ask(&["INFO", "ALL"])?.len(),
            subjects,
        })
    }
}

/// The server as a collector gets to know it.
pub(crate) fn server(redis: &mut Connection) -> Result<Server> {
    let info = redis.info("ALL")?;
    let field = |name: &str| info.get(name).cloned().with_context(|| format!("INFO without {name}"));
    Ok(Server {
        product: "redis".to_owned(),
        version: field("redis_version")?,
        mode: field("redis_mode")?,
        role: field("role")?,
        databases: 16,
        extra: Vec::new(),
    })
}
