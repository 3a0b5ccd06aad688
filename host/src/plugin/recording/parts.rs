//! What a recording is made of: the contract's records, in JSON.

use serde::{Deserialize, Serialize};

use super::Bytes;
use crate::plugin::bindings::contract;
use crate::plugin::bindings::redwasp::collector::redis;

/// A kind of server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Server {
    product: String,
    version: String,
    mode: String,
    role: String,
    databases: u32,
    #[serde(default)]
    extra: Vec<(String, String)>,
}

/// A target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Target {
    name: String,
    #[serde(default)]
    labels: Vec<(String, String)>,
    node: String,
    #[serde(default)]
    extra: Vec<(String, String)>,
}

/// What a call kept for the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedState {
    plugin_version: String,
    bytes: Bytes,
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Command {
    database: u32,
    args: Vec<Bytes>,
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Answer {
    /// RESP3 bytes.
    Reply(Bytes),
    /// Why there are none.
    Error(CallError),
}

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CallError {
    /// Nobody allows it.
    Denied(String),
    /// A budget ran out.
    Limit(String),
    /// The deadline passed.
    Timeout(bool),
    /// No connection.
    Unreachable(String),
    /// The server's code and message.
    Server(String, String),
    /// Something else.
    Other(String),
}

/// A command with what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Answered {
    /// The command.
    pub command: Command,
    /// What came of it.
    #[serde(flatten)]
    pub answer: Answer,
}

/// A call of the import `redis`. What is left of the budgets is not recorded: a replay has all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Call {
    /// `pipeline`
    Pipeline(Pipeline),
    /// `nodes`
    Nodes(Vec<Node>),
}

/// A pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pipeline {
    /// Where to.
    pub route: Route,
    /// The commands, with what came of each. An error of all of them is the answer of each.
    pub answers: Vec<Answered>,
    /// Whether nothing usable came back.
    #[serde(default)]
    pub failed: bool,
}

/// Where a pipeline goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Route {
    /// Where the keys are.
    Automatic,
    /// To a node.
    Node(String),
    /// To the owner of a key.
    OwnerOf(Bytes),
    /// To a replica of it.
    ReplicaOf(Bytes),
    /// To any node.
    Any,
}

/// A node behind the target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Node {
    id: String,
    address: String,
    role: String,
    shard: String,
    primary: String,
    slots: Vec<(u32, u32)>,
    #[serde(default)]
    extra: Vec<(String, String)>,
}

/// A run over keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    /// When it began, Unix time in milliseconds.
    pub unix_ms: u64,
    /// The plan's sweeps.
    pub sweeps: Vec<Sweep>,
    /// The keys, as they were shown.
    pub pages: Vec<Page>,
    /// Whether these were all.
    pub complete: bool,
}

impl Run {
    /// Whether it is of these sweeps.
    pub(in crate::plugin) fn is_of(&self, sweeps: &[contract::Sweep]) -> bool {
        self.sweeps == sweeps.iter().map(Into::into).collect::<Vec<Sweep>>()
    }
}

/// A sweep of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sweep {
    database: u32,
    pattern: Bytes,
    types: Vec<String>,
    reads: Vec<KeyRead>,
}

/// A read around each key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeyRead {
    before: Vec<Bytes>,
    after: Vec<Bytes>,
    types: Vec<String>,
}

/// Some keys of one sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Page {
    /// Index into the sweeps.
    pub sweep: u32,
    /// The keys.
    pub keys: Vec<Key>,
}

/// A key with what was read of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Key {
    key: Bytes,
    kind: String,
    reads: Vec<Option<Answer>>,
}

fn texts(list: &[Vec<u8>]) -> Vec<Bytes> {
    list.iter().cloned().map(Bytes).collect()
}

impl From<contract::Server> for Server {
    fn from(server: contract::Server) -> Server {
        let contract::Server { product, version, mode, role, databases, extra } = server;
        Server { product, version, mode, role, databases, extra }
    }
}

impl From<Server> for contract::Server {
    fn from(server: Server) -> contract::Server {
        let Server { product, version, mode, role, databases, extra } = server;
        contract::Server { product, version, mode, role, databases, extra }
    }
}

impl From<contract::Target> for Target {
    fn from(target: contract::Target) -> Target {
        let contract::Target { name, labels, node, extra } = target;
        Target { name, labels, node, extra }
    }
}

impl From<Target> for contract::Target {
    fn from(target: Target) -> contract::Target {
        let Target { name, labels, node, extra } = target;
        contract::Target { name, labels, node, extra }
    }
}

