//! A file's plugin, loaded as the daemon would load it, for one look.

use std::path::Path;
use std::sync::Arc;

use super::plugin_name;
use crate::config::{CollectorConfig, Config};
use crate::plugin::{Folder, How, Loader, Plugin, Problem, Sandbox, Stage, Threads};

/// A plugin with the settings that it would run under.
pub(super) struct Sample {
    pub(super) plugin: Arc<Plugin>,
    /// Bytes of the file.
    pub(super) size: usize,
    /// Its first collector in the configuration file, or its own.
    pub(super) settings: CollectorConfig,
    /// Of the settings that the collector would have.
    pub(super) sandbox: Arc<Sandbox>,
}

impl Sample {
    /// Loads a file.
    ///
    /// # Errors
    /// At which stage its way ended, and why.
    pub(super) async fn load(config: &Config, file: &Path) -> Result<Sample, Problem> {
        let name = plugin_name(file)?;
        let bytes = read(config, file, &name)?;
        let sandbox = Sandbox::new(Threads::default());
        let sandbox = sandbox.map_err(|error| Problem::new(Stage::Link, error.to_string()))?;
        let loader = Loader::new(sandbox.clone(), &config.plugins, How::child());
        let size = bytes.len();
        let plugin = Arc::new(loader.load(&name, bytes).await?);
        let settings = config.collectors.iter().find(|collector| collector.plugin == name && collector.enabled);
        let settings = settings.cloned().unwrap_or_else(|| CollectorConfig::of_plugin(&name));
        Ok(Sample { plugin, size, settings, sandbox })
    }
}

/// As the daemon reads a file of its folder.
fn read(config: &Config, file: &Path, name: &str) -> Result<Vec<u8>, Problem> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = Folder::new(folder, config.plugins.file_limit);
    let entries = folder.scan()?;
    let is_it = |entry: &&crate::plugin::Entry| entry.name == name || entry.name == format!("{name}.wasm");
    let entry = entries.iter().find(is_it);
    folder.read(entry.ok_or_else(|| Problem::new(Stage::Find, "is not there"))?)
}
