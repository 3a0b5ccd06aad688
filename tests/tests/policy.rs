//! The table of reads, the patterns of keys and what is hidden from collectors, compared with what servers say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use redwasp::config::target::Target;
use redwasp::own::Own;
use redwasp::servers::policy::{self, Keys, Row};
use redwasp::servers::{Command, Glob, Pools, Settings, Steps};
use redwasp_tests::resp::{Client, Reply};
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::wait::PATIENCE;
use tokio::time::Instant;

/// What COMMAND says of a command.
struct Known {
    arity: i64,
    flags: Vec<String>,
}

fn start(program: Program) -> (Redis, Client) {
    let redis = Redis::options().program(program).start();
    let client = redis.connect().unwrap();
    (redis, client)
}

fn array(reply: &Reply) -> &[Reply] {
    match reply {
        Reply::Array(elements) => elements,
        other => panic!("not an array: {other:?}"),
    }
}

/// Commands and subcommands by their names in the table.
fn known(client: &mut Client) -> BTreeMap<String, Known> {
    fn add(entry: &Reply, known: &mut BTreeMap<String, Known>) {
        let fields = array(entry);
        let name = fields[0].to_string().to_uppercase().replace('|', " ");
        let flags = array(&fields[2]).iter().map(Reply::to_string).collect();
        known.insert(name, Known { arity: fields[1].to_string().parse().unwrap(), flags });
        // Redis before 7.0 does not list subcommands.
        let subcommands = fields.get(9).map_or(&[][..], array);
        subcommands.iter().for_each(|subcommand| add(subcommand, known));
    }
    let mut known = BTreeMap::new();
    let reply = client.command(&["COMMAND"]).unwrap();
    array(&reply).iter().for_each(|entry| add(entry, &mut known));
    assert!(known.len() > 200);
    known
}

fn row(name: &str) -> Option<&'static Row> {
    policy::rows().find(|row| row.name == name)
}

/// The reads of the table that a server knows, or whose container it knows when it lists no subcommands.
fn reads(known: &BTreeMap<String, Known>) -> impl Iterator<Item = &'static Row> {
    let lists_subcommands = known.contains_key("CONFIG GET");
    let is_known = move |name: &str| {
        let container = name.split(' ').next().filter(|_| !lists_subcommands);
        known.contains_key(name) || container.is_some_and(|container| known.contains_key(container))
    };
    policy::rows().filter(move |row| row.reading().is_some() && is_known(row.name))
}

#[test]
fn every_command_has_a_row() {
    let has_subcommands =
        |name: &str| policy::rows().any(|row| row.name.split_once(' ').is_some_and(|(of, _)| of == name));
    for program in Program::ALL {
        let (_redis, mut client) = start(program);
        for name in known(&mut client).keys() {
            assert!(row(name).is_some() || has_subcommands(name), "{program:?}: {name} has no row");
        }
    }
}

/// Flags that a read must not have.
const DOUBTFUL: [&str; 5] = ["write", "blocking", "pubsub", "admin", "movablekeys"];

/// Reads that have one, and why they are reads all the same.
const EXCEPTIONS: [(&str, &[&str]); 26] = [
    // The flag is about BLOCK, which is refused, and the keys are those after STREAMS.
    ("XREAD", &["blocking", "movablekeys"]),
    // The keys are counted.
    ("SINTERCARD", &["movablekeys"]),
    ("ZDIFF", &["movablekeys"]),
    ("ZINTER", &["movablekeys"]),
    ("ZINTERCARD", &["movablekeys"]),
    ("ZUNION", &["movablekeys"]),
    // Others are named by BY and GET, which are refused.
    ("SORT_RO", &["movablekeys"]),
    // They tell of messages, and send and receive none.
    ("PUBSUB CHANNELS", &["pubsub"]),
    ("PUBSUB NUMPAT", &["pubsub"]),
    ("PUBSUB NUMSUB", &["pubsub"]),
    ("PUBSUB SHARDCHANNELS", &["pubsub"]),
    ("PUBSUB SHARDNUMSUB", &["pubsub"]),
    // They tell administrators something, and change nothing.
    ("CLIENT LIST", &["admin"]),
    ("CLUSTER COUNT-FAILURE-REPORTS", &["admin"]),
    ("CLUSTER GETSLOTMIGRATIONS", &["admin"]),
    ("CLUSTER REPLICAS", &["admin"]),
    ("CLUSTER SLAVES", &["admin"]),
    ("COMMANDLOG GET", &["admin"]),
    ("COMMANDLOG LEN", &["admin"]),
    ("CONFIG GET", &["admin"]),
    ("LATENCY HISTOGRAM", &["admin"]),
    ("LATENCY HISTORY", &["admin"]),
    ("LATENCY LATEST", &["admin"]),
    ("MODULE LIST", &["admin"]),
    ("SLOWLOG GET", &["admin"]),
    ("SLOWLOG LEN", &["admin"]),
];

