//! Members of the sets of active users.

use std::collections::BTreeSet;

use redwasp_sdk::{
    Collector, Command, Description, Failure, Family, Plan, Prefetched, Refusal, Report, Request, Server, schema, told,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which sets to look at.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The sets, each of users of one type.
    sets: Vec<Set>,
}

/// A set of users.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// The key of the set.
    key: String,
    /// The value of the label `user_type`.
    #[serde(rename = "type")]
    kind: String,
}

impl Default for Config {
    fn default() -> Config {
        let set = |kind: &str| Set { key: format!("users:{kind}"), kind: kind.to_owned() };
        Config { sets: vec![set("human"), set("bot")] }
    }
}

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct ActiveUsers {
    sets: Vec<(Set, Prefetched)>,
    users: Family<1>,
}

impl Collector for ActiveUsers {
    type Config = Config;

    const DESCRIPTION: Description = Description {
        name: "active-users",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Members of the sets of active users.",
        config_schema: "",
    };

    fn config_schema() -> String {
        schema::of::<Config>()
    }

    fn configure(config: Config, _server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        let (mut sets, mut kinds) = (Vec::new(), BTreeSet::new());
        for (place, set) in config.sets.into_iter().enumerate() {
            // Two samples of one series: the host would leave out the second, and nobody would know which that is.
            if !kinds.insert(set.kind.clone()) {
                plan.problem(format!("/sets/{place}/type"), format!("\"{}\" is there twice", set.kind));
                continue;
            }
            let members = plan.prefetch(Command::new("SCARD").arg(&set.key));
            sets.push((set, members));
        }
        let users = plan.gauge("active_users", "Members of the set of active users.", ["user_type"]);
        Ok(ActiveUsers { sets, users })
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        for (Set { key, kind }, members) in &self.sets {
            let members = request.reply(*members).and_then(|reply| Ok(reply.integer()?));
            match members {
                Ok(members) => report.set(self.users, [kind], members as f64),
                Err(failure) => {
                    report.partial();
                    report.warn(format!("SCARD {key}: {}", told::why(&failure)));
                }
            }
        }
        Ok(())
    }
}

redwasp_sdk::export!(ActiveUsers);
