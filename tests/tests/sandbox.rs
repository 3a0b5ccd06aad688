//! The sandbox against guests that no compiler would make: each is stopped for the cause that it gave, and the next call
//! of the same plugin works.

use std::time::Duration;

use redwasp::config::{CollectorConfig, Limits};
use redwasp::plugin::{Failure, Stage, Threads};
use redwasp_tests::alone::{Alone, Mood, in_time};
use redwasp_tests::wat_guests::{Guest, SPIN, Sample, ZEROS};
use redwasp_tests::{guests, told};
use serde_json::json;

const THREADS: Threads = Threads { threads: 2, calls: 4 };

/// `redis.nodes` of the contract, which gives the host something to write into the guest.
const NODES: &str = r#"
    (import "redwasp:collector/redis@0.1.0" (instance $redis
        (type $range (tuple u32 u32))
        (type $slots (list $range))
        (type $pair (tuple string string))
        (type $extra (list $pair))
        (type $n (record (field "id" string) (field "address" string) (field "role" string) (field "shard" string)
            (field "primary" string) (field "slots" $slots)
            (field "extra" $extra)))
        (export "node" (type $node (eq $n)))
        (export "call-error" (type $error (eq $call-error)))
        (type $nodes (list $node))
        (type $result (result $nodes (error $error)))
        (export "nodes" (func (result $result)))))
    (core func $nodes (canon lower (func $redis "nodes") (memory $memory) (realloc $realloc)))
    (core instance $host (export "nodes" (func $nodes)))"#;

/// `log.write` of the contract, with texts in UTF-16.
const LOG: &str = r#"
    (import "redwasp:collector/log@0.1.0" (instance $log
        (type $l (enum "trace" "debug" "info" "warn" "error"))
        (export "level" (type $level (eq $l)))
        (type $field (tuple string string))
        (type $fields (list $field))
        (export "write" (func (param "level" $level) (param "message" string) (param "fields" $fields)))))
    (core func $write (canon lower (func $log "write") (memory $memory) (realloc $realloc) string-encoding=utf16))
    (core instance $host (export "write" (func $write)))"#;

/// `exit` of WASI.
const EXIT: &str = r#"
    (import "wasi:cli/exit@0.2.3" (instance $wasi (export "exit" (func (param "status" (result))))))
    (core func $exit (canon lower (func $wasi "exit")))
    (core instance $host (export "exit" (func $exit)))"#;

/// What ends an ill call; well ones go before and after it.
fn ends(alone: &Alone, guest: &Guest<'_>, limits: Limits) -> Failure {
    let planned = alone.guest(guest, limits);
    let well = || {
        let (report, _) = alone.collect(&planned, Mood::Well);
        let report = report.unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(report.samples.len(), 1, "{}", guest.name);
    };
    well();
    let (report, _) = alone.collect(&planned, Mood::Ill);
    well();
    report.err().unwrap_or_else(|| panic!("{} succeeds", guest.name))
}

