//! A collector that uses what the contract offers, on the bench.

use redwasp_sdk::log::{self, Level};
use redwasp_sdk::testing::{self, Bench, NoPage, Page};
use redwasp_sdk::{
    Buckets, CallError, Collector, Command, Description, Failure, Family, Histogram, Node, Plan, Prefetched, Refusal,
    Report, Request, Route, Server, Sweep, Sweeper, Swept, label,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    /// How often one command is asked for.
    #[serde(default)]
    times: usize,
}

#[derive(Serialize, Deserialize)]
struct Asks {
    times: usize,
    members: Prefetched,
    answer: Family<1>,
    left: Family<1>,
    shard: Family<2>,
    sizes: Histogram<0>,
    keys: Swept,
    read: redwasp_sdk::sweep::Read,
}

impl Collector for Asks {
    type Config = Config;
    const DESCRIPTION: Description = Description { name: "asks", version: "1.0.0", summary: "", config_schema: "" };

    fn configure(config: Config, server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        log::info("configured", &[("product", &server.product)]);
        let mut sweep = Sweep::new("order:*");
        let read = sweep.read(redwasp_sdk::KeyRead::new("STRLEN"));
        Ok(Asks {
            times: config.times,
            members: plan.prefetch(Command::new("SCARD").arg("members")),
            answer: plan.gauge("answer", "", ["of"]),
            left: plan.gauge("left", "", ["of"]),
            shard: plan.info("shard", "", ["node", "slots"]),
            sizes: plan.gauge_histogram("sizes", "", []),
            keys: plan.sweep(sweep),
            read,
        })
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        match request.bytes(self.members) {
            Ok(_) => report.set(self.answer, ["members"], request.reply(self.members)?.number()?),
            Err(error) => log::warn("no members", &[("why", &format!("{error:?}"))]),
        }
        for node in request.nodes()? {
            let slots: Vec<_> = node.slots.iter().map(|(first, last)| format!("{first}-{last}")).collect();
            report.set(self.shard, [&node.id, &slots.join(",")], 1.0);
        }
        for _ in 0..self.times {
            let replies = request.pipeline_to(&Route::OwnerOf(b"x".to_vec()), &[Command::new("PING")])?;
            assert!(replies.bytes(0).is_ok());
        }
        report.set(self.left, ["commands"], request.remaining().commands.into());
        report.set(self.left, ["calls"], request.remaining().calls.into());
        report.set(self.left, ["bytes"], request.remaining().bytes as f64);
        Ok(())
    }
}

impl Sweeper for Asks {
    type Run = (Buckets, Vec<String>);

    fn begin(&self, _request: &Request<'_>) -> Result<Self::Run, Failure> {
        Ok((Buckets::new([1.0, 2.0])?, Vec::new()))
    }

    fn page(
        &self,
        (sizes, names): &mut Self::Run,
        _request: &Request<'_>,
        page: &redwasp_sdk::Page<'_>,
    ) -> Result<(), Failure> {
        assert!(page.is(self.keys));
        for key in page.keys() {
            names.push(label::text(key.name()).into_owned());
            match key.reply(self.read) {
                Ok(Some(size)) => sizes.observe(size.number()?),
                Ok(None) => log::debug("not read", &[]),
                Err(_) => log::error("refused", &[]),
            }
        }
        Ok(())
    }

    fn end(&self, (sizes, names): Self::Run, complete: bool, report: &mut Report) -> Result<(), Failure> {
        report.buckets(self.sizes, [], &sizes);
        report.warn(format!("{}, {complete}", names.join(" ")));
        Ok(())
    }
}

fn bench() -> Bench {
    Bench::new(testing::server("redis", "7.0.15")).reply("PING", testing::simple("PONG"))
}

fn times(times: usize) -> Result<Page, NoPage> {
    bench().collect::<Asks>(&json!({"times": times}).to_string())
}

fn logged(page: &Page) -> Vec<(Level, &str, &str)> {
    page.logs().iter().map(|line| (line.level, &*line.message, line.fields.first().map_or("", |(_, of)| of))).collect()
}

#[test]
fn what_a_command_has_instead_of_a_reply_is_seen() {
    let told = |bench: Bench| logged(&bench.collect::<Asks>("{}").unwrap()).last().unwrap().2.to_owned();
    assert_eq!(told(bench().timeout("SCARD members")), "CallError::Timeout");
    assert_eq!(told(bench().denied("SCARD members")), "CallError::Denied(\"SCARD members is not granted\")");
    assert_eq!(told(bench()), "CallError::Denied(\"the bench has no reply to SCARD members\")");
    let page = bench().reply("SCARD members", testing::integer(3)).collect::<Asks>("{}").unwrap();
    assert_eq!(page.value("answer", &[("of", "members")]), Some(3.0));
    assert_eq!(logged(&page), [(Level::Info, "configured", "redis")]);
    let not_a_set = bench().reply("SCARD members", testing::error("WRONGTYPE no")).collect::<Asks>("{}");
    let Err(NoPage::Failed(Failure::Redis(CallError::Server(error)))) = not_a_set else { panic!("{not_a_set:?}") };
    assert_eq!((error.code.as_str(), error.message.as_str()), ("WRONGTYPE", "no"));
}

