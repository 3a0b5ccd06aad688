//! What a walk must not do, on the bench.

use redwasp_sdk::testing::{self, Bench, NoPage};
use redwasp_sdk::{
    Collector, Command, Description, Failure, KeyRead, Page, Plan, Refusal, Report, Request, Server, Sweep, Sweeper,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const AS_PLANNED: &str = "ask as planned";

/// Does at the end of a walk, and in a collect, what its configuration says.
#[derive(Serialize, Deserialize)]
struct Walks {
    does: String,
}

impl Walks {
    fn report(&self, report: &mut Report) -> Result<(), Failure> {
        match self.does.as_str() {
            "keep" => report.keep(&1)?,
            "save" => report.save(vec![1]),
            _ => {}
        }
        Ok(())
    }

    fn ask(&self, when: &str, request: &Request<'_>) -> Result<(), Failure> {
        if self.does == when || self.does == AS_PLANNED {
            request.pipeline(&[Command::new("LLEN").arg("waiting")])?.reply(0)?;
        }
        Ok(())
    }
}

impl Collector for Walks {
    type Config = Map<String, Value>;
    const DESCRIPTION: Description = Description { name: "walks", version: "1.0.0", summary: "", config_schema: "" };

    fn configure(config: Self::Config, _server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        let does = config["does"].as_str().unwrap().to_owned();
        let mut sweep = Sweep::new("order:*");
        sweep.read(KeyRead::new(if does == "write" { "DEL" } else { "TYPE" }));
        plan.sweep(sweep);
        if does == AS_PLANNED {
            plan.ask(&["LLEN"], &["waiting"], &[]);
        }
        Ok(Walks { does })
    }

    fn collect(&self, _request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        self.report(report)
    }
}

impl Sweeper for Walks {
    type Run = ();

    fn begin(&self, request: &Request<'_>) -> Result<(), Failure> {
        self.ask("ask to begin", request)
    }

    fn page(&self, _run: &mut (), request: &Request<'_>, _page: &Page<'_>) -> Result<(), Failure> {
        self.ask("ask of a page", request)
    }

    fn end(&self, _run: (), _complete: bool, report: &mut Report) -> Result<(), Failure> {
        self.report(report)
    }
}

fn config(does: &str) -> String {
    serde_json::json!({ "does": does }).to_string()
}

fn walk(does: &str) -> Result<testing::Page, NoPage> {
    let bench = Bench::new(testing::server("redis", "7.0.15")).reply("LLEN waiting", testing::integer(1));
    let bench = bench.key(0, "order:1", "hash").reply("TYPE order:1", testing::simple("hash"));
    bench.sweep::<Walks>(&config(does))
}

#[test]
fn a_walk_keeps_no_state() {
    assert!(walk("nothing").is_ok());
    for does in ["keep", "save"] {
        let Err(NoPage::Failed(Failure::Other(text))) = walk(does) else { panic!("{does}: it ended well") };
        assert_eq!(text, format!("a walk keeps no state: `{does}` is for `collect`"));
        let page = Bench::new(testing::server("redis", "7.0.15")).collect::<Walks>(&config(does)).unwrap();
        assert!(page.state().is_some());
    }
}

#[test]
fn what_a_walk_does_not_ask_for_it_does_not_get() {
    assert!(walk(AS_PLANNED).is_ok());
    for does in ["ask to begin", "ask of a page"] {
        let walked = walk(does);
        assert!(
            format!("{walked:?}").contains("Denied(\"LLEN waiting is not among what the plugin asks for"),
            "{walked:?}"
        );
    }
    let Err(NoPage::Malformed(text)) = walk("write") else { panic!("it walked") };
    assert_eq!(text, "DEL writes; no grant allows it");
}
