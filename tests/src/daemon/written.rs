//! What a process writes.

use std::fs::File;
use std::os::unix::fs::FileExt;

/// A file without a name that a process writes to. Unlike behind a pipe, what is written can be read at once: nobody
/// has to have been quick enough to take it.
pub(super) struct Written(File);

impl Written {
    /// For stdout or stderr of the process.
    pub(super) fn pen(&self) -> File {
        self.0.try_clone().expect("a file can be written to in two ways")
    }

    /// What is there until now.
    pub(super) fn text(&self) -> String {
        // Not by reading on: its place is where the process writes on.
        let length = self.0.metadata().expect("an open file has a length").len();
        let mut bytes = vec![0; usize::try_from(length).expect("what a program writes fits into memory")];
        self.0.read_exact_at(&mut bytes, 0).expect("an open file can be read");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Default for Written {
    fn default() -> Written {
        Written(tempfile::tempfile().expect("a file can be made: see TMPDIR"))
    }
}
