//! Behaves.

use redwasp_guests::{Guest, Misdeed};

/// No misdeed at all.
pub struct Behaves;

impl Misdeed for Behaves {
    const NAME: &str = "behaves";
}

/// The guest.
pub type Collector = Guest<Behaves>;

redwasp_sdk::export!(Collector);
