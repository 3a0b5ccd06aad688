//! Where the real programs are.

use std::path::{Path, PathBuf};

/// The repository's folder.
pub fn repository() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}

/// The program that `tests/tools.sh` brought: `redis-server`, `redis-server-6.2`, `valkey-server-9.1`, `redis-cli`,
/// `prometheus`, `promtool`, `redis_exporter`.
///
/// # Panics
/// When it is not there: a test never passes because it could not be run.
pub fn tool(name: &str) -> PathBuf {
    let path = repository().join("target/tools/bin").join(name);
    assert!(path.is_file(), "{name} is missing: run tests/tools.sh");
    path
}
