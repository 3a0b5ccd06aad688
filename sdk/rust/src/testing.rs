//! Tests of a collector without a daemon: canned replies in, a page of metrics out.
//!
//! ```no_run
//! # use redwasp_sdk::{testing::{self, Bench}, Collector};
//! # fn test<MyCollector: Collector>() {
//! let page = Bench::new(testing::server("redis", "7.0.15"))
//!     .reply("INFO ALL", testing::bulk("# Server\r\nuptime_in_seconds:5\r\n"))
//!     .collect::<MyCollector>("{}")
//!     .unwrap();
//! assert!(page.text("redis").contains("redis_uptime_in_seconds 5"));
//! # }
//! ```

mod check;
mod golden;
mod page;

use crate::bindings::exports::redwasp::collector::collector::{self as contract, SavedState};
use crate::bindings::redwasp::collector::types;
use crate::{CallError, Collector, Failure, Refusal, Server, Target, component};

pub use golden::{accepting, golden};
pub use page::Page;

/// A standalone master with 16 databases. Its fields are public: change what the test is about.
pub fn server(product: &str, version: &str) -> Server {
    Server {
        product: product.to_owned(),
        version: version.to_owned(),
        mode: "standalone".to_owned(),
        role: "master".to_owned(),
        databases: 16,
        extra: Vec::new(),
    }
}

/// A bulk string as RESP3 bytes.
pub fn bulk(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    [format!("${}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// Why a collect gave no page.
#[derive(Debug)]
pub enum NoPage {
    /// `configure` refused.
    Refused(Refusal),
    /// `collect` failed.
    Failed(Failure),
    /// The daemon would not take the whole report.
    Malformed(String),
}

/// A server with canned replies. A command without one is refused as if the operator had not granted it.
pub struct Bench {
    server: Server,
    replies: Vec<(String, Result<Vec<u8>, CallError>)>,
    unix_ms: u64,
    state: Option<SavedState>,
}

impl Bench {
    /// A server that knows no replies yet.
    pub fn new(server: Server) -> Bench {
        Bench { server, replies: Vec::new(), unix_ms: 0, state: None }
    }

    /// When the scrape begins, Unix time in milliseconds; without it, 0.
    pub fn at(mut self, unix_ms: u64) -> Bench {
        self.unix_ms = unix_ms;
        self
    }

    /// The collect after the one that gave this page: it gets what that one saved.
    pub fn after(mut self, page: &Page) -> Bench {
        let state = page.state().map(<[u8]>::to_vec);
        self.state = state.map(|bytes| SavedState { plugin_version: String::new(), bytes }).or(self.state);
        self
    }

    /// The RESP3 bytes that answer a command, e.g. `"INFO ALL"`.
    pub fn reply(mut self, command: &str, bytes: Vec<u8>) -> Bench {
        self.replies.push((command.to_owned(), Ok(bytes)));
        self
    }

    /// A command that gets no reply.
    pub fn error(mut self, command: &str, error: CallError) -> Bench {
        self.replies.push((command.to_owned(), Err(error)));
        self
    }

    /// Configures and collects once, through the same bytes that would cross the component's boundary.
    ///
    /// # Errors
    /// The collector's refusal or failure, or what is wrong with its report.
    pub fn collect<C: Collector>(&self, config: &str) -> Result<Page, NoPage> {
        let plan = component::configure::<C>(config, &self.server).map_err(NoPage::Refused)?;
        let request = contract::Request {
            prefetched: plan.prefetch.iter().map(|command| self.answer(command)).collect(),
            prepared: plan.prepared,
            target: Target {
                name: "redis://localhost:6379".to_owned(),
                labels: Vec::new(),
                node: String::new(),
                extra: Vec::new(),
            },
            server: self.server.clone(),
            state: self.state.clone(),
            unix_ms: self.unix_ms,
            extra: Vec::new(),
        };
        let report = component::collect::<C>(&request).map_err(NoPage::Failed)?;
        check::report(&report, &plan.families, &plan.late_prefixes).map_err(NoPage::Malformed)?;
        Ok(Page::new(plan.families, report))
    }

    fn answer(&self, command: &types::Command) -> Result<Vec<u8>, CallError> {
        let words: Vec<_> = command.args.iter().map(|arg| String::from_utf8_lossy(arg)).collect();
        let words = words.join(" ");
        match self.replies.iter().find(|(known, _)| *known == words) {
            Some((_, answer)) => answer.clone(),
            None => Err(CallError::Denied(format!("the bench has no reply to {words}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::{Description, Family, Plan, Report, Request};

    /// Counts its own calls, and tells when the one before was.
    #[derive(Serialize, Deserialize)]
    struct Calls {
        calls: Family<0>,
        before: Family<0>,
    }

    impl Collector for Calls {
        type Config = serde_json::Map<String, serde_json::Value>;
        const DESCRIPTION: Description =
            Description { name: "calls", version: "1.0.0", summary: "", config_schema: "" };

        fn configure(_config: Self::Config, _server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
            Ok(Calls { calls: plan.gauge("calls", "", []), before: plan.gauge("before", "", []) })
        }

        fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
            let (calls, before): (u32, Option<u64>) = request.saved().unwrap_or_default();
            report.set(self.calls, [], f64::from(calls + 1));
            before.into_iter().for_each(|before| report.set(self.before, [], before as f64));
            report.keep(&(calls + 1, Some(request.unix_ms())))
        }
    }

    #[test]
    fn what_a_collect_keeps_the_next_one_gets() {
        let bench = |unix_ms| Bench::new(server("redis", "7.0.15")).at(unix_ms);
        let first = bench(1000).collect::<Calls>("{}").unwrap();
        let second = bench(2000).after(&first).collect::<Calls>("{}").unwrap();
        let of = |page: &Page| (page.value("calls", &[]), page.value("before", &[]));
        assert_eq!((of(&first), of(&second)), ((Some(1.0), None), (Some(2.0), Some(1000.0))));
    }

    #[test]
    fn a_state_of_another_form_is_none() {
        let page = Bench::new(server("redis", "7.0.15")).collect::<Calls>("{}").unwrap();
        let mut bench = Bench::new(server("redis", "7.0.15")).after(&page);
        let state = bench.state.as_mut().unwrap();
        state.bytes = vec![0xff; 3];
        assert_eq!(bench.collect::<Calls>("{}").unwrap().value("calls", &[]), Some(1.0));
    }
}
