//! Orders by status and amount, by walking the keys.

use std::collections::BTreeMap;

use redwasp_sdk::sweep::Read;
use redwasp_sdk::{
    Buckets, Collector, Description, Failure, Family, Histogram, KeyRead, Page, Plan, Problem, Refusal, Reply, Report,
    Request, Server, Sweep, Sweeper, schema,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which orders to look at, and how.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Keys of orders, as in SCAN MATCH.
    pattern: String,
    /// Upper bounds of the buckets of amounts, each larger than the one before.
    buckets: Vec<f64>,
    /// How many statuses are told apart; more are "other".
    #[schemars(range(min = 1, max = 100))]
    max_statuses: usize,
}

impl Default for Config {
    fn default() -> Config {
        Config { pattern: "order:*".to_owned(), buckets: vec![10.0, 50.0, 100.0, 500.0, 1000.0], max_statuses: 10 }
    }
}

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct Orders {
    config: Config,
    read: Read,
    orders: Family<1>,
    amounts: Family<1>,
    sizes: Histogram<0>,
    unreadable: Family<0>,
}

/// What a walk keeps: sums, not keys.
pub struct Run {
    /// By the status as it is in the label.
    statuses: BTreeMap<String, Status>,
    sizes: Buckets,
    unreadable: u64,
    orders: u64,
}

#[derive(Default)]
struct Status {
    orders: u64,
    amount: f64,
}

impl Collector for Orders {
    type Config = Config;

    const DESCRIPTION: Description = Description {
        name: "orders",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Orders by status and amount, by walking the keys.",
        config_schema: "",
    };

    fn config_schema() -> String {
        schema::of::<Config>()
    }

    fn configure(config: Config, _server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        let problems = problems(&config);
        if !problems.is_empty() {
            return Err(Refusal::Invalid(problems));
        }
        let mut sweep = Sweep::new(&config.pattern).types(["hash"]);
        let read = sweep.read(KeyRead::new("HMGET").after("status").after("amount").only(["hash"]));
        plan.sweep(sweep);
        Ok(Orders {
            config,
            read,
            orders: plan.gauge("orders", "Orders by their status.", ["status"]),
            amounts: plan.gauge("orders_amount", "Sum of the amounts of orders by their status.", ["status"]),
            sizes: plan.histogram("order_amount", "Amounts of orders.", []),
            unreadable: plan.gauge("orders_unreadable", "Orders whose amount is missing or no number.", []),
        })
    }

    /// All that there is to tell the walk finds.
    fn collect(&self, _request: &Request<'_>, _report: &mut Report) -> Result<(), Failure> {
        Ok(())
    }
}

impl Sweeper for Orders {
    type Run = Run;

    fn begin(&self, _request: &Request<'_>) -> Result<Run, Failure> {
        let sizes = Buckets::new(self.config.buckets.iter().copied())?;
        Ok(Run { statuses: BTreeMap::new(), sizes, unreadable: 0, orders: 0 })
    }

    fn page(&self, run: &mut Run, _request: &Request<'_>, page: &Page<'_>) -> Result<(), Failure> {
        // An order that cannot be read ends the walk: what is said of the others would be too little.
        for key in page.keys() {
            if let Some(reply) = key.reply(self.read)? {
                let (status, amount) = order(&reply)?;
                run.count(status, amount, self.config.max_statuses);
            }
        }
        Ok(())
    }

    fn end(&self, run: Run, complete: bool, report: &mut Report) -> Result<(), Failure> {
        for (status, Status { orders, amount }) in &run.statuses {
            report.set(self.orders, [status], *orders as f64);
            report.set(self.amounts, [status], *amount);
        }
        report.buckets(self.sizes, [], &run.sizes);
        report.set(self.unreadable, [], run.unreadable as f64);
        if !complete {
            report.warn(format!("the walk ended early: {} orders were seen", run.orders));
        }
        Ok(())
    }
}

/// Status and amount of an order, as far as they are there.
fn order(reply: &Reply<'_>) -> Result<(String, Option<f64>), Failure> {
    let fields = reply.elements()?;
    let [status, amount] = fields else {
        return Err(Failure::Other(format!("HMGET gave {} fields instead of 2", fields.len())));
    };
    let status = if status.is_null() { "unknown".to_owned() } else { status.text()?.into_owned() };
    Ok((status, amount.number().ok().filter(|amount| amount.is_finite())))
}

impl Run {
    fn count(&mut self, status: String, amount: Option<f64>, most: usize) {
        // Who writes orders chooses their statuses: the series that they become have a bound. "other" is one more.
        let is_one_too_many = self.statuses.len() >= most && !self.statuses.contains_key(&status);
        let status = if is_one_too_many { "other".to_owned() } else { status };
        let status = self.statuses.entry(status).or_default();
        self.orders += 1;
        status.orders += 1;
        match amount {
            Some(amount) => {
                status.amount += amount;
                self.sizes.observe(amount);
            }
            None => self.unreadable += 1,
        }
    }
}

/// Every fault of a configuration at once.
fn problems(config: &Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (place, pair) in config.buckets.windows(2).enumerate().filter(|(_, pair)| pair[1] <= pair[0]) {
        let message = format!("{} is not larger than {}", pair[1], pair[0]);
        problems.push(Problem { pointer: format!("/buckets/{}", place + 1), message });
    }
    if !(1..=100).contains(&config.max_statuses) {
        let message = format!("{} is not from 1 to 100", config.max_statuses);
        problems.push(Problem { pointer: "/max_statuses".to_owned(), message });
    }
    problems
}

redwasp_sdk::export_sweeper!(Orders);
