//! The built-in collectors.

use super::manifest::Manifest;

/// A built-in as the build script found it.
#[derive(Debug)]
pub struct Embedded {
    /// Name of its folder in `plugins/`.
    folder: &'static str,
    /// Text of its `plugin.toml`.
    manifest: &'static str,
    /// The component.
    pub component: &'static [u8],
    /// The code that it was compiled to with this program, for a sandbox with a pool; none when the program was built on
    /// another kind of machine.
    pub code: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// A mistake in this build of the daemon.
#[derive(Debug, thiserror::Error)]
#[error("plugins/{folder}/plugin.toml: {fault}")]
pub struct BadManifest {
    folder: &'static str,
    fault: String,
}

/// All built-ins, by name.
///
/// # Errors
/// A manifest that does not parse or has another name than its folder.
pub fn embedded() -> Result<Vec<(Manifest, &'static Embedded)>, BadManifest> {
    EMBEDDED.iter().map(|embedded| Ok((embedded.manifest()?, embedded))).collect()
}

impl Embedded {
    fn manifest(&self) -> Result<Manifest, BadManifest> {
        let bad = |fault| BadManifest { folder: self.folder, fault };
        let manifest: Manifest = toml::from_str(self.manifest).map_err(|error| bad(error.to_string()))?;
        if manifest.name == self.folder {
            Ok(manifest)
        } else {
            Err(bad(format!("the name is {:?}, not the folder's", manifest.name)))
        }
    }
}
