//! The process's own use of the machine, under the names that every Prometheus client gives
//! (<https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>).
//!
//! Not the prometheus crate's collector: it counts CPU in whole seconds and took a third of a scrape's time.

use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::metrics::{Family, Kind, Part, Value};

/// Reads `/proc/self` when it is asked.
pub(super) struct Process {
    /// Unix time, seconds.
    started: f64,
    /// Bytes.
    page_size: f64,
    /// What was last read, and when.
    traffic: Mutex<Option<(Instant, Traffic)>>,
}

/// Bytes that went over IP, in the network namespace of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Traffic {
    received: Option<f64>,
    sent: Option<f64>,
}

/// Gives memory that is free back to the system. The allocator of glibc keeps what many small pieces have left.
#[cfg(target_env = "gnu")]
pub fn give_back_memory() {
    // SAFETY: it reads nothing of ours, and may be called at any time (malloc_trim(3)).
    unsafe { libc::malloc_trim(0) };
}

/// Other allocators see to that themselves.
#[cfg(not(target_env = "gnu"))]
pub fn give_back_memory() {}

/// How long the traffic is not read again: it costs the kernel a tenth of a millisecond.
const TRAFFIC_AGE: Duration = Duration::from_secs(1);

impl Process {
    /// Takes now as the time when the process started.
    pub(super) fn start() -> Process {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // SAFETY: sysconf only reads its argument.
        let page_size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        Process { started: now.as_secs_f64(), page_size: page_size as f64, traffic: Mutex::default() }
    }

    fn traffic(&self, now: Instant) -> Traffic {
        let mut last = self.traffic.lock().unwrap_or_else(PoisonError::into_inner);
        match *last {
            Some((read, traffic)) if now.duration_since(read) < TRAFFIC_AGE => traffic,
            _ => {
                let netstat = fs::read_to_string("/proc/self/net/netstat").unwrap_or_default();
                let traffic = Traffic { received: octets(&netstat, "InOctets"), sent: octets(&netstat, "OutOctets") };
                *last = Some((now, traffic));
                traffic
            }
        }
    }

    /// What the system tells; what it does not tell is missing.
    pub(super) fn parts(&self) -> Vec<Part> {
        let stat = fs::read_to_string("/proc/self/stat").ok();
        let stat = stat.as_deref().and_then(Stat::parse);
        let traffic = self.traffic(Instant::now());
        let counter = |name, help, value: Option<f64>| part(Kind::Counter, name, help, value);
        let gauge = |name, help, value: Option<f64>| part(Kind::Gauge, name, help, value);
        [
            counter("process_cpu_seconds_total", "CPU time of the process, user and system.", cpu_seconds()),
            gauge("process_max_fds", "File descriptors that the process may open.", max_fds()),
            counter(
                "process_network_receive_bytes_total",
                "Bytes that came in over IP, of all processes in the network namespace.",
                traffic.received,
            ),
            counter(
                "process_network_transmit_bytes_total",
                "Bytes that went out over IP, of all processes in the network namespace.",
                traffic.sent,
            ),
            gauge("process_open_fds", "File descriptors that the process has open.", open_fds()),
            gauge(
                "process_resident_memory_bytes",
                "Bytes of memory that are resident.",
                stat.as_ref().map(|stat| stat.resident_pages * self.page_size),
            ),
            gauge("process_start_time_seconds", "When the process started, Unix time.", Some(self.started)),
            gauge("process_threads", "Threads of the process.", stat.as_ref().map(|stat| stat.threads)),
            gauge(
                "process_virtual_memory_bytes",
                "Bytes of address space; most of it is reserved for instances and never used.",
                stat.as_ref().map(|stat| stat.virtual_bytes),
            ),
            gauge(
                "process_virtual_memory_max_bytes",
                "Bytes of address space that the process may have.",
                max_address_space(),
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

fn part(kind: Kind, name: &str, help: &str, value: Option<f64>) -> Option<Part> {
    Some((Family::new(kind, name, help, &[]), vec![(Vec::new(), Value::Single(value?))]))
}

/// The fields of `/proc/self/stat` that are told (proc_pid_stat(5)).
#[derive(Debug, PartialEq)]
struct Stat {
    threads: f64,
    virtual_bytes: f64,
    resident_pages: f64,
}

impl Stat {
    /// The second field is the program's name in parentheses, which may hold anything: fields are counted behind it.
    fn parse(text: &str) -> Option<Stat> {
        let (_, fields) = text.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
        // The manual counts from 1 and this list begins with field 3.
        let field = |number: usize| fields.get(number - 3)?.parse().ok();
        Some(Stat { threads: field(20)?, virtual_bytes: field(23)?, resident_pages: field(24)? })
    }
}

fn cpu_seconds() -> Option<f64> {
    // SAFETY: an all-zero rusage is a valid one, and getrusage writes to no other place.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        (libc::getrusage(libc::RUSAGE_SELF, &mut usage) == 0).then_some(usage)?
    };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    Some(seconds(usage.ru_utime) + seconds(usage.ru_stime))
}

fn max_fds() -> Option<f64> {
    // SAFETY: getrlimit only writes to the rlimit it is given.
    limit(|limit| unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, limit) })
}

fn max_address_space() -> Option<f64> {
    // SAFETY: getrlimit only writes to the rlimit it is given.
    limit(|limit| unsafe { libc::getrlimit(libc::RLIMIT_AS, limit) })
}

/// No limit is the largest number.
fn limit(read: impl Fn(&mut libc::rlimit) -> libc::c_int) -> Option<f64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    (read(&mut limit) == 0).then_some(limit.rlim_cur as f64)
}

/// A column of the lines IpExt: names in the first, numbers in the second.
fn octets(netstat: &str, name: &str) -> Option<f64> {
    let mut lines = netstat.lines().filter_map(|line| line.strip_prefix("IpExt: "));
    let (names, numbers) = (lines.next()?, lines.next()?);
    let column = names.split(' ').position(|found| found == name)?;
    numbers.split(' ').nth(column)?.parse().ok()
}

/// Without the one that counts them.
fn open_fds() -> Option<f64> {
    Some(fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_behind_the_name() {
        let text = "7 (a b) c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 6 0 99 4096000 250 18446744073709551615\n";
        assert_eq!(Stat::parse(text), Some(Stat { threads: 6.0, virtual_bytes: 4_096_000.0, resident_pages: 250.0 }));
        assert_eq!(Stat::parse("7 (a) S 1"), None);
        assert_eq!(Stat::parse(""), None);
    }

    #[test]
    fn octets_are_found_by_their_name() {
        let text = "TcpExt: SyncookiesSent OutOctets\nTcpExt: 1 2\nIpExt: InOctets OutOctets\nIpExt: 30 40\n";
        assert_eq!((octets(text, "InOctets"), octets(text, "OutOctets")), (Some(30.0), Some(40.0)));
        assert_eq!((octets(text, "InPkts"), octets("", "InOctets")), (None, None));
    }

    #[test]
    fn the_system_tells_everything() {
        let parts = Process::start().parts();
        assert_eq!(parts.len(), 10);
        for (family, samples) in parts {
            assert!(matches!(samples[..], [(_, Value::Single(value))] if value > 0.0), "{}", family.name);
        }
    }
}
