//! Which settings are asked for, in how many commands.

use redwasp_sdk::number::version;
use redwasp_sdk::{Command, Failure, Plan, Prefetched, Reply, Request, Server};
use serde::{Deserialize, Serialize};

/// Commands, and their replies.
#[derive(Serialize, Deserialize)]
pub(crate) struct Asked(Vec<(String, Prefetched)>);

impl Asked {
    /// Asks for every setting.
    pub(crate) fn for_all(plan: &mut Plan) -> Asked {
        Asked(vec![ask(&["*"], plan)])
    }

    /// Asks for these settings: in one command where it takes several names, else in one for each.
    pub(crate) fn for_some(names: &[&str], server: &Server, plan: &mut Plan) -> Asked {
        let takes_several =
            ["redis", "valkey"].contains(&server.product.as_str()) && version(&server.version) >= (7, 0);
        let lots = names.chunks(if takes_several { names.len() } else { 1 });
        Asked(lots.map(|names| ask(names, plan)).collect())
    }

    /// Each command in words, with its reply.
    pub(crate) fn replies<'a>(
        &self,
        request: &Request<'a>,
    ) -> impl Iterator<Item = (&str, Result<Reply<'a>, Failure>)> {
        self.0.iter().map(|(words, reply)| (words.as_str(), request.reply(*reply)))
    }
}

fn ask(names: &[&str], plan: &mut Plan) -> (String, Prefetched) {
    let command = names.iter().fold(Command::new("CONFIG").arg("GET"), Command::arg);
    (format!("CONFIG GET {}", names.join(" ")), plan.prefetch(command))
}
