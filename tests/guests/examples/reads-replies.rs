//! Reads all of sdk/resp-vectors.json in a component, where lengths have 32 bits. What is read wrongly is a panic.

use redwasp_guests::{Guest, Misdeed};
use redwasp_sdk::Report;

#[path = "../../../sdk/rust/tests/vectors/mod.rs"]
mod vectors;

/// No misdeed.
pub struct ReadsReplies;

impl Misdeed for ReadsReplies {
    const NAME: &str = "reads-replies";

    fn collect(_report: &mut Report) {
        vectors::values();
        vectors::malformed();
        vectors::accessors();
    }
}

/// The guest.
pub type Collector = Guest<ReadsReplies>;

redwasp_sdk::export!(Collector);
