//! Commands: the words before the flags.

use super::*;
use crate::author::{Language, NewProject};
use crate::config::target::Target;

fn line(args: &[&str]) -> Result<Line, Stop> {
    Line::read(args.iter().map(|&arg| arg.to_owned()), |_| None, manifests())
}

fn action(args: &[&str]) -> Action {
    line(args).unwrap_or_else(|stop| panic!("{args:?} gave {stop:?}")).action().clone()
}

/// Exit code and text when a command is not used as it should be.
fn misused(args: &[&str]) -> (i32, String) {
    match line(args) {
        Err(Stop::Usage(error)) => (error.exit_code(), error.to_string()),
        Err(other) => panic!("{args:?} gave {other:?}"),
        Ok(_) => panic!("{args:?} is taken"),
    }
}

#[test]
fn words_are_actions() {
    let file = || PathBuf::from("x.wasm");
    assert_eq!(action(&[]), Action::Serve);
    assert_eq!(action(&["--debug"]), Action::Serve);
    assert_eq!(action(&["check-config"]), Action::CheckConfig);
    assert_eq!(action(&["plugin", "list", "--debug"]), Action::Plugin(PluginAction::List));
    let kind = |kind: &str| kind.to_owned();
    assert_eq!(action(&["acl"]), Action::Acl { target: None, kind: kind("redis7.2") });
    assert_eq!(action(&["acl", "--for=redis6", "--debug"]), Action::Acl { target: None, kind: kind("redis6") });
    let target = Some(Target::parse("h:1").unwrap());
    assert_eq!(action(&["acl", "--target", "h:1"]), Action::Acl { target, kind: kind("redis7.2") });
    assert_eq!(action(&["compile-component"]), Action::CompileComponent);
    for args in [["plugin", "check", "x.wasm", "--debug"], ["plugin", "check", "--debug", "x.wasm"]] {
        assert_eq!(action(&args), Action::Plugin(PluginAction::Check { file: file() }), "{args:?}");
    }
    let target = Target::parse("h:1").unwrap();
    for args in [
        ["plugin", "run", "x.wasm", "--target", "h:1"].as_slice(),
        &["plugin", "run", "--target=redis://h:1", "x.wasm"],
        &["plugin", "run", "-debug", "-target", "h:1", "x.wasm"],
    ] {
        let expected = PluginAction::Run { file: file(), target: target.clone() };
        assert_eq!(action(args), Action::Plugin(expected), "{args:?}");
    }
}

#[test]
fn words_about_projects_and_recordings_are_actions() {
    let path = |text: &str| PathBuf::from(text);
    let named = |folder: &str| NewProject { name: "hits".to_owned(), language: Language::Go, folder: path(folder) };
    let target = Target::parse("h:1").unwrap();
    let record = |out: &str| PluginAction::Record { file: path("a/x.wasm"), target: target.clone(), out: path(out) };
    for (args, expected) in [
        (["new", "hits", "--lang=go"].as_slice(), PluginAction::New(named("hits"))),
        (&["new", "--lang", "golang", "hits", "there"], PluginAction::New(named("there"))),
        (&["build"], PluginAction::Build { folder: path(".") }),
        (&["test", "x"], PluginAction::Test { folder: path("x") }),
        (&["watch", "x", "--target=h:1"], PluginAction::Watch { folder: path("x"), target: target.clone() }),
        (&["record", "a/x.wasm", "--target=h:1"], record("x.recording.json")),
        (&["record", "a/x.wasm", "--target=h:1", "--out=y"], record("y")),
        (&["replay", "x.wasm", "y"], PluginAction::Replay { file: path("x.wasm"), recording: path("y") }),
        (
            &["bench", "x.wasm", "y.wasm", "--recording=r"],
            PluginAction::Bench { files: vec![path("x.wasm"), path("y.wasm")], request: Measure::Recording(path("r")) },
        ),
    ] {
        assert_eq!(action(&[&["plugin"][..], args].concat()), Action::Plugin(expected), "{args:?}");
    }
}

/// redis_exporter passes over words, and scripts have them.
#[test]
fn other_words_behind_flags_are_passed_over() {
    for args in [["--debug", "true"].as_slice(), &["--debug", "plugins", "list"], &["", "--debug"], &["--", "x"]] {
        assert_eq!(action(args), Action::Serve, "{args:?}");
        assert_eq!(line(args).ok().unwrap().settings().unwrap().warnings.len(), 1, "{args:?}");
    }
}

#[test]
fn a_first_word_that_is_no_command_is_told_the_nearest() {
    for (args, near) in [
        (["check_config"].as_slice(), "did you mean `check-config`?"),
        (&["plugins", "list"], "did you mean `plugin`?"),
        (&["hlep"], "did you mean `help`?"),
        (&["redis://:hunter2@h"], "known are check-config, acl, plugin, help, version"),
    ] {
        let (code, text) = misused(args);
        assert_eq!(code, 2, "{args:?}");
        assert!(text.starts_with("error: the first word is no flag and no command; ") && text.contains(near), "{text}");
        assert!(!text.contains("hunter2") && !text.contains("did you mean `compile"), "{text}");
    }
}

