//! The contract's three functions for any [`Collector`]; [`export!`](crate::export) makes a component of them.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::bindings::exports::redwasp::collector::collector as contract;
use crate::bindings::sweeping::exports::redwasp::collector::sweeper::Swept;
use crate::host::Host;
use crate::{Collector, Page, Plan, Problem, Refusal, Report, Request, Server, Sweeper};

/// What travels in the plan's `prepared` bytes.
#[derive(Serialize, Deserialize)]
struct Prepared<C> {
    /// How many families the plan declared: the index of the first late one.
    families: u32,
    collector: C,
}

/// What a panic says goes to stderr, whose end the host tells: the message first, then where. What the standard library
/// says would end with a variable of the environment, which a component has not.
fn tell_panics() {
    #[cfg(target_family = "wasm")]
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("no message");
        match panic.location() {
            Some(place) => eprintln!("panic: {message}\n  at {place}"),
            None => eprintln!("panic: {message}"),
        }
    }));
}

/// `describe` of the contract.
pub fn describe<C: Collector>() -> contract::Description {
    tell_panics();
    let description = C::DESCRIPTION;
    contract::Description {
        name: description.name.to_owned(),
        version: description.version.to_owned(),
        summary: description.summary.to_owned(),
        config_schema: C::config_schema(),
        extra: Vec::new(),
    }
}

/// `configure` of the contract.
///
/// # Errors
/// The collector's own refusal, or the place where the JSON does not fit [`Collector::Config`].
pub fn configure<C: Collector>(config: &str, server: &Server) -> Result<contract::Plan, Refusal> {
    tell_panics();
    let mut json = serde_json::Deserializer::from_str(config);
    let config: C::Config =
        serde_path_to_error::deserialize(&mut json).map_err(|error| Refusal::Invalid(vec![problem(&error)]))?;
    let mut plan = Plan::default();
    let collector = C::configure(config, server, &mut plan)?;
    let prepared = Prepared { families: plan.families(), collector };
    match postcard::to_stdvec(&prepared) {
        Ok(bytes) => Ok(plan.finish(bytes)),
        Err(error) => Err(Refusal::Other(format!("cannot prepare: {error}"))),
    }
}

/// `collect` of the contract.
///
/// # Errors
/// The collector's own failure; also when `prepared` is not what this version of the collector wrote.
pub fn collect<C: Collector>(request: &contract::Request) -> Result<contract::Report, contract::Failure> {
    tell_panics();
    collect_with::<C>(request, Host::imported())
}

/// The same with another host.
pub(crate) fn collect_with<C: Collector>(
    request: &contract::Request,
    host: Host<'_>,
) -> Result<contract::Report, contract::Failure> {
    let prepared = Prepared::<C>::read(request)?;
    let mut report = Report::new(prepared.families);
    prepared.collector.collect(&Request::new(request, host), &mut report)?;
    Ok(report.finish())
}

impl<C: DeserializeOwned> Prepared<C> {
    fn read(request: &contract::Request) -> Result<Prepared<C>, contract::Failure> {
        postcard::from_bytes(&request.prepared)
            .map_err(|error| contract::Failure::Other(format!("prepared bytes of another version: {error}")))
    }
}

/// One run of a sweep: `begin`, `page` and `end` of the contract.
pub struct Running<C: Sweeper> {
    prepared: Prepared<C>,
    request: contract::Request,
    run: C::Run,
}

impl<C: Sweeper> Running<C> {
    /// `begin` of the contract.
    ///
    /// # Errors
    /// The collector's own failure; also when `prepared` is not what this version of the collector wrote.
    pub fn begin(request: contract::Request) -> Result<Running<C>, contract::Failure> {
        tell_panics();
        Running::begin_with(request, Host::imported())
    }

    /// The same with another host.
    pub(crate) fn begin_with(request: contract::Request, host: Host<'_>) -> Result<Running<C>, contract::Failure> {
        let prepared = Prepared::<C>::read(&request)?;
        let run = prepared.collector.begin(&Request::new(&request, host))?;
        Ok(Running { prepared, request, run })
    }

    /// `page` of the contract.
    ///
    /// # Errors
    /// The collector's own failure.
    pub fn page(&mut self, sweep: u32, keys: &[Swept]) -> Result<(), contract::Failure> {
        self.page_with(sweep, keys, Host::imported())
    }

    /// The same with another host.
    pub(crate) fn page_with(&mut self, sweep: u32, keys: &[Swept], host: Host<'_>) -> Result<(), contract::Failure> {
        let request = Request::new(&self.request, host);
        self.prepared.collector.page(&mut self.run, &request, &Page::new(sweep, keys))
    }

    /// `end` of the contract.
    ///
    /// # Errors
    /// The collector's own failure; also when it keeps a state, which a walk has not.
    pub fn end(self, complete: bool) -> Result<contract::Report, contract::Failure> {
        let mut report = Report::of_a_walk(self.prepared.families);
        self.prepared.collector.end(self.run, complete, &mut report)?;
        report.finish_walk()
    }
}

