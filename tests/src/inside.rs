//! The daemon as a library, inside of the test's own process: for settings that the command line does not have.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use redwasp::config::target::Target;
use redwasp::config::{CollectorConfig, Config, Credentials, Grants, PluginsConfig};
use redwasp::daemon::{Daemon, How, Start};
use tokio::sync::oneshot;

use crate::guests;
use crate::http::{self, Response};
use crate::page::Page;

/// A daemon that serves until it is dropped.
pub struct Inside {
    port: u16,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Settings without surprises: a free port of 127.0.0.1, one target, these collectors.
pub fn config(target: &str, collectors: Vec<CollectorConfig>) -> Config {
    Config {
        listen: "127.0.0.1:0".to_owned(),
        telemetry_path: "/metrics".to_owned(),
        scrape_endpoint: true,
        namespace: "redis".to_owned(),
        target: Some(Target::parse(target).expect("a target")),
        credentials: Credentials::default(),
        allowed_targets: Vec::new(),
        scrape_timeout: Duration::from_secs(10),
        connect_timeout: Duration::from_secs(15),
        client_name: Some("redwasp".to_owned()),
        config_command: Some("CONFIG".to_owned()),
        ping_on_connect: false,
        instance_role_label: false,
        redis_only_metrics: false,
        plugins: PluginsConfig { dir: Some(guests::folder().to_owned()), ..PluginsConfig::default() },
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
    /// Starts a daemon and waits until its port is open.
    ///
    /// # Errors
    /// Why it does not start, as it would be printed.
    pub fn start(config: Config) -> Result<Inside, String> {
        let (started, report) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
            runtime.expect("a runtime").block_on(async {
                match Daemon::start(config, Start { source: None, how: How::InProcess }).await {
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
        Ok(Inside { port, stop: Some(stop), thread: Some(thread) })
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

impl Drop for Inside {
    fn drop(&mut self) {
        // It also stops when the sender is gone.
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(thread::panicking() || ended.is_ok(), "the daemon panicked");
        }
    }
}
