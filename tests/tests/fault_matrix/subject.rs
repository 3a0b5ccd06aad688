//! A server that faults are put on, as the daemon sees it.

use std::sync::Arc;

use redwasp_tests::fake::{Behaviour, Fake};
use redwasp_tests::page::{Page, Sample};
use redwasp_tests::resp::{Client, Reply};
use redwasp_tests::server::Redis;
use redwasp_tests::tls::{Authority, Certificate, Validity};

use crate::fault::Fault;

/// A name that leads nowhere (RFC 2606).
pub(crate) const NOWHERE: &str = "nowhere.invalid";

/// Who reads the servers.
pub(crate) const USER: &str = "watcher";

/// Clients that a server may have again: more than there will be, and less than any limit of open files.
const MANY_CLIENTS: &str = "200";

/// What servers of the harness can be called.
const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// What is the same for all servers that speak TLS.
pub(crate) struct Certificates {
    /// The one that is believed.
    pub(crate) authority: Authority,
    good: Certificate,
    expired: Certificate,
    /// Of an authority that nobody believes.
    strange: Certificate,
}

impl Certificates {
    pub(crate) fn new() -> Arc<Certificates> {
        let authority = Authority::new();
        let [good, expired] = [Validity::Now, Validity::Past].map(|validity| authority.server(&NAMES, validity));
        let strange = Authority::new().server(&NAMES, Validity::Now);
        Arc::new(Certificates { authority, good, expired, strange })
    }

    /// What a server shows at first.
    pub(crate) fn good(&self) -> Certificate {
        self.good.clone()
    }
}

/// Which certificate a server is to show.
#[derive(Clone, Copy)]
pub(crate) enum Shown {
    Good,
    Expired,
    Strange,
}

