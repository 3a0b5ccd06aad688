//! Builds the parts from checked settings and runs them.

mod files;
mod lineup;
mod shelf;
mod supervisor;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use arc_swap::ArcSwap;
use futures_util::future::try_join_all;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::config::Config;
use crate::config::file::Version;
use crate::config::targets::Listed;
use crate::own::{Connected, Gauges, Own, PluginStatus, Trouble};
use crate::plugin::{Collector, Counts, Embedded, Ledger, Loader, Manifest, Problem, Sandbox, Threads, embedded};
pub use crate::plugin::{How, child_main};
use crate::scrape::{self, Off, Scraper};
use crate::servers::{self, Pools, ServerKind, Settings};
use crate::web::{self, App, Live, Reload};

use supervisor::Supervisor;

/// Requests to read the settings again that may wait.
const RELOADS: usize = 4;

/// A daemon that is ready to serve.
pub struct Daemon {
    listener: TcpListener,
    app: Arc<App>,
    /// None when collectors were given that never change.
    supervisor: Option<(Supervisor, mpsc::Receiver<Reload>)>,
}

/// Where settings come from when they are read again.
pub struct Source {
    /// Reads everything anew.
    pub read: Box<dyn Fn() -> Result<Config, String> + Send + Sync>,
}

/// What the daemon is started with, besides its settings.
pub struct Start {
    /// The configuration file that the settings come from, in this version; none when there is none.
    pub file: Option<(PathBuf, Version)>,
    /// Where settings come from when they are read again; none when they are not.
    pub source: Option<Source>,
    /// Where components are compiled.
    pub how: How,
}

/// What everything that changes is made of.
struct Parts {
    app: Arc<App>,
    own: Arc<Own>,
    ledger: Arc<Ledger>,
}

impl Daemon {
    /// Loads the plugins and opens the port. What is wrong with a file of the plugin folder or with one collector does not
    /// keep it from starting.
    ///
    /// # Errors
    /// A built-in that does not load or does not accept its flags, a file of the flags for TLS that is no good, a port that
    /// cannot be opened.
    pub async fn start(config: Config, start: Start) -> anyhow::Result<Daemon> {
        servers::check_tls(&config.defaults.tls).map_err(anyhow::Error::msg)?;
        let listener = listen(&config.listen).await?;
        let (app, mut supervisor, requests) = prepare(config, start).await?;
        supervisor.watch();
        supervisor.fill(ENOUGH).await;
        if let Some(fault) = supervisor.fault_of_flags() {
            anyhow::bail!(fault);
        }
        supervisor.tell_start();
        Ok(Daemon { listener, app, supervisor: Some((supervisor, requests)) })
    }

    /// Opens the port for collectors that are loaded already and never change; those of the settings are not looked at.
    ///
    /// # Errors
    /// A port that cannot be opened.
    pub async fn with(
        config: Config,
        sandbox: Arc<Sandbox>,
        collectors: Vec<Arc<Collector>>,
    ) -> anyhow::Result<Daemon> {
        let (sender, _) = mpsc::channel(1);
        let listener = listen(&config.listen).await?;
        let parts = Parts::new(&config, &sandbox, collectors, sender, Counts::default)?;
        Ok(Daemon { listener, app: parts.app, supervisor: None })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> std::io::Result<std::net::SocketAddr> {
        self.listener.local_addr()
    }

    /// Has the settings read again, as a request to `/-/reload` does.
    pub fn reloader(&self) -> impl AsyncFn() + use<> {
        let app = self.app.clone();
        async move || {
            // What came of it is in the log.
            let _ = app.reload().await;
        }
    }

    /// Serves until `stop` is ready and requests in progress are answered.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let supervised = self.supervisor.map(|(supervisor, requests)| tokio::spawn(supervisor.run(requests)));
        web::serve(self.listener, self.app, stop).await;
        if let Some(supervised) = supervised {
            supervised.abort();
        }
    }
}