/// Ill calls end with this cause, and words of its description.
fn each_ends(guests: &[(Guest<'_>, &str, &str)], limits: Limits) {
    let alone = Alone::new(THREADS);
    for (guest, cause, words) in guests {
        let failure = ends(&alone, guest, limits);
        let told = failure.to_string();
        assert_eq!(failure.cause.kind(), *cause, "{}: {told}", guest.name);
        assert!(told.contains(words), "{}: {words:?} is not in {told}", guest.name);
    }
}

#[test]
fn whatever_computes_too_long_is_stopped_and_its_place_is_told() {
    let copies = "(loop $more (memory.copy (i32.const 0) (i32.const 33521664) (i32.const 33521664)) (br $more))";
    let in_realloc = "(if (i32.eq (local.get $size) (i32.const 20)) (then (loop $spin (br $spin))))";
    let guests = [
        (Guest::collecting("spins", "(call $spins)"), "cpu", "; in spins < collect"),
        (Guest { pages: 1023, ..Guest::collecting("copies", copies) }, "cpu", "; in collect"),
        (Guest { realloc: in_realloc, ..Guest::new("spins-in-realloc") }, "cpu", "; in realloc"),
    ];
    let mut guests = guests;
    guests[0].0.fields = "(func $spins (loop $spin (br $spin)))";
    each_ends(&guests, Limits::default());
}

#[test]
fn whatever_never_gets_ready_is_refused() {
    let alone = Alone::new(THREADS);
    let start = "(func $begin (loop $spin (br $spin))) (start $begin)";
    let guests = [
        (Guest { describe: SPIN, ..Guest::new("spins-in-describe") }, "; in "),
        (Guest { fields: start, ..Guest::new("spins-in-start") }, "; in begin"),
    ];
    for (guest, place) in guests {
        let problem = alone.load(guest.name, guest.component()).err().expect("it is not taken");
        assert_eq!(problem.stage, Stage::Describe, "{problem}");
        for words in ["CPU budget of 50ms used up", place] {
            assert!(problem.reason.contains(words), "{words:?} is not in {problem}");
        }
    }
    let guest = Guest { configure: SPIN, ..Guest::new("spins-in-configure") };
    let plugin = alone.load(guest.name, guest.component()).unwrap();
    let problem = alone.tried_out(&plugin, Limits::default()).err().expect("it is not taken");
    assert_eq!(problem.stage, Stage::Configure, "{problem}");
    for words in ["CPU budget of 50ms used up", "; in "] {
        assert!(problem.reason.contains(words), "{words:?} is not in {problem}");
    }
}

#[test]
fn memories_and_tables_together_stay_within_the_limit() {
    let grows = "(drop (memory.grow (i32.const 200)))";
    let twice = "(drop (memory.grow $second (i32.const 12)))";
    let table = "(drop (table.grow $t (ref.null func) (i32.const 99999)))";
    let two = "(memory $second 1)";
    let guests = [
        (Guest::collecting("grows", grows), "memory", "memory limit of 1 MiB reached"),
        (Guest { fields: two, ..Guest::collecting("grows-second", twice) }, "memory", "memory limit of 1 MiB reached"),
        (
            Guest { fields: "(table $t 1 funcref)", pages: 8, ..Guest::collecting("grows-table", table) },
            "memory",
            "MiB",
        ),
    ];
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    each_ends(&guests, limits);
    // Each of the two memories would fit alone.
    let alone = Alone::new(THREADS);
    let only_first = Guest::collecting("grows-first", "(drop (memory.grow (i32.const 11)))");
    let planned = alone.guest(&only_first, limits);
    assert!(alone.collect(&planned, Mood::Ill).0.is_ok());
}

#[test]
fn a_growth_that_cannot_be_is_refused_and_costs_nothing() {
    let grows = "(loop $more
        (if (i32.ne (memory.grow $small (i32.const 100)) (i32.const -1)) (then unreachable))
        (global.set $tries (i32.add (global.get $tries) (i32.const 1)))
        (br_if $more (i32.lt_u (global.get $tries) (i32.const 1000))))";
    let fields = "(memory $small 1 2) (global $tries (mut i32) (i32.const 0))";
    let alone = Alone::new(THREADS);
    let planned = alone.guest(&Guest { fields, ..Guest::collecting("tries-to-grow", grows) }, Limits::default());
    let (report, usage) = alone.collect(&planned, Mood::Ill);
    report.unwrap_or_else(|failure| panic!("{failure}"));
    // Of four pages and of one, and the place of a table.
    assert_eq!(usage.memory, (5 << 16) + 8);
}

#[test]
fn what_is_too_large_from_the_start_is_refused() {
    let alone = Alone::new(THREADS);
    let large = Guest { pages: 1025, ..Guest::new("large") };
    let plugin = alone.load(large.name, large.component()).unwrap();
    let problem = alone.tried_out(&plugin, Limits::default()).err().expect("it is not taken");
    let told = problem.to_string();
    assert_eq!(told.split(';').next(), Some("link: needs 64.1 MiB of memory from the start, 64 MiB are allowed"));
    assert!(told.contains("limits: {memory:"), "{told}");
    // Larger than any limit can be.
    let huge = Guest { pages: 5000, ..Guest::new("huge") };
    let problem = alone.load(huge.name, huge.component()).err().expect("it is not taken");
    assert_eq!(problem.stage, Stage::Check);
    assert_eq!(problem.reason, "needs 312.5 MiB of memory from the start, 256 MiB are possible");
}

#[test]
fn fields_of_a_log_line_are_bounded_before_they_are_decoded() {
    // Four fields whose names and values are all the same text, of zeros.
    let writes = |name, units: u32| {
        let field = format!(
            "(i32.store (local.get $at) (i32.const {ZEROS})) (i32.store offset=4 (local.get $at) (i32.const {units}))"
        );
        let fields = format!(
            "(func $log (local $at i32) (local.set $at (i32.const 2000000)) (loop $more {field}
                (local.set $at (i32.add (local.get $at) (i32.const 8)))
                (br_if $more (i32.lt_u (local.get $at) (i32.const 2000064))))
            (call $write (i32.const 2) (i32.const {ZEROS}) (i32.const 1) (i32.const 2000000) (i32.const 4)))"
        );
        let samples = (0..4).map(|number| Sample::new(1, &[&number.to_string().repeat(30_000)], 1.0)).collect();
        let alone = Alone::new(THREADS);
        let imports = r#"(import "host" "write" (func $write (param i32 i32 i32 i32 i32)))"#;
        let guest = Guest::collecting(name, "(call $log)");
        let guest = Guest { pages: 40, host: LOG, imports, fields: &fields, families: &["told"], samples, ..guest };
        let planned = alone.guest(&guest, Limits::default());
        let (report, usage) = alone.collect(&planned, Mood::Ill);
        // What it may return is what it was before.
        assert_eq!(report.unwrap_or_else(|failure| panic!("{failure}")).samples.len(), 5, "{name}");
        (usage.lines.len(), usage.dropped_lines)
    };
    assert_eq!(writes("logs-some", 10_000), (1, 0));
    assert_eq!(writes("logs-much", 400_000), (0, 1));
}

