//! One script: what is asked, and what came back.

use redwasp_sdk::told::why;
use redwasp_sdk::{CallError, Command, Failure, Plan, Prefetched, Reply, Request, resp};
use serde::{Deserialize, Serialize};

/// Bytes of a reply. More would take longer to read than a call may take.
const LONGEST: usize = 1 << 20;

/// What is wrong with a script, or with what it returned: the rest of a sentence that begins with its path.
pub(crate) struct Fault(pub(crate) String);

/// A script between two looks at the server's clock, in one pipeline.
#[derive(Serialize, Deserialize)]
pub(crate) struct Script {
    before: Prefetched,
    reply: Prefetched,
    after: Prefetched,
}

impl Script {
    /// `name` is EVAL or EVAL_RO. There are no keys, and ARGV[1] is 0, as redis_exporter has it.
    pub(crate) fn declare(name: &str, text: &str, plan: &mut Plan) -> Script {
        let before = plan.prefetch(Command::new("TIME"));
        let reply = plan.prefetch(Command::new(name).arg(text).arg("0").arg("0"));
        Script { before, reply, after: plan.prefetch(Command::new("TIME")) }
    }

    /// What it returned.
    pub(crate) fn reply<'a>(&self, request: &Request<'a>) -> Result<Reply<'a>, Fault> {
        let fault = |failure: Failure| Fault(why(&failure));
        let bytes = request.bytes(self.reply).map_err(|error| fault(Failure::Redis(error)))?;
        if bytes.len() > LONGEST {
            return Err(Fault(format!("it returned {} bytes, more than the {LONGEST} that are read", bytes.len())));
        }
        match resp::decode(bytes).map_err(|malformed| Fault(malformed.to_string()))? {
            Reply::Error(error) => Err(fault(Failure::Redis(CallError::Server(error)))),
            reply => Ok(reply),
        }
    }

    /// Whether the server answered, be it with an error.
    pub(crate) fn was_answered(&self, request: &Request<'_>) -> bool {
        matches!(request.bytes(self.reply), Ok(_) | Err(CallError::Server(_)))
    }

    /// How much time went by on the server's clock while it ran; none when that was set back.
    pub(crate) fn seconds(&self, request: &Request<'_>) -> Result<Option<f64>, Failure> {
        let (before, after) = (microseconds(self.before, request)?, microseconds(self.after, request)?);
        Ok(after.checked_sub(before).filter(|&taken| taken >= 0).map(|taken| taken as f64 / 1e6))
    }
}

fn microseconds(time: Prefetched, request: &Request<'_>) -> Result<i64, Failure> {
    let reply = request.reply(time)?;
    match reply.elements()? {
        [seconds, microseconds] => {
            let seconds = seconds.integer()?.checked_mul(1_000_000);
            let microseconds = microseconds.integer()?;
            let time = seconds.and_then(|seconds| seconds.checked_add(microseconds));
            time.ok_or_else(|| Failure::Other("the time is out of range".to_owned()))
        }
        _ => Err(Failure::Other("the time has other parts than seconds and microseconds".to_owned())),
    }
}
