//! Servers that are found loading, for as long as a test wants.

use super::{Options, Redis, Until};
use crate::process::Process;
use crate::wait;

/// What loading one key takes, in microseconds: long enough that the keys of [`fill::bulk`](crate::fill::bulk) take
/// most of a minute, short enough that commands are answered in between.
const KEY_LOAD_DELAY: &str = "10000";

/// After so many bytes a server that loads looks for commands; else it is after two megabytes.
const LOOK_EVERY_BYTES: &str = "1024";

impl Options {
    /// Loads what it loads slowly, until [`Redis::finish_loading`]. Redis 6.2 cannot be asked anything meanwhile, so it
    /// has no such option.
    pub fn loads_slowly(self) -> Options {
        self.args(["--key-load-delay", KEY_LOAD_DELAY, "--loading-process-events-interval-bytes", LOOK_EVERY_BYTES])
    }

    /// Starts a replica with [`Options::loads_slowly`] and waits until it loads what it got from its primary, which
    /// holds the keys of [`fill::bulk`](crate::fill::bulk).
    ///
    /// # Panics
    /// When it does not come up, or has loaded before anybody could ask.
    pub fn start_loading(self) -> Redis {
        Redis::launch(self, Until::Loading)
    }
}

impl Redis {
    /// Saves what it holds, ends it and starts it again; returns while it loads. It was started with
    /// [`Options::loads_slowly`] and holds the keys of [`fill::bulk`](crate::fill::bulk).
    ///
    /// # Panics
    /// When it does not come up, or has loaded before anybody could ask.
    pub fn restart_loading(&mut self) {
        // A child that gives all to a replica may not have ended, and no two save at once.
        wait::until("the server to save", wait::PATIENCE, || self.try_cli(&["SAVE"]).ok());
        self.restart_until(Until::Loading);
    }

    /// Lets it load as fast as others, and waits until it has; a replica, until it is connected to its primary.
    ///
    /// # Panics
    /// When it does not end.
    pub fn finish_loading(&self) {
        self.cli(&["CONFIG", "SET", "key-load-delay", "0"]);
        let pid = self.process.as_ref().map_or(0, Process::pid);
        wait::until("the server to have loaded", wait::PATIENCE, || self.answers(pid, Until::Ready).then_some(()));
    }
}
