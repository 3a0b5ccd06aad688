//! What goes wrong in each language, and what its author is told; and what each toolchain lacks, which its SDK brings: each of
//! these ends otherwise without the SDK's remedy.

mod c;
mod go;
mod javascript;
mod python;
mod rust;

use redwasp_tests::server::Redis;
use serde_json::{Value, json};

use crate::run;

/// A guest, told what to do by one word of its configuration.
struct Guest {
    project: &'static str,
    /// The key of its configuration.
    key: &'static str,
    /// Settings of its collector besides.
    settings: Value,
    redis: Redis,
}

/// What is to be seen of a deed.
enum Seen {
    /// The call succeeds, with this on its page.
    Page(&'static str),
    /// It succeeds, with this in the log.
    Log(&'static str),
    /// It ends, and this is told.
    Told(&'static str),
}

use Seen::{Log, Page, Told};

impl Guest {
    fn new(project: &'static str, key: &'static str, settings: Value) -> Guest {
        Guest { project, key, settings, redis: Redis::start() }
    }

    /// Gives its server so many hashes of an order.
    fn fill(&self, prefix: &str, count: usize) {
        let script = "for i = 1, ARGV[2] do redis.call('HSET', ARGV[1] .. i, 'status', 'new', 'amount', i) end";
        self.redis.cli(&["EVAL", script, "0", prefix, &count.to_string()]);
    }

    /// Has it do everything, one deed after the other, and tells all that was not as it should be.
    fn check(&self, deeds: &[(&str, Seen)]) {
        let wrong: Vec<String> = deeds.iter().filter_map(|(deed, seen)| self.fault(deed, seen)).collect();
        assert!(wrong.is_empty(), "{}\n{}", self.project, wrong.join("\n\n"));
    }

    fn fault(&self, deed: &str, seen: &Seen) -> Option<String> {
        let (code, stdout, stderr) = self.does(json!({self.key: deed}));
        let (is_good, wanted) = match seen {
            Page(text) => (code == 0 && stdout.contains(text), text),
            Log(text) => (code == 0 && stderr.contains(text), text),
            Told(text) => (code == 1 && stderr.contains(text), text),
        };
        (!is_good).then(|| format!("{deed}: {wanted:?} is not in ({code})\n{stdout}{stderr}"))
    }

    /// What comes of a configuration: the exit code, the page, and what is told.
    fn does(&self, config: Value) -> (i32, String, String) {
        let mut settings = self.settings.clone();
        settings["config"] = config;
        let ran = run(self.project, &self.redis, &settings);
        (ran.code, ran.stdout, ran.stderr)
    }
}

/// The vectors that every SDK's replies are tested with.
fn vectors() -> Value {
    let file = redwasp_tests::tools::repository().join("sdk/resp-vectors.json");
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}
