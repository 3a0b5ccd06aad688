//! `redwasp plugin new`, `build` and `watch`, as somebody types them who makes mistakes.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use redwasp_tests::authors::{self, LANGUAGES, run};
use redwasp_tests::daemon::redwasp;
use redwasp_tests::process::Process;
use redwasp_tests::server::Redis;
use redwasp_tests::wait;
use tempfile::TempDir;

/// Time to compile a plugin on a machine that does other things as well.
const PATIENCE: Duration = Duration::from_secs(120);

/// A new project, in a folder of its own.
fn project(language: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let made = run(folder.path(), "redwasp", &["plugin", "new", "hits", "--lang", language]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let project = folder.path().join("hits");
    (folder, project)
}

fn change(file: &Path, old: &str, new: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(old), "{} has no {old}", file.display());
    fs::write(file, text.replace(old, new)).unwrap();
}

#[test]
fn what_is_missing_of_a_toolchain_is_told_with_the_line_that_gets_it() {
    let empty = tempfile::tempdir().unwrap();
    for (language, get) in LANGUAGES.into_iter().zip([
        "https://rustup.rs",
        "nodejs npm",
        "pip install --require-hashes -r requirements.txt",
        "https://go.dev/dl",
        "apt-get install --no-install-recommends clang-19",
    ]) {
        let (_folder, project) = project(language);
        let mut command = Command::new(redwasp());
        let output =
            command.current_dir(&project).args(["plugin", "build"]).env("PATH", empty.path()).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{language}: {told}");
        assert!(told.contains(" is missing: there is no ") && told.contains(get), "{language}: {told}");
    }
}

#[test]
fn the_same_sources_give_the_same_component_in_another_folder() {
    for language in ["go", "c"] {
        let component = |project: &Path| {
            let built = run(project, "redwasp", &["plugin", "build"]);
            assert_eq!(built.code, 0, "{language}: {}", built.stderr);
            fs::read(project.join("hits.wasm")).unwrap()
        };
        let ((_one, first), (other, second)) = (project(language), project(language));
        let deeper = other.path().join("a-longer-name");
        fs::rename(second, &deeper).unwrap();
        assert!(component(&first) == component(&deeper), "{language}: other bytes");
    }
}

#[test]
fn what_does_not_fit_is_told_before_a_component_is_made_of_it() {
    let (folder, project) = project("c");
    change(&project.join("plugin.toml"), "pure", "sweeping");
    // From another folder, as a script would.
    let built = run(folder.path(), "redwasp", &["plugin", "build", "hits"]);
    assert_eq!(built.code, 1);
    assert!(built.stderr.contains("hint: export the collector with RW_EXPORT_SWEEPER"), "{}", built.stderr);
    assert!(!project.join("hits.wasm").exists());
    change(&project.join("plugin.toml"), "sweeping", "pure");
    change(&project.join("src/collector.c"), "rw_command_info()", "rw_command_of(\"SET\", RW_LIST(\"a\", \"b\"))");
    let built = run(folder.path(), "redwasp", &["plugin", "build", "hits"]);
    assert_eq!(built.code, 1, "no configuration helps: {}{}", built.stdout, built.stderr);
    assert!(built.stderr.contains("SET writes; no grant allows it"), "{}", built.stderr);
    let wrong = run(folder.path(), "redwasp", &["plugin", "new", "json", "--lang", "python"]);
    assert_eq!(wrong.code, 1);
    assert!(wrong.stderr.contains("json means something else in python"), "{}", wrong.stderr);
    let nothing = run(folder.path(), "redwasp", &["plugin", "build"]);
    assert!(
        nothing.code == 1 && nothing.stderr.contains("redwasp plugin new NAME --lang LANGUAGE"),
        "{}",
        nothing.stderr
    );
}

#[test]
fn a_watched_project_is_built_whenever_it_changes() {
    let redis = Redis::start();
    redis.cli(&["SET", "greeting", "hello"]);
    redis.cli(&["GET", "greeting"]);
    let (folder, project) = project("c");
    let plugins = folder.path().join("plugins");
    fs::create_dir(&plugins).unwrap();
    let [said, told] = ["said.txt", "told.txt"].map(|name| folder.path().join(name));
    let mut command = Command::new(redwasp());
    authors::environment(&mut command);
    command.current_dir(folder.path()).args([
        "plugin",
        "watch",
        "hits",
        "--target",
        &redis.url(),
        "--plugins.dir=plugins",
    ]);
    command.stdin(Stdio::null()).stdout(File::create(&said).unwrap()).stderr(File::create(&told).unwrap());
    let mut process = Process::start(&mut command);
    let has = |file: &Path, text: &str| {
        let what = format!("{text:?} in {}", file.display());
        wait::until(&what, PATIENCE, || fs::read_to_string(file).unwrap().contains(text).then_some(()));
    };
    has(&said, "redis_hits_hit_ratio 1");
    let first = fs::read(plugins.join("hits.wasm")).unwrap();

    change(&project.join("src/collector.c"), "hits_hit_ratio", "hits_hit_part");
    has(&said, "- redis_hits_hit_ratio 1");
    has(&said, "+ redis_hits_hit_part 1");
    assert_ne!(fs::read(plugins.join("hits.wasm")).unwrap(), first);

    change(&project.join("plugin.toml"), "pure", "poor");
    has(&told, "plugin.toml");
    change(&project.join("plugin.toml"), "poor", "pure");
    has(&said, "the same ");
    assert!(process.ended().is_none());
    process.kill();
}
