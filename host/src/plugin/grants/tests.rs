use super::*;
use crate::plugin::plan::KeyRead;

fn command(words: &str) -> Command {
    Command::of(words.split(' ').map(|word| word.as_bytes().to_vec()).collect())
}

fn strings(words: &str) -> Vec<String> {
    words.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn ask(commands: &str, keys: &str, databases: &[u32]) -> contract::Ask {
    contract::Ask { commands: strings(commands), keys: strings(keys), databases: databases.to_vec() }
}

fn grants(commands: &str, keys: &str) -> Grants {
    Grants { commands: strings(commands), keys: strings(keys), ..Grants::default() }
}

fn denial(permit: &Permit, words: &str, database: u32) -> String {
    permit.pipeline(&command(words), database, &Steps::default()).unwrap_err().to_string()
}

/// Whether the operator can allow it.
fn is_grantable(denied: &Denied) -> bool {
    matches!(denied, Denied::NotGranted { .. })
}

#[test]
fn a_statistic_needs_nothing_else() {
    let permit = Permit::new(Vec::new(), Grants::default());
    for words in ["INFO ALL", "cluster info", "SLOWLOG GET 10", "DBSIZE"] {
        assert_eq!(permit.pipeline(&command(words), 0, &Steps::default()).map(|_| ()), Ok(()), "{words}");
        assert_eq!(permit.prefetch(&command(words), 0, &Steps::default()).map(|_| ()), Ok(()), "{words}");
    }
    assert!(permit.prefetch(&command("INFO ALL"), 3, &Steps::default()).is_ok());
    let other = "DBSIZE in database 3 is not granted; allow it with grants: {databases: [0, 3]}";
    assert_eq!(denial(&permit, "DBSIZE", 3), other);
    assert_eq!(permit.prefetch(&command("DBSIZE"), 3, &Steps::default()).unwrap_err().to_string(), other);
    let both = Permit::new(Vec::new(), Grants { databases: Databases::only([0, 3]), ..Grants::default() });
    assert!(both.pipeline(&command("DBSIZE"), 3, &Steps::default()).is_ok());
    let none = Permit::new(Vec::new(), Grants { statistics: false, ..grants("info", "") });
    assert!(none.pipeline(&command("INFO ALL"), 0, &Steps::default()).is_ok());
    assert_eq!(denial(&none, "DBSIZE", 0), "DBSIZE is not granted; allow it with grants: {commands: [DBSIZE]}");
}

#[test]
fn what_is_forbidden_is_not_for_any_grant() {
    let permit = Permit::new(vec![ask("SELECT,FLUSHALL", "*", &[])], grants("SELECT,FLUSHALL", "*"));
    for words in ["SELECT 1", "FLUSHALL", "XREAD BLOCK 0 STREAMS a $"] {
        let denied = permit.prefetch(&command(words), 0, &Steps::default()).unwrap_err();
        assert!(!is_grantable(&denied));
        assert!(denied.to_string().ends_with("; no grant allows it"), "{denied}");
    }
    assert_eq!(
        denial(&permit, "SELECT 1", 0),
        "SELECT changes the connection, which others use after this plugin; no grant allows it"
    );
}

#[test]
fn a_script_is_sent_word_for_word_from_a_prefetch_or_not_at_all() {
    let scripts = vec!["return 1".to_owned()];
    let permit = Permit::new(vec![ask("EVAL", "*", &[])], Grants { scripts, ..grants("EVAL", "*") });
    let command = |words: [&str; 4]| Command::new(words);
    for name in ["EVAL", "eval_ro"] {
        assert!(permit.prefetch(&command([name, "return 1", "0", "0"]), 0, &Steps::default()).is_ok(), "{name}");
    }
    let others = [
        ["EVAL", "return 2", "0", "0"],
        ["EVAL", "return 1 ", "0", "0"],
        ["EVAL", "return 1", "1", "a"],
        ["EVAL", "return 1", "0", "1"],
        ["EVAL", "return 1", "00", "0"],
        ["EVALSHA", "return 1", "0", "0"],
        ["FCALL", "return 1", "0", "0"],
    ];
    for words in others {
        let denied = permit.prefetch(&command(words), 0, &Steps::default()).unwrap_err();
        let reason = format!("{} runs code, and what code does no table can say; no grant allows it", words[0]);
        assert_eq!(denied.to_string(), reason, "{words:?}");
    }
    let short = Command::new(["EVAL", "return 1", "0"]);
    assert!(permit.prefetch(&short, 0, &Steps::default()).is_err());
    let named = command(["EVAL", "return 1", "0", "0"]);
    assert!(permit.pipeline(&named, 0, &Steps::default()).is_err(), "no collect asks for one");
    let nobody = Permit::new(Vec::new(), grants("", ""));
    assert!(nobody.prefetch(&named, 0, &Steps::default()).is_err());
}

#[test]
fn a_read_of_keys_needs_both_sides() {
    let asks = || vec![ask("HGET,xinfo", "orders:*", &[]), ask("GET", "total", &[2])];
    let permit = Permit::new(
        asks(),
        Grants { databases: Databases::only([0, 2]), ..grants("hget,XINFO stream,GET", "orders:*,total") },
    );
    for (words, database) in [("HGET orders:1 a", 0), ("XINFO STREAM orders:s", 0), ("GET total", 2)] {
        assert!(permit.pipeline(&command(words), database, &Steps::default()).is_ok(), "{words}");
    }
    for (words, database) in [
        ("GET total", 0),
        ("GET orders:1", 2),
        ("HGET total a", 0),
        ("HGET orders:1 a", 2),
        ("HLEN orders:1", 0),
        ("CLIENT LIST", 0),
    ] {
        let denied = permit.pipeline(&command(words), database, &Steps::default()).unwrap_err();
        assert!(matches!(denied, Denied::NotAsked { .. }) && !is_grantable(&denied), "{words}: {denied}");
    }
    assert_eq!(
        denial(&permit, "XINFO GROUPS orders:s", 0),
        "XINFO GROUPS orders:s is not granted; allow it with grants: {commands: [XINFO GROUPS]}"
    );
    assert!(permit.prefetch(&command("HGET total a"), 2, &Steps::default()).is_ok(), "a prefetch is its own ask");
}

#[test]
fn each_of_many_keys_is_looked_at() {
    let asks = vec![ask("MGET", "a:*", &[]), ask("MGET", "b:*", &[])];
    let permit = Permit::new(asks, grants("MGET", "a:*,b:*"));
    assert!(permit.pipeline(&command("MGET a:1 b:1"), 0, &Steps::default()).is_ok());
    assert!(permit.pipeline(&command("MGET a:1 c:1"), 0, &Steps::default()).is_err());
}

#[test]
fn a_denial_says_what_to_paste() {
    let permit = Permit::new(vec![ask("HGET", "orders:*", &[0, 3])], Grants::default());
    assert_eq!(
        denial(&permit, "HGET orders:1 a", 0),
        "HGET orders:1 is not granted; allow it with grants: {commands: [HGET], keys: [\"orders:*\"]}"
    );
    assert_eq!(
        denial(&permit, "HGET orders:1 a", 3),
        "HGET orders:1 in database 3 is not granted; allow it with grants: \
            {commands: [HGET], keys: [\"orders:*\"], databases: [0, 3]}"
    );
    let of_prefetch = |key: &[u8]| {
        let get = Command::of(vec![b"GET".to_vec(), key.to_vec()]);
        permit.prefetch(&get, 0, &Steps::default()).unwrap_err().to_string()
    };
    let allow = "is not granted; allow it with grants: {commands: [GET], keys:";
    assert_eq!(of_prefetch(b"a*[b"), format!("GET a*[b {allow} [\"a\\\\*\\\\[b\"]}}"));
    assert_eq!(of_prefetch(b"a\n\"\xff"), format!("GET a\\n\\\"\\xff {allow} [\"a\\n\\\"?\"]}}"));
    let long = "x".repeat(64);
    assert_eq!(of_prefetch("x".repeat(1 << 20).as_bytes()), format!("GET {long}… {allow} [\"{long}*\"]}}"));
    assert!(of_prefetch(b"a").ends_with("grants: {commands: [GET], keys: [\"a\"]}"));
}

#[test]
fn a_walk_reads_what_its_pattern_says() {
    let permit = Permit::new(vec![ask("SCAN", "orders:*,a?c", &[])], grants("SCAN", "orders:*,a?c"));
    for pattern in ["orders:*", "orders:1:*", "a?c", "abc"] {
        assert!(
            permit.pipeline(&command(&format!("SCAN 0 MATCH {pattern}")), 0, &Steps::default()).is_ok(),
            "{pattern}"
        );
    }
    for pattern in ["*", "order*", "a*c", "[o]rders:*"] {
        assert!(
            permit.pipeline(&command(&format!("SCAN 0 MATCH {pattern}")), 0, &Steps::default()).is_err(),
            "{pattern}"
        );
    }
    assert!(
        permit.pipeline(&command("SCAN 0 MATCH orders:* MATCH *"), 0, &Steps::default()).is_err(),
        "the last one counts"
    );
    let denied = permit.prefetch(&command("SCAN 0 MATCH users:*"), 0, &Steps::default()).unwrap_err();
    assert_eq!(denied.to_string(), "SCAN users:* is not granted; allow it with grants: {keys: [\"users:*\"]}");
}

#[test]
fn reads_without_keys_that_are_no_statistics_need_their_name() {
    let asked = vec![ask("CONFIG GET,CLIENT", "", &[])];
    let permit = Permit::new(asked, grants("config", ""));
    assert!(permit.pipeline(&command("CONFIG GET *"), 7, &Steps::default()).is_ok());
    assert_eq!(
        denial(&permit, "CLIENT LIST", 0),
        "CLIENT LIST is not granted; allow it with grants: {commands: [CLIENT LIST]}"
    );
}

#[test]
fn malformed_asks_are_told() {
    for (ask, words) in [
        (ask("HGTE", "a", &[]), "asks[0].commands: HGTE is not in redwasp's table of reads"),
        (ask("SELECT", "", &[]), "asks[0].commands: SELECT changes the connection"),
        (ask("SCRIPT FLUSH", "", &[]), "asks[0].commands: SCRIPT FLUSH changes the code"),
        (ask("XGROUP", "a", &[]), "asks[0].commands: XGROUP has no reads"),
        (ask("GET a", "a", &[]), "asks[0].commands: GET a is not in"),
        (ask("", "a", &[]), "asks[0].commands: none of them reads keys"),
        (ask("INFO", "a", &[]), "asks[0].commands: none of them reads keys"),
        (ask("XINFO", "", &[]), "asks[0].keys: XINFO reads keys, and no pattern says which"),
        (ask("GET", &"a".repeat(2000), &[]), "asks[0].keys: a pattern of 2000 bytes"),
        (ask(&"GET,".repeat(5000), "a", &[]), "asks: 20006 bytes of commands, keys and databases, more than the 16384"),
        (ask("GET", &"*a,".repeat(6000), &[]), "asks: 18008 bytes"),
        (ask("GET", "a", &[1; 5000]), "asks: 20010 bytes"),
    ] {
        let permit = Permit::new(vec![ask], Grants::default());
        assert!(permit.problems().iter().any(|problem| problem.starts_with(words)), "{words}: {:?}", permit.problems());
    }
    let permit = Permit::new(Vec::new(), grants("HGTE", ""));
    assert_eq!(permit.problems(), ["grants.commands: HGTE is not in redwasp's table of reads"]);
    let permit = Permit::new(vec![ask("XINFO,GET,INFO", "a*", &[1])], grants("XINFO,info", "a*"));
    assert!(permit.problems().is_empty(), "{:?}", permit.problems());
}

#[test]
fn what_is_missing_can_be_pasted() {
    let asks = vec![
        ask("xinfo stream,HGET,INFO,FLUSHALL", "orders:1:*,total", &[0, 3]),
        ask("HGET", "orders:2:*", &[]),
        ask("CLIENT LIST", "ignored", &[9]),
    ];
    let permit = Permit::new(asks.clone(), grants("XINFO", "orders:*"));
    let lines = "grants:\n  commands: [HGET, CLIENT LIST]\n  keys: [\"total\"]\n  databases: [0, 3]\n";
    assert_eq!(permit.lacking().block(), lines);
    let all = Grants { databases: Databases::only([0, 3]), ..grants("XINFO,HGET,CLIENT", "*") };
    assert!(Permit::new(asks, all).lacking().is_empty());
    let elsewhere = Permit::new(vec![ask("DBSIZE", "", &[0, 3])], Grants::default());
    assert_eq!(elsewhere.lacking().block(), "grants:\n  databases: [0, 3]\n");
    let named = Permit::new(vec![ask("CLUSTER,DBSIZE", "", &[])], Grants { statistics: false, ..Grants::default() });
    assert_eq!(named.lacking().block(), "grants:\n  commands: [CLUSTER, DBSIZE]\n");
}

#[test]
fn comparing_ends() {
    let costly = |letter: &str| format!("*{}{letter}", "a".repeat(1000));
    let patterns = [costly("b"), costly("c"), costly("d")].join(",");
    let permit = Permit::new(vec![ask("MGET", &patterns, &[])], Grants::default());
    assert_eq!(permit.problems(), [""; 0]);
    let key = "a".repeat(8 << 10);
    let steps = Steps::default();
    let told = permit.pipeline(&command(&format!("MGET {key} x")), 0, &steps).unwrap_err().to_string();
    assert!(told.starts_with("MGET aaaa") && told.contains("take too long to compare"), "{told}");
    // The bound is for all of a pipeline together.
    assert!(matches!(permit.pipeline(&command("MGET x"), 0, &steps), Err(Denied::TooLong { .. })));
    assert!(permit.pipeline(&command("INFO"), 0, &steps).is_err(), "nothing is allowed that was not compared");
    assert!(permit.pipeline(&command("MGET baaab"), 0, &Steps::default()).is_err_and(|denied| !is_grantable(&denied)));
    // So are patterns with patterns.
    let walks = Permit::new(vec![ask("SCAN", &("b,".repeat(4000) + "a*"), &[])], grants("SCAN", "a*"));
    assert!(walks.pipeline(&command("SCAN 0 MATCH a*"), 0, &Steps::default()).is_ok());
    let many = command(&format!("SCAN 0{}", " MATCH a*".repeat(4000)));
    assert!(matches!(walks.pipeline(&many, 0, &Steps::default()), Err(Denied::TooLong { .. })));
    // What the operator allows is compared for a prefetch, and is bounded as well.
    let granted = Permit::new(Vec::new(), grants("GET", &patterns));
    let denied = granted.prefetch(&command(&format!("GET {key}")), 0, &Steps::default()).unwrap_err();
    assert!(matches!(denied, Denied::TooLong { .. }) && !is_grantable(&denied), "{denied}");
}

#[test]
fn usual_plans_have_far_more_time_than_they_need() {
    let patterns: Vec<String> = (0..256).map(|number| format!("orders:{number}:*")).collect();
    let permit = Permit::new(vec![ask("MGET", &patterns.join(","), &[])], grants("MGET", &patterns.join(",")));
    let keys: String = (0..5_000).map(|number| format!(" orders:{}:{number}", number % 256)).collect();
    let steps = Steps::default();
    assert!(permit.pipeline(&command(&format!("MGET{keys}")), 0, &steps).is_ok());
}

/// A sweep of database 0 with one read, `<key>` standing for the key.
fn sweep(pattern: &str, read: &str) -> Sweep {
    let words: Vec<Vec<u8>> = read.split(' ').map(|word| word.as_bytes().to_vec()).collect();
    let mut halves = words.split(|word| word == b"<key>").map(<[Vec<u8>]>::to_vec);
    let (before, after) = (halves.next().unwrap(), halves.next().unwrap_or_default());
    let (pattern, glob) = (pattern.as_bytes().to_vec(), Glob::new(pattern.as_bytes()).unwrap());
    let reads = vec![KeyRead { before, after, types: Vec::new() }];
    Sweep { database: 0, pattern, glob, types: Vec::new(), reads }
}

#[test]
fn a_walk_needs_its_keys_its_database_and_its_reads() {
    let permit = |commands: &str, keys: &str| Permit::new(Vec::new(), grants(commands, keys));
    let told =
        |permit: &Permit, sweep: &Sweep| permit.sweep(sweep, &Steps::default()).map_err(|denied| denied.to_string());
    let orders = sweep("order:*", "HGET <key> amount");
    assert_eq!(told(&permit("HGET", "order:*"), &orders), Ok(()));
    assert_eq!(told(&permit("HGET", "*"), &orders), Ok(()));
    let not = "walking order:* is not granted; allow it with grants: ";
    assert_eq!(told(&permit("HGET", "order:1*"), &orders), Err(format!("{not}{{keys: [\"order:*\"]}}")));
    assert_eq!(told(&permit("GET", "*"), &orders), Err(format!("{not}{{commands: [HGET]}}")));
    let third = Sweep { database: 3, ..orders };
    let not = "walking order:* in database 3 is not granted; allow it with grants: {databases: [0, 3]}";
    assert_eq!(told(&permit("HGET", "*"), &third), Err(not.to_owned()));
}

#[test]
fn a_read_of_a_walk_is_of_the_key_that_it_is_about() {
    let permit = Permit::new(Vec::new(), grants("HGET,EXISTS,GET,INFO,SUNION", "*"));
    for (read, words) in [
        ("EXISTS other <key>", "EXISTS as a read of a sweep has to read the key that it is about, and no other"),
        ("INFO <key>", "INFO as a read of a sweep has to read the key that it is about, and no other"),
        ("HSET <key> a 1", "HSET writes; no grant allows it"),
        ("HGET <key>", "HGET is written otherwise: HGET key field; no grant allows it"),
    ] {
        let denied = permit.sweep(&sweep("*", read), &Steps::default()).unwrap_err();
        assert_eq!((denied.to_string().as_str(), is_grantable(&denied)), (words, false));
    }
}