/// What is said of a page or an end without a beginning.
pub fn not_begun() -> contract::Failure {
    contract::Failure::Other("the run has not begun".to_owned())
}

fn problem(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in error.path() {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { variant } => pointer.push_str(&format!("/{variant}")),
            Segment::Unknown => {}
        }
    }
    Problem { pointer, message: error.inner().to_string() }
}

/// Makes a component of a [`Collector`]. Natively it does nothing, so the same crate is a plain library too.
#[macro_export]
macro_rules! export {
    ($collector:ty) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            struct Component;

            impl $crate::bindings::exports::redwasp::collector::collector::Guest for Component {
                fn describe() -> $crate::bindings::exports::redwasp::collector::collector::Description {
                    $crate::component::describe::<$collector>()
                }

                fn configure(
                    config: String,
                    server: $crate::Server,
                ) -> Result<$crate::bindings::exports::redwasp::collector::collector::Plan, $crate::Refusal> {
                    $crate::component::configure::<$collector>(&config, &server)
                }

                fn collect(
                    request: $crate::bindings::exports::redwasp::collector::collector::Request,
                ) -> Result<$crate::bindings::exports::redwasp::collector::collector::Report, $crate::Failure> {
                    $crate::component::collect::<$collector>(&request)
                }
            }

    $crate::bindings::export_component!(Component with_types_in $crate::bindings);
        };
    };
}

/// Makes a component of a [`Sweeper`]. Natively it does nothing, so the same crate is a plain library too.
#[macro_export]
macro_rules! export_sweeper {
    ($collector:ty) => {
        $crate::export!($collector);

        #[cfg(target_family = "wasm")]
        const _: () = {
            use $crate::bindings::sweeping::exports::redwasp::collector::sweeper;

            struct Component;

            // One instance lives for one run, on one thread.
            std::thread_local! {
                static RUNNING: std::cell::RefCell<Option<$crate::component::Running<$collector>>> =
                    const { std::cell::RefCell::new(None) };
            }

            impl sweeper::Guest for Component {
                fn begin(request: sweeper::Request) -> Result<(), $crate::Failure> {
                    let running = $crate::component::Running::begin(request)?;
                    RUNNING.set(Some(running));
                    Ok(())
                }

                fn page(sweep: u32, keys: Vec<sweeper::Swept>) -> Result<(), $crate::Failure> {
                    RUNNING.with_borrow_mut(|running| {
                        running.as_mut().ok_or_else($crate::component::not_begun)?.page(sweep, &keys)
                    })
                }

                fn end(complete: bool) -> Result<sweeper::Report, $crate::Failure> {
                    RUNNING.take().ok_or_else($crate::component::not_begun)?.end(complete)
                }
            }

    $crate::bindings::sweeping::export_sweeper_component!(Component with_types_in $crate::bindings::sweeping);
        };
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::server;
    use crate::{Description, Failure};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Config {
        limits: Vec<u32>,
    }

    #[derive(Serialize, Deserialize)]
    struct Sum(u32);

    impl Collector for Sum {
        type Config = Config;
        const DESCRIPTION: Description = Description { name: "sum", version: "1.0.0", summary: "", config_schema: "" };

        fn configure(config: Config, _server: &Server, _plan: &mut Plan) -> Result<Self, Refusal> {
            Ok(Sum(config.limits.iter().sum()))
        }

        fn collect(&self, _request: &Request<'_>, _report: &mut Report) -> Result<(), Failure> {
            Err(Failure::Other(self.0.to_string()))
        }
    }

    fn fault(config: &str) -> (String, String) {
        match configure::<Sum>(config, &server("redis", "7.0.15")) {
            Err(Refusal::Invalid(problems)) => (problems[0].pointer.clone(), problems[0].message.clone()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_fault_in_the_configuration_has_its_place() {
        let (pointer, message) = fault(r#"{"limits": [1, "x"]}"#);
        assert_eq!(pointer, "/limits/1");
        assert!(message.contains("expected u32"), "{message}");
        assert_eq!(fault(r#"{"limits": 1}"#).0, "/limits");
        assert!(fault(r#"{"limits": [], "limit": 1}"#).1.contains("unknown field `limit`"));
    }

    #[test]
    fn what_configure_prepares_reaches_collect() {
        let plan = configure::<Sum>(r#"{"limits": [1, 2]}"#, &server("redis", "7.0.15")).unwrap();
        let request = contract::Request {
            prepared: plan.prepared,
            target: crate::Target { name: String::new(), labels: vec![], node: String::new(), extra: vec![] },
            server: server("redis", "7.0.15"),
            prefetched: Vec::new(),
            state: None,
            unix_ms: 0,
            extra: Vec::new(),
        };
        assert_eq!(collect::<Sum>(&request), Err(Failure::Other("3".to_owned())));
        let other = contract::Request { prepared: Vec::new(), ..request };
        let Err(Failure::Other(message)) = collect::<Sum>(&other) else { panic!("it collected") };
        assert!(message.starts_with("prepared bytes of another version"), "{message}");
    }
}
