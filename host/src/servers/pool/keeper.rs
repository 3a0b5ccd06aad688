//! Looks after connections that wait: one that the server closed, that nobody uses or that is dead is closed before
//! somebody wants it.

use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

use super::common::Common;
use super::one::Pool;
use super::session::Session;
use crate::own::{Closing, Pinged};
use crate::servers::Settings;
use crate::servers::error::Cause;
use crate::servers::handshake::Lessons;

/// Looks within the shorter of the times after which something is done: nothing is late by more than a part of it.
const LOOKS: u32 = 6;

/// Between two looks, at least.
const NAP: Duration = Duration::from_millis(10);

/// How long a target is remembered at least that is not listed and that nobody asks for.
const UNASKED: Duration = Duration::from_secs(600);

/// Pools that are looked at together: so many may wait for servers that do not answer.
const TOGETHER: usize = 256;

/// Starts to look, again and again until the pools are gone.
pub(super) fn start(common: &Arc<Common>) -> AbortHandle {
    let pause = pause(&common.settings);
    tokio::spawn(keep_looking(Arc::downgrade(common), pause)).abort_handle()
}

fn pause(settings: &Settings) -> Duration {
    (settings.keep_alive.min(settings.idle_timeout) / LOOKS).max(NAP)
}

async fn keep_looking(common: Weak<Common>, pause: Duration) {
    loop {
        sleep(pause).await;
        let Some(common) = common.upgrade() else { return };
        common.look().await;
        common.budget.tidy();
    }
}

impl Common {
    async fn look(&self) {
        // Later than its connections: what it knows of the server is of use for longer.
        if let Some(since) = Instant::now().checked_sub(self.settings.idle_timeout.max(UNASKED)) {
            self.known().forget(since);
        }
        stream::iter(self.pools()).for_each_concurrent(TOGETHER, async |pool| self.look_at(&pool).await).await;
    }

    /// One PING after the other: a server that refuses one, or is dead, is not asked as often as there are connections.
    async fn look_at(&self, pool: &Pool) {
        pool.tidy(self.settings.idle_timeout);
        for _ in 0..pool.idle() {
            if pool.lessons().no_ping {
                return;
            }
            let Some((session, permit)) = pool.take_silent(self.settings.keep_alive) else { return };
            self.ping(pool, session).await;
            drop(permit);
        }
    }

    /// Asks for a sign of life. Nobody else has the connection meanwhile.
    async fn ping(&self, pool: &Pool, mut session: Session) {
        let mut pipeline = redis::pipe();
        pipeline.cmd("PING");
        let deadline = Instant::now() + self.settings.ping_timeout;
        let answer = session.connection.exchange(&pipeline, self.settings.reply_limit, deadline).await;
        let is_refused = |values: &Vec<_>| values.iter().any(|value| matches!(value, redis::Value::ServerError(_)));
        let pinged = match &answer {
            Ok(values) if is_refused(values) => Pinged::Refused,
            Ok(_) => Pinged::Answered,
            Err(_) => Pinged::Failed,
        };
        self.own.connections().pinged(pinged);
        if pinged == Pinged::Refused {
            // An answer all the same; but an error that is caused again and again is one in the server's statistics.
            pool.learn(Lessons { no_ping: true, ..pool.lessons() });
        }
        match answer {
            Ok(_) if session.connection.is_clean() => {
                session.heard = Instant::now();
                self.give_back(pool, session);
            }
            Ok(_) | Err(Cause::Closed | Cause::ClosedAtOnce) => session.close(Closing::Peer),
            Err(_) => session.close(Closing::Failed),
        }
    }
}
