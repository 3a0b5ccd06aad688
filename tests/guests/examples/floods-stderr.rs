//! Writes 1 MiB to stderr, then behaves.

use redwasp_guests::{Guest, Misdeed};
use redwasp_sdk::Report;

/// The misdeed.
pub struct FloodsStderr;

impl Misdeed for FloodsStderr {
    const NAME: &str = "floods-stderr";

    fn collect(_report: &mut Report) {
        for _ in 0..1024 {
            eprintln!("{}", "x".repeat(1023));
        }
    }
}

/// The guest.
pub type Collector = Guest<FloodsStderr>;

redwasp_sdk::export!(Collector);
