//! Which commands may be sent for a collector: reads without keys that answer at once and leave the connection as it is.
//!
//! Everything else is refused, whoever grants it: writes, scripts, blocking forms, and what changes the connection
//! (SELECT, AUTH, HELLO, SUBSCRIBE, MONITOR, MULTI, CLIENT REPLY, QUIT), which others use after us. CONFIG GET and its kin
//! are not among them as long as replies are not redacted: they hold passwords.

use super::Command;

/// Commands with their subcommand, where they have one. (<https://redis.io/docs/latest/commands/>,
/// <https://valkey.io/commands/>)
#[rustfmt::skip]
const READS: &[&str] = &[
    "ACL WHOAMI",
    "CLIENT GETNAME", "CLIENT ID", "CLIENT INFO", "CLIENT LIST", "CLIENT TRACKINGINFO",
    "CLUSTER COUNT-FAILURE-REPORTS", "CLUSTER INFO", "CLUSTER LINKS", "CLUSTER MYID", "CLUSTER NODES",
    "CLUSTER SHARDS", "CLUSTER SLOT-STATS", "CLUSTER SLOTS",
    "COMMAND COUNT", "COMMAND INFO",
    "COMMANDLOG GET", "COMMANDLOG LEN",
    "DBSIZE",
    "FUNCTION LIST", "FUNCTION STATS",
    "INFO",
    "LASTSAVE",
    "LATENCY HISTOGRAM", "LATENCY HISTORY", "LATENCY LATEST",
    "MEMORY STATS",
    "MODULE LIST",
    "PING",
    "PUBSUB CHANNELS", "PUBSUB NUMPAT", "PUBSUB NUMSUB", "PUBSUB SHARDCHANNELS", "PUBSUB SHARDNUMSUB",
    "ROLE",
    "SENTINEL CKQUORUM", "SENTINEL MASTER", "SENTINEL MASTERS", "SENTINEL REPLICAS",
    "SENTINEL SENTINELS", "SENTINEL SLAVES",
    "SERVER EXT",
    "SLOWLOG GET", "SLOWLOG LEN",
    "TIME",
];

/// The name under which a command is granted: with its subcommand, if it has one. None when it may not be sent at all.
pub fn name_of(command: &Command) -> Option<&'static str> {
    let word = |index: usize| command.args.get(index).map(|arg| arg.to_ascii_uppercase());
    let (first, second) = (word(0)?, word(1));
    READS.iter().copied().find(|read| {
        let (name, subcommand) = read.split_once(' ').map_or((*read, None), |(name, sub)| (name, Some(sub)));
        first == name.as_bytes() && subcommand.is_none_or(|sub| second.as_deref() == Some(sub.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(words: &str) -> Option<&'static str> {
        name_of(&Command { args: words.split(' ').map(|word| word.as_bytes().to_vec()).collect() })
    }

    #[test]
    fn reads_have_a_name() {
        assert_eq!(name("info all"), Some("INFO"));
        assert_eq!(name("Slowlog Len"), Some("SLOWLOG LEN"));
        assert_eq!(name("CLUSTER INFO"), Some("CLUSTER INFO"));
    }

    #[test]
    fn everything_else_is_refused() {
        for words in [
            "FLUSHALL",
            "CONFIG SET a b",
            "CONFIG",
            "SLOWLOG RESET",
            "SELECT 1",
            "SUBSCRIBE a",
            "QUIT",
            "BLPOP a 0",
            "CLIENT REPLY OFF",
            "CLIENT KILL TYPE normal",
            "EVAL x 0",
            "MONITOR",
            "MULTI",
            "HELLO 2",
            "AUTH x",
            "KEYS *",
            "GET a",
            "SENTINEL CONFIG SET a b",
            "SENTINEL FAILOVER m",
            "DEBUG SLEEP 1",
            "LATENCY RESET",
            "INFOX",
            "",
        ] {
            assert_eq!(name(words), None, "{words}");
        }
    }
}
