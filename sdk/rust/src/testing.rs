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

mod answers;
mod asks;
mod check;
mod families;
mod glob;
mod golden;
mod json;
mod page;
mod plan;
mod recorded;
mod replies;
mod rules;

use crate::bindings::exports::redwasp::collector::collector as contract;
use crate::bindings::redwasp::collector::calls::SavedState;
use crate::bindings::sweeping::exports::redwasp::collector::sweeper;
use crate::component::Running;
use crate::host::{Answered, Host};
use crate::{CallError, Collector, Failure, Node, Refusal, Server, Sweeper, Target, component, log};

use answers::Answers;
pub use golden::{accepting, golden};
pub use page::Page;
pub use replies::{array, boolean, bulk, double, error, integer, map, null, set, simple};

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

/// Why a collect gave no page.
#[derive(Debug)]
pub enum NoPage {
    /// `configure` refused.
    Refused(Refusal),
    /// `collect` failed.
    Failed(Failure),
    /// The daemon would not take the plan, or the report as it is.
    Malformed(String),
}

/// Keys of a page of a sweep, unless the test says otherwise; few, so that tests have several pages.
const KEYS_OF_A_PAGE: usize = 3;

enum Key {
    Known {
        database: u32,
        name: Vec<u8>,
        kind: String,
    },
    /// Of the sweep at this place of the plan.
    Recorded {
        sweep: u32,
        key: sweeper::Swept,
    },
}

/// A server with canned replies. A command without one is refused as if the operator had not granted it.
///
/// Of plans and of reports it says what the daemon does, under the namespace `redis`, and so it does of a command that a
/// collect or a walk sends: one that its plan does not ask for is denied, whatever reply there is. What more there is to say
/// of a command, as of its COUNT and of keys after the first, `redwasp plugin build` says of those in the plan, and
/// `redwasp plugin run` and the daemon of those that a collect or a walk sends.
pub struct Bench {
    server: Server,
    replies: Vec<(String, Result<Vec<u8>, CallError>)>,
    keys: Vec<Key>,
    keys_of_a_page: usize,
    most_series: usize,
    nodes: Vec<Node>,
    /// Of the call that is under way.
    used: answers::Used,
    is_cut_short: bool,
    unix_ms: u64,
    state: Option<SavedState>,
    /// As it was recorded.
    config: Option<String>,
}

impl Bench {
    /// A server that knows no replies yet.
    pub fn new(server: Server) -> Bench {
        let node = Node {
            id: String::new(),
            address: "localhost:6379".to_owned(),
            role: server.role.clone(),
            shard: String::new(),
            primary: String::new(),
            slots: Vec::new(),
            extra: Vec::new(),
        };
        Bench {
            server,
            replies: Vec::new(),
            keys: Vec::new(),
            keys_of_a_page: KEYS_OF_A_PAGE,
            most_series: check::MOST_SERIES,
            nodes: vec![node],
            used: answers::Used::default(),
            is_cut_short: false,
            unix_ms: 0,
            state: None,
            config: None,
        }
    }

    /// What was recorded: by `redwasp plugin record`, which writes JSON with the server, the time, the state, every answer and
    /// the keys of a walk; or as redwasp's own collectors have it.
    ///
    /// Theirs is text: a line `server <product> <version>`, with its mode when that is not "standalone" and its
    /// role when that is not "master", then an empty line, then for each command a line `> <command>` and its reply as RESP3
    /// bytes. Of what collectors are not told a recording has what the host tells instead.
    ///
    /// # Panics
    /// When it is something else.
    pub fn recorded(recording: &[u8]) -> Bench {
        match recording.first() {
            Some(b'{') => json::bench(recording),
            _ => recorded::bench(recording),
        }
    }

