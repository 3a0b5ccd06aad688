//! Open files: every connection is one, and a process may have so many.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::web;

/// Files besides connections: the plugin folder, watches, the cache, names that are looked up.
const OTHERS: usize = 128;

/// How many of so many connections to servers the limit of open files allows. One that is too low is raised as far as a
/// process may; what is missing then is told.
pub(super) fn enough_for(connections: usize) -> usize {
    let wanted = connections.saturating_add(web::CONNECTIONS + OTHERS);
    let files = raised(wanted);
    let allowed = allowed(connections, files);
    if allowed < connections {
        tracing::warn!(
            setting = "connections.max",
            wanted = connections,
            allowed,
            files,
            "fewer connections to servers than are set: the limit of open files is too low; raise it (ulimit -n, or \
             LimitNOFILE= of systemd)"
        );
    }
    allowed
}

/// Files that may be open, after it was tried to have so many.
fn raised(wanted: usize) -> usize {
    let files = |limit: Option<u64>| limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let (now, most) = (files(current), files(maximum));
    let more = wanted.min(most);
    if more <= now {
        return now;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: Some(more as u64), maximum }) {
        Ok(()) => more,
        Err(_) => now,
    }
}

/// The rest is for HTTP and others, but not more than half when there are few files.
fn allowed(connections: usize, files: usize) -> usize {
    let rest = files.saturating_sub(web::CONNECTIONS + OTHERS).max(files / 2);
    connections.min(rest).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_others() {
        let cases =
            [(4096, 1 << 20, 4096), (4096, 5248, 4096), (4096, 5247, 4095), (4096, 1024, 512), (100, 1024, 100)];
        for (connections, files, expected) in cases {
            assert_eq!(allowed(connections, files), expected, "{connections} of {files}");
        }
        assert_eq!(allowed(4096, 0), 1);
    }
}
