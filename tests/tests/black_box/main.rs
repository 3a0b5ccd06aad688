//! What users of redis_exporter rely on, one row a case: a server, flags, a request, and lines of the answer.

mod estate;
mod files;
mod keys;
mod lasting;
mod plain;
mod servers;
mod switches;

use redwasp_tests::daemon::{self, Daemon};
use redwasp_tests::http::Response;
use redwasp_tests::page::Page;
use redwasp_tests::replay::Replay;
use redwasp_tests::{tools, wait};
use servers::{Given, Servers};

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Program {
    Redwasp,
    RedisExporter,
}

/// A row. In its texts `{host}` stands for the server's host and port, `{port}` for its port, `{watched}` for the host and
/// port of the server that the sentinel watches, `{node0}` to `{node5}` for those of the nodes of a cluster, and others for
/// [`files`].
struct Case {
    name: &'static str,
    given: Given,
    args: &'static [&'static str],
    path: &'static str,
    status: u16,
    /// Lines that are there: see [`fits`].
    has: &'static [&'static str],
    /// Lines that are not.
    no: &'static [&'static str],
    /// Samples, and what their values are not less than.
    least: &'static [(&'static str, f64)],
    /// Parts of the log.
    log: &'static [&'static str],
    /// A line that is asked for until it is there.
    waits: Option<&'static str>,
    /// Parts that the log must not have.
    silent: &'static [&'static str],
    /// The program does not start, with the code 1 and these words.
    stops: Option<&'static str>,
    /// Whether redis_exporter does the same. Its words for what it logs and why it stops are its own, and it does not know
    /// the flags for walks.
    of_both: bool,
}

const fn case(name: &'static str, given: Given, args: &'static [&'static str]) -> Case {
    let has = &["redis_up 1"];
    Case {
        name,
        given,
        args,
        path: "/metrics",
        status: 200,
        has,
        no: &[],
        least: &[],
        log: &[],
        waits: None,
        silent: &[],
        stops: None,
        of_both: false,
    }
}

impl Case {
    const fn has(self, has: &'static [&'static str]) -> Case {
        Case { has, ..self }
    }

    const fn no(self, no: &'static [&'static str]) -> Case {
        Case { no, ..self }
    }

    const fn least(self, least: &'static [(&'static str, f64)]) -> Case {
        Case { least, ..self }
    }

    const fn log(self, log: &'static [&'static str]) -> Case {
        Case { log, ..self }
    }

    const fn get(self, path: &'static str, status: u16) -> Case {
        Case { path, status, ..self }
    }

    const fn waits(self, line: &'static str) -> Case {
        Case { waits: Some(line), ..self }
    }

    const fn silent(self, silent: &'static [&'static str]) -> Case {
        Case { silent, ..self }
    }

    const fn stops(self, words: &'static str) -> Case {
        Case { stops: Some(words), ..self }
    }

    const fn of_both(self) -> Case {
        Case { of_both: true, ..self }
    }

    /// What is wrong, behind the name of the row.
    fn faults(&self, servers: &Servers, program: Program) -> Vec<String> {
        let replay = Servers::replay(self.given);
        let port = replay.as_ref().map_or_else(|| servers.port(self.given), Replay::port);
        let fill = |text: &str| servers.fill(text, port);
        let args: Vec<String> = self.args.iter().map(|arg| fill(arg)).collect();
        let args = args.iter().map(String::as_str);
        let args: Vec<&str> = args.filter(|arg| program == Program::Redwasp || !arg.starts_with("--sweep.")).collect();
        let faults = match self.stops {
            Some(words) => faults_of_start(program, &args, words),
            None => self.faults_of_answer(program, &args, fill),
        };
        faults.into_iter().map(|fault| format!("{program:?}, {}: {fault}", self.name)).collect()
    }

    /// What is wrong with the answer that a daemon gives.
    fn faults_of_answer(&self, program: Program, args: &[&str], fill: impl Fn(&str) -> String) -> Vec<String> {
        let daemon = match program {
            Program::Redwasp => Daemon::start(args),
            Program::RedisExporter => Daemon::start_program(&tools::tool("redis_exporter"), args, &[]),
        };
        let response = self.answer(&daemon, &fill(self.path));
        let mut faults = self.faults_of_lines(&response, fill);
        if program == Program::Redwasp {
            self.log.iter().for_each(|part| drop(daemon.wait_for_log(part)));
        }
        let log = daemon.log();
        faults.extend(self.silent.iter().filter(|part| log.contains(**part)).map(|part| format!("logs {part}")));
        faults
    }

    fn faults_of_lines(&self, response: &Response, fill: impl Fn(&str) -> String) -> Vec<String> {
        let text = response.text();
        if response.status == 200 && text.contains("# TYPE ") {
            let samples = Page::parse(&text).unwrap().samples;
            assert!(samples.iter().all(|sample| sample.timestamp.is_none()), "{}: there is a timestamp", self.name);
        }
        let is_there = |pattern: &&&str| text.lines().any(|line| fits(line, &fill(pattern)));
        let mut faults = Vec::new();
        if response.status != self.status {
            faults.push(format!("status {}", response.status));
        }
        faults.extend(self.has.iter().filter(|pattern| !is_there(pattern)).map(|pattern| format!("lacks {pattern}")));
        faults.extend(self.no.iter().filter(is_there).map(|pattern| format!("has {pattern}")));
        for (sample, least) in self.least {
            let values = text.lines().filter_map(|line| line.strip_prefix(&fill(sample))?.trim().parse().ok());
            let values: Vec<f64> = values.collect();
            if !matches!(values[..], [value] if value >= *least) {
                faults.push(format!("has {values:?} for {sample}, which is to be at least {least}"));
            }
        }
        faults
    }

    fn answer(&self, daemon: &Daemon, path: &str) -> Response {
        let Some(line) = self.waits else { return daemon.get(path) };
        let what = format!("{}: {line}", self.name);
        let look = || Some(daemon.get(path)).filter(|answer| answer.text().lines().any(|found| fits(found, line)));
        wait::until(&what, wait::PATIENCE, look)
    }
}