#[test]
fn many_core_instances_take_no_room_of_others() {
    let instances = "(core instance (instantiate $empty))".repeat(190);
    let host = format!("(core module $empty) {instances} (core instance $host)");
    let alone = Alone::new(Threads { threads: 1, calls: 1 });
    let planned = alone.guest(&Guest { host: &host, ..Guest::new("many") }, Limits::default());
    alone.collect(&planned, Mood::Ill).0.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn whatever_nests_too_deeply_is_stopped() {
    let recursion = "(func $deeper (param i64) (result i64)
        (i64.add (call $deeper (i64.add (local.get 0) (i64.const 1))) (i64.const 1)))";
    let recurses = Guest { fields: recursion, ..Guest::collecting("recurses", "(drop (call $deeper (i64.const 0)))") };
    // What makes room for the host's answer asks the host again.
    let asks = Guest {
        host: NODES,
        imports: r#"(import "host" "nodes" (func $nodes (param i32)))"#,
        fields: "(elem (table $table) (i32.const 0) func $nodes)",
        realloc: "(if (i32.load (i32.const 512)) (then (call_indirect $table (param i32) (i32.const 520) (i32.const 0))))",
        ..Guest::collecting("asks-again", "(i32.store (i32.const 512) (i32.const 1)) (call $nodes (i32.const 520))")
    };
    let guests = [
        (recurses, "stack", "stack used up; in deeper < deeper < deeper"),
        (asks, "trap", "cannot leave component instance; in "),
    ];
    each_ends(&guests, Limits::default());
}

#[test]
fn each_end_has_its_cause() {
    let imports = r#"(import "host" "exit" (func $exit (param i32)))"#;
    let exits = |name, collect| Guest { host: EXIT, imports, ..Guest::collecting(name, collect) };
    let null = "(table $t 1 funcref) (type $none (func))";
    let calls_null = "(call_indirect $t (type $none) (i32.const 0))";
    let guests = [
        (exits("exits-well", "(call $exit (i32.const 0))"), "exit", "exit with code 0"),
        (exits("exits-ill", "(call $exit (i32.const 1))"), "exit", "exit with code 1"),
        (Guest::collecting("unreachable", "unreachable"), "panic", "trap: the plugin gave up; in collect"),
        (Guest { fields: null, ..Guest::collecting("calls-null", calls_null) }, "trap", "uninitialized element"),
        (
            Guest::collecting("divides", "(drop (i32.div_u (i32.const 1) (i32.const 0)))"),
            "trap",
            "integer divide by zero; in collect",
        ),
        (Guest::collecting("reads-outside", "(drop (i32.load (i32.const -8)))"), "trap", "out of bounds memory access"),
    ];
    each_ends(&guests, Limits::default());
}

