//! How many lookups find their key.

use std::num::NonZeroU64;

use redwasp_sdk::info::Info;
use redwasp_sdk::{
    Collector, Command, Description, Failure, Family, Plan, Prefetched, Refusal, Report, Request,
    Server, number, schema,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the operator may set.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// With fewer lookups since the server began there is no sample.
    minimum_lookups: NonZeroU64,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            minimum_lookups: NonZeroU64::MIN,
        }
    }
}

/// What `configure` prepared. It travels as bytes: each call of `collect` is in an instance of its own.
#[derive(Serialize, Deserialize)]
pub struct {{Name}} {
    config: Config,
    info: Prefetched,
    hit_ratio: Family<0>,
}

impl Collector for {{Name}} {
    type Config = Config;

    const DESCRIPTION: Description = Description {
        name: "{{name}}",
        version: env!("CARGO_PKG_VERSION"),
        summary: "How many lookups find their key.",
        config_schema: "",
    };

    fn config_schema() -> String {
        schema::of::<Config>()
    }

    fn configure(config: Config, _server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        Ok({{Name}} {
            config,
            // Redis is asked before each collect, in one round trip for all collectors together.
            info: plan.prefetch(Command::info()),
            hit_ratio: plan.gauge(
                "{{name_snake}}_hit_ratio",
                "Part of the lookups that found their key since the server began, 0 to 1.",
                [],
            ),
        })
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let info = Info::new(&request.reply(self.info)?)?;
        let field = |name: &str| info.get(name).and_then(number::float);
        let (Some(hits), Some(misses)) = (field("keyspace_hits"), field("keyspace_misses")) else {
            return Err(Failure::NotApplicable(
                "INFO has no keyspace_hits".to_owned(),
            ));
        };
        let lookups = hits + misses;
        if lookups >= self.config.minimum_lookups.get() as f64 {
            report.set(self.hit_ratio, [], hits / lookups);
        }
        Ok(())
    }
}

redwasp_sdk::export!({{Name}});
