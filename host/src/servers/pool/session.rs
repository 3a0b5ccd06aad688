//! A connection as a pool has it.

use std::sync::Arc;

use tokio::time::Instant;

use super::room::Place;
use crate::own::{Closing, Own};
use crate::servers::connection::Connection;
use crate::servers::facts::Facts;

/// A connection after its handshake.
pub(super) struct Session {
    pub(super) connection: Connection,
    pub(super) facts: Arc<Facts>,
    /// When somebody used it last.
    pub(super) used: Instant,
    /// When the server last said something on it.
    pub(super) heard: Instant,
    life: Life,
    _place: Place,
}

/// Counts a connection: that it was opened, and why it was closed. Unless something else is said it failed.
pub(super) struct Life {
    own: Arc<Own>,
    closing: Closing,
}

impl Life {
    /// A connection was opened.
    pub(super) fn begin(own: &Arc<Own>) -> Life {
        own.connections().opened();
        Life { own: own.clone(), closing: Closing::Failed }
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.own.connections().closed(self.closing);
    }
}

impl Session {
    pub(super) fn new(connection: Connection, facts: Facts, life: Life, place: Place) -> Session {
        let now = Instant::now();
        Session { connection, facts: Arc::new(facts), used: now, heard: now, life, _place: place }
    }

    /// Closes it.
    pub(super) fn close(mut self, closing: Closing) {
        self.life.closing = closing;
    }

    /// The same while nobody has it: if it ends now, that is because nobody wants it any more.
    pub(super) fn laid_down(mut self) -> Session {
        self.life.closing = Closing::Left;
        self
    }

    /// The same for who uses it now.
    pub(super) fn taken_up(mut self) -> Session {
        self.life.closing = Closing::Failed;
        self
    }
}
