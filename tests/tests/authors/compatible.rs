//! The promise of the contract, kept: components that were built when it was released, one of each language, measure today what
//! they measured then.
//!
//! `tests/testdata/contract/<version>/` has the components, packed, with a request that was recorded and the page that it gave.
//! They are never built again: `tests/golden.sh` is for a new version of the contract.

use std::fs::{self, File};
use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;
use redwasp_tests::authors::LANGUAGES;
use redwasp_tests::tools::repository;
use serde_json::json;

use crate::plugin;

fn versions() -> Vec<PathBuf> {
    let folder = repository().join("tests/testdata/contract");
    let versions: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(versions.iter().any(|version| version.ends_with("0.1.0")), "{versions:?}");
    versions
}

fn unpacked(file: &PathBuf) -> Vec<u8> {
    let packed = File::open(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes).unwrap();
    bytes
}

fn sorted(page: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = page.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn components_of_every_released_version_and_language_run_on_this_host() {
    for version in versions() {
        let (recording, page) = (version.join("recording.json"), version.join("page.prom"));
        let expected = fs::read_to_string(&page).unwrap();
        for language in LANGUAGES {
            let folder = tempfile::tempdir().unwrap();
            let component = folder.path().join("orders.wasm");
            fs::write(&component, unpacked(&version.join(language).with_extension("wasm.gz"))).unwrap();
            let checked = plugin("check", &component, &[], &json!({}));
            assert_eq!(checked.code, 0, "{language}: {}", checked.stderr);
            let replayed = plugin("replay", &component, &[recording.to_str().unwrap()], &json!({}));
            assert_eq!(replayed.code, 0, "{language}: {}", replayed.stderr);
            assert_eq!(sorted(&replayed.stdout), sorted(&expected), "{language}");
        }
    }
}
