//! Settings: what the operator wrote, checked, and the secrets in it.

pub mod secret;
