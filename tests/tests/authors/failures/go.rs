use super::*;

const PROJECT: &str = "tests/guests/go/pitfalls";

/// With large and small values to read.
fn with_data(settings: Value) -> Guest {
    let guest = Guest::new(PROJECT, "do", settings);
    for number in 0..8_u8 {
        guest.redis.cli(&["SET", &format!("pit:{number}"), &number.to_string().repeat(100_000)]);
    }
    for number in 8..=300 {
        guest.redis.cli(&["SET", &format!("pit:{number}"), "short"]);
    }
    guest.redis.cli(&["SETRANGE", "large:key", "7999999", "x"]);
    for number in 0..15 {
        guest.redis.cli(&["SETRANGE", &format!("large:{number}"), "1059999", "x"]);
    }
    guest
}

fn patient() -> Guest {
    with_data(json!({"limits": {"cpu": "2s"}, "grants": {"commands": ["GET"], "keys": ["pit:*", "large:*"]}}))
}

#[test]
fn panics_are_told_with_their_places() {
    Guest::new(PROJECT, "do", json!({})).check(&[
        ("panic", Told("panic: runtime error: index out of range [5] with length 0   at pitfalls.go:")),
        ("panic", Told("(main.(*Pitfalls).Collect)")),
        ("panic in configure", Told("panic: configured to   at pitfalls.go:")),
        ("panic in a goroutine", Told("panic: nobody recovers")),
        ("deadlock", Told("all goroutines are asleep - deadlock!")),
        ("exit", Told("exit with code")),
        (
            "denied",
            Told("no reply from Redis: GET denied:key is not granted; allow it with grants: {commands: [GET], keys: ["),
        ),
    ]);
}

#[test]
fn budgets_end_a_call() {
    Guest::new(PROJECT, "do", json!({})).check(&[("loop", Told("CPU budget of 50ms used up"))]);
    patient().check(&[("sleep", Told("wall time of 2s used up")), ("hoard", Told("memory limit of 64 MiB reached"))]);
}

#[test]
fn the_garbage_collector_works_and_never_while_the_host_hands_something_over() {
    patient().check(&[
        ("garbage", Page("redis_pitfalls_done")),
        ("large", Page("redis_pitfalls_done{do=\"large\"} 8e+06")),
        ("many large", Page("redis_pitfalls_done{do=\"many large\"} 1.590016e+07")),
        ("garbage beside much", Page("redis_pitfalls_done")),
        ("goroutines", Page("redis_pitfalls_done{do=\"goroutines\"} 64")),
        ("timers", Page("redis_pitfalls_done{do=\"timers\"} 100000")),
        ("nothing", Page("redis_pitfalls_kept")),
    ]);
}

#[test]
fn pages_of_a_walk_leave_nothing_behind() {
    let settings = json!({"limits": {"memory": "16MiB"}, "grants": {"commands": ["HMGET"], "keys": ["order:*"]}});
    let orders = Guest::new("examples/plugins/orders/go", "pattern", settings);
    orders.fill("order:", 60_000);
    orders.check(&[("order:*", Page("redis_orders{status=\"new\"} 60000"))]);
}

#[test]
fn replies_are_read_in_a_component_as_natively() {
    let all = vectors();
    let of = |vector: &&Value| {
        ["text", "integer", "number"].iter().any(|accessor| vector["accessor"] == **accessor)
            && vector["fails"].is_null()
    };
    let chosen: Vec<&Value> = all["accessors"].as_array().unwrap().iter().filter(of).collect();
    let asked: Vec<Value> =
        chosen.iter().map(|vector| json!({"bytes": vector["bytes"], "accessor": vector["accessor"]})).collect();
    let (code, page, told) = patient().does(json!({"do": "vectors", "vectors": asked}));
    assert_eq!(code, 0, "{told}");
    assert_eq!(page.matches("redis_pitfalls_read{").count(), chosen.len(), "{page}");
    for (place, vector) in chosen.iter().enumerate().filter(|(_, vector)| vector["accessor"] == "integer") {
        let gives = vector["gives"].as_str().unwrap();
        let is_it =
            |line: &str| line.contains(&format!("place=\"{place}\"")) && line.contains(&format!("gives=\"{gives}\""));
        assert!(page.lines().any(is_it), "{vector}\n{page}");
    }
}
