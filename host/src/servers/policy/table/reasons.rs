//! Why commands are refused. Each follows the command's name in a sentence.

pub(super) const WRITES: &str = "writes";
pub(super) const REMOVES: &str = "is a write: it removes what it returns, or changes when that expires";
pub(super) const BLOCKS: &str = "waits, and a connection that waits serves nobody";
pub(super) const SCRIPT: &str = "runs code, and what code does no table can say";
pub(super) const CODE: &str = "changes the code that the server runs, or gives it away";
pub(super) const CONNECTION: &str = "changes the connection, which others use after this plugin";
pub(super) const SUBSCRIBES: &str = "makes the connection one of messages, which others use after this plugin";
pub(super) const SENDS: &str = "sends messages to others";
pub(super) const REPLICATES: &str = "makes the connection a replica's";
pub(super) const OTHERS: &str = "acts on the connections of others";
pub(super) const USERS: &str = "tells or changes who may do what";
pub(super) const CHANGES: &str = "changes the server";
pub(super) const CLUSTER: &str = "changes the cluster";
pub(super) const INSIDE: &str = "reaches into the server, and may stop it";
pub(super) const FORGETS: &str = "makes the server forget what others may still want to read";
pub(super) const HELP: &str = "is help for people at a prompt";
pub(super) const PROSE: &str = "answers people, in words that no program should read";
pub(super) const ALLOCATOR: &str = "works on the allocator while everybody else waits";
pub(super) const NAMES_KEYS: &str = "names keys that nobody granted";
pub(super) const EVERY_KEY: &str = "walks every key at one go while everybody else waits: let a sweep walk them";
pub(super) const DUMPS: &str = "gives a whole value in the server's own format: read it with the commands of its type";
pub(super) const QUADRATIC: &str = "holds the server for the product of two lengths";
pub(super) const LAST_USED: &str = "changes when keys were last used, which eviction goes by";
pub(super) const CONTENTS: &str = "reads what no pattern of keys covers";
pub(super) const STRAY_HTTP: &str = "stands for a stray HTTP request, and the server hangs up";
