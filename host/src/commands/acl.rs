//! `redwasp acl`: the least rule of an ACL with which everything works that is switched on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::bail;
use tokio::time::{Duration, Instant};

use super::list::{Of, problems};
use super::run_plugin::with_credentials;
use super::{Said, to_the_end};
use crate::config::Config;
use crate::config::target::Target;
use crate::config::targets::{Kind, Listed};
use crate::daemon;
use crate::own::{Own, PluginStatus};
use crate::plugin::{Collector, Need, Plan, Refused};
use crate::servers::{Command, Glob, ServerKind, Steps};

/// How long a plugin may take to say what it wants, waiting for its place included.
const PLANNING: Duration = Duration::from_secs(10);

/// Who needs a command that no collector asks for.
const CONNECTION: &str = "every connection";

/// Commands that collectors know, and most servers do not.
const RARE: [&str; 1] = ["ARCOUNT"];

/// Says the rule: for the server at `target`, else for servers of this kind.
///
/// # Errors
/// When there is nothing to try plugins with.
pub fn acl(config: &Config, target: Option<&Target>, kind: &ServerKind) -> anyhow::Result<Said> {
    let target = target.map(|target| with_credentials(config, target));
    to_the_end(async {
        let (plugins, collectors) = daemon::line_up(config.clone()).await?;
        let server = match &target {
            Some(target) => match Server::ask(config, target).await {
                Ok(server) => server,
                Err(error) => return Ok(Said { err: error, ..Said::default() }),
            },
            None => Server { kind: kind.clone(), unknown: RARE.map(str::to_owned).into() },
        };
        let mut rule = Rule::default();
        let kinds = kinds(config, target.as_ref(), &server.kind);
        kinds.iter().for_each(|kind| rule.connection(config, kind));
        let mut faults: Vec<String> =
            plugins.iter().flat_map(|plugin: &PluginStatus| problems(plugin, Of::Look)).collect();
        for collector in
            collectors.iter().filter(|collector| target.as_ref().is_none_or(|target| collector.config.is_for(target)))
        {
            for kind in &kinds {
                for plan in plans(collector, kind).await {
                    match plan {
                        Ok(plan) => {
                            plan.needs().iter().for_each(|need| rule.add(&collector.name, need, config, &server))
                        }
                        Err(fault) => faults.push(format!("collector {}: {fault}", collector.name)),
                    }
                }
            }
        }
        let is_there = |listed: &&Listed| target.as_ref().is_none_or(|target| target.address == listed.target.address);
        let listed = config.targets.iter().filter(is_there).map(|listed| listed.target.database);
        let own = target.as_ref().map(|target| target.database);
        rule.databases.extend(listed.chain(own));
        rule.select();
        Ok(said(&rule, &server.kind, &faults))
    })?
}

/// The kinds of servers that a rule is for: without a server to ask, nodes of a cluster as well if clusters are listed.
fn kinds(config: &Config, target: Option<&Target>, kind: &ServerKind) -> Vec<ServerKind> {
    let are_clusters = |kind: &Kind| matches!(kind, Kind::Cluster | Kind::KeysOfCluster);
    let any = config.targets.iter().any(|listed| are_clusters(&listed.kind)) || are_clusters(&config.kind_of_servers);
    let cluster = ServerKind { mode: "cluster".to_owned(), ..kind.clone() };
    std::iter::once(kind.clone()).chain((target.is_none() && any).then_some(cluster)).collect()
}

/// What is known of the server.
struct Server {
    kind: ServerKind,
    /// Commands that it does not have; a rule that names them would not be taken.
    unknown: BTreeSet<String>,
}

impl Server {
    async fn ask(config: &Config, target: &Target) -> Result<Server, String> {
        let own = Own::new(&config.namespace, true, false).map_err(|error| error.to_string())?;
        let pools = daemon::pools(config, &Arc::new(own));
        let deadline = Instant::now() + config.scrape_timeout;
        let mut lease = pools.checkout(target, deadline).await.map_err(|error| error.to_string())?;
        let kind = lease.latest_facts().kind.clone();
        let mut unknown = BTreeSet::new();
        for command in RARE {
            let info = Command::new(["COMMAND", "INFO", command]);
            let reply =
                lease.exchange(&[info], pools.reply_limit(), deadline).await.map_err(|error| error.to_string())?;
            let answer = reply.replies.into_iter().next().and_then(Result::ok);
            // An array with an array for each command that there is.
            if !answer.is_some_and(|answer| answer.bytes.starts_with(b"*1\r\n*")) {
                unknown.insert(command.to_owned());
            }
        }
        Ok(Server { kind, unknown })
    }
}