/// A server, what stands in front of it, and how it is told from others.
pub(crate) struct Subject {
    /// A label and its value that all series about it have.
    mark: (&'static str, String),
    way: Fake,
    pub(crate) certificates: Option<Arc<Certificates>>,
    /// The host's name, if it is not the address.
    pub(crate) host: &'static str,
    /// A connection that takes the last place which the server has.
    holder: Option<Client>,
    /// What the server says of itself.
    keys: f64,
    process_id: f64,
    /// Commands that it had got when it was last read.
    commands: f64,
}

impl Subject {
    pub(crate) fn new(mark: (&'static str, String), redis: &Redis, certificates: Option<Arc<Certificates>>) -> Subject {
        let way = Fake::start(redis.port(), Behaviour::Healthy);
        let (keys, process_id) = (number(&redis.cli(&["DBSIZE"])), number(&redis.info_field("process_id")));
        let (host, holder) = ("127.0.0.1", None);
        Subject { mark, way, certificates, host, holder, keys, process_id, commands: 0.0 }
    }

    /// What it is called on a page, and in the configuration if it is a target.
    pub(crate) fn name(&self) -> &str {
        &self.mark.1
    }

    /// Where the daemon finds it.
    pub(crate) fn port(&self) -> u16 {
        self.way.port()
    }

    /// As targets are written.
    pub(crate) fn address(&self) -> String {
        let scheme = if self.certificates.is_some() { "rediss" } else { "redis" };
        format!("{scheme}://{}:{}", self.host, self.port())
    }

    /// Has everybody's connections to it treated so.
    pub(crate) fn behave(&self, behaviour: Behaviour) {
        self.way.switch(behaviour);
    }

    /// Has the server told something, if need be on the only connection that it takes.
    pub(crate) fn tell(&mut self, redis: &Redis, args: &[&str]) {
        match &mut self.holder {
            Some(holder) => {
                let reply = holder.command(args).unwrap();
                assert!(!matches!(reply, Reply::Error(_)), "{args:?}: {reply}");
            }
            None => drop(redis.cli(args)),
        }
    }

    /// From now on it shows this certificate to all who connect.
    pub(crate) fn show(&mut self, redis: &Redis, shown: Shown) {
        let certificates = self.certificates.clone().unwrap();
        let certificate = match shown {
            Shown::Good => &certificates.good,
            Shown::Expired => &certificates.expired,
            Shown::Strange => &certificates.strange,
        };
        let [path, key] = [certificate.path(), certificate.key()].map(|path| path.display().to_string());
        self.tell(redis, &["CONFIG", "SET", "tls-cert-file", &path, "tls-key-file", &key]);
        self.tell(redis, &["CLIENT", "KILL", "TYPE", "normal"]);
    }

    /// The server has no place for clients any more.
    pub(crate) fn fill(&mut self, redis: &Redis) {
        self.holder = Some(redis.connect().unwrap());
        self.tell(redis, &["CONFIG", "SET", "maxclients", "1"]);
        self.tell(redis, &["CLIENT", "KILL", "TYPE", "normal"]);
    }

    /// It has some again.
    pub(crate) fn make_room(&mut self, redis: &Redis) {
        self.tell(redis, &["CONFIG", "SET", "maxclients", MANY_CLIENTS]);
        self.holder = None;
    }

    /// The server takes this password alone, and those who gave another one have to come again.
    pub(crate) fn set_password(&mut self, redis: &Redis, password: &str) {
        self.tell(redis, &["ACL", "SETUSER", USER, "resetpass", &format!(">{password}")]);
        self.tell(redis, &["CLIENT", "KILL", "USER", USER]);
    }

    /// Whether a page says that it was read, and why not.
    pub(crate) fn state(&self, page: &Page) -> (bool, String) {
        let error = self.sample(page, "redis_exporter_last_scrape_error", &[]);
        (self.value(page, "redis_up", &[]) == 1.0, error.labels["err"].clone())
    }

    /// Makes sure that a page has what the server says of itself, and has it from this scrape.
    pub(crate) fn is_well(&mut self, page: &Page, broken: &[(usize, Fault)]) {
        let mark = (&self.mark, broken);
        assert_eq!(self.state(page), (true, String::new()), "{mark:?}");
        assert_eq!(self.value(page, "redis_db_keys", &[("db", "db0")]), self.keys, "{mark:?}");
        assert_eq!(self.value(page, "redis_process_id", &[]), self.process_id, "{mark:?}");
        let of_collectors = page.samples_of("redwasp_collector_success").filter(|sample| self.is_about(sample));
        let failed: Vec<_> = of_collectors.filter(|sample| sample.value != 1.0).collect();
        assert!(failed.is_empty(), "{mark:?}: {failed:?}");
        let commands = self.value(page, "redis_commands_processed_total", &[]);
        assert!(commands > self.commands, "{mark:?}: what an earlier scrape has found is told again");
        self.commands = commands;
    }

    /// That it has nothing on a page but that it is down.
    pub(crate) fn has_nothing(&self, page: &Page) {
        let has_numbers = page.samples_of("redis_process_id").any(|sample| self.is_about(sample));
        assert!(!has_numbers, "{:?} could not be read, and has numbers", self.mark);
    }

    fn value(&self, page: &Page, metric: &str, labels: &[(&str, &str)]) -> f64 {
        self.sample(page, metric, labels).value
    }

    fn sample<'a>(&self, page: &'a Page, metric: &str, labels: &[(&str, &str)]) -> &'a Sample {
        let has = |sample: &Sample, (name, value): &(&str, &str)| sample.labels.get(*name).is_some_and(|v| v == value);
        let mut fitting = page
            .samples_of(metric)
            .filter(|sample| self.is_about(sample) && labels.iter().all(|label| has(sample, label)));
        let first = fitting.next();
        assert!(fitting.next().is_none(), "{metric} is there twice for {:?}", self.mark);
        first.unwrap_or_else(|| panic!("no {metric} of {:?}: {:?}", self.mark, page.labels_of("redis_up")))
    }

    fn is_about(&self, sample: &Sample) -> bool {
        let (name, value) = &self.mark;
        sample.labels.get(*name) == Some(value)
    }
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no number"))
}