/// The words of a usage that are not optional.
fn required(usage: &str) -> Vec<&str> {
    let (mut words, mut depth) = (Vec::new(), 0);
    for word in usage.split_whitespace() {
        depth += word.matches('[').count();
        if depth == 0 {
            words.push(word);
        }
        depth -= word.matches(']').count();
    }
    words
}

#[test]
fn reads_are_what_servers_call_reads() {
    let mut met = BTreeSet::new();
    for program in Program::ALL {
        let (_redis, mut client) = start(program);
        let known = known(&mut client);
        for row in reads(&known) {
            let Some(Known { arity, flags }) = known.get(row.name) else { continue };
            for flag in flags.iter().filter(|flag| DOUBTFUL.contains(&flag.as_str())) {
                let is_exception =
                    EXCEPTIONS.iter().any(|(name, flags)| *name == row.name && flags.contains(&flag.as_str()));
                assert!(is_exception, "{program:?}: {} is {flag}", row.name);
                met.insert(row.name);
            }
            // What we want for a bound may be more than the server wants.
            let least = i64::try_from(required(&row.usage()).len()).unwrap();
            let fits = if *arity > 0 { least == *arity } else { least >= -arity };
            assert!(fits, "{program:?}: {} has {arity} words", row.usage());
        }
    }
    assert_eq!(met, EXCEPTIONS.iter().map(|(name, _)| *name).collect(), "each exception is needed by some server");
}

/// A command of this read, as its usage writes it, with three keys or ids where it takes several.
fn sample(row: &Row) -> Command {
    let usage = row.usage().replace("[key ...]", "key2 key3").replace("[id ...]", "id id");
    let filled = |word| match word {
        "numkeys" => "3",
        "start" | "offset" | "cursor" => "0",
        "stop" | "end" | "count" | "limit" => "9",
        word => word,
    };
    let words = required(&usage).into_iter().map(filled);
    Command::of(words.map(|word| word.as_bytes().to_vec()).collect())
}

fn keys_by_server(client: &mut Client, command: &Command) -> Result<Vec<String>, String> {
    let mut args = vec![b"COMMAND".to_vec(), b"GETKEYS".to_vec()];
    args.extend(command.args.iter().cloned());
    match client.command(&args).unwrap() {
        Reply::Error(error) => Err(error),
        keys => Ok(array(&keys).iter().map(Reply::to_string).collect()),
    }
}

fn keys_by_table(command: &Command) -> Vec<String> {
    let read = policy::read(command).unwrap_or_else(|forbidden| panic!("{command}: {forbidden}"));
    read.keys.iter().map(|key| String::from_utf8(key.to_vec()).unwrap()).collect()
}

/// Forms that a usage does not show.
const SAMPLES: [&str; 10] = [
    "XREAD COUNT 5 STREAMS STREAMS COUNT a b",
    "xread count 5 streams a b c 0 0 0",
    "ZINTER 2 a b WEIGHTS 1 2 AGGREGATE max WITHSCORES",
    "ZUNION 1 a",
    "ZDIFF 2 a 2",
    "MEMORY USAGE a SAMPLES 5",
    "GEOSEARCH a FROMLONLAT 1 2 BYBOX 3 4 km COUNT 5",
    "BITFIELD_RO a GET u8 0",
    "XPENDING a g IDLE 5 - + 9 c",
    "ZRANGE a 0 5 BYSCORE REV LIMIT 0 9",
];

#[test]
fn keys_are_where_servers_find_them() {
    for program in Program::ALL {
        let (_redis, mut client) = start(program);
        let known = known(&mut client);
        let mut compared = 0;
        for row in reads(&known) {
            let keys = row.reading().unwrap().keys;
            if keys == Keys::Matching {
                continue;
            }
            let command = sample(row);
            match keys_by_server(&mut client, &command) {
                Ok(found) => assert_eq!(keys_by_table(&command), found, "{program:?}: {command}"),
                // What an older server does not have it cannot tell, and of most reads without keys it says so.
                Err(error) => {
                    let is_new = error.contains("Invalid command") || error.contains("unknown command");
                    assert!(keys == Keys::None || is_new && !known.contains_key(row.name), "{command}: {error}");
                    continue;
                }
            }
            compared += 1;
        }
        assert!(compared > 60, "{program:?}: only {compared} reads of keys");
        for words in SAMPLES {
            let command = Command::of(words.split(' ').map(|word| word.as_bytes().to_vec()).collect());
            let found = keys_by_server(&mut client, &command);
            assert_eq!(found, Ok(keys_by_table(&command)), "{program:?}: {words}");
        }
    }
}