#[test]
fn what_cannot_be_believed_is_refused_whole() {
    let families = &["labelled"];
    let told = |name, samples| Guest { families, samples, ..Guest::new(name) };
    let long = Sample { length: Some(1 << 30), ..Sample::new(1, &["x"], 1.0) };
    let ugly = Sample { values: vec![vec![0xc3, 0x28]], ..Sample::new(1, &[], 1.0) };
    let same = Sample { values: vec![vec![b'x'; 1 << 16]; 2000], ..Sample::new(1, &[], 1.0) };
    let guests = [
        (told("gibibyte", vec![long]), "malformed", "out of bounds"),
        (told("not-utf8", vec![ugly]), "malformed", "utf-8"),
        (told("same-bytes", vec![same]), "malformed", "more data at once than the host takes (limits.returned)"),
        (Guest { pages: 800, samples_claimed: Some(1_000_000), ..Guest::new("million-samples") }, "malformed", ""),
        (told("two-values", vec![Sample::new(1, &["x", "y"], 1.0)]), "malformed", "2 label values for 1 label names"),
        (told("no-values", vec![Sample::new(1, &[], 1.0)]), "malformed", "0 label values for 1 label names"),
        (told("unknown", vec![Sample::new(7, &[], 1.0)]), "malformed", "a sample of family 7, of 2"),
    ];
    each_ends(&guests, Limits::default());
}

#[test]
fn what_is_only_odd_is_taken() {
    let alone = Alone::new(THREADS);
    let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0];
    let numbered = values.iter().zip(["a", "b", "c", "d"]).map(|(&value, label)| Sample::new(1, &[label], value));
    let mut samples: Vec<Sample> = numbered.collect();
    samples.push(Sample::new(1, &["a"], 2.0));
    let planned = alone.guest(&Guest { families: &["odd"], samples, ..Guest::new("odd-values") }, Limits::default());
    let (report, _) = alone.collect(&planned, Mood::Ill);
    let report = report.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!((report.samples.len(), report.mended.dropped), (5, 1));
    assert!(format!("{:?}", report.samples).contains("Single(NaN)"), "the first of equal series stays");
}

#[test]
fn a_plan_that_cannot_be_believed_is_refused() {
    let alone = Alone::new(THREADS);
    let problem = |guest: Guest<'_>| {
        let plugin = alone.load(guest.name, guest.component()).unwrap();
        alone.tried_out(&plugin, Limits::default()).err().expect("it is not taken")
    };
    let name = "x".repeat(1 << 20);
    let guests = [
        (Guest { families: &["a b"], ..Guest::new("spaces") }, "not a metric name"),
        (Guest { families: &["ä"], ..Guest::new("umlauts") }, "not a metric name"),
        (Guest { families: &[&name], ..Guest::new("long-name") }, "more than the 256 allowed"),
        (Guest { families: &["same", "same"], ..Guest::new("twice") }, "is declared twice"),
        (
            Guest { families_claimed: Some(1_000_000), pages: 700, ..Guest::new("million-families") },
            "more data at once than the host takes (limits.returned)",
        ),
        (Guest { families_claimed: Some(501), ..Guest::new("many-families") }, "501 families, more than the 500"),
    ];
    for (mut guest, words) in guests {
        guest.pages = guest.pages.max(40);
        let problem = problem(guest);
        assert_eq!(problem.stage, Stage::Configure, "{problem}");
        assert!(problem.reason.contains(words), "{words:?} is not in {problem}");
    }
}

/// A pattern that is compared with a key of `x` for as long as its length times that of the key.
fn costly() -> String {
    format!("*{}b", "x".repeat(1000))
}

