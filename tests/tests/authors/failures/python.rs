use super::*;

fn pure() -> Guest {
    Guest::new("tests/guests/python/pitfalls", "do", json!({}))
}

#[test]
fn exceptions_are_told_with_their_places() {
    pure().check(&[
        ("exception", Told("ValueError: schlüssel \\xff   at pitfalls.py:")),
        ("exception", Told("in Pitfalls.collect")),
        ("chained", Told("from KeyError: 'missing'")),
        ("exit", Told("SystemExit: 3")),
        ("cry", Told("printed: before the fall")),
        ("configure-time", Told("no clock of its own")),
        ("configure-read", Told("a collector has no files")),
        ("unpicklable", Told("what configure left in Pitfalls cannot travel to collect")),
        ("ask", Told("say world = \"active\" in plugin.toml")),
        ("nested-5000", Told("RecursionError")),
        ("mismatch", Told("where a string was expected   at pitfalls.py:")),
    ]);
}

#[test]
fn budgets_end_a_call() {
    let guest = pure();
    guest.check(&[("loop", Told("CPU budget of 50ms used up")), ("nested-c", Told("stack used up"))]);
    let patient = Guest { settings: json!({"limits": {"cpu": "2s"}}), ..guest };
    patient.check(&[("memory", Told("memory limit of 64 MiB reached"))]);
}

#[test]
fn what_the_interpreter_cannot_have_is_said_so() {
    pure().check(&[
        ("import", Told("decimal is not in the component: import it at the top of the module")),
        ("read", Told("a collector has no files")),
        ("write", Told("a collector has no files")),
        ("input", Told("lost sys.stdin")),
        ("thread", Told("can't start new thread")),
        ("sleep", Told("cannot wait")),
        ("clock", Told("no clock of its own")),
        ("seed", Told("no random numbers of its own")),
        ("generator", Told("no random numbers of its own")),
        ("system-random", Told("no random numbers of its own")),
        ("nested-json", Told("nested deeper than 500")),
    ]);
}

#[test]
fn what_a_collector_expects_of_python_is_there() {
    pure().check(&[
        ("shout", Log("hello")),
        ("warn", Log("UserWarning: old")),
        ("trace", Log("in _exception")),
        ("log", Log("told key=value")),
        ("seeded", Log("0.32383276483316237")),
        ("count", Log("told: 1")),
        ("garbage", Log("told: True")),
        ("dates", Log("told: 0 of 10 are odd")),
        ("digits", Log("0 of these are numbers")),
        ("quotes", Log("nested deeper than 500")),
        ("half-line", Log("half")),
        ("nested-500", Page("redis_pitfalls")),
        ("flat-json", Page("redis_pitfalls")),
        ("surrogate", Page("a\\\\xff")),
        ("half", Page("\\\\xed\\\\xa0\\\\x80")),
        ("returns", Page("")),
        ("today", Page("redis_pitfalls")),
    ]);
    let guest = pure();
    for deed in ["random", "order"] {
        let [first, second] = [0, 1].map(|_| guest.does(json!({"do": deed})).1);
        assert!(first == second && first.contains("redis_pitfalls"), "{deed}: {first}{second}");
    }
}

#[test]
fn what_does_not_fit_the_contract_is_told_and_no_trap() {
    pure().check(&[
        ("bytes-label", Told("TypeError: ")),
        ("few-labels", Told("ValueError: ")),
        ("one-text", Told("TypeError: ")),
        ("text-value", Told("ValueError: ")),
        ("huge-value", Told("OverflowError: ")),
        ("numbers", Page("redis_pitfalls")),
    ]);
}

#[test]
fn what_is_asked_of_redis_is_answered_or_denied() {
    let grants = json!({"commands": ["DBSIZE", "GET"], "keys": ["greeting"]});
    let guest = Guest::new("tests/guests/python/asking", "do", json!({"grants": grants}));
    guest.redis.cli(&["SET", "greeting", "hello"]);
    let (code, page, told) = guest.does(json!({}));
    assert_eq!((code, page.matches("redis_asking_keys{").count()), (0, 5), "{page}{told}");
    for text in ["redis_asking_left 1018", "redis_asking_nodes 1"] {
        assert!(page.contains(text), "{page}");
    }
    for text in
        ["Denied: FLUSHALL writes", "Denied: GET other is not among", "as info half=\\\\xff number=7", "shouted"]
    {
        assert!(told.contains(text), "{text}\n{told}");
    }
}

#[test]
fn a_run_over_keys_outlives_the_object_that_began_it() {
    let allowed = json!({"commands": ["HMGET"], "keys": ["order:*"]});
    let orders = Guest::new("examples/plugins/orders/python", "pattern", json!({"grants": allowed}));
    for number in 0..300 {
        orders.redis.cli(&["HSET", &format!("order:{number}"), "status", "new", "amount", "1"]);
    }
    orders.check(&[("order:*", Page("redis_orders{status=\"new\"} 300"))]);
}
