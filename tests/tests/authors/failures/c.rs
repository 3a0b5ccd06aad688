use redwasp_tests::{authors, tools};

use super::*;

#[test]
fn traps_are_told_with_their_lines() {
    let guest = Guest::new("tests/guests/c/c-traps", "how", json!({}));
    for deed in ["null", "divide", "bounds", "shift", "overflow"] {
        let (code, _, told) = guest.does(json!({"how": deed}));
        assert!(
            code == 1 && told.contains("ended: trap: the plugin gave up; in ") && told.contains("(src/collector.c:"),
            "{deed}: {told}"
        );
    }
    guest.check(&[
        ("assert", Told("(src/collector.c:")),
        ("stack", Told("out of bounds memory access; in deep")),
        ("length", Told("collect")),
        ("fail", Told("0 is too few   at src/collector.c:")),
        ("configure", Told("no plan   at src/collector.c:")),
        ("loop", Told("CPU budget of 50ms used up; in ")),
    ]);
    let patient = Guest { settings: json!({"limits": {"cpu": "2s"}}), ..guest };
    patient.check(&[("memory", Told("memory limit of 64 MiB reached"))]);
}

#[test]
fn pages_of_a_walk_leave_nothing_behind() {
    let settings = json!({"limits": {"memory": "8MiB"}, "grants": {"keys": ["page:*"]}});
    let guest = Guest::new("tests/guests/c/c-pages", "", settings);
    guest.fill("page:", 60_000);
    let (code, page, told) = guest.does(json!({}));
    assert!(code == 0 && page.contains("60000"), "{page}{told}");
}

#[test]
fn everything_crosses_the_boundary_whole() {
    let settings = json!({"grants": {"commands": ["STRLEN"], "keys": ["c:*"]}});
    let guest = Guest::new("tests/guests/c/c-boundary", "", settings);
    guest.redis.cli(&["SET", "c:key", "hello"]);
    let (code, page, told) = guest.does(json!({}));
    assert_eq!(code, 0, "{told}");
    for line in [
        "{what=\"strlen\"} 5",
        "{what=\"denied\"} 1",
        "{what=\"nodes\"} 1",
        "{what=\"constructors\"} 1",
        "redis_c_text{text=\"a\\\\xff\\\\xc3z\"} 1",
        "redis_c_number{text=\"0.1 is 0.1\"} 1",
        "redis_c_number{text=\"1e400 is inf\"} 1",
        "redis_c_number{text=\"0x10 is NaN\"} 0",
        "redis_c_sizes_bucket{le=\"+Inf\"} 2",
        "redis_c_latency_sum 5",
        "redis_c_late_info{role=\"master\"} 1",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
    assert!(told.contains("not \\\\xff text"), "{told}");
}

#[test]
fn what_asks_the_system_is_refused_when_it_is_built() {
    let project = tools::repository().join("tests/guests/c/c-prints");
    let built = authors::run(&project, "redwasp", &["plugin", "build"]);
    assert_eq!(built.code, 1);
    for text in ["it asks the system for `fd_", "hint: a plugin has no system"] {
        assert!(built.stderr.contains(text), "{}", built.stderr);
    }
}
