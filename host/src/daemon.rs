//! Builds the parts from checked settings and runs them.

use std::future::Future;
use std::sync::Arc;

use anyhow::{Context, ensure};
use tokio::net::TcpListener;

use crate::config::{CollectorConfig, Config};
use crate::own::{Gauges, Own};
use crate::plugin::{Collector, Ledger, Manifest, Plugin, Quarantine, Sandbox, Threads, embedded};
use crate::scrape::{self, Scraper};
use crate::servers::{Pools, Settings};
use crate::web::{self, App};

/// A daemon that is ready to serve.
pub struct Daemon {
    listener: TcpListener,
    app: Arc<App>,
}

impl Daemon {
    /// Loads the plugins and opens the port.
    ///
    /// # Errors
    /// A plugin that does not load, a port that cannot be opened.
    pub async fn start(config: Config) -> anyhow::Result<Daemon> {
        let sandbox = Sandbox::new(Threads::default())?;
        let collectors = collectors(&config, &sandbox).await?;
        Daemon::with(config, sandbox, collectors).await
    }

    /// Opens the port for collectors that are loaded already; those of the settings are not looked at.
    ///
    /// # Errors
    /// A port that cannot be opened.
    pub async fn with(
        config: Config,
        sandbox: Arc<Sandbox>,
        collectors: Vec<Arc<Collector>>,
    ) -> anyhow::Result<Daemon> {
        let own = Arc::new(Own::new(&config.namespace, sandbox.is_pooled(), !config.redis_only_metrics)?);
        let settings = Settings {
            connect_timeout: config.connect_timeout,
            client_name: config.client_name.clone(),
            config_command: config.config_command.clone(),
            ..Settings::default()
        };
        let scrape_settings = scrape::Settings {
            instance_role_label: config.instance_role_label,
            ping_on_connect: config.ping_on_connect,
        };
        let pools = Arc::new(Pools::new(settings, &config.target, own.clone()));
        let ledger = Arc::new(Ledger::new(Quarantine::default()));
        let scraper = Arc::new(Scraper::new(scrape_settings, pools.clone(), collectors, own.clone(), ledger));
        own.read_gauges(gauges(&pools, &sandbox));
        let listener = listen(&config.listen).await?;
        Ok(Daemon { listener, app: Arc::new(App::new(config, scraper, own)) })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> std::io::Result<std::net::SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` is ready and requests in progress are answered.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        web::serve(self.listener, self.app, stop).await;
    }
}

fn gauges(pools: &Arc<Pools>, sandbox: &Arc<Sandbox>) -> impl Fn() -> Gauges + use<> {
    // Weak, because pools hold the metrics that ask them.
    let (pools, sandbox) = (Arc::downgrade(pools), sandbox.clone());
    let main = tokio::runtime::Handle::current();
    move || Gauges {
        idle_connections: pools.upgrade().map_or(0, |pools| pools.idle()),
        main_tasks: main.metrics().num_alive_tasks(),
        guest_tasks: sandbox.tasks(),
    }
}

/// The manifests of the built-in plugins.
///
/// # Errors
/// A manifest that does not parse: a mistake in this build of the daemon.
pub fn manifests() -> anyhow::Result<Vec<Manifest>> {
    Ok(embedded()?.into_iter().map(|(manifest, _)| manifest).collect())
}

async fn collectors(config: &Config, sandbox: &Arc<Sandbox>) -> anyhow::Result<Vec<Arc<Collector>>> {
    let mut collectors = Vec::with_capacity(config.collectors.len());
    for settings in &config.collectors {
        let plugin = load(config, settings, sandbox).await.with_context(|| format!("collector {}", settings.name))?;
        collectors.push(Arc::new(Collector::new(settings, Arc::new(plugin), &config.namespace)));
    }
    Ok(collectors)
}

async fn load(config: &Config, settings: &CollectorConfig, sandbox: &Arc<Sandbox>) -> anyhow::Result<Plugin> {
    let name = &settings.plugin;
    let built_ins = embedded()?;
    if let Some((_, embedded)) = built_ins.iter().find(|(manifest, _)| manifest.name == *name) {
        let plugin = Plugin::load(sandbox, embedded.component, true).await?;
        let described = &plugin.description.name;
        ensure!(described == name, "the plugin in the folder {name} calls itself {described}");
        return Ok(plugin);
    }
    let dir = config.plugins.dir.as_ref().with_context(|| format!("there is no built-in plugin {name}"))?;
    let path = dir.join(name).with_extension("wasm");
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Plugin::load(sandbox, &bytes, false).await.with_context(|| path.display().to_string())
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
