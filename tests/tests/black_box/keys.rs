//! Keys, counts, groups and streams that are asked for. Patterns are walked within the scrape, to be there at once.

use crate::plain::URL;
use crate::{Case, Given, case};

const WALK: &str = "--sweep.with-scrape=1000000";

#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    case("a key that is a number", Given::Keys, &[URL, "--check-single-keys=db11=key_john_1"])
        .has(&["redis_key_size{db=\"db11\",key=\"key_john_1\"} 7", "redis_key_value{db=\"db11\",key=\"key_john_1\"} 1234.56"])
        .least(&[("redis_key_memory_usage_bytes{db=\"db11\",key=\"key_john_1\"}", 8.0)])
        .no(&["redis_key_value_as_string"]),
    case("a key that is a text", Given::Keys, &[URL, "--check-single-keys=db11=key_string_1"])
        .has(&["redis_key_size{db=\"db11\",key=\"key_string_1\"} 16", "redis_key_value_as_string{db=\"db11\",key=\"key_string_1\",val=\"this-is-a-string\"} 1"])
        .no(&["redis_key_value{"]),
    case("sizes without values", Given::Keys, &[URL, "--check-single-keys=db11=key_john_1,db11=key_string_1", "--disable-exporting-key-values"])
        .has(&["redis_key_size{db=\"db11\",key=\"key_john_1\"} 7", "redis_key_size{db=\"db11\",key=\"key_string_1\"} 16"])
        .no(&["redis_key_value"]),
    case("a key that is not there", Given::Keys, &[URL, "--check-single-keys=single"])
        .has(&["redis_up 1", "redis_key_size{db=\"db0\",key=\"single\"} 0"]),
    case("a key of each type by a pattern", Given::Keys, &[URL, WALK, "--check-keys=11=test*"])
        .has(&[
            "redis_key_size{db=\"db11\",key=\"test-zset\"} 2", "redis_key_size{db=\"db11\",key=\"test-hash\"} 4",
            "redis_key_size{db=\"db11\",key=\"test-set\"} 2", "redis_key_size{db=\"db11\",key=\"test-hll\"} 3",
            "redis_key_size{db=\"db11\",key=\"test_beatles_list\"} 4", "redis_key_size{db=\"db11\",key=\"test-stream\"} 2",
        ])
        .no(&["redis_key_size{db=\"db12\"", "redis_key_size{db=\"db11\",key=\"key_"]),
    case("a pattern beside scrapes", Given::Keys, &[URL, "--check-keys=11=test*"]).waits("redis_key_size{db=\"db11\",key=\"test-hash\"} 4")
        .has(&["redis_key_size{db=\"db11\",key=\"test-zset\"} 2", "redwasp_sweep_age_seconds", "redwasp_sweep_complete 1"]),
    case("keys of several databases", Given::Keys, &[URL, WALK, "--check-keys=here,db11=key_john_1,db12=test-s*,14=test-hll,12=key_paul_1"])
        .has(&[
            "redis_key_size{db=\"db0\",key=\"here\"} 0", "redis_key_size{db=\"db11\",key=\"key_john_1\"} 7", "redis_key_size{db=\"db12\",key=\"test-set\"} 2",
            "redis_key_size{db=\"db12\",key=\"test-stream\"} 2", "redis_key_size{db=\"db12\",key=\"key_paul_1\"} 7", "redis_key_size{db=\"db14\",key=\"test-hll\"} 3",
        ]),
    case("a missing key before others", Given::Keys, &[URL, "--check-single-keys=db11=missing,db11=key_john_1,db12=test-hash"])
        .has(&["redis_key_size{db=\"db11\",key=\"missing\"} 0", "redis_key_size{db=\"db11\",key=\"key_john_1\"} 7", "redis_key_size{db=\"db12\",key=\"test-hash\"} 4"]),
    case("a key of a database that is not there", Given::Keys, &[URL, "--check-single-keys=999=k"]).no(&["redis_key_size"]),
    case("keys of a pattern are counted", Given::Keys, &[URL, WALK, "--count-keys=db11=key_john_1*,db12=key_exp_*,db0=*"])
        .has(&["redis_keys_count{db=\"db11\",key=\"key_john_1*\"} 1", "redis_keys_count{db=\"db12\",key=\"key_exp_*\"} 5", "redis_keys_count{db=\"db0\",key=\"*\"} 0"]),
    case("a list of keys with two signs", Given::Nobody, &["--redis.addr=", "--check-keys=wrong=wrong=1"]).stops("check_keys"),
    case("a list of keys with a database that is a word", Given::Nobody, &["--redis.addr=", "--check-keys=dbwrong=x"]).stops("check_keys"),
    case("a list of keys with a negative database", Given::Nobody, &["--redis.addr=", "--check-keys=db-1=x"]).stops("check_keys"),
    case("a bad list of keys in the request", Given::Keys, &[URL]).get("/scrape?target={host}&check-keys=wrong=wrong=1", 400).has(&["…check_keys"]),
    case("an empty list of keys", Given::Keys, &[URL, "--check-keys=="]).no(&["redis_key_size"]),
    case("empty parts of a list of keys", Given::Keys, &[URL, "--check-keys=,,,k"]).has(&["redis_key_size{db=\"db0\",key=\"k\"} 0"]).no(&["redis_key_size{db=\"db0\",key=\"\"}"]),
    case("a database without a key", Given::Keys, &[URL, "--check-keys=0="]).no(&["redis_key_size"]),
    case("groups of keys", Given::Keys, &[URL, WALK, "--check-key-groups=^(key_ringo)_[0-9]+$,^(key_paul)_[0-9]+$,^(key_exp)_.+$"])
        .has(&[
            "redis_key_group_count{db=\"db11\",key_group=\"key_ringo\"} 1", "redis_key_group_count{db=\"db11\",key_group=\"key_paul\"} 1",
            "redis_key_group_count{db=\"db11\",key_group=\"key_exp\"} 5", "redis_key_group_count{db=\"db11\",key_group=\"unclassified\"} 9",
            "redis_key_group_count{db=\"db14\",key_group=\"key_exp\"} 5", "redis_number_of_distinct_key_groups{db=\"db11\"} 4",
            "redis_number_of_distinct_key_groups{db=\"db12\"} 4", "redis_last_key_groups_scrape_duration_milliseconds ",
        ])
        .least(&[("redis_key_group_memory_usage_bytes{db=\"db11\",key_group=\"key_exp\"}", 40.0)]),
    case("more groups of keys than are told apart", Given::Keys, &[URL, WALK, "--check-key-groups=^(.*)$", "--max-distinct-key-groups=1"])
        .has(&[
            "redis_key_group_count{db=\"db11\",key_group=\"test-stream\"} 1", "redis_key_group_count{db=\"db11\",key_group=\"overflow\"} 15",
            "redis_number_of_distinct_key_groups{db=\"db11\"} 16",
        ]),
    case("no groups of keys", Given::Keys, &[URL]).has(&["redis_last_key_groups_scrape_duration_milliseconds 0"]).no(&["redis_key_group_", "redis_number_of_distinct_key_groups"]),
    case("a stream", Given::Keys, &[URL, "--check-single-streams=db11=test-stream"])
        .has(&[
            "redis_stream_length{db=\"db11\",stream=\"test-stream\"} 2", "redis_stream_groups{db=\"db11\",stream=\"test-stream\"} 2",
            "redis_stream_radix_tree_keys{db=\"db11\",stream=\"test-stream\"} 1", "redis_stream_radix_tree_nodes{db=\"db11\",stream=\"test-stream\"} 2",
            "redis_stream_first_entry_id{db=\"db11\",stream=\"test-stream\"} 1.638006862416e+12", "redis_stream_last_entry_id{db=\"db11\",stream=\"test-stream\"} 1.638006862417e+12",
            "redis_stream_last_generated_id{db=\"db11\",stream=\"test-stream\"} 1.638006862417e+12", "redis_stream_max_deleted_entry_id{db=\"db11\",stream=\"test-stream\"} 0",
            "redis_stream_group_consumers{db=\"db11\",group=\"first\",stream=\"test-stream\"} 1", "redis_stream_group_messages_pending{db=\"db11\",group=\"first\",stream=\"test-stream\"} 1",
            "redis_stream_group_entries_read{db=\"db11\",group=\"second\",stream=\"test-stream\"} 2", "redis_stream_group_lag{db=\"db11\",group=\"first\",stream=\"test-stream\"} 1",
            "redis_stream_group_last_delivered_id{db=\"db11\",group=\"first\",stream=\"test-stream\"} 1.638006862416e+12",
            "redis_stream_group_consumer_messages_pending{consumer=\"bert\",db=\"db11\",group=\"second\",stream=\"test-stream\"} 2",
            "redis_stream_group_consumer_idle_seconds{consumer=\"anna\",db=\"db11\",group=\"first\",stream=\"test-stream\"} ",
        ]),
    case("a stream without its consumers", Given::Keys, &[URL, "--check-single-streams=db11=test-stream", "--streams-exclude-consumer-metrics"])
        .has(&["redis_stream_length{db=\"db11\",stream=\"test-stream\"} 2", "redis_stream_group_consumers{db=\"db11\",group=\"first\",stream=\"test-stream\"} 1"])
        .no(&["redis_stream_group_consumer_"]),
    case("keys in the request", Given::Keys, &["--redis.addr="]).get("/scrape?target={host}&check-single-keys=db11=key_john_1", 200)
        .has(&["redis_key_size{db=\"db11\",key=\"key_john_1\"} 7", "redis_key_value{db=\"db11\",key=\"key_john_1\"} 1234.56"]),
    case("counts in the request", Given::Keys, &["--redis.addr=", WALK]).get("/scrape?target={host}&count-keys=db11=key_john_1*", 200)
        .has(&["redis_keys_count{db=\"db11\",key=\"key_john_1*\"} 1"]),
    case("streams in the request", Given::Keys, &["--redis.addr="]).get("/scrape?target={host}&check-single-streams=db11=test-stream", 200)
        .has(&["redis_stream_length{db=\"db11\",stream=\"test-stream\"} 2", "redis_stream_groups{db=\"db11\",stream=\"test-stream\"} 2"]),
];
