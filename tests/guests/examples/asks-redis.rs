//! Asks Redis from inside of its collect, and tells what it was answered. The SDK has neither nodes nor log lines, so this
//! is the contract itself, in its active world.

#[cfg(target_family = "wasm")]
mod contract {
    wit_bindgen::generate!({ path: "../../wit", world: "active-collector" });

    use exports::redwasp::collector::collector;
    use redwasp::collector::metrics::{Family, Kind, Sample};
    use redwasp::collector::types::{CallError, Command, Server};
    use redwasp::collector::{log, redis};

    struct Component;

    fn told(error: CallError) -> String {
        match error {
            CallError::Denied(reason) => format!("denied: {reason}"),
            other => format!("{other:?}"),
        }
    }

    impl collector::Guest for Component {
        fn describe() -> collector::Description {
            collector::Description {
                name: "asks-redis".to_owned(),
                version: "0.1.0".to_owned(),
                summary: "Asks Redis more than its plan says.".to_owned(),
                config_schema: String::new(),
                extra: Vec::new(),
            }
        }

        fn configure(_config: String, _server: Server) -> Result<collector::Plan, collector::Refusal> {
            Ok(collector::Plan {
                families: vec![Family {
                    name: "asked".to_owned(),
                    help: "What the host answered.".to_owned(),
                    unit: String::new(),
                    kind: Kind::Info,
                    label_names: vec!["pipeline".to_owned(), "nodes".to_owned()],
                }],
                late_prefixes: Vec::new(),
                asks: Vec::new(),
                prefetch: Vec::new(),
                sweeps: Vec::new(),
                scope: "node".to_owned(),
                problems: Vec::new(),
                prepared: Vec::new(),
                extra: Vec::new(),
            })
        }

        fn collect(_request: collector::Request) -> Result<collector::Report, collector::Failure> {
            let command = Command { database: 0, args: vec![b"PING".to_vec()] };
            let pipeline = redis::pipeline(&redis::Route::Automatic, &[command]).err().map(told).unwrap_or_default();
            let nodes = redis::nodes().err().map(told).unwrap_or_default();
            log::write(log::Level::Info, "asked", &[]);
            let sample = Sample { family: 0, label_values: vec![pipeline, nodes], value: 1.0 };
            Ok(collector::Report {
                samples: vec![sample],
                histograms: Vec::new(),
                summaries: Vec::new(),
                late: Vec::new(),
                warnings: Vec::new(),
                partial: false,
                state: None,
                extra: Vec::new(),
            })
        }
    }

    export!(Component);
}
