//! The built-in collectors.

use super::manifest::Manifest;

/// A built-in as the build script found it.
#[derive(Debug)]
pub struct Embedded {
    /// Text of its `plugin.toml`.
    manifest: &'static str,
    /// The component.
    pub component: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// All built-ins, by name.
///
/// # Errors
/// A manifest that does not parse: a mistake in this build of the daemon.
pub fn embedded() -> Result<Vec<(Manifest, &'static Embedded)>, toml::de::Error> {
    EMBEDDED.iter().map(|embedded| Ok((toml::from_str(embedded.manifest)?, embedded))).collect()
}
