//! The daemon as a library, inside of the test's own process: for settings that the command line does not have.

use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use redwasp::config::target::Target;
use redwasp::config::targets::{Defaults, Kind, Listed};
use redwasp::config::{CollectorConfig, Config, ConnectionsConfig, Grants, PluginsConfig, SweepConfig, Unlisted};
use redwasp::daemon::{Daemon, How, Start};
use redwasp::own::PluginStatus;
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::canary::Watch;
use crate::http::{self, Response};
use crate::page::Page;
use crate::{guests, wait};

/// A daemon that serves until it is dropped. Its answers must not give away what [`canary`](crate::canary) has planted.
pub struct Inside {
    port: u16,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// The plugin folder: the guests that the settings name.
    plugins: TempDir,
    watch: Watch,
}

/// Settings without surprises: a free port of 127.0.0.1, one target, these collectors.
pub fn config(target: &str, collectors: Vec<CollectorConfig>) -> Config {
    Config {
        listen: "127.0.0.1:0".to_owned(),
        telemetry_path: "/metrics".to_owned(),
        scrape_endpoint: true,
        namespace: "redis".to_owned(),
        targets: vec![Listed::server(Target::parse(target).expect("a target"), true)],
        kind_of_servers: Kind::Server,
        discover_hostnames: false,
        defaults: Defaults::default(),
        allowed_targets: Vec::new(),
        unlisted: Unlisted::Ask,
        scrape_timeout: Duration::from_secs(10),
        connect_timeout: Duration::from_secs(15),
        connections: ConnectionsConfig::default(),
        client_name: Some("redwasp".to_owned()),
        config_command: Some("CONFIG".to_owned()),
        ping_on_connect: false,
        rdb_size: false,
        instance_role_label: false,
        redis_only_metrics: false,
        sweeps: SweepConfig::default(),
        files: Vec::new(),
        plugins: PluginsConfig::default(),
        collectors,
    }
}

/// A built-in plugin under a name, with its defaults.
pub fn built_in(plugin: &str, name: &str) -> CollectorConfig {
    CollectorConfig { plugin: plugin.to_owned(), ..guest(name) }
}

/// A guest of `tests/guests` under its own name.
pub fn guest(name: &str) -> CollectorConfig {
    let grants = Grants { commands: vec!["INFO".to_owned()], ..Grants::default() };
    CollectorConfig { grants, ..CollectorConfig::of_plugin(name) }
}

impl Inside {
    /// Starts a daemon and waits until its port is open, and of each guest until it runs or is refused: on a busy machine
    /// that may take longer than the daemon waits for it. It has a plugin folder of its own, with the guests that its
    /// collectors name, unless the settings have one.
    ///
    /// # Errors
    /// Why it does not start, as it would be printed.
    pub fn start(mut config: Config) -> Result<Inside, String> {
        let plugins = folder_for(&config);
        config.plugins.dir.get_or_insert_with(|| plugins.path().to_owned());
        let files = fs::read_dir(plugins.path()).map_or(0, Iterator::count);
        let (started, report) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
            runtime.expect("a runtime").block_on(async {
                match Daemon::start(config, Start { file: None, source: None, how: How::InProcess }).await {
                    Ok(daemon) => {
                        let port = daemon.address().expect("an address").port();
                        started.send(Ok(port)).expect("the test waits");
                        daemon.serve(async { stopped.await.unwrap_or(()) }).await;
                    }
                    Err(error) => started.send(Err(format!("{error:#}"))).expect("the test waits"),
                }
            });
        });
        let port = report.recv().expect("the daemon says how it started")?;
        let watch = Watch::over(port);
        let daemon = Inside { port, stop: Some(stop), thread: Some(thread), plugins, watch };
        wait::until("every plugin to be loaded or refused", wait::PATIENCE, || {
            let is_settled = |plugin: &PluginStatus| {
                plugin.source != "built-in" && (plugin.running.is_some() || plugin.problem.is_some())
            };
            (daemon.statuses().iter().filter(|plugin| is_settled(plugin)).count() >= files).then_some(())
        });
        Ok(daemon)
    }

    /// Its plugin folder.
    pub fn plugins(&self) -> &Path {
        self.plugins.path()
    }

    /// What it says of its plugins.
    fn statuses(&self) -> Vec<PluginStatus> {
        serde_json::from_str(&self.get("/plugins").text()).expect("the statuses of plugins")
    }

    /// Asks for a path.
    pub fn get(&self, path: &str) -> Response {
        http::get(self.port, path, &[]).expect("an answer")
    }

    /// Asks for a path, with headers.
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        http::get(self.port, path, headers).expect("an answer")
    }

    /// The page of metrics.
    pub fn scrape(&self, path: &str) -> Page {
        let response = self.get(path);
        assert_eq!(response.status, 200, "{}", response.text());
        Page::parse(&response.text()).expect("a page of metrics")
    }
}

fn folder_for(config: &Config) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for plugins");
    for collector in &config.collectors {
        if guests::names().contains(&collector.plugin) {
            let file = folder.path().join(&collector.plugin).with_extension("wasm");
            fs::copy(guests::guest_file(&collector.plugin), file).expect("a guest can be copied");
        }
    }
    folder
}

impl Drop for Inside {
    fn drop(&mut self) {
        // It also stops when the sender is gone.
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(thread::panicking() || ended.is_ok(), "the daemon panicked");
        }
        self.watch.end(&[]);
    }
}
