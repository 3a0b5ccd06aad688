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
    /// Gives back the memory that reading it took. What is read again comes from the program's file again.
    pub(super) fn let_go(&self) {
        let page = rustix::param::page_size();
        for part in [Some(self.component), self.code].into_iter().flatten() {
            let range = part.as_ptr_range();
            let begin = range.start.addr().next_multiple_of(page);
            let length = (range.end.addr() / page * page).saturating_sub(begin);
            let begin = range.start.with_addr(begin).cast_mut().cast();
            // SAFETY: these are whole pages of a constant, which the system has from the program's file and nobody writes
            // to: they are the same when they are read again.
            let given = unsafe { rustix::mm::madvise(begin, length, rustix::mm::Advice::LinuxDontNeed) };
            if let Err(error) = given {
                tracing::debug!(%error, "memory of a built-in is not given back");
            }
        }
    }

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
