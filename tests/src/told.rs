//! The guest that does as its configuration tells it, and what it says of the answers.

use std::fs;
use std::path::Path;

use redwasp::config::{CollectorConfig, Config, Grants};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::daemon::Daemon;
use crate::http::Response;
use crate::inside::Inside;
use crate::page::{Labels, Page};
use crate::server::Redis;
use crate::{guests, http, wait};

/// The plugin.
pub const PLUGIN: &str = "does-as-told";

/// The version that the plugin tells, and the one of [`other_version`].
pub const VERSIONS: [&str; 2] = ["1.0.0-as-told", "2.0.0-as-told"];

/// A collector of the plugin, told what to do.
pub fn told(name: &str, mut config: Value) -> CollectorConfig {
    config["name"] = json!(name);
    CollectorConfig { plugin: PLUGIN.to_owned(), configuration: config.to_string(), ..CollectorConfig::of_plugin(name) }
}

/// The same, allowed these reads of keys in database 0.
pub fn granted(name: &str, config: Value, commands: &[&str], keys: &[&str]) -> CollectorConfig {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let grants = Grants { commands: texts(commands), keys: texts(keys), ..Grants::default() };
    CollectorConfig { grants, ..told(name, config) }
}

/// The component of the same plugin in another version.
///
/// # Panics
/// When its version is not where it is looked for.
pub fn other_version() -> Vec<u8> {
    let mut bytes = guests::guest(PLUGIN);
    let [old, new] = VERSIONS.map(str::as_bytes);
    let places: Vec<usize> = (0..bytes.len() - old.len()).filter(|&at| bytes[at..].starts_with(old)).collect();
    assert!(!places.is_empty(), "the plugin does not hold its version");
    places.into_iter().for_each(|at| bytes[at..at + new.len()].copy_from_slice(new));
    bytes
}

/// What a collector was answered in a step ("prefetch", or its number), in the order of the commands.
pub fn answers<'a>(page: &'a Page, collector: &str, step: &str) -> Vec<&'a str> {
    let of_step = |labels: &&Labels| labels["name"] == collector && labels["step"] == step;
    let mut found: Vec<_> = page.labels_of("redis_told").into_iter().filter(of_step).collect();
    found.sort_by_key(|labels| labels["place"].parse::<usize>().unwrap_or(0));
    found.into_iter().map(|labels| labels["answer"].as_str()).collect()
}

/// How often an answer that begins so came in a step that counts.
pub fn count(page: &Page, collector: &str, step: &str, beginning: &str) -> f64 {
    let fits = |labels: &Labels| {
        labels["name"] == collector && labels["step"] == step && labels["answer"].starts_with(beginning)
    };
    page.samples_of("redis_told").filter(|sample| fits(&sample.labels)).map(|sample| sample.value).sum()
}

/// Whether the last call of a collector succeeded.
pub fn succeeded(page: &Page, collector: &str) -> bool {
    page.value("redwasp_collector_success", &[("collector", collector)]) == Some(1.0)
}

/// A metric of one collector; 0 when there is none.
pub fn of(page: &Page, collector: &str, metric: &str) -> f64 {
    page.value(&format!("redwasp_collector_{metric}"), &[("collector", collector)]).unwrap_or(0.0)
}

/// How many calls of a collector ended so.
pub fn calls(page: &Page, collector: &str, outcome: &str) -> f64 {
    page.value("redwasp_collector_calls_total", &[("collector", collector), ("outcome", outcome)]).unwrap_or(0.0)
}

/// The built-ins' metrics are on the page, whatever anybody else did.
///
/// # Panics
/// When they are not.
pub fn others_are_well(page: &Page) {
    assert_eq!(page.value("redis_up", &[]), Some(1.0));
    assert_eq!(page.value("redis_exporter_last_scrape_error", &[("err", "")]), Some(0.0));
    assert!(page.value("redis_memory_used_bytes", &[]).is_some());
    assert!(page.value("redis_db_keys", &[("db", "db0")]).is_some());
    assert!(succeeded(page, "info") && succeeded(page, "keyspace"));
}

/// A daemon inside of the test, with the plugin running.
///
/// # Panics
/// When it does not start.
pub fn start(config: Config) -> Inside {
    let daemon = Inside::start(config).unwrap_or_else(|error| panic!("{error}"));
    until_it_runs(|| daemon.get("/plugins"));
    daemon
}

/// A plugin of the folder comes while the daemon serves; asking for what runs is no scrape.
fn until_it_runs(plugins: impl Fn() -> Response) {
    wait::until("the plugin to run", wait::PATIENCE, || plugins().text().contains(VERSIONS[0]).then_some(()));
}

/// The log, when it says this and that it is told once, and has said it once.
///
/// # Panics
/// When it does not come, or more than once.
pub fn told_once(daemon: &Daemon, words: &str) -> String {
    let told = format!("{words}; this is told once");
    let log = daemon.wait_for_log(&told);
    assert_eq!(log.matches(&told).count(), 1, "{log}");
    log
}

/// The program with a configuration file, and a plugin folder with this plugin alone.
pub struct Program {
    /// The program.
    pub daemon: Daemon,
    folder: TempDir,
}

impl Program {
    /// Starts it. `file` is the configuration without the places of folders, which stand under `plugins`.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start(file: &str) -> Program {
        let folder = tempfile::tempdir().expect("a folder for the program");
        fs::create_dir(folder.path().join("plugins")).expect("a folder for plugins");
        let plugin = folder.path().join("plugins").join(PLUGIN).with_extension("wasm");
        fs::copy(guests::guest_file(PLUGIN), plugin).expect("the plugin can be copied");
        fs::write(folder.path().join("redwasp.yaml"), file).expect("the file can be written");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let flags = [
            format!("--config.file={}", path("redwasp.yaml")),
            format!("--plugins.dir={}", path("plugins")),
            format!("--plugins.cache-dir={}", path("cache")),
        ];
        let daemon = Daemon::start(&flags.each_ref().map(String::as_str));
        let program = Program { daemon, folder };
        until_it_runs(|| program.daemon.get("/plugins"));
        program
    }

    /// Starts it with these collectors for one server.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn watching(redis: &Redis, collectors: &str) -> Program {
        Program::start(&format!("settings: {{redis.addr: '{}'}}\ncollectors:\n{collectors}", redis.url()))
    }

    /// Writes another configuration and has it read.
    ///
    /// # Panics
    /// When it is refused.
    pub fn reload(&self, file: &str) {
        fs::write(self.folder.path().join("redwasp.yaml"), file).expect("the file can be written");
        let answer = http::request(self.daemon.port(), "POST", "/-/reload", &[]).expect("an answer");
        assert_eq!(answer.status, 200, "{}; the log:\n{}", answer.text(), self.daemon.log());
    }

    /// Puts another component in the place of the plugin.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn replace(&self, component: &[u8]) {
        replace(&self.folder.path().join("plugins"), component);
    }
}

/// Puts another component in the place of the plugin in a folder, at once.
///
/// # Panics
/// When it cannot be written.
pub fn replace(folder: &Path, component: &[u8]) {
    let new = folder.join("new");
    fs::write(&new, component).expect("the component can be written");
    fs::rename(&new, folder.join(PLUGIN).with_extension("wasm")).expect("the component can be renamed");
}