#[test]
fn budgets_are_those_of_a_call() {
    let left = |page: &Page, of| page.value("left", &[("of", of)]);
    let page = times(63).unwrap();
    assert_eq!(
        (left(&page, "commands"), left(&page, "bytes")),
        (Some(1024.0 - 63.0), Some(f64::from((16 << 20) - 63 * 7)))
    );
    assert_eq!(left(&page, "calls"), Some(0.0), "the nodes are one of the calls");
    let Err(NoPage::Failed(Failure::Redis(CallError::Limit(limit)))) = times(64) else { panic!("no limit") };
    assert_eq!(limit, "more than 64 calls (limits.calls)", "the nodes are one of them");
}

#[test]
fn nodes_are_one_or_those_of_the_test() {
    let node = |id: &str| Node {
        id: id.to_owned(),
        address: String::new(),
        role: "master".to_owned(),
        shard: String::new(),
        primary: String::new(),
        slots: vec![(0, 5), (7, 8)],
        extra: Vec::new(),
    };
    let of = |bench: Bench, node, slots| {
        bench.collect::<Asks>("{}").unwrap().value("shard", &[("node", node), ("slots", slots)])
    };
    assert_eq!(of(bench(), "", ""), Some(1.0));
    assert_eq!(of(bench().nodes(vec![node("a")]), "a", "0-5,7-8"), Some(1.0));
}

/// What `redwasp plugin record` writes.
fn recording() -> serde_json::Value {
    json!({
        "redwasp": "recording/1", "plugin": "asks", "version": "1.0.0", "digest": "sha256:00", "config": {"times": 1},
        "server": {"product": "valkey", "version": "9.1.2", "mode": "cluster", "role": "slave", "databases": 1, "extra": [["keys", "node"]]},
        "target": {"name": "redis://a:1", "labels": [], "node": "a", "extra": []},
        "unix_ms": 7, "state": {"plugin_version": "1.0.0", "bytes": "\u{ff}"}, "prepared": "",
        "prefetched": [{"command": {"database": 0, "args": ["SCARD", "members"]}, "reply": ":12\r\n"}],
        "calls": [
            {"pipeline": {"route": "automatic", "answers": [
                {"command": {"database": 0, "args": ["PING"]}, "error": {"server": ["NOPERM", "no"]}}], "failed": false}},
            {"nodes": [{"id": "a", "address": "a:1", "role": "slave", "shard": "", "primary": "b",
                "slots": [[0, 5]], "extra": [["zone", "a"]], "newer": 1}]}
        ],
        "sweep": {"pages": [
            {"sweep": 0, "keys": [
                {"key": "order:\u{ff}", "kind": "", "reads": [{"reply": ":2\r\n"}]},
                {"key": "order:2", "kind": "", "reads": [null]}]},
            {"sweep": 1, "keys": [{"key": "other", "kind": "", "reads": []}]},
            {"sweep": 0, "keys": [{"key": "order:3", "kind": "", "reads": [{"error": {"timeout": true}}]}]}
        ], "complete": false}
    })
}

#[test]
fn a_recording_is_a_bench() {
    let bench = Bench::recorded(recording().to_string().as_bytes());
    assert_eq!(bench.config(), r#"{"times":1}"#);
    let page = bench.collect::<Asks>("{}").unwrap();
    assert_eq!(page.value("answer", &[("of", "members")]), Some(12.0));
    assert_eq!(page.value("shard", &[("node", "a"), ("slots", "0-5")]), Some(1.0));
    assert_eq!(logged(&page), [(Level::Info, "configured", "valkey")]);
}

#[test]
fn a_recorded_walk_is_walked_again() {
    let page = Bench::recorded(recording().to_string().as_bytes()).sweep::<Asks>("{}").unwrap();
    assert_eq!(page.warnings(), ["order:\\xff order:2 order:3, false"]);
    let logged: Vec<_> = logged(&page).into_iter().map(|(_, message, _)| message).collect();
    assert_eq!(logged, ["configured", "not read", "refused"]);
    assert!(page.text("redis").contains("redis_sizes_bucket{le=\"1\"} 0\nredis_sizes_bucket{le=\"2\"} 1\n"));
}

#[test]
#[should_panic(expected = "a recording of another form")]
fn a_recording_of_another_form_is_refused() {
    let mut recording = recording();
    recording["redwasp"] = "recording/2".into();
    Bench::recorded(recording.to_string().as_bytes());
}

#[test]
#[should_panic(expected = "is no byte")]
fn what_is_no_byte_is_refused() {
    let mut recording = recording();
    recording["prefetched"][0]["reply"] = "\u{100}".into();
    Bench::recorded(recording.to_string().as_bytes());
}
