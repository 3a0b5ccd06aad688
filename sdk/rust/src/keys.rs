//! What collectors of keys have in common: which servers have keys, and what counts the elements of one.

use crate::{Refusal, Server};

/// What counts the elements of a key of each type: (as TYPE names it, the command).
pub const LENGTHS: [(&str, &str); 7] = [
    ("string", "STRLEN"),
    ("list", "LLEN"),
    ("set", "SCARD"),
    ("zset", "ZCARD"),
    ("hash", "HLEN"),
    ("stream", "XLEN"),
    ("array", "ARCOUNT"),
];

/// Says whether a server has keys that can be walked and read.
///
/// # Errors
/// [`Refusal::NotApplicable`] for a server on which each read would be an error.
pub fn served_by(server: &Server) -> Result<(), Refusal> {
    let reason = match (server.product.as_str(), server.mode.as_str()) {
        ("tile38", _) => "Tile38 has other commands",
        (_, "sentinel") => "a sentinel has no keys",
        _ => return Ok(()),
    };
    Err(Refusal::NotApplicable(reason.to_owned()))
}

/// Whether reads of keys go to whichever node of the server's cluster has them.
pub fn reaches_cluster(server: &Server) -> bool {
    server.extra.iter().any(|(what, which)| what == "keys" && which == "cluster")
}

/// Whether the server is one of the nodes of a cluster that are asked each for its own slots.
pub fn reaches_one_node(server: &Server) -> bool {
    server.extra.iter().any(|(what, which)| what == "keys" && which == "node")
}

/// The databases that a server has for sure, also without keys: as many as it is configured for, 16 where it does not
/// tell that (the default of redis.conf), one in a cluster.
pub fn sure_databases(server: &Server) -> u32 {
    let is_guessed = server.extra.iter().any(|(what, how)| what == "databases" && how == "guessed");
    match server.mode.as_str() {
        "cluster" => 1,
        _ if is_guessed => server.databases.min(16),
        _ => server.databases,
    }
}
