use redwasp_tests::daemon::{self, Finished};
use redwasp_tests::guests;

use super::*;

fn ran(guest: &str) -> Finished {
    let redis = Redis::start();
    let file = guests::guest_file(guest);
    daemon::run(
        &["plugin", "run", file.to_str().unwrap(), "--target", &redis.url()],
        &[("REDWASP_PLUGINS_CACHE_DIR", "-")],
    )
}

#[test]
fn panics_and_budgets_are_told_in_words_of_the_source() {
    for (guest, told) in [
        ("panics", "ended: panic; "),
        ("panics", "last words: panic: the guest gave up at tests/guests/examples/panics.rs:"),
        ("divides-by-zero", "divides-by-zero"),
        ("never-returns", "CPU budget of 50ms used up; in "),
        ("recurses", "stack used up; in "),
        ("eats-memory", "memory limit of 64 MiB reached"),
    ] {
        let finished = ran(guest);
        assert!(finished.code == 1 && finished.stderr.contains(told), "{guest}: {told}\n{}", finished.stderr);
    }
}

#[test]
fn replies_are_read_in_a_component_as_natively() {
    let finished = ran("reads-replies");
    assert_eq!(finished.code, 0, "{}", finished.stderr);
}
