//! `redwasp check-config`: what the daemon would say of its settings.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::list::{Of, lacking, problems};
use super::table::table;
use super::{Said, to_the_end};

use crate::config::target::Target;
use crate::config::targets::{Kind, Listed};
use crate::config::{CollectorConfig, Config, Databases, Grants, Schedule, nearest};
use crate::daemon;
use crate::own::PluginStatus;
use crate::servers;

/// Targets that are told one by one.
const SHOWN: usize = 100;

/// Tells what would run under settings that are right so far, with the plugins that there are: they have a say too.
///
/// # Errors
/// When there is nothing to try plugins with, or a file of the flags for TLS is no good.
pub fn check_config(config: Config, file: Option<&Path>) -> anyhow::Result<Said> {
    servers::check_tls(&config.defaults.tls).map_err(anyhow::Error::msg)?;
    let plugins = to_the_end(daemon::examine(config.clone()))??;
    // What is not there yet may come: the file is no worse for that.
    let is_to_come = |plugin: &&PluginStatus| plugin.name.is_empty() && is_without_its_folder(&config);
    let (to_come, there): (Vec<_>, Vec<_>) = plugins.iter().partition(is_to_come);
    let of = |plugins: Vec<&PluginStatus>| -> Vec<String> {
        plugins.into_iter().flat_map(|plugin| problems(plugin, Of::Look)).collect()
    };
    let lacking = plugins.iter().flat_map(lacking);
    let of_names = missing(&config, &plugins).into_iter().chain(unknown(&config, &plugins));
    let warnings = of(to_come).into_iter().chain(of_names).chain(lacking);
    let mut err = of(there);
    let out = report(&config, file, &plugins, err.len());
    let is_good = err.is_empty();
    err.extend(warnings.map(|warning| format!("warning: {warning}")));
    Ok(Said { out, err: err.join("\n"), is_good })
}

/// Whether there is to be a plugin folder, and none is there.
fn is_without_its_folder(config: &Config) -> bool {
    let looked = config.plugins.dir.as_ref().map(std::fs::metadata);
    looked.is_some_and(|looked| looked.is_err_and(|error| error.kind() == ErrorKind::NotFound))
}

/// The collectors whose plugin is not there, those that are off too: each may be a name that is not quite right.
fn missing(config: &Config, plugins: &[PluginStatus]) -> Vec<String> {
    let known = plugins.iter().map(|plugin| plugin.name.as_str()).filter(|name| !name.is_empty());
    let is_missing = |collector: &&CollectorConfig| known.clone().all(|name| name != collector.plugin);
    let told = |CollectorConfig { name, plugin, .. }: &CollectorConfig| {
        let hint = match (nearest::nearest(plugin, known.clone()), &config.plugins.dir) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, Some(dir)) => format!("{plugin}.wasm in {} would be it", dir.display()),
            (None, None) => "it is not built in, and there is no plugin folder: set --plugins.dir".to_owned(),
        };
        format!("collectors.{name}: there is no plugin {plugin}; {hint}")
    };
    config.collectors.iter().filter(is_missing).map(told).collect()
}

/// Collectors that targets are to be measured by, and that nobody knows.
fn unknown(config: &Config, plugins: &[PluginStatus]) -> Vec<String> {
    let collectors = config.collectors.iter().map(|collector| collector.name.as_str());
    let known: HashSet<&str> = collectors.chain(plugins.iter().map(|plugin| plugin.name.as_str())).collect();
    let of_target = |listed: &Listed| {
        let names = listed.target.about.collectors.clone().unwrap_or_default();
        let unknown = names.into_iter().filter(|name| !known.contains(name.as_str()));
        let told = |name: String| {
            let hint = nearest::hint(&name, known.iter().copied());
            format!("targets.{}: there is no collector {name}{hint}", listed.target.name())
        };
        unknown.map(told).collect::<Vec<_>>()
    };
    config.targets.iter().flat_map(of_target).collect()
}

