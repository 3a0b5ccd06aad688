//! The contract's three functions for any [`Collector`]; [`export!`](crate::export) makes a component of them.

use serde::{Deserialize, Serialize};

use crate::bindings::exports::redwasp::collector::collector as contract;
use crate::{Collector, Plan, Problem, Refusal, Report, Request, Server};

/// What travels in the plan's `prepared` bytes.
#[derive(Serialize, Deserialize)]
struct Prepared<C> {
    /// How many families the plan declared: the index of the first late one.
    families: u32,
    collector: C,
}

/// `describe` of the contract.
pub fn describe<C: Collector>() -> contract::Description {
    let description = C::DESCRIPTION;
    contract::Description {
        name: description.name.to_owned(),
        version: description.version.to_owned(),
        summary: description.summary.to_owned(),
        config_schema: description.config_schema.to_owned(),
        extra: Vec::new(),
    }
}

/// `configure` of the contract.
///
/// # Errors
/// The collector's own refusal, or the place where the JSON does not fit [`Collector::Config`].
pub fn configure<C: Collector>(config: &str, server: &Server) -> Result<contract::Plan, Refusal> {
    let mut json = serde_json::Deserializer::from_str(config);
    let config: C::Config =
        serde_path_to_error::deserialize(&mut json).map_err(|error| Refusal::Invalid(vec![problem(&error)]))?;
    let mut plan = Plan::default();
    let collector = C::configure(config, server, &mut plan)?;
    let prepared = Prepared { families: plan.families(), collector };
    match postcard::to_stdvec(&prepared) {
        Ok(bytes) => Ok(plan.finish(bytes)),
        Err(error) => {
            Err(Refusal::Invalid(vec![Problem { pointer: String::new(), message: format!("cannot prepare: {error}") }]))
        }
    }
}

/// `collect` of the contract.
///
/// # Errors
/// The collector's own failure; also when `prepared` is not what this version of the collector wrote.
pub fn collect<C: Collector>(request: &contract::Request) -> Result<contract::Report, contract::Failure> {
    let prepared: Prepared<C> = postcard::from_bytes(&request.prepared)
        .map_err(|error| contract::Failure::Other(format!("prepared bytes of another version: {error}")))?;
    let mut report = Report::new(prepared.families);
    prepared.collector.collect(&Request::new(request), &mut report)?;
    Ok(report.finish())
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
