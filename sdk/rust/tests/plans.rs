//! What the bench says of plans and pipelines: sdk/plan-vectors.json, which is the same for every SDK.

use redwasp_sdk::testing::{self, Bench, NoPage};
use redwasp_sdk::{
    CallError, Collector, Command, Description, Failure, Family, Histogram, KeyRead, Plan, Refusal, Report, Request,
    Server, Summary, Sweep,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    families: Vec<WrittenFamily>,
    asks: Vec<Ask>,
    prefetch: Vec<Vec<String>>,
    sweeps: Vec<WrittenSweep>,
    /// What a collect sends.
    send: Vec<Sent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFamily {
    name: String,
    kind: String,
    #[serde(default)]
    labels: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    commands: Vec<String>,
    #[serde(default)]
    keys: Vec<String>,
    #[serde(default)]
    databases: Vec<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSweep {
    pattern: String,
    reads: Vec<WrittenRead>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRead {
    before: Vec<String>,
    after: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Sent {
    #[serde(default)]
    database: u32,
    command: Vec<String>,
}

impl Sent {
    fn command(&self) -> Command {
        command(&self.command).database(self.database)
    }
}

fn command(words: &[String]) -> Command {
    let (name, args) = words.split_first().map_or(("", words), |(name, args)| (name, args));
    args.iter().fold(Command::new(name), Command::arg)
}

fn borrowed(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

impl WrittenFamily {
    fn declare<const N: usize>(&self, plan: &mut Plan) {
        let labels: [&str; N] = borrowed(&self.labels).try_into().unwrap();
        match self.kind.as_str() {
            "counter" => drop::<Family<N>>(plan.counter(&self.name, "", labels)),
            "gauge" => drop::<Family<N>>(plan.gauge(&self.name, "", labels)),
            "histogram" => drop::<Histogram<N>>(plan.histogram(&self.name, "", labels)),
            "summary" => drop::<Summary<N>>(plan.summary(&self.name, "", labels)),
            other => panic!("no vector has the kind {other:?}"),
        }
    }
}

impl WrittenRead {
    fn read(&self) -> KeyRead {
        let (name, more) = self.before.split_first().unwrap();
        let read = more.iter().fold(KeyRead::new(name), KeyRead::before);
        self.after.iter().fold(read, KeyRead::after)
    }
}

/// Plans what its configuration says, and sends what it says.
#[derive(Serialize, Deserialize)]
struct Plans(Vec<Sent>);

impl Collector for Plans {
    type Config = Written;
    const DESCRIPTION: Description = Description { name: "plans", version: "1.0.0", summary: "", config_schema: "" };

    fn configure(config: Written, _server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        for family in &config.families {
            match family.labels.len() {
                0 => family.declare::<0>(plan),
                1 => family.declare::<1>(plan),
                2 => family.declare::<2>(plan),
                3 => family.declare::<3>(plan),
                more => panic!("no vector has {more} labels"),
            }
        }
        for Ask { commands, keys, databases } in &config.asks {
            plan.ask(&borrowed(commands), &borrowed(keys), databases);
        }
        for words in &config.prefetch {
            plan.prefetch(command(words));
        }
        for WrittenSweep { pattern, reads } in &config.sweeps {
            let mut sweep = Sweep::new(pattern);
            for read in reads {
                sweep.read(read.read());
            }
            plan.sweep(sweep);
        }
        Ok(Plans(config.send))
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let commands: Vec<Command> = self.0.iter().map(Sent::command).collect();
        let replies = request.pipeline(&commands)?;
        for place in 0..commands.len() {
            report.warn(match replies.bytes(place) {
                Ok(_) => String::new(),
                Err(CallError::Denied(text)) => text,
                Err(other) => panic!("{other:?}"),
            });
        }
        Ok(())
    }
}

fn vectors(part: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("../../plan-vectors.json")).unwrap();
    let vectors = all[part].as_array().unwrap().clone();
    assert!(vectors.len() > 10);
    vectors
}

fn bench() -> Bench {
    Bench::new(testing::server("redis", "7.0.15"))
}

/// What the bench says of a plan; "" when it takes it.
fn refused(plan: &Value) -> String {
    match bench().collect::<Plans>(&plan.to_string()) {
        Ok(_) => String::new(),
        Err(NoPage::Malformed(text)) => text,
        Err(other) => panic!("{plan}: {other:?}"),
    }
}

#[test]
fn plans_are_taken_and_refused_as_the_daemon_does() {
    for vector in vectors("plans") {
        assert_eq!(refused(&vector["plan"]), vector["refused"], "{vector}");
    }
}

#[test]
fn a_command_that_is_not_asked_for_is_denied_whatever_reply_there_is() {
    for vector in vectors("pipelines") {
        let sent: Sent = serde_json::from_value(vector.clone()).unwrap();
        let asks = vector.get("asks").cloned().unwrap_or(json!([]));
        let config = json!({"asks": asks, "send": [sent, {"command": ["PING"]}]}).to_string();
        let bench = bench().reply(&sent.command.join(" "), testing::integer(1)).reply("PING", testing::simple("PONG"));
        let page = bench.collect::<Plans>(&config).unwrap();
        let denied = vector["denied"].as_str().unwrap();
        assert_eq!(page.warnings(), [denied, ""], "{vector}: of the two it is the command's own result");
    }
}

#[test]
fn a_denial_of_the_test_is_for_what_the_plan_asks() {
    let config = |asks: Value| json!({"asks": asks, "send": [{"command": ["LLEN", "a"]}]}).to_string();
    let told = |config: &str| bench().denied("LLEN a").collect::<Plans>(config).unwrap().warnings()[0].clone();
    assert_eq!(told(&config(json!([{"commands": ["LLEN"], "keys": ["a"]}]))), "LLEN a is not granted");
    assert!(told(&config(json!([]))).starts_with("LLEN a is not among what the plugin asks for: "));
}

#[test]
fn what_the_vectors_do_not_have() {
    let ask = |name: &str| refused(&json!({"asks": [{"commands": [name], "keys": ["*"]}]}));
    assert_eq!(ask("xinfo"), "");
    assert!(ask("ACL DELUSER").starts_with("asks[0].commands: ACL DELUSER tells or changes who may do what; "));
    assert_eq!(refused(&json!({"prefetch": vec![["INFO"]; 1025]})), "", "the operator says how many there may be");
    let long = "x".repeat(1025);
    assert_eq!(
        refused(&json!({"asks": [{"commands": ["LLEN"], "keys": [long]}]})),
        "asks[0].keys: a pattern of 1025 bytes matches nothing: 1024 are taken"
    );
    let sweep = |before: &[&str], times: usize| {
        let reads = vec![json!({"before": before, "after": ["0"]}); times];
        refused(&json!({"sweeps": [{"pattern": "*", "reads": reads}]}))
    };
    assert_eq!(sweep(&["HGET"], 17), "17 reads in a sweep, more than the 16 allowed");
    assert_eq!(sweep(&["XREAD", "COUNT", "1", "STREAMS"], 1), "", "its key is at no fixed place");
    assert_eq!(
        refused(&json!({"sweeps": [{"pattern": long, "reads": []}]})),
        "a pattern of a sweep with 1025 bytes: 1024 are taken"
    );
    let sweeps = vec![json!({"pattern": "*", "reads": []}); 257];
    assert_eq!(refused(&json!({"sweeps": sweeps})), "257 sweeps, more than the 256 allowed");
}

#[test]
fn a_script_without_keys_may_be_prefetched() {
    let script = |words: [&str; 4]| refused(&json!({"prefetch": [words]}));
    assert_eq!(["EVAL", "eval_ro"].map(|name| script([name, "return 1", "0", "0"])), ["", ""]);
    for words in [["EVAL", "return 1", "1", "a"], ["EVALSHA", "x", "0", "0"]] {
        assert!(script(words).ends_with("runs code, and what code does no table can say; no grant allows it"));
    }
}
