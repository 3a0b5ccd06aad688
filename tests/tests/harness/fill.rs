use std::collections::BTreeSet;

use redwasp_tests::fill::fill;
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::wait::{self, PATIENCE};

fn filled(program: Program) -> Redis {
    let redis = Redis::options().program(program).start();
    fill(&mut redis.connect().expect("the server can be connected to"));
    redis
}

#[test]
fn fills_three_databases_with_every_type() {
    for program in Program::ALL {
        let redis = filled(program);
        let info = redis.info();
        for (database, keys) in [("db0", 16), ("db3", 13), ("db11", 11)] {
            let said = info.get(database).map_or("", String::as_str);
            assert!(said.starts_with(&format!("keys={keys},expires=4,avg_ttl=")), "{program:?}, {database}: {said:?}");
        }
        let keys = redis.cli(&["KEYS", "*"]);
        let types: BTreeSet<String> = keys.lines().map(|key| redis.cli(&["TYPE", key])).collect();
        assert_eq!(types, ["hash", "list", "set", "stream", "string", "zset"].map(str::to_owned).into(), "{program:?}");
    }
}

#[test]
fn leaves_statistics_of_many_commands_and_errors() {
    for program in Program::ALL {
        let info = filled(program).info();
        let of = |prefix: &str| info.keys().filter_map(|name| name.strip_prefix(prefix)).collect::<BTreeSet<_>>();
        let commands = of("cmdstat_");
        assert!(commands.len() >= 60, "{program:?}: {commands:?}");
        assert!(info["cmdstat_lpush"].ends_with(",failed_calls=2"), "{program:?}: {}", info["cmdstat_lpush"]);
        let errors = of("errorstat_");
        assert_eq!(errors, ["BUSYGROUP", "ERR", "NOGROUP", "NOSCRIPT", "WRONGTYPE"].into(), "{program:?}");
        let percentiles = of("latency_percentiles_usec_");
        assert_eq!(percentiles.is_empty(), program == Program::Redis62, "{program:?}: {percentiles:?}");
    }
}

#[test]
fn fills_a_cluster() {
    let args = ["--cluster-enabled", "yes", "--cluster-databases", "16"];
    let node = Redis::options().program(Program::Valkey91).args(args).start();
    node.cli(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    wait::until("the cluster to be whole", PATIENCE, || {
        node.cli(&["CLUSTER", "INFO"]).contains("cluster_state:ok").then_some(())
    });
    fill(&mut node.connect().expect("the server can be connected to"));
    assert!(node.info_field("db11").starts_with("keys=11,expires=4,"));
}