/// The plans of a collector for this kind of server, as a primary and as a replica: a fail-over must not need another rule.
async fn plans(collector: &Arc<Collector>, kind: &ServerKind) -> Vec<Result<Arc<Plan>, String>> {
    let mut plans = Vec::new();
    let roles: &[&str] = if kind.mode == "sentinel" { &["sentinel"] } else { &["master", "slave"] };
    for role in roles {
        let (kind, planner) = (ServerKind { role: (*role).to_owned(), ..kind.clone() }, collector.clone());
        let plan = async move { planner.plan(&kind, Instant::now() + PLANNING).await };
        let planned = match collector.plugin.sandbox() {
            Some(sandbox) => sandbox.apart(plan).await,
            None => Some(plan.await),
        };
        match planned {
            Some(Ok(plan)) => plans.push(Ok(plan)),
            Some(Err(Refused::NotApplicable(_))) => {}
            Some(Err(refused)) => plans.push(Err(refused.to_string())),
            None => plans.push(Err("a fault in redwasp; please report it".to_owned())),
        }
    }
    plans
}

/// What is to be allowed.
#[derive(Default)]
struct Rule {
    /// Commands as an ACL has them, with those who need them.
    commands: BTreeMap<String, BTreeSet<String>>,
    /// Patterns of keys, with those who read them.
    keys: BTreeMap<Vec<u8>, BTreeSet<String>>,
    databases: BTreeSet<u32>,
}

impl Rule {
    fn allow(&mut self, command: &str, who: &str) {
        self.commands.entry(command.to_lowercase().replacen(' ', "|", 1)).or_default().insert(who.to_owned());
    }

