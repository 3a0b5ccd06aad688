//! `redwasp plugin list`: the plugins, what runs of each, and what keeps a file from running.

use super::table::table;
use super::{Said, ask, to_the_end};
use crate::config::Config;
use crate::daemon;
use crate::own::PluginStatus;

/// Asks the daemon that listens where the settings say; when there is none, looks at what one would load.
///
/// # Errors
/// When neither can be done.
pub fn list_plugins(config: Config) -> anyhow::Result<Said> {
    to_the_end(async {
        let listen = config.listen.clone();
        let (plugins, of, err) = match ask::plugins(&listen).await? {
            Some(plugins) => (plugins, Of::Daemon, format!("as the daemon at {listen} has them")),
            None => {
                let err = format!("no daemon answers at {listen}; one would have these");
                (daemon::examine(config).await?, Of::Look, err)
            }
        };
        let is_good = plugins.iter().all(|plugin| problems(plugin, of).next().is_none());
        Ok(Said { out: listed(&plugins, of), err, is_good })
    })?
}

/// Where it is known from how plugins are doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// From a daemon, which keeps what ran before.
    Daemon,
    /// From a look at what one would have. Nothing ran before.
    Look,
}

/// A row for each plugin, then a line for each problem.
fn listed(plugins: &[PluginStatus], of: Of) -> String {
    let head = ["PLUGIN", "VERSION", "GENERATION", "DIGEST", "COLLECTORS", "FROM"].map(str::to_owned);
    let mut lines: Vec<String> = table(std::iter::once(head).chain(plugins.iter().map(row)).collect()).collect();
    lines.extend(plugins.iter().flat_map(|plugin| problems(plugin, of).chain(lacking(plugin))));
    lines.join("\n")
}

fn row(plugin: &PluginStatus) -> [String; 6] {
    let running = plugin.running.as_ref();
    let of_running = |text: &dyn Fn(&crate::own::Running) -> String| running.map_or("-".to_owned(), text);
    let collectors = plugin.collectors.iter().filter(|collector| collector.problem.is_none());
    let collectors: Vec<&str> = collectors.map(|collector| collector.name.as_str()).collect();
    [
        plugin.name.clone(),
        of_running(&|running| running.version.clone()),
        of_running(&|running| running.generation.to_string()),
        of_running(&|running| running.digest.get(..19).unwrap_or(&running.digest).to_owned()),
        if collectors.is_empty() { "-".to_owned() } else { collectors.join(" ") },
        plugin.source.clone(),
    ]
}

/// What is wrong with a plugin, a line each.
pub(super) fn problems(plugin: &PluginStatus, of: Of) -> impl Iterator<Item = String> {
    let name = if plugin.name.is_empty() { &plugin.source } else { &plugin.name };
    // When the problem is that of a collector, nothing is wrong with the file.
    let refused = plugin.collectors.iter().filter(|collector| collector.problem.is_some()).count();
    let is_a_collectors = refused > plugin.off().count();
    let trouble = plugin.problem.iter().map(move |trouble| {
        let goes_on = of == Of::Daemon && plugin.running.is_some() && !is_a_collectors;
        let runs = if goes_on { " (what ran before goes on)" } else { "" };
        let hint = trouble.hint.as_ref().map(|hint| format!("; hint: {hint}")).unwrap_or_default();
        format!("{name}: {}: {}{hint}{runs}", trouble.stage, trouble.reason)
    });
    let off = plugin.off().map(move |(collector, problem)| format!("{name}: collector {collector} is off: {problem}"));
    let unused = plugin
        .unused()
        .map(move |(collector, problem)| format!("{name}: collector {collector} does not use {problem}"));
    trouble.chain(off).chain(unused)
}

/// What of its asks the operator has not granted, a line for each collector. That may be meant so: it is no problem.
pub(super) fn lacking(plugin: &PluginStatus) -> impl Iterator<Item = String> {
    let told = |(collector, grants)| format!("{}: collector {collector} lacks grants: {grants}", plugin.name);
    plugin.lacking().map(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::own::{CollectorStatus, Running, Trouble};

    fn orders() -> PluginStatus {
        let digest = format!("sha256:{}", "0123456789ab".repeat(5));
        PluginStatus {
            name: "orders".to_owned(),
            source: "/p/orders.wasm".to_owned(),
            running: Some(Running { version: "1.2.0".to_owned(), summary: String::new(), digest, generation: 3 }),
            problem: Some(Trouble { stage: "check".to_owned(), reason: "no".to_owned(), hint: Some("do".to_owned()) }),
            collectors: vec![
                CollectorStatus {
                    name: "orders".to_owned(),
                    problem: None,
                    problems: vec!["a.yaml:3:5: /x: is odd".to_owned()],
                    lacks: Some("{commands: [HGET]}".to_owned()),
                },
                CollectorStatus {
                    name: "orders-eu".to_owned(),
                    problem: Some("configure: why".to_owned()),
                    problems: Vec::new(),
                    lacks: None,
                },
            ],
        }
    }

    #[test]
    fn problems_follow_the_table() {
        assert_eq!(
            listed(&[orders()], Of::Daemon),
            "PLUGIN  VERSION  GENERATION  DIGEST               COLLECTORS  FROM\n\
             orders  1.2.0    3           sha256:0123456789ab  orders      /p/orders.wasm\n\
             orders: check: no; hint: do (what ran before goes on)\n\
             orders: collector orders-eu is off: configure: why\n\
             orders: collector orders does not use a.yaml:3:5: /x: is odd\n\
             orders: collector orders lacks grants: {commands: [HGET]}"
        );
    }

    #[test]
    fn what_ran_before_is_told_only_where_something_did() {
        let told = |plugin: &PluginStatus, of| problems(plugin, of).any(|line| line.contains("what ran before"));
        assert!(told(&orders(), Of::Daemon) && !told(&orders(), Of::Look));
        assert!(!told(&PluginStatus { running: None, ..orders() }, Of::Daemon));
        let why = Trouble { stage: "configure".to_owned(), reason: "why".to_owned(), hint: None };
        let of_collector = PluginStatus { problem: Some(why), ..orders() };
        assert!(!told(&of_collector, Of::Daemon));
        let told: Vec<_> = problems(&of_collector, Of::Daemon).collect();
        assert_eq!(told, ["orders: configure: why", "orders: collector orders does not use a.yaml:3:5: /x: is odd"]);
    }
}