impl From<contract::SavedState> for SavedState {
    fn from(state: contract::SavedState) -> SavedState {
        SavedState { plugin_version: state.plugin_version, bytes: Bytes(state.bytes) }
    }
}

impl From<SavedState> for contract::SavedState {
    fn from(state: SavedState) -> contract::SavedState {
        contract::SavedState { plugin_version: state.plugin_version, bytes: state.bytes.0 }
    }
}

impl From<&contract::Command> for Command {
    fn from(command: &contract::Command) -> Command {
        Command { database: command.database, args: texts(&command.args) }
    }
}

impl Command {
    /// Its words, for people.
    pub(crate) fn words(&self) -> String {
        self.args.iter().map(|arg| String::from_utf8_lossy(&arg.0)).collect::<Vec<_>>().join(" ")
    }
}

impl From<&Result<Vec<u8>, contract::CallError>> for Answer {
    fn from(answer: &Result<Vec<u8>, contract::CallError>) -> Answer {
        match answer {
            Ok(bytes) => Answer::Reply(Bytes(bytes.clone())),
            Err(error) => Answer::Error(error.into()),
        }
    }
}

impl From<&Answer> for Result<Vec<u8>, contract::CallError> {
    fn from(answer: &Answer) -> Result<Vec<u8>, contract::CallError> {
        match answer {
            Answer::Reply(bytes) => Ok(bytes.0.clone()),
            Answer::Error(error) => Err(error.into()),
        }
    }
}

impl From<&contract::CallError> for CallError {
    fn from(error: &contract::CallError) -> CallError {
        match error.clone() {
            contract::CallError::Denied(text) => CallError::Denied(text),
            contract::CallError::Limit(text) => CallError::Limit(text),
            contract::CallError::Timeout => CallError::Timeout(true),
            contract::CallError::Unreachable(text) => CallError::Unreachable(text),
            contract::CallError::Server(error) => CallError::Server(error.code, error.message),
            contract::CallError::Other(text) => CallError::Other(text),
        }
    }
}

impl From<&CallError> for contract::CallError {
    fn from(error: &CallError) -> contract::CallError {
        match error.clone() {
            CallError::Denied(text) => contract::CallError::Denied(text),
            CallError::Limit(text) => contract::CallError::Limit(text),
            CallError::Timeout(_) => contract::CallError::Timeout,
            CallError::Unreachable(text) => contract::CallError::Unreachable(text),
            CallError::Server(code, message) => contract::CallError::Server(contract::ServerError { code, message }),
            CallError::Other(text) => contract::CallError::Other(text),
        }
    }
}

impl From<&redis::Route> for Route {
    fn from(route: &redis::Route) -> Route {
        match route {
            redis::Route::Automatic => Route::Automatic,
            redis::Route::Node(id) => Route::Node(id.clone()),
            redis::Route::OwnerOf(key) => Route::OwnerOf(Bytes(key.clone())),
            redis::Route::ReplicaOf(key) => Route::ReplicaOf(Bytes(key.clone())),
            redis::Route::Any => Route::Any,
        }
    }
}

impl From<&redis::Node> for Node {
    fn from(node: &redis::Node) -> Node {
        let redis::Node { id, address, role, shard, primary, slots, extra } = node.clone();
        Node { id, address, role, shard, primary, slots, extra }
    }
}

impl From<&Node> for redis::Node {
    fn from(node: &Node) -> redis::Node {
        let Node { id, address, role, shard, primary, slots, extra } = node.clone();
        redis::Node { id, address, role, shard, primary, slots, extra }
    }
}

impl From<&contract::Sweep> for Sweep {
    fn from(sweep: &contract::Sweep) -> Sweep {
        let read = |read: &contract::KeyRead| KeyRead {
            before: texts(&read.before),
            after: texts(&read.after),
            types: read.types.clone(),
        };
        Sweep {
            database: sweep.database,
            pattern: Bytes(sweep.pattern.clone()),
            types: sweep.types.clone(),
            reads: sweep.reads.iter().map(read).collect(),
        }
    }
}

impl From<&contract::Swept> for Key {
    fn from(swept: &contract::Swept) -> Key {
        let reads = swept.reads.iter().map(|read| read.as_ref().map(Answer::from)).collect();
        Key { key: Bytes(swept.key.clone()), kind: swept.kind.clone(), reads }
    }
}

impl From<&Key> for contract::Swept {
    fn from(key: &Key) -> contract::Swept {
        let reads = key.reads.iter().map(|read| read.as_ref().map(Into::into)).collect();
        contract::Swept { key: key.key.0.clone(), kind: key.kind.clone(), reads }
    }
}
