//! What `redwasp plugin record` wrote: JSON, with bytes as texts whose characters U+0000 to U+00FF are the bytes.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::{Bench, Key, answers};
use crate::bindings::redwasp::collector::calls::SavedState;
use crate::bindings::sweeping::exports::redwasp::collector::sweeper::Swept;
use crate::host::Answered;
use crate::{CallError, Node, Server, ServerError};

/// A recording of this form.
const FORM: &str = "recording/1";

#[derive(Deserialize)]
struct Recording {
    redwasp: String,
    #[serde(default)]
    config: serde_json::Value,
    server: Kind,
    #[serde(default)]
    unix_ms: u64,
    #[serde(default)]
    state: Option<State>,
    #[serde(default)]
    prefetched: Vec<Asked>,
    #[serde(default)]
    calls: Vec<Call>,
    #[serde(default)]
    sweep: Option<Walk>,
}

#[derive(Deserialize)]
struct Kind {
    product: String,
    version: String,
    mode: String,
    role: String,
    databases: u32,
    #[serde(default)]
    extra: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct State {
    plugin_version: String,
    bytes: Bytes,
}

#[derive(Deserialize)]
struct Asked {
    command: Command,
    #[serde(flatten)]
    answer: Answer,
}

#[derive(Deserialize)]
struct Command {
    args: Vec<Bytes>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Reply(Bytes),
    Error(Failed),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Failed {
    Denied(String),
    Limit(String),
    Timeout(serde::de::IgnoredAny),
    Unreachable(String),
    Server(String, String),
    Other(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Call {
    Pipeline {
        #[serde(default)]
        answers: Vec<Asked>,
    },
    Nodes(Listed),
}

/// What a call of `nodes` gave: the nodes, or an error, with which a bench has the nodes that it has.
#[derive(Deserialize)]
#[serde(untagged)]
enum Listed {
    Nodes(Vec<Member>),
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Member {
    id: String,
    address: String,
    role: String,
    shard: String,
    primary: String,
    slots: Vec<(u32, u32)>,
    #[serde(default)]
    extra: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Walk {
    pages: Vec<Page>,
    complete: bool,
}

#[derive(Deserialize)]
struct Page {
    sweep: u32,
    keys: Vec<Found>,
}

#[derive(Deserialize)]
struct Found {
    key: Bytes,
    kind: String,
    reads: Vec<Option<Answer>>,
}

struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = text.chars().map(|c| u8::try_from(c).map_err(|_| D::Error::custom(NotBytes(c))));
        bytes.collect::<Result<_, _>>().map(Bytes)
    }
}

struct NotBytes(char);

impl fmt::Display for NotBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no byte: these are written as U+0000 to U+00FF", self.0)
    }
}

pub(super) fn bench(recording: &[u8]) -> Bench {
    let recording: Recording = match serde_json::from_slice(recording) {
        Ok(recording) => recording,
        Err(error) => panic!("the recording cannot be read: {error}"),
    };
    assert_eq!(recording.redwasp, FORM, "a recording of another form");
    let Kind { product, version, mode, role, databases, extra } = recording.server;
    let mut bench = Bench::new(Server { product, version, mode, role, databases, extra }).at(recording.unix_ms);
    bench.config = Some(recording.config).filter(|config| !config.is_null()).map(|config| config.to_string());
    bench.state = recording.state.map(|State { plugin_version, bytes }| SavedState { plugin_version, bytes: bytes.0 });
    recording.prefetched.into_iter().for_each(|asked| bench.know(asked));
    recording.calls.into_iter().for_each(|call| bench.learn(call));
    if let Some(walk) = recording.sweep {
        bench.is_cut_short = !walk.complete;
        for Page { sweep, keys } in walk.pages {
            bench.keys.extend(keys.into_iter().map(|found| Key::Recorded { sweep, key: found.into() }));
        }
    }
    bench
}

impl Bench {
    fn know(&mut self, Asked { command, answer }: Asked) {
        let args: Vec<Vec<u8>> = command.args.into_iter().map(|arg| arg.0).collect();
        self.replies.push((answers::words(&args), answer.into()));
    }

    fn learn(&mut self, call: Call) {
        match call {
            Call::Pipeline { answers } => answers.into_iter().for_each(|asked| self.know(asked)),
            Call::Nodes(Listed::Nodes(nodes)) => self.nodes = nodes.into_iter().map(Node::from).collect(),
            Call::Nodes(Listed::Other(_)) => {}
        }
    }
}

impl From<Answer> for Answered {
    fn from(answer: Answer) -> Answered {
        match answer {
            Answer::Reply(bytes) => Ok(bytes.0),
            Answer::Error(error) => Err(error.into()),
        }
    }
}

impl From<Failed> for CallError {
    fn from(failed: Failed) -> CallError {
        match failed {
            Failed::Denied(text) => CallError::Denied(text),
            Failed::Limit(text) => CallError::Limit(text),
            Failed::Timeout(_) => CallError::Timeout,
            Failed::Unreachable(text) => CallError::Unreachable(text),
            Failed::Server(code, message) => CallError::Server(ServerError { code, message }),
            Failed::Other(text) => CallError::Other(text),
        }
    }
}

impl From<Member> for Node {
    fn from(Member { id, address, role, shard, primary, slots, extra }: Member) -> Node {
        Node { id, address, role, shard, primary, slots, extra }
    }
}

impl From<Found> for Swept {
    fn from(Found { key, kind, reads }: Found) -> Swept {
        Swept { key: key.0, kind, reads: reads.into_iter().map(|read| read.map(Answered::from)).collect() }
    }
}
