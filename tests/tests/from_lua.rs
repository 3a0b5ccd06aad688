//! The guide from Lua to configuration is true: each script and the entries that take its place give the lines that stand there.

use std::fs;
use std::path::Path;

use redwasp_tests::daemon::Daemon;
use redwasp_tests::server::Redis;
use redwasp_tests::wait::{self, PATIENCE};

/// One section of the guide.
#[derive(Debug)]
struct Example {
    title: String,
    redis: String,
    lua: String,
    yaml: String,
    lines: Vec<String>,
}

/// The fenced blocks of a section, with what stands behind the fence.
fn blocks(section: &str) -> Vec<(&str, String)> {
    let mut blocks = Vec::new();
    let mut lines = section.lines();
    while let Some(line) = lines.next() {
        if let Some(kind) = line.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push((kind, block.join("\n")));
        }
    }
    blocks
}

fn examples() -> Vec<Example> {
    let guide =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/from-lua.md")).expect("the guide");
    let sections = guide.split("\n## ").filter(|section| section.contains("```lua"));
    let example = |section: &str| {
        let blocks = blocks(section);
        let block = |kind: &str| {
            let found = blocks.iter().find(|(found, _)| *found == kind);
            found.unwrap_or_else(|| panic!("no block {kind:?} in {section}")).1.clone()
        };
        Example {
            title: section.lines().next().unwrap_or_default().to_owned(),
            redis: block("redis"),
            lua: block("lua"),
            yaml: block("yaml"),
            lines: block("").lines().map(str::to_owned).collect(),
        }
    };
    sections.map(example).collect()
}

/// The lines of a page that are of the example's metric.
fn told(daemon: &Daemon, example: &Example) -> Vec<String> {
    let name = example.lines[0].split('{').next().unwrap_or_default();
    let page = daemon.get("/metrics").text();
    let mut lines: Vec<String> =
        page.lines().filter(|line| line.starts_with(&format!("{name}{{"))).map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn each_script_and_what_takes_its_place_give_the_same_lines() {
    let examples = examples();
    assert_eq!(examples.len(), 6);
    for example in &examples {
        let redis = Redis::start();
        for line in example.redis.lines() {
            redis.cli(&line.split(' ').collect::<Vec<_>>());
        }
        let folder = tempfile::tempdir().expect("a folder");
        let script = folder.path().join("script.lua");
        fs::write(&script, &example.lua).expect("a script");
        let address = format!("--redis.addr={}", redis.url());
        let with_lua = Daemon::start(&[&address, &format!("--script={}", script.display())]);
        assert_eq!(told(&with_lua, example), example.lines, "{}: the script", example.title);
        let file = folder.path().join("redwasp.yaml");
        let entries: String = example.yaml.lines().map(|line| format!("        {line}\n")).collect();
        fs::write(&file, format!("collectors:\n  business:\n    config:\n      metrics:\n{entries}")).expect("a file");
        let with_entries = Daemon::start(&[&address, &format!("--config.file={}", file.display())]);
        let lines = wait::within(PATIENCE, || Some(told(&with_entries, example)).filter(|lines| !lines.is_empty()));
        assert_eq!(lines.as_ref(), Some(&example.lines), "{}: the entries", example.title);
    }
}
