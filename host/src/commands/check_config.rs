//! `redwasp check-config`: what the daemon would say of its settings.

use std::path::{Path, PathBuf};

use super::list::{Of, problems};
use super::table::table;
use super::{Said, to_the_end};

use crate::config::{CollectorConfig, Config, Grants, Schedule};
use crate::daemon;
use crate::own::PluginStatus;
use crate::plugin::Stage;

/// Tells what would run under settings that are right so far, with the plugins that there are: they have a say too.
///
/// # Errors
/// When there is nothing to try plugins with.
pub fn check_config(config: Config, file: Option<&Path>) -> anyhow::Result<Said> {
    let out = report(&config, file);
    let plugins = to_the_end(daemon::examine(config))??;
    let err = plugins.iter().flat_map(|plugin| problems(plugin, Of::Look)).collect::<Vec<_>>().join("\n");
    // What is not there yet may come: the file is no worse for that.
    let is_there = |stage: &str| stage != Stage::Find.word();
    let is_good = !plugins.iter().flat_map(stages).any(|stage| is_there(&stage));
    Ok(Said { out, err, is_good })
}

/// At which stages the ways of a plugin and its collectors ended.
fn stages(plugin: &PluginStatus) -> Vec<String> {
    let off = plugin.collectors.iter().filter_map(|collector| collector.problem.as_ref());
    let off = off.map(|problem| problem.split(':').next().unwrap_or_default().to_owned());
    plugin.problem.iter().map(|trouble| trouble.stage.clone()).chain(off).collect()
}

/// A line for the whole, then what would run: where, which collectors, on what terms.
fn report(config: &Config, file: Option<&Path>) -> String {
    let source = match file {
        Some(file) => format!("{} is good", file.display()),
        None => "flags and variables are good, and there is no configuration file".to_owned(),
    };
    let all = config.collectors.len();
    let off = config.collectors.iter().filter(|collector| !collector.enabled).count();
    let off = if off == 0 { String::new() } else { format!(", {off} of them off") };
    let path = |path: &Option<PathBuf>| path.as_ref().map_or("none".to_owned(), |path| path.display().to_string());
    let target = config.target.as_ref().map_or("none".to_owned(), ToString::to_string);
    let mut lines = vec![
        format!("{source}: {}{off}", counted(all, "collector")),
        String::new(),
        format!("target:        {target}"),
        format!("listens on:    {}", config.listen),
        format!("plugin folder: {}", path(&config.plugins.dir)),
        format!("cache:         {}", path(&config.plugins.cache_dir)),
        String::new(),
    ];
    let head = ["COLLECTOR", "PLUGIN", "RUNS", "MAY READ", "TARGETS"].map(str::to_owned);
    lines.extend(table(std::iter::once(head).chain(config.collectors.iter().map(row)).collect()));
    lines.join("\n")
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn row(collector: &CollectorConfig) -> [String; 5] {
    let runs = match collector.schedule {
        _ if !collector.enabled => "never".to_owned(),
        Schedule::Scrape => "every scrape".to_owned(),
        Schedule::Every(interval) => format!("every {interval:?}"),
    };
    let targets = collector.targets.as_ref().map_or("all".to_owned(), |targets| counted(targets.len(), "pattern"));
    [collector.name.clone(), collector.plugin.clone(), runs, may_read(&collector.grants), targets]
}

fn may_read(grants: &Grants) -> String {
    let mut parts: Vec<String> = Vec::new();
    if grants.statistics {
        parts.push("statistics".to_owned());
    }
    parts.extend(grants.commands.iter().cloned());
    if !grants.keys.is_empty() {
        let databases: Vec<String> = grants.databases.iter().map(u32::to_string).collect();
        parts.push(format!("keys {} in {}", grants.keys.join(" "), databases.join(" ")));
    }
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_are_told_in_words() {
        let grants = Grants {
            statistics: true,
            commands: vec!["HGET".to_owned()],
            keys: vec!["a:*".to_owned(), "b".to_owned()],
            databases: vec![0, 3],
        };
        assert_eq!(may_read(&grants), "statistics, HGET, keys a:* b in 0 3");
        assert_eq!(may_read(&Grants { statistics: false, ..Grants::default() }), "nothing");
    }
}
