//! The commands of a page of the documentation, run one after the other as somebody would who follows it.
//!
//! Blocks of `sh` are run, all in one shell. A block of `text` right behind one is what is to be seen in its output: each
//! line has to be there, in which … stands for anything.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::process::{self, Process};
use crate::server::Redis;
use crate::{authors, ports, prometheus, tools};

/// How long a page may take: toolchains are brought, and everything is compiled.
const PATIENCE: Duration = Duration::from_secs(900);

/// Stands between the outputs of two blocks.
const MARK: &str = "=== block ";

/// A block of commands, and the lines that are promised of its output.
#[derive(Debug, Default, PartialEq)]
struct Block {
    commands: String,
    lines: Vec<String>,
}

/// Follows a page of `docs/` from an empty folder, with a Redis, and a Prometheus that scrapes what the page starts.
///
/// # Panics
/// When a command fails, or a line is not to be seen that the page promises.
pub fn follow(page: &str) {
    let text = fs::read_to_string(tools::repository().join("docs").join(page)).expect("the page can be read");
    let blocks = blocks(&text);
    assert!(!blocks.is_empty(), "{page} has no commands");
    let (redis, exporter) = (Redis::start(), ports::free());
    let prometheus = prometheus::Prometheus::start(&[&format!("127.0.0.1:{exporter}")]);
    let places = [
        ("localhost:6379", redis.url().trim_start_matches("redis://").to_owned()),
        ("localhost:9121", format!("127.0.0.1:{exporter}")),
        ("localhost:9090", format!("127.0.0.1:{}", prometheus.port())),
    ];
    let here = |text: &str| places.iter().fold(text.to_owned(), |text, (known, here)| text.replace(known, here));

    let folder = tempfile::tempdir().expect("a folder can be made");
    let (script, output) = (folder.path().join("script.sh"), folder.path().join("output.txt"));
    fs::write(&script, here(&written(&blocks))).expect("the script can be written");
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).expect("a folder can be made");
    let listen = format!("127.0.0.1:{exporter}");
    let code = run(&script, &output, &empty, &listen);
    let said = fs::read_to_string(&output).expect("the output can be read");
    assert_eq!(code, 0, "{page}: a command failed:\n{said}");
    let outputs: Vec<&str> = said.split(MARK).skip(1).collect();
    assert_eq!(outputs.len(), blocks.len(), "{page}: not every block has run:\n{said}");
    for (block, output) in blocks.iter().zip(outputs) {
        for line in &block.lines {
            let line = here(line);
            let is_there = output.lines().any(|said| fits(&line, said.trim_end()));
            assert!(is_there, "{page} promises {line:?} of\n{}\nand there is\n{output}", block.commands);
        }
    }
}

fn run(script: &Path, output: &Path, folder: &Path, listen: &str) -> i32 {
    let file = fs::File::create(output).expect("the output can be written");
    let both = file.try_clone().expect("the output can be written twice");
    let mut bash = Command::new("bash");
    authors::environment(&mut bash);
    bash.arg(script).current_dir(folder).env("REDIS_EXPORTER_WEB_LISTEN_ADDRESS", listen);
    // A group of its own, so that what it leaves running in the background can be ended.
    bash.stdin(Stdio::null()).stdout(file).stderr(both).process_group(0);
    let mut process = Process::start(&mut bash);
    let _group = Group(process.pid());
    process::code(process.wait(PATIENCE))
}

/// A group of processes that ends with its value.
struct Group(u32);

impl Drop for Group {
    fn drop(&mut self) {
        // SAFETY: it takes a number and touches no memory. The group is of a process that was started here and not waited
        // for by anybody else; when it has no members any more, nobody is meant.
        unsafe { libc::killpg(libc::pid_t::try_from(self.0).unwrap_or(libc::pid_t::MAX), libc::SIGKILL) };
    }
}

/// The script: what runs in the background is ended with it.
fn written(blocks: &[Block]) -> String {
    let mut script = "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT\n".to_owned();
    for (number, block) in blocks.iter().enumerate() {
        script += &format!("echo\necho '{MARK}{number}'\n{}", block.commands);
    }
    script
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let (mut kind, mut follows) = (None, false);
    for line in text.lines() {
        match (kind, line.strip_prefix("```")) {
            (None, Some(word)) => {
                let is_promise = word == "text" && follows;
                kind = Some(if is_promise {
                    "text"
                } else if word == "sh" {
                    "sh"
                } else {
                    ""
                });
                if word == "sh" {
                    blocks.push(Block::default());
                }
            }
            (Some(word), Some(_)) => {
                follows = word == "sh";
                kind = None;
            }
            (Some("sh"), None) => blocks.iter_mut().next_back().into_iter().for_each(|block| {
                block.commands += &format!("{line}\n");
            }),
            (Some("text"), None) => {
                blocks
                    .iter_mut()
                    .next_back()
                    .into_iter()
                    .for_each(|block| block.lines.push(line.trim_end().to_owned()));
            }
            (None, None) => follows &= line.trim().is_empty(),
            _ => {}
        }
    }
    blocks
}

/// Whether a line has these parts in this order; what stands before the first … is its beginning.
fn fits(promised: &str, said: &str) -> bool {
    let (promised, said) = (promised.trim(), said.trim());
    let Some((first, others)) = promised.split_once('…') else { return promised == said };
    let (between, last) = others.rsplit_once('…').unwrap_or(("", others));
    let inside = said.strip_prefix(first).and_then(|rest| rest.strip_suffix(last));
    inside.is_some_and(|mut rest| {
        between.split('…').all(|part| match rest.find(part) {
            Some(place) => {
                rest = &rest[place + part.len()..];
                true
            }
            None => false,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_what_they_promise_are_found() {
        let page =
            "# A\n```sh\na\nb\n```\n\n```text\nx\n```\n\n```rust\nfn\n```\n```sh\nc\n```\nAnd then\n```text\ny\n```\n";
        let block = |commands: &str, lines: &[&str]| Block {
            commands: commands.to_owned(),
            lines: lines.iter().map(|&line| line.to_owned()).collect(),
        };
        assert_eq!(blocks(page), [block("a\nb\n", &["x"]), block("c\n", &[])]);
    }

    #[test]
    fn a_line_may_leave_things_open() {
        for (promised, said) in
            [("a 1", "  a 1"), ("a …", "a 12"), ("…b", "aab"), ("a…c", "abcbc"), ("a…c…", "abcd"), ("", "")]
        {
            assert!(fits(promised, said), "{promised} / {said}");
        }
        for (promised, said) in [("a 1", "a 12"), ("a…c", "abcd"), ("a…c", "ab"), ("b…", "ab")] {
            assert!(!fits(promised, said), "{promised} / {said}");
        }
    }
}
