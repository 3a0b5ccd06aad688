//! The table: a row for each command of Redis 6.2 to 8 and Valkey to 9.1, and of the modules that people know.
//! (<https://redis.io/docs/latest/commands/>, <https://valkey.io/commands/>)

mod keys;
mod modules;
mod reasons;
mod server;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::row::{Reading, Row};

/// A row with how many arguments may follow its name.
pub(super) struct Entry {
    pub(super) row: &'static Row,
    pub(super) arguments: (usize, usize),
}

/// Rows by name.
static ENTRIES: LazyLock<HashMap<&'static str, Entry>> = LazyLock::new(|| {
    let entry = |row: &'static Row| {
        let arguments = row.reading().map_or((0, usize::MAX), Reading::arguments);
        (row.name, Entry { row, arguments })
    };
    rows().map(entry).collect()
});

/// Commands that have subcommands.
static CONTAINERS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| rows().filter_map(|row| row.name.split_once(' ')).map(|(container, _)| container).collect());

/// All rows, in the order of the table.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    keys::ROWS.iter().chain(server::ROWS).chain(modules::ROWS)
}

/// The row of this name, which is in upper case.
pub(super) fn entry(name: &str) -> Option<&'static Entry> {
    ENTRIES.get(name)
}

/// Whether this name, in upper case, has subcommands with rows of their own.
pub(super) fn is_container(name: &str) -> bool {
    CONTAINERS.contains(name)
}
