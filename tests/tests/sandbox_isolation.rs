//! What a guest cannot reach: the machine, and what an earlier call left. What a contract of another day can reach.

use std::fs;

use redwasp::config::Limits;
use redwasp::plugin::{Stage, Threads};
use redwasp_tests::alone::{Alone, Mood, Planned};
use redwasp_tests::tools;
use redwasp_tests::wat_guests::{Guest, Sample};

const THREADS: Threads = Threads { threads: 1, calls: 2 };

/// Calls that outnumber what any of them may leave behind.
const CALLS: usize = 40;

#[test]
fn nothing_of_a_call_is_seen_by_the_next() {
    let traces = "
        (if (global.get $seen) (then unreachable))
        (if (i32.load (i32.const 512)) (then unreachable))
        (if (i32.ne (memory.size) (i32.const 4)) (then unreachable))
        (if (i32.ne (table.size $t) (i32.const 1)) (then unreachable))
        (global.set $seen (i32.const 1))
        (i32.store (i32.const 512) (i32.const 1))
        (drop (memory.grow (i32.const 1)))
        (drop (table.grow $t (ref.null func) (i32.const 1)))";
    let fields = "(global $seen (mut i32) (i32.const 0)) (table $t 1 funcref)";
    let alone = Alone::new(THREADS);
    let planned = alone.guest(&Guest { fields, ..Guest::collecting("leaves-traces", traces) }, Limits::default());
    for _ in 0..CALLS {
        alone.collect(&planned, Mood::Ill).0.unwrap_or_else(|failure| panic!("{failure}"));
    }
}

