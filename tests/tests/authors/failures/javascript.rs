use super::*;

fn pure() -> Guest {
    Guest::new("tests/guests/javascript/pure", "what", json!({}))
}

#[test]
fn exceptions_are_told_with_their_places() {
    pure().check(&[
        ("throw", Told("TypeError: cannot read property 'property' of undefined   at inner (src/helper.js:7:10)   at outer (src/helper.js:3:16)")),
        ("throw-class", Told("OddFault: odd   at throw-class (")),
        ("throw-text", Told("an exception that is no Error: just a text")),
        ("throw-surrogate", Told("Error: half \u{fffd} a pair")),
        ("async", Told("collect gave a promise; a call cannot wait: collect must not be async")),
        ("configure-throw", Told("(src/helper.js:7:10)")),
        ("configure-clock", Told("there is no clock here; in collect, Date.now() is request.unixMs")),
        ("configure-function", Told("this.callback: a function cannot travel from call to call")),
        ("configure-class", Told("an object of the class OddFault cannot travel from call to call; plain data can")),
        ("pipeline", Told("a collector of the world \"pure\" cannot ask Redis: set world = \"active\" in plugin.toml")),
    ]);
}

#[test]
fn budgets_end_a_call() {
    let guest = pure();
    guest.check(&[("loop", Told("CPU budget of 50ms used up")), ("endless", Told("stack used up"))]);
    let patient = Guest { settings: json!({"limits": {"cpu": "2s"}}), ..guest };
    patient.check(&[("memory", Told("memory limit of 64 MiB reached"))]);
}

#[test]
fn what_the_engine_lacks_is_there() {
    pure().check(&[
        ("clock", Page("redis_js{what=\"year\"} 1970")),
        ("random", Page("redis_js{what=\"different\"} 100")),
        ("console", Log("info: said {\\\"a\\\":\\\"1\\\"} Error: wrong half")),
        ("text", Page("redis_js{what=\"schlüssel 😀\"} 3")),
        ("text", Page("redis_js{what=\"\\\\xed\\\\xa0\\\\x80\"} 4")),
        ("globals", Page("redis_js{what=\"calls\"} 1")),
        ("prepared", Page("redis_js{what=\"bigint\"} 7")),
        ("prepared", Page("redis_js{what=\"infinity\"} +Inf")),
        ("deep", Page("redis_js{what=\"deep\"} 250")),
        ("deepest-json", Page("redis_js{what=\"depth\"} 64")),
        ("deep-json", Told("SyntaxError: JSON is nested deeper than 64")),
        ("kept-depth", Page("redis_js{what=\"kept\"} 63")),
        ("deep-keep", Told("what is nested deeper than 64 cannot travel")),
        ("digits", Told("the reply holds a string where a number was expected")),
    ]);
}

#[test]
fn what_does_not_fit_the_contract_is_told_and_no_trap() {
    pure().check(&[
        ("surrogate", Page("half \u{fffd} a pair")),
        ("value", Told("a value of js: expected a number, found a string")),
        ("undefined", Told("a value of js: expected a number, found nothing")),
        ("labels", Told("js has the labels what: expected 1 label values, found 0")),
        ("label", Told("the label what of js: expected a string, found a number")),
        ("count", Told("a count of js_sizes: expected an integer from 0, found -5")),
        ("numbers", Page("9007199254740993")),
        ("integer", Told("the reply holds a larger integer where an integer of at most 53 bits was expected")),
        ("buckets", Page("redis_js_sizes_sum")),
    ]);
}

#[test]
fn replies_are_read_in_a_component_as_natively() {
    let text = vectors().to_string();
    let patient = Guest { settings: json!({"limits": {"cpu": "2s"}}), ..pure() };
    let (code, page, told) = patient.does(json!({"what": "vectors", "vectors": text}));
    assert_eq!(code, 0, "{told}");
    for line in ["redis_js{what=\"vectors\"} 160", "redis_js{what=\"faults\"} 0"] {
        assert!(page.contains(line), "{page}");
    }
}

#[test]
fn what_is_asked_of_redis_is_answered_or_denied() {
    let grants = json!({"commands": ["GET", "LLEN"], "keys": ["js:granted"]});
    let guest = Guest::new("tests/guests/javascript/active", "what", json!({"grants": grants}));
    guest.redis.cli(&["SET", "js:granted", "yes"]);
    guest.check(&[
        ("asked", Page("redis_js{what=\"yes\"} 3")),
        ("asked", Page("redis_js{what=\"left\"} 1022")),
        ("denied", Told("no reply from Redis: GET js:other is not granted; allow it with grants: {keys: [\"js:*\"]}")),
        ("wrong-type", Told("holding the wrong kind of value (LLEN js:granted)")),
        ("calls", Page("redis_js{what=\"limit\"} 64")),
        ("commands", Told("more than 1024 commands in one collect")),
        ("log", Log("said field=value half=\u{fffd} number=5")),
    ]);
}

#[test]
fn a_walk_is_one_instance_whatever_its_pages_do() {
    let grants = json!({"commands": ["GET", "LLEN"], "keys": ["js:*"]});
    let guest = Guest::new("tests/guests/javascript/sweeping", "what", json!({"grants": grants}));
    for number in 0..500 {
        guest.redis.cli(&["SET", &format!("js:walk:{number}"), "2"]);
    }
    guest.redis.cli(&["RPUSH", "js:walk:list", "a"]);
    guest.check(&[
        ("nothing", Page("redis_js_keys{what=\"nothing\"} 500")),
        ("begin", Told("TypeError: wrong in begin   at begin (src/collector.js:")),
        ("page", Told("TypeError: wrong in page   at page (src/collector.js:")),
        ("end", Told("TypeError: wrong in end   at end (src/collector.js:")),
        ("page-async", Told("page gave a promise")),
        ("page-loop", Told("CPU budget of 50ms used up")),
    ]);
}