/// What is wrong with the end of a program that shall not start.
fn faults_of_start(program: Program, args: &[&str], words: &str) -> Vec<String> {
    let args = [args, &["--web.listen-address=127.0.0.1:0"]].concat();
    let (ended, words) = match program {
        Program::Redwasp => (daemon::run(&args, &[]), words),
        Program::RedisExporter => (daemon::run_program(&tools::tool("redis_exporter"), &args, &[]), ""),
    };
    if ended.code == 1 && ended.stderr.contains(words) { Vec::new() } else { vec![format!("{ended:?}")] }
}

/// Whether a line begins with a pattern. `…` in a pattern stands for anything.
fn fits(line: &str, pattern: &str) -> bool {
    let (beginning, others) = pattern.split_once('…').unwrap_or((pattern, ""));
    let rest = line.strip_prefix(beginning);
    rest.and_then(|rest| others.split('…').try_fold(rest, |rest, part| Some(rest.split_once(part)?.1))).is_some()
}

#[test]
fn cases() {
    let servers = Servers::start();
    let rows = || [plain::CASES, keys::CASES, switches::CASES, estate::CASES].into_iter().flatten();
    let mut faults: Vec<String> = rows().flat_map(|case| case.faults(&servers, Program::Redwasp)).collect();
    for (given, server) in servers.without_errors() {
        let errors = server.info_field("total_error_replies");
        if errors != "0" {
            faults.push(format!("{given:?} answered {errors} times with an error"));
        }
    }
    // Not before, because it causes errors.
    let of_both = rows().filter(|case| case.of_both);
    faults.extend(of_both.flat_map(|case| case.faults(&servers, Program::RedisExporter)));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
