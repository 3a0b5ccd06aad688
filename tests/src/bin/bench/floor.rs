//! What no exporter can be faster than: one round trip on a kept connection and the same parsers, nothing else.

use anyhow::{Context, Result};
use redwasp_info::InfoCollector;
use redwasp_keyspace::Keyspace;
use redwasp_sdk::bindings::exports::redwasp::collector::collector::{Failure, Report, Request};
use redwasp_sdk::{Collector, Server, Target, component};

use crate::cpu::Clock;
use crate::lanes::Lane;
use crate::redis::{self, Connection};

/// The connection and the parsers.
pub(crate) struct Floor {
    connection: Connection,
    command: Vec<u8>,
    /// The same for both parsers but for what each prepared.
    request: Request,
    parsers: [Parser; 2],
}

struct Parser {
    prepared: Vec<u8>,
    collect: fn(&Request) -> Result<Report, Failure>,
}

impl Floor {
    /// Prepares both parsers for this server.
    pub(crate) fn new(connection: Connection, server: Server) -> Result<Floor> {
        let parsers = [parser::<InfoCollector>(&server)?, parser::<Keyspace>(&server)?];
        let target = Target { name: String::new(), labels: Vec::new(), node: String::new(), extra: Vec::new() };
        let (prepared, prefetched, extra) = (Vec::new(), Vec::with_capacity(1), Vec::new());
        let request = Request { prepared, target, server, prefetched, state: None, unix_ms: 0, extra };
        Ok(Floor { connection, command: redis::packed(&["INFO", "ALL"]), request, parsers })
    }

    /// One round trip; how many samples came of it.
    pub(crate) fn scrape(&mut self) -> Result<usize> {
        let reply = self.connection.send(&self.command)?;
        self.request.prefetched.clear();
        self.request.prefetched.push(Ok(reply));
        let mut samples = 0;
        for parser in &mut self.parsers {
            std::mem::swap(&mut self.request.prepared, &mut parser.prepared);
            let report = (parser.collect)(&self.request);
            std::mem::swap(&mut self.request.prepared, &mut parser.prepared);
            samples += report.map_err(|failure| anyhow::anyhow!("{failure:?}"))?.samples.len();
        }
        Ok(samples)
    }
}

impl Lane for Floor {
    fn go(&mut self) -> Result<()> {
        self.scrape().map(|_| ())
    }

    fn clock(&self) -> Clock {
        Clock::ThisThread
    }
}

fn parser<C: Collector>(server: &Server) -> Result<Parser> {
    let plan = component::configure::<C>("{}", server).map_err(|refusal| anyhow::anyhow!("{refusal:?}"));
    let prepared = plan.context(C::DESCRIPTION.name)?.prepared;
    Ok(Parser { prepared, collect: component::collect::<C> })
}