impl Parts {
    fn new(
        config: &Config,
        sandbox: &Arc<Sandbox>,
        collectors: Vec<Arc<Collector>>,
        reloads: mpsc::Sender<Reload>,
        counts: impl Fn() -> Counts + Send + Sync + 'static,
    ) -> anyhow::Result<Parts> {
        let own = Arc::new(Own::new(&config.namespace, sandbox.is_pooled(), !config.redis_only_metrics)?);
        let ledger = Arc::new(Ledger::new(config.plugins.quarantine));
        let scraper = scraper(config, collectors, &own, &ledger);
        let app = Arc::new(App::new(Live { config: config.clone(), scraper }, own.clone(), reloads));
        own.read_gauges(gauges(&app, sandbox, counts));
        Ok(Parts { app, own, ledger })
    }

    /// The kinds of servers that were scraped; before that, one that takes everything.
    fn kinds(&self) -> Vec<ServerKind> {
        let kinds = self.app.live().scraper.kinds();
        if kinds.is_empty() { vec![ServerKind::unseen()] } else { kinds }
    }

    /// Has the next scrapes run with other settings and collectors.
    fn swap(&self, config: Config, collectors: Vec<Arc<Collector>>, off: Vec<Off>) {
        self.ledger.set_quarantine(config.plugins.quarantine);
        let old = self.app.live();
        let is_same = pool_settings(&old.config) == pool_settings(&config);
        if !is_same {
            // What runs by itself would go on asking the old ones.
            old.scraper.with(scrape_settings(&old.config), Vec::new(), Vec::new());
        }
        let from = if is_same { old.scraper.clone() } else { scraper(&config, Vec::new(), &self.own, &self.ledger) };
        let scraper = Arc::new(from.with(scrape_settings(&config), collectors, off));
        scraper.watch(&config.targets, &config.defaults);
        config.on_page().for_each(|listed| scraper.prepare(listed));
        self.app.swap(Live { config, scraper });
    }
}

fn scraper(config: &Config, collectors: Vec<Arc<Collector>>, own: &Arc<Own>, ledger: &Arc<Ledger>) -> Arc<Scraper> {
    Arc::new(Scraper::new(scrape_settings(config), pools(config, own), collectors, own.clone(), ledger.clone()))
}

fn pool_settings(config: &Config) -> Settings {
    Settings {
        connections: config.connections.max,
        per_target: config.connections.per_target,
        idle_timeout: config.connections.idle_timeout,
        connect_timeout: config.connect_timeout,
        client_name: config.client_name.clone(),
        config_command: config.config_command.clone(),
        ..Settings::default()
    }
}

fn scrape_settings(config: &Config) -> scrape::Settings {
    scrape::Settings {
        instance_role_label: config.instance_role_label,
        ping_on_connect: config.ping_on_connect,
        rdb_size: config.rdb_size,
        sweeps: config.sweeps,
        allowed: config.allowed_targets.clone(),
    }
}

fn gauges<C: Fn() -> Counts>(app: &Arc<App>, sandbox: &Arc<Sandbox>, counts: C) -> impl Fn() -> Gauges + use<C> {
    // Weak, because the application holds the metrics that ask it.
    let (app, sandbox) = (Arc::downgrade(app), sandbox.clone());
    let main = tokio::runtime::Handle::current();
    move || Gauges {
        connections: app.upgrade().map_or_else(Connected::default, |app| app.live().scraper.connected()),
        main_tasks: main.metrics().num_alive_tasks(),
        guest_tasks: sandbox.tasks(),
        guest_calls: sandbox.calls(),
        guest_calls_limit: sandbox.calls_limit(),
        compilations: {
            let Counts { compilations, cache_hits, cache_failures } = counts();
            [compilations, cache_hits, cache_failures]
        },
        quarantined: app.upgrade().map_or_else(Vec::new, |app| app.live().scraper.quarantined()),
    }
}

/// How long the start waits for plugins of the folder: what has to be compiled first comes while the daemon serves.
const ENOUGH: Duration = Duration::from_secs(1);

/// How long it may take to load all plugins of a folder for a look.
const FOR_A_LOOK: Duration = Duration::from_secs(600);

