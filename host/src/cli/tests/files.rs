//! Files that flags and the configuration name: the collector gets their texts.

use std::fs;

use serde_json::{Value, json};

use super::*;

fn scripts() -> Manifest {
    let text = "name = \"scripts\"\nschedule = \"scrape\"\n[grants]\ncommands = []\nscripts = \"/scripts\"\n\
        [[flags]]\nname = \"script\"\nenv = \"SCRIPT\"\nhelp = \"x\"\nkind = \"files\"\ndefault = []\nsets = \"/scripts\"\n";
    toml::from_str(text).unwrap()
}

/// A folder with two scripts and one that is not UTF-8, and a configuration file with this text after `FOLDER` is put in.
fn folder(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap().to_owned();
    for (name, bytes) in [("a.lua", &b"return 1"[..]), ("b.lua", b"return 2"), ("odd.lua", b"x\n\xff")] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    fs::write(folder.path().join("redwasp.yaml"), text.replace("FOLDER", &path)).unwrap();
    (folder, path)
}

fn settings(args: &[&str], environment: &[(&str, &str)]) -> Result<Settings, String> {
    with_collectors(args, environment, &[scripts()]).map_err(|stop| match stop {
        Stop::Invalid(message) => message,
        other => panic!("{other:?}"),
    })
}

/// Each collector's configuration, and the texts that it may have run.
fn found(args: &[&str], environment: &[(&str, &str)]) -> Vec<(Value, Vec<String>)> {
    let collectors = settings(args, environment).unwrap().config.collectors;
    let of = |config: crate::config::CollectorConfig| {
        (serde_json::from_str(&config.configuration).unwrap(), config.grants.scripts)
    };
    collectors.into_iter().map(of).collect()
}

#[test]
fn a_flag_gives_texts_and_allows_them() {
    let (_folder, path) = folder("");
    let (a, b) = (format!("{path}/a.lua"), format!("{path}/b.lua"));
    let both = json!({"scripts": [{"path": a, "text": "return 1"}, {"path": b, "text": "return 2"}]});
    let expected = vec![(both, vec!["return 1".to_owned(), "return 2".to_owned()])];
    assert_eq!(found(&[&format!("--script={a},{b}")], &[]), expected);
    assert_eq!(found(&[], &[("SCRIPT", &format!("{a}, {b}"))]), expected);
    assert_eq!(found(&[], &[]), [(json!({"scripts": []}), Vec::new())]);
    assert_eq!(found(&["--script="], &[("SCRIPT", &a)]), [(json!({"scripts": []}), Vec::new())]);
}

#[test]
fn the_file_names_files_and_has_texts_and_no_grants() {
    let (_folder, path) = folder(
        "collectors:\n  scripts:\n    grants: {commands: [INFO]}\n    config:\n      scripts: [FOLDER/a.lua, {path: x, text: return 3}]\n  \
        more:\n    plugin: scripts\n    config: {scripts: [FOLDER/b.lua]}\n  \
        stranger:\n    config: {scripts: [{path: x, text: return 4}]}\n",
    );
    let file = format!("--config.file={path}/redwasp.yaml");
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let all = found(&[&file], &[]);
    assert_eq!(all[0].0["scripts"][0], json!({"path": format!("{path}/a.lua"), "text": "return 1"}));
    let allowed: Vec<_> = all.into_iter().map(|(_, scripts)| scripts).collect();
    assert_eq!(allowed, [texts(&["return 1", "return 3"]), texts(&["return 2"]), texts(&[])]);
    let line = found(&[&file, &format!("--script={path}/b.lua")], &[]);
    assert_eq!(line[0].1, ["return 2"], "the line wins over the file");
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let (_folder, path) = folder(
        "settings: {}\ncollectors:\n  scripts:\n    config: {scripts: [FOLDER/a.lua, FOLDER/none.lua]}\n  more:\n    \
        plugin: scripts\n    config: {scripts: [FOLDER/odd.lua]}\n",
    );
    let fault = |args: &[&str], environment: &[(&str, &str)]| settings(args, environment).unwrap_err();
    let none = format!("{path}/none.lua: cannot open the file: No such file or directory");
    assert!(fault(&[&format!("--script={path}/none.lua")], &[]).starts_with(&format!("--script: {none}")));
    assert!(fault(&[], &[("SCRIPT", &format!("{path}/none.lua"))]).starts_with(&format!("SCRIPT: {none}")));
    let odd = fault(&[&format!("--script={path}/odd.lua")], &[]);
    assert!(odd.ends_with("odd.lua: this is not UTF-8: the first wrong byte is in line 2; save it as UTF-8"), "{odd}");
    assert!(fault(&[&format!("--script={path}")], &[]).ends_with("this is a folder; name the file in it"));
    let of_file = fault(&[&format!("--config.file={path}/redwasp.yaml")], &[]);
    let lines: Vec<&str> = of_file.lines().collect();
    assert!(lines[0].contains("redwasp.yaml:4:") && lines[0].contains(&none), "{of_file}");
    assert!(lines[1].contains("redwasp.yaml:7:") && lines[1].contains("not UTF-8"), "{of_file}");
    let large = format!("{path}/large.lua");
    fs::write(&large, vec![b' '; (256 << 10) + 1]).unwrap();
    assert!(
        fault(&[&format!("--script={large}")], &[]).contains("has 256KiB at most"),
        "{}",
        fault(&[], &[("SCRIPT", &large)])
    );
}
