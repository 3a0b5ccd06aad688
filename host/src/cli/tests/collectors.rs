//! Flags that collectors declare.

use super::*;
use crate::cli::flag::Owner;
use crate::cli::flags;

fn manifest(flags: &str) -> Manifest {
    let head = "name = \"sample\"\nschedule = \"scrape\"\n[grants]\ncommands = [\"INFO\"]\n";
    toml::from_str(&format!("{head}{flags}")).unwrap()
}

fn sample() -> Manifest {
    manifest(
        "
        [[flags]]
        name = \"include-more\"
        env = \"MORE\"
        help = \"More\"
        default = false
        sets = \"/more\"
        [[flags]]
        name = \"pattern\"
        env = \"PATTERN\"
        help = \"Which\"
        kind = \"text\"
        default = \".*\"
        sets = \"/pattern\"
        [[flags]]
        name = \"fields\"
        env = \"FIELDS\"
        help = \"Which\"
        kind = \"list\"
        default = [\"a\", \"b\"]
        sets = \"/fields\"
        [[flags]]
        name = \"batch\"
        env = \"BATCH\"
        help = \"How many\"
        kind = \"integer\"
        default = 1000
        sets = \"/batch\"
        ",
    )
}

/// Two collectors, each with a flag that begins with these lines.
fn sharing(first: &str, second: &str) -> [Manifest; 2] {
    let flag = |lines: &str, sets: &str| manifest(&format!("[[flags]]\n{lines}sets = \"{sets}\"\n"));
    let second = Manifest { name: "second".to_owned(), ..flag(second, "/other") };
    [flag(first, "/more"), second]
}

const SHARED: &str = "name = \"include-more\"\nenv = \"MORE\"\nhelp = \"More\"\ndefault = false\n";

fn configuration(args: &[&str], environment: &[(&str, &str)]) -> serde_json::Value {
    let settings = with_collectors(args, environment, &[sample()]).unwrap();
    serde_json::from_str(&settings.config.collectors[0].configuration).unwrap()
}

#[test]
fn each_kind_configures_its_collector() {
    let settings = |more, pattern, fields: &[&str], batch| serde_json::json!({"more": more, "pattern": pattern, "fields": fields, "batch": batch});
    assert_eq!(configuration(&[], &[]), settings(false, ".*", &["a", "b"], 1000));
    let args = ["--include-more", "--pattern=a,b", "--fields=c, d", "-fields", "e", "--batch=0x10"];
    assert_eq!(configuration(&args, &[("FIELDS", "f")]), settings(true, "a,b", &["c", "d", "e"], 16));
    let variables = [("MORE", "T"), ("PATTERN", ""), ("FIELDS", "c,,d"), ("BATCH", "010")];
    assert_eq!(configuration(&[], &variables), settings(true, "", &["c", "d"], 10));
    assert_eq!(configuration(&[], &[("FIELDS", ""), ("BATCH", "x")]), settings(false, ".*", &[], 1000));
    assert_eq!(configuration(&["--include-more=0"], &[("MORE", "true")]), settings(false, ".*", &["a", "b"], 1000));
}

#[test]
fn a_flag_to_come_can_be_declared() {
    let declared = manifest(
        "[[flags]]\nname = \"check-keys\"\nenv = \"REDIS_EXPORTER_CHECK_KEYS\"\nhelp = \"x\"\nkind = \"list\"\n\
        default = []\nsets = \"/keys\"\n",
    );
    let settings = with_collectors(&["--check-keys=a", "--check-keys=b,c"], &[], &[declared]).unwrap();
    assert_eq!(settings.config.collectors[0].configuration, r#"{"keys":["a","b","c"]}"#);
}

#[test]
fn what_is_taken_cannot_be_declared() {
    let own = |name, env, sets| {
        manifest(&format!(
            "[[flags]]\nname = \"first\"\nenv = \"FIRST\"\nhelp = \"x\"\ndefault = true\nsets = \"/first\"\n\
            [[flags]]\nname = \"{name}\"\nenv = \"{env}\"\nhelp = \"x\"\ndefault = true\nsets = \"/{sets}\"\n"
        ))
    };
    assert!(with_collectors(&[], &[], &[own("new", "NEW", "new")]).is_ok());
    for (name, env, sets) in
        [("debug", "NEW", "new"), ("new", "REDIS_ADDR", "new"), ("first", "NEW", "new"), ("new", "NEW", "first")]
    {
        match with_collectors(&[], &[], &[own(name, env, sets)]) {
            Err(Stop::Invalid(message)) => assert!(message.contains("the collector sample declares --"), "{message}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_flag_of_several_collectors_feeds_them_all() {
    let both = sharing(SHARED, SHARED);
    for (args, environment, more) in [
        (&["--include-more"][..], &[][..], true),
        (&[], &[("MORE", "true")], true),
        (&["--include-more=0"], &[], false),
    ] {
        let collectors = with_collectors(args, environment, &both).unwrap().config.collectors;
        let configurations: Vec<_> = collectors.iter().map(|collector| collector.configuration.clone()).collect();
        assert_eq!(configurations, [format!(r#"{{"more":{more}}}"#), format!(r#"{{"other":{more}}}"#)]);
    }
    let known = flags::known(&both).unwrap();
    let owners: Vec<_> =
        known.iter().filter(|(_, flag)| flag.name == "include-more").map(|(owner, _)| *owner).collect();
    assert_eq!(owners, [Owner::Collector("sample")], "it is listed once");
}

#[test]
fn collectors_must_agree_on_a_flag() {
    for (word, other) in [("MORE", "OTHER"), ("include-more", "include-other"), ("More", "Less"), ("false", "true")] {
        match with_collectors(&[], &[], &sharing(SHARED, &SHARED.replacen(word, other, 1))) {
            Err(Stop::Invalid(message)) => assert!(message.contains("the collector second declares --"), "{message}"),
            other => panic!("{word}: {other:?}"),
        }
    }
}

#[test]
fn the_built_ins_agree_on_their_flags() {
    let manifests = manifests();
    let known = flags::known(&manifests).unwrap();
    for flag in manifests.iter().flat_map(|manifest| &manifest.flags) {
        let listed = known.iter().filter(|(_, known)| known.name == flag.name).count();
        assert_eq!(listed, 1, "--{}", flag.name);
    }
}