#[test]
fn what_a_built_in_tells_does_not_depend_on_the_calls_before() {
    let reply = |name: &str| {
        let path = format!("{}/../plugins/info/testdata/{name}.txt", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        [format!("${}\r\n", text.len()).as_bytes(), &text, b"\r\n"].concat()
    };
    let replies = [reply("redis-7.0-primary"), b"$0\r\n\r\n".to_vec(), reply("ugly"), reply("valkey-9.1-cluster")];
    let alone = Alone::new(THREADS);
    let told = |info: &Planned, reply: &[u8]| format!("{:?}", alone.report(info, reply.to_vec()));
    let of_first_calls = replies.each_ref().map(|reply| told(&alone.built_in("info"), reply));
    let info = alone.built_in("info");
    for _ in 0..CALLS {
        for (reply, expected) in replies.iter().zip(&of_first_calls) {
            assert_eq!(told(&info, reply), *expected);
        }
    }
}

#[test]
fn a_lock_of_a_call_that_was_killed_is_free() {
    let takes = "
        (if (i32.load (i32.const 512)) (then unreachable))
        (i32.store (i32.const 512) (i32.const 1))
        (loop $spin (br $spin))";
    let alone = Alone::new(THREADS);
    let planned = alone.guest(&Guest::collecting("keeps-a-lock", takes), Limits::default());
    for _ in 0..3 {
        let failure = alone.collect(&planned, Mood::Ill).0.unwrap_err();
        assert_eq!(failure.cause.kind(), "cpu", "{failure}");
    }
}

const STDIN: &str = r#"
    (import "wasi:io/streams@0.2.3" (instance $streams (export "input-stream" (type (sub resource)))))
    (alias export $streams "input-stream" (type $input))
    (import "wasi:cli/stdin@0.2.3" (instance $stdin
        (export "input-stream" (type $stream (eq $input)))
        (export "get-stdin" (func (result (own $stream))))))
    (core func $handle (canon lower (func $stdin "get-stdin")))
    (core instance $host (export "handle" (func $handle)))"#;

const RANDOM: &str = r#"
    (import "wasi:random/random@0.2.3" (instance $wasi
        (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))
    (core func $random (canon lower (func $wasi "get-random-bytes") (memory $memory) (realloc $realloc)))
    (core instance $host (export "random" (func $random)))"#;

const SOCKETS: &str = r#"
    (import "wasi:sockets/instance-network@0.2.3" (instance $network
        (export "instance-network" (func (result u32)))))
    (core instance $host)"#;

/// Takes handles and never gives one back.
fn leaks<'a>(name: &'a str, collect: &'a str) -> Guest<'a> {
    Guest {
        host: STDIN,
        imports: r#"(import "host" "handle" (func $handle (result i32)))"#,
        fields: "(func $leak (param $left i32) (loop $more
            (drop (call $handle))
            (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))",
        ..Guest::collecting(name, collect)
    }
}

#[test]
fn handles_are_bounded_and_do_not_add_up() {
    let alone = Alone::new(THREADS);
    let many = alone.guest(&leaks("leaks-many", "(call $leak (i32.const 1024))"), Limits::default());
    for _ in 0..CALLS {
        alone.collect(&many, Mood::Ill).0.unwrap_or_else(|failure| panic!("{failure}"));
    }
    let more = alone.guest(&leaks("leaks-more", "(call $leak (i32.const 1025))"), Limits::default());
    let failure = alone.collect(&more, Mood::Ill).0.unwrap_err();
    assert_eq!(failure.cause.kind(), "trap", "{failure}");
    assert!(failure.to_string().contains("no free keys; in leak < collect"), "{failure}");
    assert!(alone.collect(&more, Mood::Well).0.is_ok());
}

#[test]
fn a_gibibyte_of_random_is_refused() {
    let imports = r#"(import "host" "random" (func $random (param i64 i32)))"#;
    let asks = |name, collect| Guest { host: RANDOM, imports, ..Guest::collecting(name, collect) };
    let alone = Alone::new(THREADS);
    let some = alone.guest(&asks("asks-some", "(call $random (i64.const 4096) (i32.const 512))"), Limits::default());
    assert!(alone.collect(&some, Mood::Ill).0.is_ok());
    let much = "(call $random (i64.const 1073741824) (i32.const 512))";
    let much = alone.guest(&asks("asks-much", much), Limits::default());
    let failure = alone.collect(&much, Mood::Ill).0.unwrap_err();
    assert_eq!(failure.cause.kind(), "trap", "{failure}");
    assert!(failure.to_string().contains("requested len 1073741824 exceeds limit 4096; in "), "{failure}");
    assert!(alone.collect(&much, Mood::Well).0.is_ok());
}

#[test]
fn sockets_are_refused_by_name() {
    let guest = Guest { host: SOCKETS, ..Guest::new("opens-sockets") };
    let problem = Alone::new(THREADS).load(guest.name, guest.component()).err().expect("it is not taken");
    assert_eq!(problem.stage, Stage::Check);
    assert_eq!(problem.reason, "imports what is not offered: wasi:sockets/instance-network@0.2.3");
    assert!(problem.hint.unwrap().contains("a collector has no network"));
}

#[test]
fn a_component_of_edited_types_is_refused() {
    let edits = [
        (r#"(enum "counter""#, r#"(enum "more" "counter""#, "expected enum of 8 names, found 9 names"),
        (
            r#"(field "value" f64)"#,
            r#"(field "value" f64) (field "unix-ms" u64)"#,
            "expected record of 3 fields, found 4",
        ),
        (r#"(case "timeout")"#, r#"(case "timeout") (case "throttled")"#, "expected variant of 6 cases, found 7"),
    ];
    let alone = Alone::new(THREADS);
    for (old, new, words) in edits {
        let component = Guest::new("edited").edited(old, new);
        let problem = alone.load("edited", component).err().unwrap_or_else(|| panic!("{new:?} is taken"));
        assert_eq!(problem.stage, Stage::Link, "{problem}");
        assert!(problem.reason.contains(words), "{words:?} is not in {problem}");
        assert!(problem.hint.is_some_and(|hint| hint.contains("build it again")));
    }
    assert!(alone.load("edited", Guest::new("edited").component()).is_ok());
}

#[test]
fn the_same_request_gives_the_same_report() {
    let alone = Alone::new(THREADS);
    let samples = (0..100).map(|number| Sample::new(1, &[&number.to_string()], 0.1)).collect();
    let planned = alone.guest(&Guest { families: &["told"], samples, ..Guest::new("tells") }, Limits::default());
    let told = || format!("{:?}", alone.collect(&planned, Mood::Ill).0.unwrap());
    assert_eq!(told(), told());
    let built_ins = redwasp::plugin::embedded().unwrap();
    let (_, info) = built_ins.iter().find(|(manifest, _)| manifest.name == "info").unwrap();
    let info = alone.load("info", info.component.to_vec()).unwrap();
    let planned = alone.planned(alone.tried_out(&info, Limits::default()).unwrap()).unwrap();
    let text = fs::read_to_string(tools::repository().join("tests/testdata/info/redis-8.0/info.txt")).unwrap();
    let told = || {
        let report = alone.report(&planned, format!("${}\r\n{text}\r\n", text.len()).into());
        assert!(report.samples.len() > 100, "{} samples", report.samples.len());
        format!("{report:?}")
    };
    assert_eq!(told(), told());
}
