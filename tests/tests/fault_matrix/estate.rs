//! Servers, the daemon that reads them all, and faults that are put on them and taken off again.

mod breaking;
mod setup;

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use redwasp_tests::daemon::Daemon;
use redwasp_tests::page::Page;
use redwasp_tests::wait::{self, PATIENCE};
use tempfile::TempDir;

use crate::fault::Fault;
use crate::servers::Servers;
use crate::subject::Subject;

/// What Prometheus would send. The daemon's own time-outs are longer than the client waits: what is answered at all is
/// answered because of this one.
const TIMEOUT: (&str, &str) = ("X-Prometheus-Scrape-Timeout-Seconds", "3");

/// Nobody listens there, and nobody asks but to have it said.
const NOBODY: &str = "redis://127.0.0.1:1";

/// Scrapes in a row of what is broken: so many failures have a target left alone.
const SCRAPES: usize = 3;

/// Resident bytes that the daemon may have more than before. Replies of 16 MiB are read, in buffers that double; a reply
/// of 2 GiB that is kept, even in part, is more.
const GROWTH: f64 = (256 << 20) as f64;

/// What the daemon holds while nothing is wrong.
#[derive(Clone, Copy, Debug)]
struct Held {
    tasks: f64,
    connections: f64,
    files: usize,
}

pub(crate) struct Estate {
    daemon: Daemon,
    servers: Servers,
    subjects: Vec<Subject>,
    folder: TempDir,
    /// Those of the user at each server, or of the one cluster.
    passwords: Vec<String>,
    before: Held,
    memory: f64,
    /// How much of the log was looked at.
    read: usize,
}

impl Estate {
    /// Breaks all of these, sees what is said, mends them, and sees that they are back.
    pub(crate) fn endure(&mut self, broken: &[(usize, Fault)]) {
        broken.iter().for_each(|(number, fault)| self.put_on(*number, *fault));
        self.look_until(broken, broken.len());
        for _ in 1..SCRAPES {
            let (_, down) = self.look(broken);
            assert_eq!(down, broken.len(), "{broken:?}: something is up that was down");
        }
        self.ask_one_by_one(broken);
        self.read_log(broken);
        broken.iter().for_each(|(number, fault)| self.take_off(*number, *fault));
        self.look_until(broken, 0);
        self.look(&[]);
        self.read = self.log_until_now().len();
    }

    /// That the daemon holds no more than at the beginning.
    pub(crate) fn is_as_before(&mut self) {
        let before = self.before;
        let mut now = before;
        let is_back = wait::within(PATIENCE, || {
            let (page, _) = self.look(&[]);
            now = self.held(&page);
            let Held { tasks, connections, files } = now;
            (tasks <= before.tasks && connections <= before.connections && files <= before.files).then_some(())
        });
        assert!(is_back.is_some(), "the daemon held {before:?}, and holds {now:?}");
    }

    /// One scrape of all: those that are not broken are well, and of those that are the error is theirs, or they are well
    /// too, as it takes a while until a fault is felt. How many of them are down.
    fn look(&mut self, broken: &[(usize, Fault)]) -> (Page, usize) {
        let page = self.scrape("/metrics");
        let mut down = 0;
        for (number, subject) in self.subjects.iter_mut().enumerate() {
            let (is_up, error) = subject.state(&page);
            match fault_of(number, broken) {
                Some(fault) if !is_up => {
                    assert!(says(fault, subject, &error), "{fault:?} of {}: {error:?}", subject.address());
                    subject.has_nothing(&page);
                    down += 1;
                }
                _ => subject.is_well(&page, broken),
            }
        }
        let (memory, bound) = (memory(&page), self.memory + GROWTH);
        assert!(memory < bound, "{broken:?}: {memory} bytes are resident, which were {}", self.memory);
        (page, down)
    }

    fn look_until(&mut self, broken: &[(usize, Fault)], down: usize) {
        wait::until(&format!("{down} to be down of {broken:?}"), PATIENCE, || {
            (self.look(broken).1 == down).then_some(())
        });
    }

