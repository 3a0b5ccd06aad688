//! Components are compiled in a process of their own, which may die of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use redwasp::config::PluginsConfig;
use redwasp::config::digest::Digest;
use redwasp::plugin::{Compiled, Compiler, Counts, How, Problem, Sandbox, Stage, Threads, World};
use redwasp_tests::daemon::redwasp;
use redwasp_tests::guests::guest;
use redwasp_tests::process::Process;
use redwasp_tests::wait;
use tempfile::TempDir;

struct Place {
    dir: TempDir,
    sandbox: Arc<Sandbox>,
    config: PluginsConfig,
}

impl Place {
    fn new() -> Place {
        let dir = tempfile::tempdir().unwrap();
        let config = PluginsConfig { cache_dir: Some(dir.path().join("cache")), ..PluginsConfig::default() };
        Place { dir, sandbox: Sandbox::new(Threads { threads: 1, calls: 1 }).unwrap(), config }
    }

    fn without_cache() -> Place {
        let mut place = Place::new();
        place.config.cache_dir = None;
        place
    }

    fn cache(&self) -> PathBuf {
        self.dir.path().join("cache")
    }

    /// The cache's only file.
    fn file(&self) -> PathBuf {
        let mut files = fs::read_dir(self.cache()).unwrap().map(|entry| entry.unwrap().path());
        let file = files.next().unwrap();
        assert_eq!(files.next(), None);
        file
    }

    fn compiler(&self) -> Compiler {
        Compiler::new(&self.sandbox, &self.config, How::Child(redwasp().to_owned()))
    }
}

async fn compile(compiler: &Compiler, bytes: &[u8]) -> Result<Compiled, Problem> {
    compiler.compile("any", &Digest::of(bytes), bytes.to_vec()).await
}

/// A collector with one core module in it.
fn collector(module: &str) -> Vec<u8> {
    let text = format!(
        r#"(component (core module {module}) (instance $c) (export "redwasp:collector/collector@0.1.0" (instance $c)))"#
    );
    wat::parse_str(text).unwrap()
}

async fn refused(place: &Place, bytes: &[u8]) -> Problem {
    let problem = compile(&place.compiler(), bytes).await.err().expect("it compiles");
    // Whoever asked is as alive as before.
    assert!(compile(&place.compiler(), &collector("")).await.is_ok());
    problem
}

#[tokio::test]
async fn a_component_is_compiled_once() {
    let place = Place::new();
    let bytes = guest("behaves");
    let compiler = place.compiler();
    let first = compile(&compiler, &bytes).await.unwrap();
    assert_eq!((first.from_cache, first.inspection.world), (false, World::Pure));
    let second = compile(&compiler, &bytes).await.unwrap();
    assert_eq!((second.from_cache, &second.inspection), (true, &first.inspection));
    assert_eq!(compiler.counts(), Counts { compilations: 1, cache_hits: 1, cache_failures: 0 });
    // As after a restart.
    assert!(compile(&place.compiler(), &bytes).await.unwrap().from_cache);
}

#[tokio::test]
async fn the_child_checks_before_it_compiles() {
    let problem = refused(&Place::new(), b"(component)").await;
    assert_eq!(problem.stage, Stage::Check);
    assert!(problem.reason.contains("WebAssembly as text"), "{problem}");
    let module = wat::parse_str("(module)").unwrap();
    assert_eq!(refused(&Place::new(), &module).await.stage, Stage::Check);
}

#[tokio::test]
async fn many_functions_are_compiled() {
    let place = Place::without_cache();
    let functions = "(func (result i32) i32.const 1)".repeat(100_000);
    compile(&place.compiler(), &collector(&functions)).await.unwrap();
}

#[tokio::test]
async fn deep_nesting_ends_the_child_at_most() {
    let place = Place::without_cache();
    let depth = 100_000;
    let blocks = format!("(func {} {})", "block ".repeat(depth), "end ".repeat(depth));
    // Either is right, as long as it is an answer.
    if let Err(problem) = compile(&place.compiler(), &collector(&blocks)).await {
        assert_eq!(problem.stage, Stage::Compile);
        assert!(problem.hint.is_some(), "{problem}");
    }
    assert!(compile(&place.compiler(), &collector("")).await.is_ok());
}

/// Work for a compiler that is out of proportion to its size.
fn bomb() -> Vec<u8> {
    let mut body = String::new();
    for _ in 0..40_000 {
        body.push_str("local.get 0 i32.const 1 i32.add local.tee 0 ");
        body.push_str("if local.get 1 i64.const 3 i64.mul local.set 1 else br 0 end ");
    }
    let functions: String = (0..8).map(|_| format!("(func (param i32 i64) {body})")).collect();
    collector(&functions)
}

