//! Does what its configuration tells it to, step by step, and tells what came of it: one sample for each answer, with the
//! answer in a label. This is the contract itself, in its active world: no SDK is between a step and the host.

#[cfg(target_family = "wasm")]
mod contract {
    use std::collections::BTreeMap;
    use std::io::Write;

    use serde::Deserialize;

    wit_bindgen::generate!({ path: "../../wit", world: "active-collector" });

    use exports::redwasp::collector::collector;
    use redwasp::collector::calls::SavedState;
    use redwasp::collector::metrics::{Family, Kind, Sample};
    use redwasp::collector::types::{CallError, Command, Server};
    use redwasp::collector::{log, redis};

    /// A test that wants another version of the same plugin writes another first digit into the file.
    const VERSION: &str = "1.0.0-as-told";

    /// Bytes of an answer that are told.
    const LONG: usize = 400;

    const SCHEMA: &str = r#"{"type":"object","additionalProperties":false,"properties":{
        "asks":{"type":"array"},"prefetch":{"type":"array"},"steps":{"type":"array"},"refuse":{"type":"string"},
        "name":{"type":"string"}}}"#;

    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Told {
        asks: Vec<Ask>,
        prefetch: Vec<Words>,
        steps: Vec<Step>,
        /// Why the configuration is refused.
        refuse: Option<String>,
        /// A label of every sample, so that collectors of this plugin have series of their own.
        name: String,
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Ask {
        commands: Vec<String>,
        keys: Vec<String>,
        databases: Vec<u32>,
    }

    /// A command.
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Words {
        database: u32,
        args: Vec<String>,
        /// Bytes of one more argument.
        padding: usize,
        /// How often it stands in the pipeline; 0 is once.
        copies: usize,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Step {
        /// Tells each answer.
        Pipeline(Vec<Words>),
        /// The same pipeline again and again: tells how often each answer came.
        Repeat(usize, Vec<Words>),
        /// Asks for the nodes so often: tells how often each answer came.
        Nodes(usize),
        /// Writes so many lines.
        Log(usize, String),
        /// Writes so many bytes to stderr, so often.
        Stderr(usize, usize),
        /// Tells how often it was called, as the saved state has it.
        Count,
        /// Saves so many bytes.
        Save(usize),
        /// Panics if the reply to the first command of the prefetch is not empty.
        PanicIfThere,
        /// Panics every second time, as the target counts it: the reply to the first command of the prefetch is odd.
        PanicIfOdd,
        Spin,
        /// Holds so many bytes.
        Hold(usize),
        /// Reports so many samples more.
        Samples(usize),
        /// Reports the same series so many times.
        SameSeries(usize),
        /// Warns, if the reply to the first command of the prefetch is not empty.
        WarnIfThere(String),
    }

    struct Component;

    impl From<&Words> for Command {
        fn from(words: &Words) -> Command {
            let mut args: Vec<Vec<u8>> = words.args.iter().map(|arg| arg.as_bytes().to_vec()).collect();
            if words.padding > 0 {
                args.push(vec![b'x'; words.padding]);
            }
            Command { database: words.database, args }
        }
    }

    fn commands(all: &[Words]) -> Vec<Command> {
        all.iter().flat_map(|words| std::iter::repeat_n(words.into(), words.copies.max(1))).collect()
    }

    fn answer(answer: Result<Vec<u8>, CallError>) -> String {
        match answer {
            Ok(reply) => format!("reply: {}", reply[..reply.len().min(LONG)].escape_ascii()),
            Err(CallError::Denied(reason)) => format!("denied: {reason}"),
            Err(CallError::Limit(reason)) => format!("limit: {reason}"),
            Err(CallError::Timeout) => "timeout".to_owned(),
            Err(CallError::Unreachable(reason)) => format!("unreachable: {reason}"),
            Err(CallError::Server(error)) => format!("server: {} {}", error.code, error.message),
            Err(CallError::Other(reason)) => format!("other: {reason}"),
        }
    }

    /// What a call tells: for each step and place an answer, with a number.
    struct Telling {
        name: String,
        samples: Vec<Sample>,
    }

    impl Telling {
        fn tell(&mut self, step: &str, place: &str, answer: String, value: f64) {
            let label_values = vec![self.name.clone(), step.to_owned(), place.to_owned(), answer];
            self.samples.push(Sample { family: 0, label_values, value });
        }

        fn answers(&mut self, step: &str, all: Result<Vec<Result<Vec<u8>, CallError>>, CallError>) {
            match all {
                Err(error) => self.tell(step, "all", answer(Err(error)), 1.0),
                Ok(answers) => {
                    for (place, each) in answers.into_iter().enumerate() {
                        self.tell(step, &place.to_string(), answer(each), 1.0);
                    }
                }
            }
        }

        fn counted(&mut self, step: &str, times: usize, mut ask: impl FnMut() -> String) {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for _ in 0..times {
                *counts.entry(ask()).or_default() += 1;
            }
            for (answer, count) in counts {
                self.tell(step, "times", answer, count as f64);
            }
        }
    }

    fn pipeline(commands: &[Command]) -> Result<Vec<Result<Vec<u8>, CallError>>, CallError> {
        redis::pipeline(&redis::Route::Automatic, commands)
    }

    fn repeat(telling: &mut Telling, step: &str, times: usize, words: &[Words]) {
        let commands = commands(words);
        telling.counted(step, times, || match pipeline(&commands) {
            Err(error) => answer(Err(error)),
            Ok(answers) => answers.into_iter().next().map(answer).unwrap_or_default(),
        });
    }

    /// The counter in the saved state, one more, and told.
    fn count(telling: &mut Telling, step: &str, state: &Option<SavedState>) -> Vec<u8> {
        let bytes = state.as_ref().and_then(|state| state.bytes.as_slice().try_into().ok());
        let count = bytes.map_or(0, u64::from_le_bytes) + 1;
        telling.tell(step, "count", String::new(), count as f64);
        count.to_le_bytes().to_vec()
    }

    fn write_to_stderr(bytes: usize, times: usize) {
        let text = vec![b'x'; bytes];
        for _ in 0..times {
            let _ = std::io::stderr().write_all(&text);
        }
    }

    /// Whether a RESP reply is neither empty nor 0.
    fn is_there(reply: &Result<Vec<u8>, CallError>) -> bool {
        !matches!(reply.as_deref(), Ok(b":0\r\n" | b"_\r\n" | b"$-1\r\n"))
    }

    fn is_odd(reply: &Result<Vec<u8>, CallError>) -> bool {
        let digit = reply.as_ref().ok().and_then(|reply| reply.iter().rfind(|byte| byte.is_ascii_digit()));
        digit.is_some_and(|digit| digit % 2 == 1)
    }

    impl collector::Guest for Component {
        fn describe() -> collector::Description {
            collector::Description {
                name: "does-as-told".to_owned(),
                version: VERSION.to_owned(),
                summary: "Does as it is told.".to_owned(),
                config_schema: SCHEMA.to_owned(),
                extra: Vec::new(),
            }
        }

        fn configure(config: String, _server: Server) -> Result<collector::Plan, collector::Refusal> {
            let problem = |message: String| collector::Problem { pointer: "/refuse".to_owned(), message };
            let told: Told = serde_json::from_str(&config)
                .map_err(|error| collector::Refusal::Invalid(vec![problem(error.to_string())]))?;
            if let Some(reason) = told.refuse {
                return Err(collector::Refusal::Invalid(vec![problem(reason)]));
            }
            let ask = |ask: Ask| collector::Ask { commands: ask.commands, keys: ask.keys, databases: ask.databases };
            Ok(collector::Plan {
                families: vec![Family {
                    name: "told".to_owned(),
                    help: "What came of a step.".to_owned(),
                    unit: String::new(),
                    kind: Kind::Gauge,
                    label_names: ["name", "step", "place", "answer"].map(str::to_owned).into(),
                }],
                late_prefixes: Vec::new(),
                asks: told.asks.into_iter().map(ask).collect(),
                prefetch: commands(&told.prefetch),
                sweeps: Vec::new(),
                scope: "node".to_owned(),
                problems: Vec::new(),
                prepared: config.into_bytes(),
                extra: Vec::new(),
            })
        }

        fn collect(request: collector::Request) -> Result<collector::Report, collector::Failure> {
            let told: Told = serde_json::from_slice(&request.prepared)
                .map_err(|error| collector::Failure::Other(error.to_string()))?;
            let mut telling = Telling { name: told.name, samples: Vec::new() };
            let (mut state, mut warnings) = (None, Vec::new());
            telling.answers("prefetch", Ok(request.prefetched.clone()));
            for (number, step) in told.steps.into_iter().enumerate() {
                let number = number.to_string();
                match step {
                    Step::Pipeline(words) => telling.answers(&number, pipeline(&commands(&words))),
                    Step::Repeat(times, words) => repeat(&mut telling, &number, times, &words),
                    Step::Nodes(times) => telling.counted(&number, times, || match redis::nodes() {
                        Ok(nodes) => format!("nodes: {}", nodes.len()),
                        Err(error) => answer(Err(error)),
                    }),
                    Step::Log(times, text) => (0..times).for_each(|_| log::write(log::Level::Info, &text, &[])),
                    Step::Stderr(bytes, times) => write_to_stderr(bytes, times),
                    Step::Count => state = Some(count(&mut telling, &number, &request.state)),
                    Step::Save(bytes) => state = Some(vec![0; bytes]),
                    Step::PanicIfThere => assert!(!is_there(&request.prefetched[0]), "it is there"),
                    Step::PanicIfOdd => assert!(!is_odd(&request.prefetched[0]), "it is odd"),
                    Step::Spin => loop {
                        std::hint::spin_loop();
                    },
                    Step::Hold(bytes) => drop(std::hint::black_box(vec![1_u8; bytes])),
                    Step::Samples(times) => {
                        (0..times).for_each(|place| telling.tell(&number, &place.to_string(), String::new(), 1.0));
                    }
                    Step::SameSeries(times) => {
                        (0..times).for_each(|_| telling.tell(&number, "same", String::new(), 1.0));
                    }
                    Step::WarnIfThere(text) => warnings.extend(is_there(&request.prefetched[0]).then_some(text)),
                }
            }
            Ok(collector::Report {
                samples: telling.samples,
                histograms: Vec::new(),
                summaries: Vec::new(),
                late: Vec::new(),
                warnings,
                partial: false,
                state,
                extra: Vec::new(),
            })
        }
    }

    export!(Component);
}
