//! Flags of features that this version does not have.
//!
//! They are read, so that a command line written for redis_exporter works as far as it says what is true anyway. Away from
//! their defaults they stop the start: passing over them in silence could leave a page open that was meant to have a
//! password.

use super::flag::{Flag, switch, text};

/// By name. What would be there is a phrase that can follow "this version does not have".
#[rustfmt::skip]
pub(super) static LATER: &[Flag] = &[
    text("basic-auth-hash-password", "REDIS_EXPORTER_BASIC_AUTH_HASH_PASSWORD", "", "a password on HTTP"),
    text("basic-auth-password", "REDIS_EXPORTER_BASIC_AUTH_PASSWORD", "", "a password on HTTP"),
    text("basic-auth-username", "REDIS_EXPORTER_BASIC_AUTH_USERNAME", "", "a password on HTTP"),
    switch("is-tile38", "REDIS_EXPORTER_IS_TILE38", false, "metrics of Tile38"),
    text("tls-server-ca-cert-file", "REDIS_EXPORTER_TLS_SERVER_CA_CERT_FILE", "", "TLS on HTTP"),
    text("tls-server-cert-file", "REDIS_EXPORTER_TLS_SERVER_CERT_FILE", "", "TLS on HTTP"),
    text("tls-server-key-file", "REDIS_EXPORTER_TLS_SERVER_KEY_FILE", "", "TLS on HTTP"),
    text("tls-server-min-version", "REDIS_EXPORTER_TLS_SERVER_MIN_VERSION", "TLS1.2", "TLS on HTTP"),
];
