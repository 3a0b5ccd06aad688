//! What is known of this build of the program.

/// The program's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// SHA-1 of the commit that was built, or "unknown".
pub const COMMIT: &str = env!("REDWASP_COMMIT");

/// When that commit was made, in UTC as ISO 8601 writes it, or "unknown".
pub const DATE: &str = env!("REDWASP_BUILD_DATE");