#[test]
fn a_plan_that_costs_the_host_too_much_is_refused() {
    let alone = Alone::new(THREADS);
    let plugin = alone.load(told::PLUGIN, guests::guest(told::PLUGIN)).unwrap();
    let patterns = vec![costly(); 20];
    let cases = [
        (
            json!({"asks": [{"commands": ["GET"], "keys": patterns}]}),
            "bytes of commands, keys and databases, more than",
        ),
        (json!({"prefetch": [{"args": ["MGET"], "padding": 60 << 10}]}), "take too long to compare with the patterns"),
        (
            json!({"prefetch": [{"args": ["PING"], "copies": 1025}]}),
            "1025 commands to prefetch, more than the 1024 allowed",
        ),
        (json!({"prefetch": [{"args": ["PING"], "padding": 1 << 20}]}), "bytes of commands to prefetch, more than the"),
    ];
    for (config, words) in cases {
        let config = told::granted("costs", config, &["MGET"], &[&costly()]);
        let problem = alone.configured(&plugin, &config).err().unwrap_or_else(|| panic!("no refusal with {words}"));
        assert_eq!(problem.stage, Stage::Configure, "{problem}");
        assert!(
            problem.reason.contains("malformed plan") && problem.reason.contains(words),
            "{words:?} is not in {problem}"
        );
    }
}

#[test]
fn what_a_plan_is_denied_is_kept_short() {
    let alone = Alone::new(THREADS);
    let plugin = alone.load(told::PLUGIN, guests::guest(told::PLUGIN)).unwrap();
    // Each character is six in a line to paste.
    let patterns: Vec<String> = ["a", "b", "c"].map(|end| "\u{1}".repeat(1000) + end).into();
    let scan = json!({"args": ["SCAN", "0", "MATCH", patterns[0], "MATCH", patterns[1], "MATCH", patterns[2]]});
    let dbsize = json!({"args": ["DBSIZE"], "database": 3});
    let config = told::told("is-denied", json!({"prefetch": [scan, dbsize]}));
    let planned = alone.planned(alone.configured(&plugin, &config).unwrap()).unwrap();
    let [Err(scan), Err(dbsize)] = &planned.plan.prefetch[..] else { panic!("{:?}", planned.plan.prefetch) };
    assert!(scan.len() < 1100 && scan.starts_with("SCAN ") && scan.ends_with('…'), "{} bytes: {scan}", scan.len());
    assert!(dbsize.ends_with("allow it with grants: {databases: [0, 3]}"), "{dbsize}");
}

#[test]
fn comparing_keys_with_patterns_ends() {
    let alone = Alone::new(THREADS);
    let plugin = alone.load(told::PLUGIN, guests::guest(told::PLUGIN)).unwrap();
    let asks = json!([{"commands": ["GET"], "keys": vec![costly(); 10]}]);
    let get = json!({"args": ["GET"], "padding": 50_000, "copies": 10});
    let config = told::told("compares", json!({"asks": asks, "steps": [{"pipeline": [get]}]}));
    let limits = Limits { cpu: Duration::from_secs(10), ..Limits::default() };
    let collector = alone.configured(&plugin, &CollectorConfig { limits, ..config }).unwrap();
    let report = alone.report(&alone.planned(collector).unwrap(), Vec::new());
    assert_eq!(report.samples.len(), 10);
    for sample in report.samples {
        let answer = &sample.label_values[3];
        assert!(answer.starts_with("limit: GET xxx") && answer.contains("take too long to compare"), "{answer}");
    }
}

#[test]
fn who_waits_longest_is_next() {
    let alone = Alone::new(Threads { threads: 2, calls: 1 });
    // Long enough to be stopped in between for others to run.
    let slow = "(local.set $n (i32.const 3000000)) (loop $more (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))";
    let fields = format!("(func $slow (local $n i32) {slow})");
    let planned =
        alone.guest(&Guest { fields: &fields, ..Guest::collecting("slow", "(call $slow)") }, Limits::default());
    let access = alone.access();
    let order = alone.apart(async move {
        let mut order = Vec::new();
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let calls = (0..200).map(|number| {
            let (planned, access, sender) = (planned.clone(), access.clone(), sender.clone());
            async move {
                let mood = if number % 10 == 0 { Mood::Ill } else { Mood::Well };
                let (report, _) = planned.collect(&access, mood, in_time()).await;
                report.unwrap_or_else(|failure| panic!("{failure}"));
                sender.send(number).unwrap();
            }
        });
        futures_util::future::join_all(calls).await;
        while let Ok(ended) = receiver.try_recv() {
            order.push(ended);
        }
        order
    });
    assert!(order.iter().copied().eq(0..200), "not in line: {order:?}");
}
