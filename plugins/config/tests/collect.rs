//! What is asked of which server, what becomes of odd values, and servers that refuse.

use redwasp_config::Settings;
use redwasp_sdk::testing::{self, Bench, NoPage, Page};
use redwasp_sdk::{CallError, Refusal, Server, ServerError};

const SEVERAL: &str = "CONFIG GET maxmemory maxclients io-threads repl-backlog-size client-output-buffer-limit";

fn redis() -> Server {
    testing::server("redis", "7.0.15")
}

/// A RESP3 map of strings.
fn map(pairs: &[(&str, &str)]) -> Vec<u8> {
    let text = |text: &str| format!("${}\r\n{text}\r\n", text.len());
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| text(name) + &text(value)).collect();
    format!("%{}\r\n{}", pairs.len(), pairs.concat()).into_bytes()
}

fn all(settings: &[(&str, &str)]) -> Page {
    let bench = Bench::new(redis()).reply("CONFIG GET *", map(settings));
    bench.collect::<Settings>(r#"{"all":true}"#).unwrap()
}

/// The lines of all samples, sorted.
fn samples(page: &Page) -> Vec<String> {
    let text = page.text("redis");
    let mut lines: Vec<String> = text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn several_names_stand_in_one_command_where_it_takes_them() {
    for (product, version, takes) in [
        ("redis", "6.2.14", false),
        ("redis", "7.0.0", true),
        ("redis", "8.2.1", true),
        ("redis", "", false),
        ("valkey", "7.2.4", true),
        ("valkey", "9.1.2", true),
        ("keydb", "7.0.0", false),
        ("dragonfly", "df-v1.30.0", false),
        ("tile38", "1.33.0", false),
    ] {
        let server = testing::server(product, version);
        let bench = Bench::new(server)
            .reply(SEVERAL, map(&[("maxmemory", "1"), ("maxclients", "2")]))
            .reply("CONFIG GET maxmemory", map(&[("maxmemory", "3")]))
            .reply("CONFIG GET maxclients", map(&[("maxclients", "4")]))
            .reply("CONFIG GET io-threads", b"*0\r\n".to_vec())
            .reply("CONFIG GET repl-backlog-size", b"*0\r\n".to_vec())
            .reply("CONFIG GET client-output-buffer-limit", b"*0\r\n".to_vec());
        let page = bench.collect::<Settings>("{}").unwrap();
        let expected = if takes { ["2", "1"] } else { ["4", "3"] };
        let expected =
            [format!("redis_config_maxclients {}", expected[0]), format!("redis_config_maxmemory {}", expected[1])];
        assert_eq!(samples(&page), expected, "{product} {version}");
        assert_eq!(page.warnings(), [""; 0]);
    }
}

#[test]
fn a_sentinel_is_not_asked() {
    let sentinel = Server { mode: "sentinel".to_owned(), ..redis() };
    let outcome = Bench::new(sentinel).collect::<Settings>("{}");
    assert!(matches!(outcome, Err(NoPage::Refused(Refusal::NotApplicable(_)))), "{outcome:?}");
}

#[test]
fn limits_of_buffers_have_class_and_limit() {
    let page = all(&[("client-output-buffer-limit", "normal 0 1 2 slave 3 x 5 pubsub 6 7")]);
    let expected = [
        r#"redis_config_client_output_buffer_limit_bytes{class="normal",limit="hard"} 0"#,
        r#"redis_config_client_output_buffer_limit_bytes{class="normal",limit="soft"} 1"#,
        r#"redis_config_client_output_buffer_limit_bytes{class="slave",limit="hard"} 3"#,
        r#"redis_config_client_output_buffer_limit_overcome_seconds{class="normal",limit="soft"} 2"#,
        r#"redis_config_client_output_buffer_limit_overcome_seconds{class="slave",limit="soft"} 5"#,
    ];
    assert_eq!(samples(&page)[..5], expected, "what is no number is left out, and a class that is cut off");
    assert_eq!(samples(&page).len(), 6);
}

#[test]
fn every_setting_has_its_text_and_numbers_their_value() {
    let page = all(&[
        ("save", ""),
        ("hz", "10"),
        ("maxmemory", "1_000"),
        ("lfu", "0x1p4"),
        ("unit", "1mb"),
        ("below", "-1.5"),
        ("hz", "11"),
        ("port", " 1"),
    ]);
    let expected = [
        r#"redis_config_key_value{key="below",value="-1.5"} 1"#,
        r#"redis_config_key_value{key="hz",value="10"} 1"#,
        r#"redis_config_key_value{key="lfu",value="0x1p4"} 1"#,
        r#"redis_config_key_value{key="maxmemory",value="1_000"} 1"#,
        r#"redis_config_key_value{key="port",value=" 1"} 1"#,
        r#"redis_config_key_value{key="save",value=""} 1"#,
        r#"redis_config_key_value{key="unit",value="1mb"} 1"#,
        "redis_config_maxmemory 1000",
        r#"redis_config_value{key="below"} -1.5"#,
        r#"redis_config_value{key="hz"} 10"#,
        r#"redis_config_value{key="lfu"} 16"#,
        r#"redis_config_value{key="maxmemory"} 1000"#,
    ];
    assert_eq!(samples(&page), expected);
}

#[test]
fn what_the_host_hides_is_left_out() {
    let settings = [("requirepass", "…"), ("primaryauth", "…"), ("port", "6379")];
    let names = |page: &Page| page.text("redis").matches("config_key_value{").count();
    assert_eq!(names(&all(&settings)), 1);
    let bench = Bench::new(redis()).reply("CONFIG GET *", map(&[("requirepass", "1"), ("port", "6379")]));
    let page = bench.collect::<Settings>(r#"{"all":true,"redact":false}"#).unwrap();
    assert_eq!((names(&page), page.value("config_value", &[("key", "requirepass")])), (2, Some(1.0)));
}

#[test]
fn flat_arrays_nulls_and_other_bytes_are_read() {
    let reply = b"*6\r\n$3\r\ndir\r\n$2\r\n/\xff\r\n$9\r\nmaxmemory\r\n$1\r\n5\r\n$1\r\nx\r\n_\r\n".to_vec();
    let page = Bench::new(redis()).reply("CONFIG GET *", reply).collect::<Settings>(r#"{"all":true}"#).unwrap();
    assert_eq!(page.value("config_key_value", &[("key", "dir"), ("value", "/\\xff")]), Some(1.0));
    assert_eq!(page.value("config_maxmemory", &[]), Some(5.0));
    assert_eq!(samples(&page).len(), 4);
}

#[test]
fn there_is_a_bound() {
    let settings: Vec<(String, String)> = (0..3000).map(|number| (format!("s{number}"), number.to_string())).collect();
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let page = all(&settings);
    assert_eq!(samples(&page).len(), 4000);
    assert_eq!(page.warnings(), ["1000 settings are left out: 2000 are told at most (told once)"]);
}

#[test]
fn a_refusal_is_told_once_and_costs_only_itself() {
    let refused =
        || Bench::new(testing::server("redis", "6.2.14")).reply("CONFIG GET maxclients", map(&[("maxclients", "7")]));
    let first = refused().reply("CONFIG GET maxmemory", b"-NOPERM no\r\n".to_vec()).collect::<Settings>("{}").unwrap();
    assert_eq!(
        first.warnings(),
        ["CONFIG GET maxmemory cannot be had, and what it would tell is left out: NOPERM no (told once)"]
    );
    assert_eq!(samples(&first), ["redis_config_maxclients 7"]);
    assert_eq!(refused().after(&first).collect::<Settings>("{}").unwrap().warnings(), [""; 0]);
}

#[test]
fn what_is_never_sent_is_not_missed() {
    let error = ServerError { code: "NOTSENT".to_owned(), message: "CONFIG is never sent".to_owned() };
    let page = Bench::new(redis()).error(SEVERAL, CallError::Server(error)).collect::<Settings>("{}").unwrap();
    assert_eq!((samples(&page).len(), page.warnings().len()), (0, 0));
}

#[test]
fn a_misspelt_key_is_refused_by_name() {
    match Bench::new(redis()).collect::<Settings>(r#"{"redacts":true}"#) {
        Err(NoPage::Refused(Refusal::Invalid(problems))) => {
            assert!(problems[0].message.contains("`redacts`"), "{}", problems[0].message);
        }
        other => panic!("{other:?}"),
    }
}
