//! The clients that are connected: one by one, as redis_exporter tells them, and all together.

mod aggregates;
mod client;
mod list;

use std::mem;

use redwasp_sdk::told::{Told, why};
use redwasp_sdk::{
    Collector, Command, Description, Failure, Family, Plan, Prefetched, Refusal, Report, Request, Server,
};
use serde::{Deserialize, Serialize};

use aggregates::{Aggregates, Tally};
use client::Client;
use list::{List, MOST_LISTED};

/// Clients that are read. That takes 20 ms of the 150 ms that a call has; to be handed what is not read takes time too.
const MOST_READ: usize = 10_000;

/// The collector's configuration.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Export metrics of every client.
    pub list: bool,
    /// With the client's port.
    pub port: bool,
    /// Export metrics of all clients together.
    pub aggregates: bool,
}

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct Clients {
    clients: Prefetched,
    left_out: Family<1>,
    list: Option<List>,
    aggregates: Option<Aggregates>,
}

impl Collector for Clients {
    type Config = Config;

    const DESCRIPTION: Description = Description {
        name: "clients",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Clients that are connected, one by one or all together, as CLIENT LIST tells them.",
        config_schema: include_str!("../config.schema.json"),
    };

    fn configure(config: Config, _server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        if !config.list && !config.aggregates {
            return Err(Refusal::NotApplicable("neither a list of clients nor aggregates are configured".to_owned()));
        }
        Ok(Clients {
            clients: plan.prefetch(Command::new("CLIENT").arg("LIST")),
            left_out: plan.gauge(
                "client_list_left_out",
                "Clients of CLIENT LIST that are not in these metrics, because there is no room for them.",
                ["of"],
            ),
            list: config.list.then(|| List::declare(config.port, plan)),
            aggregates: config.aggregates.then(|| Aggregates::declare(plan)),
        })
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let mut told = Told::since(request.saved().unwrap_or_default());
        match request.reply(self.clients).and_then(|reply| Ok(reply.bytes()?)) {
            Ok(text) => self.read(text, request.unix_ms(), &mut told, report),
            Err(failure) => {
                let text = format!("CLIENT LIST cannot be had, and what it would tell is left out: {}", why(&failure));
                told.tell("CLIENT", &text, report);
            }
        }
        report.keep(&told.kept())
    }
}

impl Clients {
    /// Sets the metrics of clients, one on each line.
    fn read(&self, text: &[u8], unix_ms: u64, told: &mut Told, report: &mut Report) {
        let last = Some(text.len()).filter(|_| !text.is_empty() && !text.ends_with(b"\n"));
        let mut ends = memchr::memchr_iter(b'\n', text).chain(last);
        let mut begin = 0;
        let most = if self.aggregates.is_some() { MOST_READ } else { MOST_LISTED };
        let lines = ends.by_ref().take(most).map(|end| &text[mem::replace(&mut begin, end + 1)..end]);
        let (mut tally, mut listed, mut unlisted) = (Tally::default(), Vec::new(), 0);
        for client in lines.filter_map(Client::read) {
            if self.aggregates.is_some() {
                tally.add(&client);
            }
            if listed.len() < MOST_LISTED { listed.push(client) } else { unlisted += 1 }
        }
        let unread = ends.count();
        if let Some(list) = &self.list {
            list.report(&listed, unix_ms, report);
            self.leave_out("list", unlisted + unread, told, report);
        }
        if let Some(aggregates) = &self.aggregates {
            aggregates.report(tally, report);
            self.leave_out("aggregates", unread, told, report);
        }
    }

    /// Says how many clients are left out of something.
    fn leave_out(&self, of: &str, clients: usize, told: &mut Told, report: &mut Report) {
        report.set(self.left_out, [of], clients as f64);
        if clients > 0 {
            let text = format!("there are too many clients: {clients} are left out of the {of}");
            told.tell(of, &text, report);
        }
    }
}

redwasp_sdk::export!(Clients);