    /// An answer comes whatever is wrong, and it is a page.
    fn scrape(&self, path: &str) -> Page {
        let response = self.daemon.get_with(path, &[TIMEOUT]);
        assert_eq!(response.status, 200, "GET {path}: {}", response.text());
        Page::parse(&response.text()).unwrap_or_else(|error| panic!("GET {path}: {error:#}"))
    }

    /// Who asks for one target alone learns the same.
    fn ask_one_by_one(&self, broken: &[(usize, Fault)]) {
        let well = (0..self.subjects.len()).find(|number| fault_of(*number, broken).is_none());
        for number in broken.iter().map(|(number, _)| *number).chain(well) {
            let (subject, fault) = (&self.subjects[number], fault_of(number, broken));
            let name = (!self.servers.are_nodes()).then(|| subject.name().to_owned());
            for target in name.into_iter().chain([subject.address()]) {
                let page = self.scrape(&format!("/scrape?target={target}"));
                let error = &page.labels_of("redis_exporter_last_scrape_error")[0]["err"];
                let up = page.value("redis_up", &[]).unwrap_or_else(|| panic!("{:?}", page.labels_of("redis_up")));
                let is_right =
                    fault.map_or(up == 1.0 && error.is_empty(), |fault| up == 0.0 && says(fault, subject, error));
                assert!(is_right, "{target} with {fault:?} is {up}: {error:?}");
            }
        }
    }

    /// What the log complains of since the last time is what is broken, each by its address and with its cause.
    fn read_log(&self, broken: &[(usize, Fault)]) {
        let log = self.log_until_now();
        let is_complaint = |line: &&str| line.contains(" WARN ") || line.contains(" ERROR ");
        let complaints: Vec<&str> = log[self.read..].lines().filter(is_complaint).collect();
        for (number, subject) in self.subjects.iter().enumerate() {
            let is_of_it = |line: &&&str| line.contains(&format!(":{}\"", subject.port()));
            let of_it: Vec<_> = complaints.iter().filter(is_of_it).collect();
            let is_right = match fault_of(number, broken) {
                Some(fault) => of_it.iter().any(|line| has_words(fault, subject, line)),
                None => of_it.is_empty(),
            };
            assert!(is_right, "{broken:?}: the log says of {}: {of_it:?}", subject.address());
        }
    }

    /// The log, with all that it has to say of what was asked before: lines come a little later than answers.
    fn log_until_now(&self) -> String {
        // Of each target it is told once.
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let nobody = format!("{NOBODY}/{}", NEXT.fetch_add(1, SeqCst));
        self.scrape(&format!("/scrape?target={nobody}"));
        let line = format!("target=\"{nobody}\"");
        wait::until("a line in the log", PATIENCE, || Some(self.daemon.log()).filter(|log| log.contains(&line)))
    }

    fn held(&self, page: &Page) -> Held {
        let own = |name: &str, label: &str, value: &str| page.value(name, &[(label, value)]).unwrap();
        let connections = |state| own("redwasp_connections", "state", state);
        Held {
            tasks: own("redwasp_tasks", "runtime", "main"),
            connections: connections("idle") + connections("used"),
            files: self.daemon.process().open_files(),
        }
    }
}

fn fault_of(number: usize, broken: &[(usize, Fault)]) -> Option<Fault> {
    broken.iter().find(|(other, _)| *other == number).map(|(_, fault)| *fault)
}

/// Whether an error is about this server and has the cause.
fn says(fault: Fault, subject: &Subject, error: &str) -> bool {
    error.contains(&format!(":{}: ", subject.port())) && has_words(fault, subject, error)
}

fn has_words(fault: Fault, subject: &Subject, text: &str) -> bool {
    fault.words(subject.certificates.is_some()).iter().any(|words| text.contains(words))
}

fn memory(page: &Page) -> f64 {
    page.value("process_resident_memory_bytes", &[]).unwrap()
}
