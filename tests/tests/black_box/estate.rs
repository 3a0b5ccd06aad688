//! Keys and nodes of a cluster, files of passwords, TLS.

use crate::plain::URL;
use crate::{Case, Given, case};

const TLS_URL: &str = "--redis.addr=rediss://{host}";
const CA: &str = "--tls-ca-cert-file={ca}";
const CERTIFICATE: &str = "--tls-client-cert-file={certificate}";
const KEY: &str = "--tls-client-key-file={key}";
const PASSWORDS: &str = "--redis.password-file={passwords}";

/// Keys of all primaries.
const KEYS: &str =
    "--check-single-keys=key_john_1,key_string_1,test_beatles_list,test-hll,test-set,test-zset,db0=test-hash";

#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    case("keys of a whole cluster", Given::Shard, &[URL, "--is-cluster", KEYS])
        .has(&[
            "redis_up 1", "redis_key_size{db=\"db0\",key=\"key_john_1\"} 7", "redis_key_value{db=\"db0\",key=\"key_john_1\"} 1234.56",
            "redis_key_value_as_string{db=\"db0\",key=\"key_string_1\",val=\"this-is-a-string\"} 1", "redis_key_size{db=\"db0\",key=\"test_beatles_list\"} 4",
            "redis_key_size{db=\"db0\",key=\"test-hll\"} 3", "redis_key_size{db=\"db0\",key=\"test-set\"} 2", "redis_key_size{db=\"db0\",key=\"test-zset\"} 2",
            "redis_key_size{db=\"db0\",key=\"test-hash\"} 4", "redis_key_memory_usage_bytes{db=\"db0\",key=\"test-hash\"} ",
        ])
        .silent(&["MOVED"]).of_both(),
    case("keys of a whole cluster without their values", Given::Shard, &[URL, "--is-cluster", "--disable-exporting-key-values", KEYS])
        .has(&["redis_key_size{db=\"db0\",key=\"key_john_1\"} 7", "redis_key_size{db=\"db0\",key=\"key_string_1\"} 16", "redis_key_size{db=\"db0\",key=\"test-hll\"} 3"])
        .no(&["redis_key_value"]).of_both(),
    case("keys of a cluster through a primary, when only replicas are asked for keys", Given::Shard, &[URL, "--is-cluster", "--skip-checkkeys-for-role-master", KEYS])
        .no(&["redis_key_size", "redis_key_value", "redis_key_memory_usage_bytes"]).of_both(),
    case("keys of a cluster through a replica, when only replicas are asked for keys", Given::ShardReplica, &[URL, "--is-cluster", "--skip-checkkeys-for-role-master", KEYS])
        .has(&["redis_slave_info{", "redis_key_size{db=\"db0\",key=\"test-zset\"} 2", "redis_key_size{db=\"db0\",key=\"test-set\"} 2", "redis_key_size{db=\"db0\",key=\"test-hash\"} 4"])
        .of_both(),
    case("streams of a whole cluster", Given::Shard, &[URL, "--is-cluster", "--check-single-streams=db0=s:a,db0=s:c"])
        .has(&["redis_stream_length{db=\"db0\",stream=\"s:a\"} 1", "redis_stream_length{db=\"db0\",stream=\"s:c\"} 2"])
        .silent(&["MOVED"]).of_both(),
    // redis_exporter looks for patterns on one node alone.
    case("patterns of a whole cluster", Given::Shard, &[URL, "--is-cluster", "--check-keys=test*", "--count-keys=*"]).waits("redis_keys_count{db=\"db0\",key=\"*\"} 9")
        .has(&[
            "redis_key_size{db=\"db0\",key=\"test-hash\"} 4", "redis_key_size{db=\"db0\",key=\"test-zset\"} 2", "redis_key_size{db=\"db0\",key=\"test-set\"} 2",
            "redis_key_size{db=\"db0\",key=\"test-hll\"} 3", "redis_key_size{db=\"db0\",key=\"test_beatles_list\"} 4",
        ])
        .no(&["redis_key_size{db=\"db0\",key=\"key_john_1\"}", "redis_key_size{db=\"db0\",key=\"s:a\"}"]),
    case("the nodes of a cluster", Given::Shard, &[URL, "--is-cluster"]).get("/discover-cluster-nodes", 200)
        .has(&["…\"targets\": [", "…\"redis://{node0}\"", "…\"redis://{node1}\"", "…\"redis://{node2}\"", "…\"redis://{node3}\"", "…\"redis://{node4}\"", "…\"redis://{node5}\"", "…\"labels\": {}"])
        .of_both(),
    case("the nodes of a cluster that is not said to be one", Given::Shard, &[URL]).get("/discover-cluster-nodes", 400)
        .has(&["The discovery endpoint is only available on a redis cluster"]).of_both(),
    case("the nodes of a server that is in no cluster", Given::Redis, &[URL, "--is-cluster"]).get("/discover-cluster-nodes", 500)
        .has(&["Couldn't connect to redis cluster: "]).of_both(),
    case("the nodes of a cluster that nobody answers for", Given::Nobody, &["--redis.addr=redis://127.0.0.1:1", "--is-cluster"]).get("/discover-cluster-nodes", 500)
        .has(&["Couldn't connect to redis cluster: "]).of_both(),

    case("a password of a file", Given::Password, &[URL, PASSWORDS]).of_both(),
    case("a wrong password of a file", Given::Password, &[URL, "--redis.password-file={wrong}"])
        .has(&["redis_up 0", "redis_exporter_last_scrape_error{err=\"…\"} 1"]).no(&["redis_instance_info"]).of_both(),
    // Whoever is nobody has all rights there.
    case("a user's password of a file", Given::Acl, &[URL, PASSWORDS, "--redis.user=exporter"]).no(&["redis_config_"]).of_both(),
    case("keys in the request, and a password of a file", Given::Password, &["--redis.addr=", PASSWORDS]).get("/scrape?target={host}&check-single-keys=db11=key_john_1", 200)
        .has(&["redis_up 1", "redis_key_size{db=\"db11\",key=\"key_john_1\"} 7", "redis_key_value{db=\"db11\",key=\"key_john_1\"} 1234.56"]).of_both(),
    case("counts in the request, and a password of a file", Given::Password, &["--redis.addr=", PASSWORDS, "--sweep.with-scrape=1000000"]).get("/scrape?target=redis://{host}&count-keys=db11=key_john_1*", 200)
        .has(&["redis_up 1", "redis_keys_count{db=\"db11\",key=\"key_john_1*\"} 1"]).of_both(),
    case("streams in the request, and a password of a file", Given::Password, &["--redis.addr=", PASSWORDS]).get("/scrape?target={host}&check-single-streams=db11=test-stream", 200)
        .has(&["redis_up 1", "redis_stream_length{db=\"db11\",stream=\"test-stream\"} 2", "redis_stream_groups{db=\"db11\",stream=\"test-stream\"} 2"]).of_both(),
    case("a target in the request, and a wrong password of a file", Given::Password, &["--redis.addr=", "--redis.password-file={wrong}"]).get("/scrape?target={host}", 200)
        .has(&["redis_up 0"]).no(&["redis_instance_info"]).of_both(),
    case("a user in the request, and a password of a file", Given::Acl, &["--redis.addr=", PASSWORDS]).get("/scrape?target=redis://exporter@{host}", 200).no(&["redis_config_"]).of_both(),
    case("a user with a wrong password in the request, and one of a file", Given::Acl, &["--redis.addr=", PASSWORDS]).get("/scrape?target=redis://exporter:wrong@{host}", 200).no(&["redis_config_"]).of_both(),
    case("passwords are read again", Given::Nobody, &["--redis.addr=", PASSWORDS]).get("/-/reload", 200).has(&["ok"]).of_both(),
    case("no passwords to be read again", Given::Nobody, &["--redis.addr="]).get("/-/reload", 400).has(&[]).of_both(),
    case("a file of passwords that is none", Given::Nobody, &["--redis.addr=", "--redis.password-file={ca}"]).stops("a password file is a JSON object").of_both(),
    case("a file of passwords that is not there", Given::Nobody, &["--redis.addr=", "--redis.password-file=/nonexistent"]).stops("cannot open the password file").of_both(),

    case("TLS, with an authority and a client's certificate", Given::Tls, &[TLS_URL, CA, CERTIFICATE, KEY]).of_both(),
    case("TLS, whoever the server is", Given::Tls, &[TLS_URL, "--skip-tls-verification", CERTIFICATE, KEY]).of_both(),
    case("TLS, with an authority that nobody believes", Given::Tls, &[TLS_URL, CERTIFICATE, KEY]).has(&["redis_up 0"]).no(&["redis_instance_info"]).of_both(),
    case("TLS, without the client's certificate that is wanted", Given::Tls, &[TLS_URL, CA]).has(&["redis_up 0"]).no(&["redis_instance_info"]).of_both(),
    case("TLS, without a word of it in the address", Given::Tls, &[URL, CA, CERTIFICATE, KEY]).has(&["redis_up 0"]).no(&["redis_instance_info"]).of_both(),
    case("TLS, in the request", Given::Tls, &[TLS_URL, CA, CERTIFICATE, KEY]).get("/scrape?target=rediss://{host}", 200).of_both(),
    case("TLS, with a certificate and no key", Given::Nobody, &["--redis.addr=", CERTIFICATE]).stops("--tls-client-cert-file: certificate and key belong together").of_both(),
    case("TLS, with a key and no certificate", Given::Nobody, &["--redis.addr=", KEY]).stops("--tls-client-key-file: certificate and key belong together").of_both(),
    case("TLS, with a certificate and another's key", Given::Nobody, &["--redis.addr=", CERTIFICATE, "--tls-client-key-file={other_key}"]).stops("do not fit together").of_both(),
    case("TLS, with a certificate that is not there", Given::Nobody, &["--redis.addr=", "--tls-client-cert-file=/nonexistent", KEY]).stops("/nonexistent: cannot open the PEM file").of_both(),
    case("TLS, with an authority that is not there", Given::Nobody, &["--redis.addr=", "--tls-ca-cert-file=/nonexistent"]).stops("/nonexistent: cannot open the PEM file").of_both(),
    case("TLS, with a certificate for another name", Given::TlsNamed, &[TLS_URL, CA]).has(&["redis_up 0"]).no(&["redis_instance_info"]).of_both(),
    // redis_exporter has names of servers since 1.87.
    case("TLS, with the name of the certificate", Given::TlsNamed, &[TLS_URL, CA, "--tls-server-name=cache.example"]),
    case("TLS, with the name of the certificate in the request", Given::TlsNamed, &["--redis.addr=", CA]).get("/scrape?target=rediss://{host}&tls_server_name=cache.example", 200),
    case("TLS, with the name of the certificate in the request, and dashes", Given::TlsNamed, &["--redis.addr=", CA]).get("/scrape?target=rediss://{host}&tls-server-name=cache.example", 200),
    case("TLS, with another name in the request", Given::TlsNamed, &["--redis.addr=", CA, "--tls-server-name=cache.example"]).get("/scrape?target=rediss://{host}&tls_server_name=other.example", 200)
        .has(&["redis_up 0"]).no(&["redis_instance_info"]),
];
