//! Flags that collectors declare.

use super::*;

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
