//! Something of everything for a server to tell of.

use crate::resp::{Client, Reply};

/// The databases that get keys, and how many plain strings more each of them gets.
const DATABASES: [(&str, usize); 3] = [("0", 5), ("3", 2), ("11", 0)];

/// One key of each type; every other one with a time to live. Keys that meet in one command share a slot of a cluster.
const DATA: &str = "
    SET {a}string value
    SETEX short 1000 value
    SET {a}number 41
    HSET hash one 1 two 2
    EXPIRE hash 2000
    RPUSH list a b c d
    SADD {a}set a b c
    EXPIRE {a}set 3000
    ZADD sorted 1 a 2 b
    XADD stream 1-1 field 1
    XADD stream 2-1 field 2
    XGROUP CREATE stream group 0
    PFADD visitors a b c
    EXPIRE visitors 4000
    SETBIT bits 100 1
    GEOADD places 13.361389 38.115556 Palermo
";

/// Commands of many kinds on that data. It stays as it is but for a few values.
const USE: &str = "
    GET {a}string
    GET missing
    MGET {a}string {a}number {a}missing
    INCR {a}number
    APPEND {a}string ...
    GETRANGE {a}string 0 2
    STRLEN {a}string
    TTL short
    PERSIST short
    EXPIRE short 1000
    HGET hash one
    HGETALL hash
    HINCRBY hash one 1
    LPUSH list z
    RPOP list
    LRANGE list 0 -1
    LLEN list
    SMEMBERS {a}set
    SISMEMBER {a}set a
    SCARD {a}set
    ZRANGE sorted 0 -1
    ZSCORE sorted a
    ZRANGEBYSCORE sorted 0 1
    XLEN stream
    XREAD COUNT 1 STREAMS stream 0
    XREADGROUP GROUP group reader COUNT 1 STREAMS stream >
    XINFO STREAM stream
    PFCOUNT visitors
    GETBIT bits 100
    BITCOUNT bits
    GEOPOS places Palermo
    SCAN 0
    TYPE list
    OBJECT ENCODING list
    EXISTS hash
    SET {a}old value
    RENAME {a}old {a}new
    COPY {a}new {a}newer
    DEL {a}new
    UNLINK {a}newer
    SORT list ALPHA
    MULTI
    PING
    EXEC
";

/// Commands that are about no key.
const ONCE: &str = "
    EVAL return{1,2} 0
    ECHO hello
    TIME
    DBSIZE
    LASTSAVE
    PING
    CONFIG GET maxmemory
    CLIENT LIST
    SLOWLOG LEN
    COMMAND COUNT
    MEMORY USAGE list
    PUBLISH channel message
";

/// Commands that fail, each after the first word of what the server says to it.
const MISTAKES: &str = "
    WRONGTYPE INCR list
    WRONGTYPE LPUSH {a}string a
    WRONGTYPE LPUSH {a}string a
    ERR NOSUCHCOMMAND
    ERR GET
    ERR INCR {a}string
    ERR CONFIG NOSUCHSUBCOMMAND
    NOSCRIPT EVALSHA 0000000000000000000000000000000000000000 0
    NOGROUP XREADGROUP GROUP nobody reader STREAMS stream >
    BUSYGROUP XGROUP CREATE stream group 0
    ERR EXEC
";

/// Gives a server keys of every data type in the databases 0, 3 and 11, and sends it more than 60 kinds of commands,
/// a few of them wrong. Redis 6.2 and later and Valkey take it, in a cluster too when its node has all slots and
/// databases.
///
/// # Panics
/// When a command does not succeed, or a wrong one does.
pub fn fill(client: &mut Client) {
    for (database, more) in DATABASES {
        right(client, &format!("SELECT {database}"));
        for key in 0..more {
            right(client, &format!("SET more:{key} value"));
        }
        DATA.lines().chain(USE.lines()).for_each(|command| right(client, command));
    }
    ONCE.lines().for_each(|command| right(client, command));
    for line in MISTAKES.lines() {
        let Some((said, command)) = line.trim().split_once(' ') else { continue };
        match send(client, command) {
            Reply::Error(error) if error.starts_with(said) => {}
            reply => panic!("{command}: {reply:?}, not {said}"),
        }
    }
    right(client, "SELECT 0");
}

/// How many keys [`bulk`] makes, and how many numbers the value of each is made of: packed, it is about a kilobyte.
const BULK: (usize, usize) = (4000, 600);

/// Gives a server so many keys that one that
/// [`loads_slowly`](crate::server::Options::loads_slowly) takes most of a minute for them.
///
/// # Panics
/// When a command does not succeed.
pub fn bulk(client: &mut Client) {
    let (keys, numbers) = BULK;
    for key in 0..keys {
        let value: String = (key..).step_by(7).take(numbers).map(|number| number.to_string()).collect();
        let reply = client.command(&["SET", &format!("bulk:{key}"), &value]);
        assert_eq!(reply.expect("the server takes a key"), Reply::Text("OK".to_owned()));
    }
}

/// A line without a command does nothing.
fn right(client: &mut Client, command: &str) {
    if let Reply::Error(error) = send(client, command) {
        panic!("{command}: {error}");
    }
}

fn send(client: &mut Client, command: &str) -> Reply {
    let args: Vec<&str> = command.split_whitespace().collect();
    if args.is_empty() {
        return Reply::Nil;
    }
    client.command(&args).unwrap_or_else(|error| panic!("{command}: {error}"))
}