    /// The configuration that a recording was made with, as JSON; without one, `{}`.
    pub fn config(&self) -> &str {
        self.config.as_deref().unwrap_or("{}")
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

    /// The RESP3 bytes that answer a command, e.g. `"INFO ALL"`. A command that a plan has several times is answered with the
    /// first reply, then the second, and the last one from there on.
    pub fn reply(mut self, command: &str, bytes: Vec<u8>) -> Bench {
        self.replies.push((command.to_owned(), Ok(bytes)));
        self
    }

    /// A command that gets no reply.
    pub fn error(mut self, command: &str, error: CallError) -> Bench {
        self.replies.push((command.to_owned(), Err(error)));
        self
    }

    /// A command that the operator has not granted. So is every command without a reply; this says it.
    pub fn denied(self, command: &str) -> Bench {
        let text = format!("{command} is not granted");
        self.error(command, CallError::Denied(text))
    }

    /// A command that is not answered in time.
    pub fn timeout(self, command: &str) -> Bench {
        self.error(command, CallError::Timeout)
    }

    /// The nodes behind the target; without them, one, without slots.
    pub fn nodes(mut self, nodes: Vec<Node>) -> Bench {
        self.nodes = nodes;
        self
    }

    /// A key that sweeps find. What is read of it is answered as other commands are: `"HGET order:1 amount"`.
    pub fn key(mut self, database: u32, name: impl AsRef<[u8]>, kind: &str) -> Bench {
        self.keys.push(Key::Known { database, name: name.as_ref().to_vec(), kind: kind.to_owned() });
        self
    }

    /// Shows sweeps so many keys at a time.
    pub fn page_of(mut self, keys: usize) -> Bench {
        self.keys_of_a_page = keys.max(1);
        self
    }

    /// Takes reports of so many series: for a collector whose manifest has that limit.
    pub fn most_series(mut self, series: usize) -> Bench {
        self.most_series = series;
        self
    }

    /// Lets a sweep's budget end before all keys were seen.
    pub fn cut_short(mut self) -> Bench {
        self.is_cut_short = true;
        self
    }

    /// Configures and collects once, through the same bytes that would cross the component's boundary.
    ///
    /// # Errors
    /// The collector's refusal or failure, or what is wrong with its plan or its report.
    pub fn collect<C: Collector>(&self, config: &str) -> Result<Page, NoPage> {
        let plan = self.plan::<C>(config)?;
        let before = |place: usize| {
            let is_it = |other: &&contract::Command| other.args == plan.prefetch[place].args;
            plan.prefetch[..place].iter().filter(is_it).count()
        };
        let prefetched = plan.prefetch.iter().enumerate();
        let prefetched = prefetched.map(|(place, command)| self.answer(command, before(place))).collect();
        let request = contract::Request { state: self.state.clone(), ..self.request(&plan, prefetched) };
        self.used.begin();
        let report =
            component::collect_with::<C>(&request, Host::bench(&self.answers(&plan))).map_err(NoPage::Failed)?;
        self.page(plan, report)
    }

    /// Configures and runs all sweeps of the plan once, as [`Bench::collect`] does with a collect.
    ///
    /// # Errors
    /// The collector's refusal or failure, or what is wrong with its plan or its report.
    pub fn sweep<C: Sweeper>(&self, config: &str) -> Result<Page, NoPage> {
        let plan = self.plan::<C>(config)?;
        let report = self.run::<C>(&plan).map_err(NoPage::Failed)?;
        self.page(plan, report)
    }

    fn plan<C: Collector>(&self, config: &str) -> Result<contract::Plan, NoPage> {
        log::written();
        let plan = component::configure::<C>(config, &self.server).map_err(NoPage::Refused)?;
        plan::check(&plan).map_err(NoPage::Malformed)?;
        Ok(plan)
    }

    fn answers<'a>(&'a self, plan: &'a contract::Plan) -> Answers<'a> {
        Answers { bench: self, asks: &plan.asks }
    }

    fn run<C: Sweeper>(&self, plan: &contract::Plan) -> Result<contract::Report, Failure> {
        let answers = self.answers(plan);
        let host = Host::bench(&answers);
        self.used.begin();
        let mut running = Running::<C>::begin_with(self.request(plan, Vec::new()), host)?;
        for (index, sweep) in plan.sweeps.iter().enumerate() {
            let place = crate::family::index(index);
            let found: Vec<_> = self.keys.iter().filter_map(|key| self.found(key, place, sweep)).collect();
            for keys in found.chunks(self.keys_of_a_page) {
                self.used.begin();
                running.page_with(place, keys, host)?;
            }
        }
        running.end(!self.is_cut_short)
    }

    fn page(&self, plan: contract::Plan, report: contract::Report) -> Result<Page, NoPage> {
        check::report(&report, &plan, self.most_series).map_err(NoPage::Malformed)?;
        Ok(Page::new(plan, report, log::written()))
    }

    fn request(&self, plan: &contract::Plan, prefetched: Vec<Answered>) -> contract::Request {
        contract::Request {
            prefetched,
            prepared: plan.prepared.clone(),
            target: Target {
                name: "redis://localhost:6379".to_owned(),
                labels: Vec::new(),
                node: String::new(),
                extra: Vec::new(),
            },
            server: self.server.clone(),
            state: None,
            unix_ms: self.unix_ms,
            extra: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::{Command, Description, Family, KeyRead, Plan, Report, Request, Sweep};

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

        fn configure(config: Self::Config, _server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
            config.keys().for_each(|key| plan.problem(format!("/{key}"), "is of no use"));
            Ok(Calls { calls: plan.gauge("calls", "", []), before: plan.gauge("before", "", []) })
        }

        fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
            let (calls, before): (u32, Option<u64>) = request.saved().unwrap_or_default();
            report.set(self.calls, [], f64::from(calls + 1));
            before.into_iter().for_each(|before| report.set(self.before, [], before as f64));
            report.keep(&(calls + 1, Some(request.unix_ms())))
        }
    }

    /// Sums a field of hashes by walking, and asks how long a list is.
    #[derive(Serialize, Deserialize)]
    struct Orders {
        amount: Family<0>,
        waiting: Family<0>,
        orders: crate::Swept,
        others: crate::Swept,
        read: crate::sweep::Read,
    }

    impl Collector for Orders {
        type Config = serde_json::Map<String, serde_json::Value>;
        const DESCRIPTION: Description =
            Description { name: "orders", version: "1.0.0", summary: "", config_schema: "" };

        fn configure(_config: Self::Config, _server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
            let mut orders = Sweep::new("order:*").types(["hash"]);
            let read = orders.read(KeyRead::new("HGET").after("amount"));
            plan.ask(&["LLEN"], &["waiting"], &[]);
            Ok(Orders {
                amount: plan.gauge("amount", "", []),
                waiting: plan.gauge("waiting", "", []),
                orders: plan.sweep(orders),
                others: plan.sweep(Sweep::new("*").database(1)),
                read,
            })
        }

        fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
            let replies = request.pipeline(&[Command::new("LLEN").arg("waiting")])?;
            report.set(self.waiting, [], replies.reply(0)?.number()?);
            Ok(())
        }
    }

