//! The texts of INFO in `tests/testdata/info`, and what redis_exporter makes of them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::daemon::Daemon;
use crate::replay::Replay;
use crate::tools;

/// Flags of redis_exporter under which the pages were captured: all that comes from INFO and nothing else.
pub const FLAGS: [&str; 3] = ["--config-command=-", "--include-system-metrics", "--redis-only-metrics"];

/// Of what redis_exporter says of itself, only whether the scrape failed, and why, is kept.
const KEPT_OF_ITSELF: &str = "redis_exporter_last_scrape_error";

/// Now less the uptime, other with every scrape: written as 0.
const MOVING: &str = "redis_start_time_seconds";

/// A folder in `tests/testdata/info`.
#[derive(Clone, Debug, PartialEq)]
pub struct Capture {
    folder: PathBuf,
}

impl Capture {
    /// All of them, by name.
    ///
    /// # Panics
    /// When the folder cannot be read.
    pub fn all() -> Vec<Capture> {
        let all = tools::repository().join("tests/testdata/info");
        let entries = fs::read_dir(&all).unwrap_or_else(|error| panic!("cannot read {}: {error}", all.display()));
        let paths = entries.map(|entry| entry.unwrap_or_else(|error| panic!("{}: {error}", all.display())).path());
        let mut folders: Vec<PathBuf> = paths.filter(|path| path.is_dir()).collect();
        folders.sort();
        folders.into_iter().map(|folder| Capture { folder }).collect()
    }

    /// The one of this name.
    ///
    /// # Panics
    /// When there is none.
    pub fn named(name: &str) -> Capture {
        let found = Capture::all().into_iter().find(|capture| capture.name() == name);
        found.unwrap_or_else(|| panic!("there is no tests/testdata/info/{name}"))
    }

    /// The folder's name.
    pub fn name(&self) -> String {
        self.folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// The text as a server sends it.
    ///
    /// # Panics
    /// When the file cannot be read.
    pub fn info(&self) -> Vec<u8> {
        read(&self.folder.join("info.txt"))
    }

    /// The page that redis_exporter made of it.
    ///
    /// # Panics
    /// When the file cannot be read: `make captures` writes it.
    pub fn page(&self) -> String {
        String::from_utf8(read(&self.page_path())).expect("a page of redis_exporter is UTF-8")
    }

    /// Where [`Capture::page`] is.
    pub fn page_path(&self) -> PathBuf {
        self.folder.join("redis_exporter.prom")
    }
}

/// What redis_exporter makes of a text now, without its HELP lines (its words are its own) and what it says of itself.
///
/// # Panics
/// When it does not start or does not answer with a page.
pub fn page_of(info: &[u8]) -> String {
    let replay = Replay::start(info);
    let address = format!("--redis.addr={}", replay.url());
    let mut args = vec![address.as_str()];
    args.extend(FLAGS);
    let exporter = Daemon::start_program(&tools::tool("redis_exporter"), &args, &[]);
    let response = exporter.get("/metrics");
    assert_eq!(response.status, 200, "redis_exporter answers: {}", response.text());
    normalised(&response.text())
}

fn normalised(page: &str) -> String {
    let mut lines = String::new();
    for line in page.lines().filter(|line| !line.starts_with("# HELP ")) {
        let (comment, said) = line.strip_prefix("# TYPE ").map_or(("", line), |said| ("# TYPE ", said));
        let name = said.split([' ', '{']).next().unwrap_or_default();
        if name.starts_with("redis_exporter_") && name != KEPT_OF_ITSELF {
            continue;
        }
        let moves = comment.is_empty() && name == MOVING;
        let end = if moves { name.len() } else { said.len() };
        lines.extend([comment, &said[..end], if moves { " 0\n" } else { "\n" }]);
    }
    lines
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}