/// A line for the whole, then what would run: where, which collectors, on what terms.
fn report(config: &Config, file: Option<&Path>, plugins: &[PluginStatus], problems: usize) -> String {
    let problems = Some(problems).filter(|problems| *problems > 0).map(|problems| counted(problems, "problem"));
    let source = match (file, problems) {
        (Some(file), None) => format!("{} is good", file.display()),
        (Some(file), Some(problems)) => format!("{}, {problems}, told below", file.display()),
        (None, None) => "flags and variables are good, and there is no configuration file".to_owned(),
        (None, Some(problems)) => format!("no configuration file, {problems}, told below"),
    };
    let collectors = with_unlisted(config, plugins);
    let of_plugins = plugins.iter().flat_map(|plugin| &plugin.collectors);
    let refused: HashSet<&str> =
        of_plugins.filter(|collector| collector.problem.is_some()).map(|collector| collector.name.as_str()).collect();
    let is_refused = |collector: &CollectorConfig| refused.contains(collector.name.as_str());
    let all = collectors.len();
    let off = collectors.iter().filter(|collector| !collector.enabled || is_refused(collector)).count();
    let off = if off == 0 { String::new() } else { format!(", {off} of them off") };
    let path = |path: &Option<PathBuf>| path.as_ref().map_or("none".to_owned(), |path| path.display().to_string());
    let mut lines = vec![
        format!("{source}: {}{off}", counted(all, "collector")),
        String::new(),
        format!("target:        {}", config.in_short()),
        format!("listens on:    {}", config.listen),
        format!("plugin folder: {}", path(&config.plugins.dir)),
        format!("cache:         {}", path(&config.plugins.cache_dir)),
        String::new(),
    ];
    if !config.targets.is_empty() {
        let head = ["TARGET", "ADDRESS", "CONSISTS OF", "USER", "TLS"].map(str::to_owned);
        lines.extend(table(std::iter::once(head).chain(config.targets.iter().take(SHOWN).map(target)).collect()));
        let more = config.targets.len().saturating_sub(SHOWN);
        lines.extend((more > 0).then(|| format!("and {more} more")));
        lines.push(String::new());
    }
    let head = ["COLLECTOR", "PLUGIN", "RUNS", "MAY READ", "TARGETS"].map(str::to_owned);
    let rows = collectors.iter().map(|collector| row(collector, is_refused(collector)));
    lines.extend(table(std::iter::once(head).chain(rows).collect()));
    lines.join("\n")
}

/// The collectors of the settings, and those of plugins that no setting names.
fn with_unlisted(config: &Config, plugins: &[PluginStatus]) -> Vec<CollectorConfig> {
    let listed = |name: &str| config.collectors.iter().any(|collector| collector.name == name);
    let of_plugins = plugins.iter().flat_map(|plugin| &plugin.collectors);
    let unlisted = of_plugins.map(|collector| collector.name.as_str()).filter(|name| !listed(name));
    config.collectors.iter().cloned().chain(unlisted.map(CollectorConfig::of_plugin)).collect()
}

fn target(listed: &Listed) -> [String; 5] {
    let Listed { target, kind, .. } = listed;
    let of = match kind {
        Kind::Server => "a server",
        Kind::Cluster | Kind::WholeCluster => "a cluster",
        Kind::KeysOfCluster => "a server, with the keys of its cluster",
        Kind::Sentinel(_) => "a group",
    };
    // Of a group those are told who have the keys.
    let login = match kind {
        Kind::Sentinel(group) => &group.login,
        _ => target,
    };
    let user = match (&login.user, &login.password) {
        (_, None) => "nobody",
        (None, Some(_)) => "default",
        (Some(user), Some(_)) => user,
    };
    let name = target.about.name.clone().unwrap_or_default();
    let address = Target { user: None, ..target.clone() }.to_string();
    [name, address, of.to_owned(), user.to_owned(), if target.tls.is_some() { "yes" } else { "no" }.to_owned()]
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn row(collector: &CollectorConfig, is_refused: bool) -> [String; 5] {
    let runs = match collector.schedule {
        _ if !collector.enabled => "never".to_owned(),
        _ if is_refused => "off".to_owned(),
        Schedule::Scrape => "every scrape".to_owned(),
        Schedule::Every(interval) => format!("every {interval:?}"),
    };
    let targets = collector.targets.as_ref().map_or("all".to_owned(), |targets| counted(targets.len(), "pattern"));
    [collector.name.clone(), collector.plugin.clone(), runs, may_read(&collector.grants), targets]
}

/// Commands that are told by name: a row has to stay one.
const NAMED: usize = 8;

fn may_read(grants: &Grants) -> String {
    let mut parts: Vec<String> = Vec::new();
    if grants.statistics {
        parts.push("statistics".to_owned());
    }
    parts.extend(grants.commands.iter().take(NAMED).cloned());
    if grants.commands.len() > NAMED {
        parts.push(format!("{} more", grants.commands.len() - NAMED));
    }
    if !grants.keys.is_empty() {
        let databases: Vec<String> = grants.databases.listed().iter().map(u32::to_string).collect();
        let databases =
            if grants.databases == Databases::All { "all databases".to_owned() } else { databases.join(" ") };
        parts.push(format!("keys {} in {databases}", grants.keys.join(" ")));
    }
    if !grants.scripts.is_empty() {
        parts.push(counted(grants.scripts.len(), "script"));
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
            databases: Databases::only([0, 3]),
            scripts: vec!["return 1".to_owned()],
        };
        assert_eq!(may_read(&grants), "statistics, HGET, keys a:* b in 0 3, 1 script");
        assert_eq!(may_read(&Grants { statistics: false, ..Grants::default() }), "nothing");
        let commands = (0..20).map(|number| format!("C{number}")).collect();
        let many = Grants { statistics: false, commands, ..Grants::default() };
        assert_eq!(may_read(&many), "C0, C1, C2, C3, C4, C5, C6, C7, 12 more");
    }
}
