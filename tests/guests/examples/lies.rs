//! Reports a sample of a family that it never declared. The SDK does not let it, so this is the contract itself.

use redwasp_guests::Misdeed;

/// What is said truly: the description and the plan.
pub struct Lies;

impl Misdeed for Lies {
    const NAME: &str = "lies";
}

#[cfg(target_family = "wasm")]
mod contract {
    use redwasp_guests::Guest;
    use redwasp_sdk::bindings::exports::redwasp::collector::collector;
    use redwasp_sdk::{Failure, Refusal, Server, bindings, component};

    use super::Lies;

    const UNDECLARED: u32 = 99;

    struct Component;

    impl collector::Guest for Component {
        fn describe() -> collector::Description {
            component::describe::<Guest<Lies>>()
        }

        fn configure(config: String, server: Server) -> Result<collector::Plan, Refusal> {
            component::configure::<Guest<Lies>>(&config, &server)
        }

        fn collect(request: collector::Request) -> Result<collector::Report, Failure> {
            let mut report = component::collect::<Guest<Lies>>(&request)?;
            for sample in &mut report.samples {
                sample.family = UNDECLARED;
            }
            Ok(report)
        }
    }

    bindings::export_component!(Component with_types_in bindings);
}