#[test]
fn options_end_where_servers_end_them() {
    // Each is what the server takes for the option, and beyond its bound.
    let tricks = ["MEMORY USAGE list SAMPLES\0 0", "LPOS list a COUNT\0 0", "XPENDING stream g IDLE\0 0 - + 999999"];
    for program in Program::ALL {
        let (_redis, mut client) = start(program);
        client.command(&["RPUSH", "list", "a", "a"]).unwrap();
        client.command(&["XGROUP", "CREATE", "stream", "g", "$", "MKSTREAM"]).unwrap();
        for trick in tricks {
            let command = Command::of(trick.split(' ').map(|word| word.as_bytes().to_vec()).collect());
            let reply = client.command(&command.args).unwrap();
            assert!(!matches!(reply, Reply::Error(_)), "{program:?}: {trick:?}: {reply:?}");
            assert!(policy::read(&command).is_err(), "{trick:?} is sent");
        }
    }
}

/// Numbers that look random and are the same each time (a linear congruential generator, Knuth's MMIX).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    /// A text of so many of these pieces at most.
    fn text(&mut self, pieces: &[&str], most: usize) -> String {
        (0..self.below(most + 1)).map(|_| pieces[self.below(pieces.len())]).collect()
    }
}

#[test]
fn patterns_fit_the_keys_that_servers_find() {
    let mut numbers = Numbers(1);
    let of_keys = ["a", "b", "c", "-", "^", "[", "]", "\\", "*", "?", ":", "ä"];
    let keys: BTreeSet<String> = (0..300).map(|_| numbers.text(&of_keys, 5)).chain([String::new()]).collect();
    let of_patterns = ["a", "b", "c", "*", "*", "?", "[", "]", "[^", "-", "\\", "[a-c]", "[^ab]", "[\\]", ":", "ä"];
    let patterns: BTreeSet<String> = (0..400).map(|_| numbers.text(&of_patterns, 6)).chain([String::new()]).collect();
    for program in Program::ALL {
        let (_redis, mut client) = start(program);
        for key in &keys {
            client.command(&["SET", key, "x"]).unwrap();
        }
        let mut fits = 0;
        for pattern in &patterns {
            let reply = client.command(&["KEYS", pattern]).unwrap();
            let found: BTreeSet<String> = array(&reply).iter().map(Reply::to_string).collect();
            let glob = Glob::new(pattern.as_bytes()).unwrap();
            let ours = keys.iter().filter(|key| glob.matches(key.as_bytes(), &Steps::default())).cloned().collect();
            assert_eq!(found, ours, "{program:?}: {pattern:?}");
            fits += found.len();
        }
        assert!(fits > 1_000, "{program:?}: only {fits} pairs fit");
    }
}

/// Replies as a collector is given them.
async fn replies(redis: &Redis, commands: &[Command]) -> Vec<String> {
    let password = redis.password().map_or(String::new(), |password| format!(":{password}@"));
    let target = Target::parse(&format!("redis://{password}127.0.0.1:{}", redis.port())).unwrap();
    let own = Arc::new(Own::new("redis", false, false).unwrap());
    let pools = Pools::new(Settings::default(), own);
    let deadline = Instant::now() + PATIENCE;
    let mut lease = pools.checkout(&target, deadline).await.unwrap();
    let replies = lease.exchange(commands, 16 << 20, deadline).await.unwrap().replies;
    replies.into_iter().map(|reply| String::from_utf8(reply.unwrap().bytes).unwrap()).collect()
}

#[tokio::test]
async fn secrets_do_not_leave_the_host() {
    let old_protocol = Redis::options().args(["--rename-command", "HELLO", "NO-HELLO"]);
    let mut servers: Vec<_> = Program::ALL.map(|program| (Redis::options().program(program), '%')).into();
    servers.push((old_protocol, '*'));
    for (options, first) in servers {
        let redis = options.password("pass-word").args(["--slowlog-log-slower-than", "0"]).start();
        redis.cli(&["CONFIG", "SET", "masterauth", "pass-word"]);
        redis.cli(&["SET", "customer:7", "their-data"]);
        redis.cli(&["OBJECT", "ENCODING", "customer:7"]);
        let settings = ["*auth", "requirepass", "port"].map(|name| Command::new(["CONFIG", "GET", name]));
        let told = replies(&redis, &settings).await;
        assert!(told.iter().all(|reply| reply.starts_with(first) && !reply.contains("pass-word")), "{told:?}");
        assert!(told[0].contains("masterauth\r\n$3\r\n…") && told[2].contains(&redis.port().to_string()), "{told:?}");
        let log = &replies(&redis, &[Command::new(["slowlog", "get", "100"])]).await[0];
        assert!(!["customer:7", "their-data", "masterauth"].iter().any(|word| log.contains(word)), "{log}");
        assert!(
            log.contains("*1\r\n$3\r\nSET\r\n") && log.contains("*2\r\n$6\r\nOBJECT\r\n$8\r\nENCODING\r\n"),
            "{log}"
        );
    }
}
