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
        let (plugins, err) = match ask::plugins(&listen).await? {
            Some(plugins) => (plugins, format!("as the daemon at {listen} has them")),
            None => (daemon::examine(config).await?, format!("no daemon answers at {listen}; one would have these")),
        };
        let is_good = plugins.iter().all(|plugin| problems(plugin).next().is_none());
        Ok(Said { out: listed(&plugins), err, is_good })
    })?
}

/// A row for each plugin, then a line for each problem.
pub(super) fn listed(plugins: &[PluginStatus]) -> String {
    let head = ["PLUGIN", "VERSION", "GENERATION", "DIGEST", "COLLECTORS", "FROM"].map(str::to_owned);
    let mut lines: Vec<String> = table(std::iter::once(head).chain(plugins.iter().map(row)).collect()).collect();
    lines.extend(plugins.iter().flat_map(problems));
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
pub(super) fn problems(plugin: &PluginStatus) -> impl Iterator<Item = String> {
    let name = if plugin.name.is_empty() { &plugin.source } else { &plugin.name };
    let trouble = plugin.problem.iter().map(move |trouble| {
        let runs = if plugin.running.is_some() { " (what ran before goes on)" } else { "" };
        let hint = trouble.hint.as_ref().map(|hint| format!("; hint: {hint}")).unwrap_or_default();
        format!("{name}: {}: {}{hint}{runs}", trouble.stage, trouble.reason)
    });
    let off = plugin.off().map(move |(collector, problem)| format!("{name}: collector {collector} is off: {problem}"));
    trouble.chain(off)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::own::{CollectorStatus, Running, Trouble};

    #[test]
    fn problems_follow_the_table() {
        let digest = format!("sha256:{}", "0123456789ab".repeat(5));
        let plugin = PluginStatus {
            name: "orders".to_owned(),
            source: "/p/orders.wasm".to_owned(),
            running: Some(Running { version: "1.2.0".to_owned(), summary: String::new(), digest, generation: 3 }),
            problem: Some(Trouble { stage: "check".to_owned(), reason: "no".to_owned(), hint: Some("do".to_owned()) }),
            collectors: vec![
                CollectorStatus { name: "orders".to_owned(), problem: None },
                CollectorStatus { name: "orders-eu".to_owned(), problem: Some("configure: why".to_owned()) },
            ],
        };
        assert_eq!(
            listed(&[plugin]),
            "PLUGIN  VERSION  GENERATION  DIGEST               COLLECTORS  FROM\n\
             orders  1.2.0    3           sha256:0123456789ab  orders      /p/orders.wasm\n\
             orders: check: no; hint: do (what ran before goes on)\n\
             orders: collector orders-eu is off: configure: why"
        );
    }
}
