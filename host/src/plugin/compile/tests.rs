use std::fs;

use super::*;
use crate::plugin::embedded::embedded;
use crate::plugin::engine::{Threads, compiling_engine};

fn config(cache_dir: Option<PathBuf>) -> PluginsConfig {
    PluginsConfig { cache_dir, ..PluginsConfig::default() }
}

fn built_in() -> (&'static [u8], Digest) {
    let (_, embedded) = embedded().unwrap().swap_remove(0);
    (embedded.component, Digest::of(embedded.component))
}

#[tokio::test]
async fn what_was_compiled_once_is_taken_from_the_cache() {
    let (dir, sandbox) = (tempfile::tempdir().unwrap(), Sandbox::new(Threads::default()).unwrap());
    let config = config(Some(dir.path().join("cache")));
    let (bytes, digest) = built_in();
    let compiler = Compiler::new(&sandbox, &config, How::InProcess);
    let compiled = compiler.compile("any", &digest, bytes).await.unwrap();
    assert!(!compiled.from_cache);
    // Another one, as after a restart.
    let compiler = Compiler::new(&sandbox, &config, How::InProcess);
    let again = compiler.compile("any", &digest, bytes).await.unwrap();
    assert_eq!((again.from_cache, &again.inspection), (true, &compiled.inspection));
    assert_eq!(compiler.counts(), Counts { compilations: 0, cache_hits: 1, cache_failures: 0 });
}

#[tokio::test]
async fn who_waited_for_the_same_component_finds_it() {
    let (dir, sandbox) = (tempfile::tempdir().unwrap(), Sandbox::new(Threads::default()).unwrap());
    let compiler = Compiler::new(&sandbox, &config(Some(dir.path().join("cache"))), How::InProcess);
    let (bytes, digest) = built_in();
    let (one, other) = tokio::join!(compiler.compile("any", &digest, bytes), compiler.compile("any", &digest, bytes));
    assert_ne!(one.unwrap().from_cache, other.unwrap().from_cache);
    assert_eq!(compiler.counts(), Counts { compilations: 1, cache_hits: 1, cache_failures: 0 });
}

#[tokio::test]
async fn without_a_cache_everything_is_compiled() {
    let sandbox = Sandbox::new(Threads::default()).unwrap();
    let compiler = Compiler::new(&sandbox, &config(None), How::InProcess);
    let (bytes, digest) = built_in();
    for _ in 0..2 {
        assert!(!compiler.compile("any", &digest, bytes).await.unwrap().from_cache);
    }
    assert_eq!(compiler.counts(), Counts { compilations: 2, cache_hits: 0, cache_failures: 0 });
}

#[tokio::test]
async fn what_is_no_component_is_refused_and_not_kept() {
    let (dir, sandbox) = (tempfile::tempdir().unwrap(), Sandbox::new(Threads::default()).unwrap());
    let compiler = Compiler::new(&sandbox, &config(Some(dir.path().join("cache"))), How::InProcess);
    let problem = compiler.compile("any", &Digest::of(b"text"), &b"text"[..]).await.err().unwrap();
    assert_eq!(problem.stage, Stage::Check);
    assert_eq!(compiler.counts(), Counts::default());
    assert_eq!(fs::read_dir(dir.path().join("cache")).unwrap().count(), 0);
}

#[tokio::test]
async fn code_that_the_engine_does_not_take_is_compiled_anew() {
    let (dir, sandbox) = (tempfile::tempdir().unwrap(), Sandbox::new(Threads::default()).unwrap());
    let (bytes, digest) = built_in();
    let cache = dir.path().join("cache");
    let compiler = Compiler::new(&sandbox, &config(Some(cache.clone())), How::InProcess);
    // As a fault of ours would leave it: whole, under the right name, and for another engine.
    let (inspection, code) = make(&compiling_engine(!sandbox.is_pooled()).unwrap(), bytes).unwrap();
    Cache::new(&cache, settings(&sandbox.engine)).store(&digest, &inspection, &code);
    assert!(!compiler.compile("any", &digest, bytes).await.unwrap().from_cache);
    assert_eq!(compiler.counts(), Counts { compilations: 1, cache_hits: 0, cache_failures: 1 });
    assert!(compiler.compile("any", &digest, bytes).await.unwrap().from_cache);
}

#[test]
fn the_compiling_engine_is_the_same_as_the_sandboxs() {
    let sandbox = Sandbox::new(Threads::default()).unwrap();
    let same = settings(&compiling_engine(sandbox.is_pooled()).unwrap());
    let other = settings(&compiling_engine(!sandbox.is_pooled()).unwrap());
    assert_eq!(settings(&sandbox.engine), same);
    assert_ne!(same, other);
}