/// How often it is tried again when the machine is too busy to give a child its CPU time before the clock ends it.
const MORE_TRIES: usize = 10;

#[tokio::test]
async fn a_bomb_runs_out_of_cpu_time() {
    let mut place = Place::without_cache();
    place.config.compile_cpu = Duration::from_secs(1);
    let mut problem = refused(&place, &bomb()).await;
    for _ in 0..MORE_TRIES {
        if problem.reason.contains("by the clock") {
            problem = refused(&place, &bomb()).await;
        }
    }
    assert_eq!(problem.to_string().split("; hint").next(), Some("compile: took more than 1s of CPU time to compile"));
    assert!(problem.hint.unwrap().contains("plugins.compile-cpu"));
}

#[tokio::test]
async fn a_bomb_runs_out_of_memory() {
    let mut place = Place::without_cache();
    place.config.compile_memory = 256 << 20;
    let problem = refused(&place, &bomb()).await;
    assert_eq!(problem.reason, "took more than 256 MiB of memory to compile");
    assert!(problem.hint.unwrap().contains("plugins.compile-memory"));
}

#[tokio::test]
async fn what_the_cache_holds_is_never_used_when_it_changed() {
    let place = Place::new();
    let bytes = guest("behaves");
    compile(&place.compiler(), &bytes).await.unwrap();
    let whole = fs::read(place.file()).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let other_version = [b"rwcode\0\x02", &whole[8..]].concat();
    for spoiled in [Vec::new(), b"text".to_vec(), whole[..whole.len() / 2].to_vec(), flipped, other_version] {
        fs::write(place.file(), spoiled).unwrap();
        let compiler = place.compiler();
        assert!(!compile(&compiler, &bytes).await.unwrap().from_cache);
        assert_eq!(compiler.counts(), Counts { compilations: 1, cache_hits: 0, cache_failures: 1 });
        assert_eq!(fs::read(place.file()).unwrap().len(), whole.len());
    }
    assert!(compile(&place.compiler(), &bytes).await.unwrap().from_cache);
}

#[tokio::test]
async fn without_a_usable_cache_it_still_compiles() {
    let place = Place::new();
    fs::create_dir(place.cache()).unwrap();
    fs::set_permissions(place.cache(), fs::Permissions::from_mode(0o777)).unwrap();
    let compiler = place.compiler();
    assert!(!compile(&compiler, &collector("")).await.unwrap().from_cache);
    assert!(!compile(&compiler, &collector("")).await.unwrap().from_cache);
    assert_eq!(compiler.counts().compilations, 2);
    assert!(compiler.counts().cache_failures > 0);
    assert_eq!(fs::read_dir(place.cache()).unwrap().count(), 0);

    let mut place = Place::new();
    place.config.cache_dir = Some(Path::new("/proc/redwasp").to_owned());
    assert!(!compile(&place.compiler(), &collector("")).await.unwrap().from_cache);
}

#[tokio::test]
async fn who_stops_waiting_gives_the_turn_back() {
    let place = Place::without_cache();
    let compiler = place.compiler();
    let bomb = bomb();
    let waiting = tokio::time::timeout(Duration::from_millis(1), compile(&compiler, &bomb)).await;
    assert!(waiting.is_err());
    // The turn is free again.
    compile(&compiler, &collector("")).await.unwrap();
}

/// The number after a name in a file of `/proc`, whatever blanks are between.
fn number(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line[name.len()..].split_whitespace().next()?.parse().ok()
}

#[test]
fn the_child_binds_itself_before_it_is_told_anything() {
    let mut command = Command::new(redwasp());
    command.arg("compile-component").stdin(Stdio::piped()).stdout(Stdio::piped());
    let child = Process::start(&mut command);
    let read = |file: &str| fs::read_to_string(format!("/proc/{}/{file}", child.pid())).unwrap_or_default();
    // The last of the limits.
    let limits = wait::until("the child to bind itself", wait::PATIENCE, || {
        Some(read("limits")).filter(|limits| number(limits, "Max open files") == Some(16))
    });
    assert_eq!(number(&limits, "Max core file size"), Some(0));
    assert_eq!(number(&limits, "Max file size"), Some(0));
    assert_eq!(number(&read("status"), "NoNewPrivs:"), Some(1));
}

#[test]
fn the_child_alone_says_that_it_is_not_for_people() {
    let mut command = Command::new(redwasp());
    // Pipes: to files it writes nothing.
    let finished = command.arg("compile-component").stdin(Stdio::null()).output().expect("it runs to its end");
    let said = String::from_utf8_lossy(&finished.stdout);
    assert!(finished.status.success() && said.contains("only the daemon starts this"), "{finished:?}");
}