#[test]
fn a_command_behind_flags_is_told_to_come_first() {
    for args in [
        ["--debug", "plugin", "check", "hunter2"].as_slice(),
        &["--config.file=hunter2", "check-config"],
        &["--debug", "true", "compile-component"],
        &["--debug", "help"],
        &["--", "version"],
    ] {
        let (code, text) = misused(args);
        assert_eq!(code, 2, "{args:?}");
        assert!(text.contains("a command comes first, as in: redwasp check-config --config.file="), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn help_and_version_are_words_too() {
    for (args, usage) in [
        (["help"].as_slice(), "Usage: redwasp [FLAGS]"),
        (&["help", "nonsense"], "Usage: redwasp [FLAGS]"),
        (&["help", "plugin"], "redwasp plugin list"),
        (&["help", "plugin", "check", "x.wasm"], "Usage: redwasp plugin check FILE"),
        (&["help", "check-config"], "Usage: redwasp check-config"),
    ] {
        let (code, text) = misused(args);
        assert!(code == 0 && text.contains(usage), "{args:?}: {text}");
    }
    for args in [["version"].as_slice(), &["version", "--redis.addr=ftp://x"]] {
        assert!(matches!(line(args), Err(Stop::Version(_))), "{args:?}");
    }
}

#[test]
fn flags_of_commands_are_those_of_the_daemon() {
    let line = line(&["check-config", "--namespace", "x"]).ok().unwrap();
    assert_eq!(line.settings().unwrap().config.namespace, "x");
    assert!(matches!(self::line(&["check-config", "-version"]), Err(Stop::Version(_))));
}

#[test]
fn misuse_prints_the_usage() {
    for (args, words) in [
        (["plugin"].as_slice(), "plugin wants one of the words new, build, test, watch, list, check, run"),
        (&["plugin", "frob"], "plugin wants one of the words"),
        (&["plugin", "check"], "the file is missing"),
        (&["plugin", "run", "--target=h"], "the file is missing"),
        (&["plugin", "run", "x.wasm"], "--target is missing"),
        (&["plugin", "watch"], "--target is missing"),
        (&["plugin", "new", "--lang=c"], "the name is missing"),
        (&["plugin", "new", "hits"], "--lang is missing"),
        (&["plugin", "replay", "x.wasm"], "the recording is missing"),
        (&["plugin", "bench", "x.wasm"], "one of --recording and --target is wanted"),
        (
            &["plugin", "bench", "x.wasm", "--target=h", "--recording=r"],
            "only one of --recording and --target is wanted",
        ),
        (&["plugin", "test", "--debug"], "unexpected argument"),
        (&["plugin", "run", "x.wasm", "y.wasm", "--target=h"], "more words than this command takes"),
        (&["plugin", "list", "hunter2"], "more words than this command takes"),
        (&["check-config", "redwasp.yaml"], "more words than this command takes"),
        (&["check-config", "--nope=hunter2"], "unexpected argument '--nope'"),
        (&["compile-component", "--debug"], "unexpected argument"),
        (&["compile-component", "x"], "more words than this command takes"),
        (&["--target=hunter2"], "unexpected argument '--target'"),
        (&["--namspace=hunter2"], "a similar argument exists: '--namespace'"),
    ] {
        let (code, text) = misused(args);
        assert_eq!(code, 2, "{args:?}");
        assert!(
            text.starts_with("error: ") && text.contains(words) && text.contains("Usage: redwasp"),
            "{args:?}: {text}"
        );
        assert!(!text.contains("hunter2"), "{text}");
    }
    let (_, text) = misused(&["plugin", "frob"]);
    for usage in
        ["redwasp plugin list [FLAGS]", "redwasp plugin check FILE [FLAGS]", "redwasp plugin run FILE --target URI"]
    {
        assert!(text.contains(usage), "{text}");
    }
}

#[test]
fn each_command_has_a_usage() {
    for args in [
        ["plugin", "--help"].as_slice(),
        &["plugin", "check", "--help"],
        &["check-config", "-h"],
        &["plugin", "run", "-h"],
    ] {
        let (code, text) = misused(args);
        assert!(code == 0 && text.contains(&format!("Usage: redwasp {}", args[0])), "{text}");
        assert_eq!(text.contains("--target"), args != ["check-config", "-h"] && args[1] != "check", "{text}");
    }
    let (_, text) = misused(&["plugin", "--help"]);
    assert!(["\nlist ", "\ncheck ", "\nrun "].iter().all(|word| text.contains(word)), "{text}");
    assert!(!text.contains("Not in this version") && text.trim_end().ends_with("Print this"), "{text}");
    let (_, text) = misused(&["--help"]);
    assert!(text.contains("Not in this version") && text.contains("redis-file"), "{text}");
    assert!(text.contains("redwasp check-config [FLAGS]") && !text.contains("compile-component"), "{text}");
}

#[test]
fn a_target_that_is_none_is_told_without_its_password() {
    match line(&["plugin", "run", "x.wasm", "--target=redis://:hunter2@h:port"]) {
        Err(Stop::Invalid(message)) => {
            assert!(message.starts_with("--target: not a Redis address") && !message.contains("hunter2"), "{message}");
        }
        _ => panic!("it is taken"),
    }
}