    /// AUTH and HELLO are for everybody.
    fn connection(&mut self, config: &Config, kind: &ServerKind) {
        self.allow("INFO", CONNECTION);
        self.allow("PING", CONNECTION);
        // Under its own name: rules have the names that commands had before they were renamed.
        if config.config_command.is_some() && kind.mode != "sentinel" {
            self.allow("CONFIG GET", CONNECTION);
        }
        if kind.has_client_commands() {
            self.allow("CLIENT SETINFO", CONNECTION);
            self.allow("CLIENT NO-TOUCH", CONNECTION);
        }
        match kind.mode.as_str() {
            "cluster" => {
                self.allow("READONLY", "connections to replicas");
                for command in ["CLUSTER NODES", "ASKING"] {
                    self.allow(command, "clusters (`kind: cluster`, --is-cluster)");
                }
            }
            "sentinel" => {
                for command in ["SENTINEL MASTER", "SENTINEL SLAVES", "SENTINEL SENTINELS"] {
                    self.allow(command, "groups (sentinel://)");
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, collector: &str, need: &Need, config: &Config, server: &Server) {
        for command in need.commands.iter().filter(|command| !server.unknown.contains(*command)) {
            self.allow(command, collector);
        }
        if need.is_walk && config.sweeps.with_scrape > 0 {
            self.allow("DBSIZE", "--sweep.with-scrape");
        }
        for key in &need.keys {
            self.keys.entry(key.clone()).or_default().insert(collector.to_owned());
        }
        // Without keys it does not matter where it is asked.
        if !need.keys.is_empty() || need.is_walk {
            self.databases.extend(&need.databases);
        }
    }

    /// Every connection starts in database 0.
    fn select(&mut self) {
        if self.databases.iter().any(|database| *database != 0) {
            self.allow("SELECT", "databases besides 0");
        }
    }

    /// The patterns that no other has in it.
    fn widest(&self) -> Vec<&[u8]> {
        let steps = Steps::default();
        let globs: Vec<(&[u8], Option<Glob>)> = self.keys.keys().map(|key| (key.as_slice(), Glob::new(key))).collect();
        let mut widest: Vec<&(&[u8], Option<Glob>)> = Vec::new();
        for one in &globs {
            let is_in = |inner: &Option<Glob>, outer: &Option<Glob>| match (inner, outer) {
                (Some(inner), Some(outer)) => outer.contains(inner, &steps),
                _ => false,
            };
            if !widest.iter().any(|other| is_in(&one.1, &other.1)) {
                widest.retain(|other| !is_in(&other.1, &one.1));
                widest.push(one);
            }
        }
        widest.into_iter().map(|(key, _)| *key).collect()
    }

    fn line(&self, kind: &ServerKind) -> String {
        let permission = if kind.has_read_permissions() { "%R~" } else { "~" };
        let keys = self.widest().into_iter().map(|key| format!("{permission}{}", written(key)));
        let commands = self.commands.keys().filter(|name| !self.is_in_another(name)).map(|name| format!("+{name}"));
        let channels = kind.has_channel_permissions().then_some("resetchannels");
        let words = ["reset", "on", ">PASSWORD"].into_iter().chain(channels).chain(["-@all"]).map(str::to_owned);
        words.chain(keys).chain(commands).collect::<Vec<_>>().join(" ")
    }

    /// Whether it is one of a command that is allowed with all its reads.
    fn is_in_another(&self, name: &str) -> bool {
        name.split_once('|').is_some_and(|(container, _)| self.commands.contains_key(container))
    }
}

/// A pattern as it can stand in a rule, which has neither blanks nor quotes in it: `?` stands for each such byte.
fn written(pattern: &[u8]) -> String {
    let byte = |byte: &u8| if byte.is_ascii_graphic() && !b"\"'".contains(byte) { char::from(*byte) } else { '?' };
    pattern.iter().map(byte).collect()
}

fn said(rule: &Rule, kind: &ServerKind, faults: &[String]) -> Said {
    let names = |names: &BTreeSet<String>| names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let mut err = vec![
        format!(
            "# {} {}, {}; to be pasted behind ACL SETUSER and the user's name.",
            kind.product, kind.version, kind.mode
        ),
        "# The lists of keys that requests to /scrape may bring are not in it.".to_owned(),
    ];
    err.extend(rule.commands.iter().map(|(command, who)| format!("# +{command}: {}", names(who))));
    err.extend(rule.keys.iter().map(|(key, who)| format!("# keys {}: {}", written(key), names(who))));
    if ["eval", "eval_ro"].iter().any(|command| rule.commands.contains_key(*command)) {
        err.push("# What scripts themselves run and read is not in it: add their commands and keys.".to_owned());
    }
    err.extend(faults.iter().cloned());
    Said { out: rule.line(kind), err: err.join("\n"), is_good: faults.is_empty() }
}

/// The kind of server that a word stands for: a product with the beginning of a version, `redis7.2`.
///
/// # Errors
/// What is known.
pub fn kind_named(word: &str) -> anyhow::Result<ServerKind> {
    let product = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let version = &word[product.len()..];
    let usual = match product {
        "redis" => "7.2.0",
        "valkey" => "9.1.0",
        _ => bail!("{word:?} is no kind of server; write redis7.2, valkey9.1 or the like"),
    };
    let version = if version.is_empty() { usual } else { version };
    let kind = ServerKind { product: product.to_owned(), version: version.to_owned(), ..ServerKind::usual() };
    if !kind.has_acls() {
        bail!("Redis has ACLs since 6.0: {word} has one password for everybody");
    }
    Ok(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(keys: &[&str]) -> Rule {
        let mut rule = Rule::default();
        keys.iter().for_each(|key| drop(rule.keys.insert(key.as_bytes().to_vec(), BTreeSet::new())));
        rule
    }

    #[test]
    fn only_the_widest_patterns_stay() {
        let widest = |keys: &[&str]| -> Vec<String> {
            rule(keys).widest().into_iter().map(|key| String::from_utf8(key.to_vec()).unwrap()).collect()
        };
        assert_eq!(widest(&["a", "a*", "ab*", "b"]), ["a*", "b"]);
        assert_eq!(widest(&["a", "*", "zz*"]), ["*"]);
        assert_eq!(widest(&[]), [""; 0]);
    }

    #[test]
    fn a_rule_is_one_line_of_words() {
        let mut rule = rule(&["a b", "k\\*", "q\"\u{e9}"]);
        rule.allow("XINFO STREAM", "streams");
        rule.allow("XINFO", "other");
        rule.allow("SLOWLOG GET", "commands");
        let redis = |version: &str| kind_named(&format!("redis{version}")).unwrap();
        let expected = "reset on >PASSWORD resetchannels -@all %R~a?b %R~k\\* %R~q??? +slowlog|get +xinfo";
        assert_eq!(rule.line(&redis("7.0")), expected);
        assert!(rule.line(&redis("6.2")).contains(" resetchannels -@all ~a?b "));
        assert!(rule.line(&redis("6.0.16")).contains(" >PASSWORD -@all ~a?b "));
    }

    #[test]
    fn kinds_have_names() {
        let named = |word: &str| kind_named(word).map(|kind| (kind.product, kind.version)).ok();
        let of = |product: &str, version: &str| Some((product.to_owned(), version.to_owned()));
        assert_eq!(named("redis6"), of("redis", "6"));
        assert_eq!(named("redis7.2"), of("redis", "7.2"));
        assert_eq!(named("redis"), of("redis", "7.2.0"));
        assert_eq!(named("valkey"), of("valkey", "9.1.0"));
        for word in ["", "7", "keydb", "redis-7", "valkey9x"] {
            assert_eq!(named(word), None, "{word}");
        }
    }

    #[test]
    fn databases_besides_the_first_are_selected() {
        let needs = |databases: &[u32]| {
            let mut rule = Rule::default();
            rule.databases.extend(databases);
            rule.select();
            rule.commands.contains_key("select")
        };
        assert_eq!([needs(&[]), needs(&[0]), needs(&[0, 3])], [false, false, true]);
    }
}