    impl Sweeper for Orders {
        type Run = (f64, usize);

        fn begin(&self, _request: &Request<'_>) -> Result<(f64, usize), Failure> {
            Ok((0.0, 0))
        }

        fn page(&self, run: &mut (f64, usize), _request: &Request<'_>, page: &crate::Page<'_>) -> Result<(), Failure> {
            run.1 += if page.is(self.others) { page.keys().len() } else { 0 };
            for key in page.keys().filter(|_| page.is(self.orders)) {
                run.0 += key.reply(self.read)?.map_or(Ok(0.0), |amount| amount.number())?;
            }
            Ok(())
        }

        fn end(&self, run: (f64, usize), complete: bool, report: &mut Report) -> Result<(), Failure> {
            report.set(self.amount, [], run.0);
            report.set(self.waiting, [], run.1 as f64);
            if !complete {
                report.warn("cut short");
            }
            Ok(())
        }
    }

    #[test]
    fn what_a_collect_asks_the_bench_answers() {
        let bench = || Bench::new(server("redis", "7.0.15"));
        let page = bench().reply("LLEN waiting", b":3\r\n".to_vec()).collect::<Orders>("{}").unwrap();
        assert_eq!(page.value("waiting", &[]), Some(3.0));
        let denied = bench().collect::<Orders>("{}");
        assert!(matches!(denied, Err(NoPage::Failed(Failure::Redis(CallError::Denied(_))))), "{denied:?}");
    }

    #[test]
    fn a_sweep_finds_the_keys_of_its_database_pattern_and_types() {
        let mut bench = Bench::new(server("redis", "7.0.15"))
            .key(0, "order:list", "list")
            .key(0, "offer:1", "hash")
            .key(1, "order:1", "hash");
        for number in 0..7 {
            let name = format!("order:{number}");
            bench = bench.reply(&format!("HGET {name} amount"), bulk("1.5")).key(0, name, "hash");
        }
        let page = bench.sweep::<Orders>("{}").unwrap();
        assert_eq!((page.value("amount", &[]), page.value("waiting", &[])), (Some(10.5), Some(1.0)));
        assert_eq!(bench.cut_short().sweep::<Orders>("{}").unwrap().warnings(), ["cut short"]);
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
    fn what_a_plan_does_not_use_is_told() {
        let page = Bench::new(server("redis", "7.0.15")).collect::<Calls>(r#"{"a": 1, "b": 2}"#).unwrap();
        assert_eq!(page.problems().collect::<Vec<_>>(), [("/a", "is of no use"), ("/b", "is of no use")]);
        assert_eq!(page.value("calls", &[]), Some(1.0));
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
