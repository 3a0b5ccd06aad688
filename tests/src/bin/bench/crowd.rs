//! Many clients at once.

use std::time::Duration;

use anyhow::Result;
use redwasp_tests::server::Redis;
use serde::Serialize;

use crate::http::{self, Client};
use crate::redis::{self, ADDRESSES, Connection};
use crate::stats::microseconds;
use crate::subjects::{Seen, Subject};

/// Clients, each with its connection and thread.
pub(crate) const CLIENTS: usize = ADDRESSES;

/// What a subject did under the load of all clients.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Crowd {
    pub(crate) subject: &'static str,
    /// Servers that the clients name: one for all, or one for each.
    pub(crate) targets: usize,
    pub(crate) requests_per_second: f64,
    /// CPU time of one request.
    pub(crate) cpu_us: f64,
    /// How often INFO was asked for one request: less than 1 where requests at the same time share a scrape.
    pub(crate) info_per_request: f64,
    /// TCP connections to Redis for one request.
    pub(crate) connections: f64,
}

struct Group<'a> {
    subject: &'a Subject,
    targets: usize,
    clients: Vec<Client>,
    requests: u64,
    taken: Duration,
    cpu: Duration,
    connections: f64,
    infos: f64,
}

/// Lets all clients ask each subject for `turn`, as many times, in turns.
pub(crate) fn measure(
    subjects: [&Subject; 2],
    server: &Redis,
    redis: &mut Connection,
    turns: usize,
    turn: Duration,
) -> Result<Vec<Crowd>> {
    let mut groups = Vec::new();
    for targets in [1, CLIENTS] {
        for subject in subjects {
            groups.push(Group::new(subject, server, targets)?);
        }
    }
    for _ in 0..turns {
        for group in &mut groups {
            group.turn(redis, turn)?;
        }
    }
    Ok(groups.iter().map(Group::result).collect())
}

impl<'a> Group<'a> {
    fn new(subject: &'a Subject, server: &Redis, targets: usize) -> Result<Group<'a>> {
        let path = |client: usize| match targets {
            1 => "/metrics".to_owned(),
            _ => format!("/scrape?target={}", redis::target(server, client % targets)),
        };
        let connect = |client| subject.client_of(&path(client), false);
        let clients = (0..CLIENTS).map(connect).collect::<Result<_>>()?;
        let (taken, cpu) = (Duration::ZERO, Duration::ZERO);
        Ok(Group { subject, targets, clients, requests: 0, taken, cpu, connections: 0.0, infos: 0.0 })
    }

    fn turn(&mut self, redis: &mut Connection, turn: Duration) -> Result<()> {
        // Connections of the clients and to Redis are there before it counts.
        http::all_at_once(&mut self.clients, turn / 10)?;
        let clock = self.subject.clock()?;
        let (seen, cpu) = (Seen::now(redis)?, clock.now()?);
        let run = http::all_at_once(&mut self.clients, turn)?;
        self.cpu += clock.now()?.saturating_sub(cpu);
        let (connections, commands) = Seen::now(redis)?.since(&seen, 1);
        self.connections += connections;
        self.infos += commands.get("info").copied().unwrap_or(0.0);
        self.requests += run.requests;
        self.taken += run.taken;
        Ok(())
    }

    fn result(&self) -> Crowd {
        let requests = self.requests as f64;
        Crowd {
            subject: self.subject.name,
            targets: self.targets,
            requests_per_second: requests / self.taken.as_secs_f64(),
            cpu_us: microseconds(self.cpu) / requests,
            info_per_request: self.infos / requests,
            connections: self.connections / requests,
        }
    }
}