/// Everything but the port. The plugin folder is not looked at yet.
async fn prepare(config: Config, start: Start) -> anyhow::Result<(Arc<App>, Supervisor, mpsc::Receiver<Reload>)> {
    let sandbox = Sandbox::new(Threads::default())?;
    let Start { file, source, how } = start;
    let loader = Loader::new(sandbox.clone(), &config.plugins, how);
    let built_ins = embedded()?;
    let load = |(manifest, embedded): &(Manifest, &'static Embedded)| {
        let (loader, name, embedded) = (&loader, manifest.name.clone(), *embedded);
        async move { loader.load_built_in(&name, embedded).await.with_context(|| format!("built-in plugin {name}")) }
    };
    let built_ins = try_join_all(built_ins.iter().map(load)).await?;
    let (sender, requests) = mpsc::channel(RELOADS);
    let loader = Arc::new(ArcSwap::from_pointee(loader));
    let counts = {
        let loader = loader.clone();
        move || loader.load().counts()
    };
    let parts = Parts::new(&config, &sandbox, Vec::new(), sender, counts)?;
    let app = parts.app.clone();
    let mut supervisor = Supervisor::new(Arc::new(parts), config, file, source, loader);
    built_ins.into_iter().for_each(|plugin| supervisor.add_built_in(plugin));
    Ok((app, supervisor, requests))
}

/// The plugins that a daemon with these settings would have, without starting one. Nothing is asked of any server.
///
/// # Errors
/// A built-in that does not load.
pub async fn examine(config: Config) -> anyhow::Result<Vec<PluginStatus>> {
    Ok(line_up(config).await?.0)
}

/// The same, with the collectors that would run.
///
/// # Errors
/// A built-in that does not load.
pub async fn line_up(config: Config) -> anyhow::Result<(Vec<PluginStatus>, Vec<Arc<Collector>>)> {
    let without_targets = Config { targets: Vec::new(), ..config.clone() };
    let start = Start { file: None, source: None, how: How::child() };
    let (app, mut supervisor, _) = prepare(without_targets, start).await?;
    supervisor.for_targets_of(&config);
    supervisor.fill(FOR_A_LOOK).await;
    if supervisor.is_time_to_look_again().await {
        supervisor.fill(FOR_A_LOOK).await;
    }
    Ok((app.own.plugins().to_vec(), supervisor.collectors().to_vec()))
}

/// Pools for the servers of these settings, with as many connections as the limit of open files allows.
pub fn pools(config: &Config, own: &Arc<Own>) -> Arc<Pools> {
    let settings = pool_settings(config);
    let settings = Settings { connections: files::enough_for(settings.connections), ..settings };
    let pools = Pools::new(settings, own.clone());
    pools.list(config.targets.iter().flat_map(Listed::seeds), &config.defaults);
    Arc::new(pools)
}

/// The manifests of the built-in plugins.
///
/// # Errors
/// A manifest that does not parse: a mistake in this build of the daemon.
pub fn manifests() -> anyhow::Result<Vec<Manifest>> {
    Ok(embedded()?.into_iter().map(|(manifest, _)| manifest).collect())
}

/// A problem as everybody is shown it.
fn trouble(problem: &Problem) -> Trouble {
    Trouble { stage: problem.stage.word().to_owned(), reason: problem.reason.clone(), hint: problem.hint.clone() }
}

/// `:port` is every address of the machine, IPv6 and IPv4.
async fn listen(address: &str) -> anyhow::Result<TcpListener> {
    let failed = || format!("cannot listen on {address}; choose another address with --web.listen-address");
    match address.strip_prefix(':') {
        Some(port) => match TcpListener::bind(format!("[::]:{port}")).await {
            Ok(listener) => Ok(listener),
            // A machine without IPv6.
            Err(error) if error.raw_os_error() == Some(libc::EAFNOSUPPORT) => {
                TcpListener::bind(format!("0.0.0.0:{port}")).await.with_context(failed)
            }
            Err(error) => Err(error).with_context(failed),
        },
        None => TcpListener::bind(address).await.with_context(failed),
    }
}
