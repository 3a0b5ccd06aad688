//! The SDKs and the contract, as they are part of this program: a new project brings its own copy, so that it builds where
//! no registry has them.

use super::language::Language;

include!(concat!(env!("OUT_DIR"), "/sdks.rs"));

/// A file: its path with slashes, and its bytes.
pub(super) type File = (&'static str, &'static [u8]);

/// What there is for a language.
pub(super) struct Sdk {
    /// The language's word.
    language: &'static str,
    /// What an author depends on.
    pub(super) files: &'static [File],
    /// What a new project begins with.
    pub(super) template: &'static [File],
}

/// What there is for a language.
pub(super) fn sdk(language: Language) -> Option<&'static Sdk> {
    SDKS.iter().find(|sdk| sdk.language == language.word())
}

/// The contract.
pub(super) fn contract() -> &'static [File] {
    CONTRACT
}
