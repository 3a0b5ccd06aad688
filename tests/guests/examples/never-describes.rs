//! Never comes back from `describe`. The SDK does not let it, so this is the contract itself.

use redwasp_guests::Misdeed;

/// The rest of the guest, which behaves.
pub struct NeverDescribes;

impl Misdeed for NeverDescribes {
    const NAME: &str = "never-describes";
}

#[cfg(target_family = "wasm")]
mod contract {
    use std::hint::black_box;

    use redwasp_guests::Guest;
    use redwasp_sdk::bindings::exports::redwasp::collector::collector;
    use redwasp_sdk::{Failure, Refusal, Server, bindings, component};

    use super::NeverDescribes;

    struct Component;

    impl collector::Guest for Component {
        fn describe() -> collector::Description {
            let mut turns = 0_u64;
            while black_box(true) {
                turns = black_box(turns.wrapping_add(1));
            }
            component::describe::<Guest<NeverDescribes>>()
        }

        fn configure(config: String, server: Server) -> Result<collector::Plan, Refusal> {
            component::configure::<Guest<NeverDescribes>>(&config, &server)
        }

        fn collect(request: collector::Request) -> Result<collector::Report, Failure> {
            component::collect::<Guest<NeverDescribes>>(&request)
        }
    }

    bindings::export_component!(Component with_types_in bindings);
}
