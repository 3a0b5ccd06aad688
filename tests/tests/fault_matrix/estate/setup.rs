//! Servers, what stands in front of them, and the daemon.

use std::fs;
use std::sync::Arc;

use redwasp_tests::canary;
use redwasp_tests::cluster::Cluster;
use redwasp_tests::daemon::Daemon;
use redwasp_tests::server::Redis;
use redwasp_tests::tls::Tls;
use redwasp_tests::wait::{self, PATIENCE};

use super::{Estate, GROWTH, Held, SCRAPES, memory};
use crate::fault::Fault;
use crate::servers::Servers;
use crate::subject::{Certificates, Subject, USER};

/// What the user may do.
const RULES: [&str; 3] = ["+@all", "~*", "&*"];

/// Connections that were needed only while something was wrong are closed soon.
const IDLE: &str = "--connections.idle-timeout=3s";

impl Estate {
    /// A server for each of these faults, on one page.
    pub(crate) fn of_servers(faults: &[Fault]) -> Estate {
        let certificates = Certificates::new();
        let passwords: Vec<String> = faults.iter().map(|fault| canary::password(&fault.name())).collect();
        let (mut servers, mut subjects) = (Vec::new(), Vec::new());
        for (number, (fault, password)) in faults.iter().zip(&passwords).enumerate() {
            let certificates = fault.needs_tls().then(|| certificates.clone());
            let redis = match &certificates {
                Some(certificates) => Redis::options().tls(Tls::with(&certificates.authority, certificates.good())),
                None => Redis::options(),
            };
            let redis = redis.start();
            redis.user(USER, password, &RULES);
            (0..=number).for_each(|key| drop(redis.cli(&["SET", &format!("key:{key}"), "value"])));
            subjects.push(Subject::new(("alias", fault.name()), &redis, certificates));
            servers.push(redis);
        }
        Estate::watched(Servers::Alone(servers), subjects, passwords)
    }

    /// A cluster, whose nodes announce what stands in front of them.
    pub(crate) fn of_cluster(nodes: usize, over_tls: bool) -> Estate {
        let certificates = over_tls.then(Certificates::new);
        let options = Cluster::options().nodes(nodes, 0);
        let options = match &certificates {
            Some(certificates) => {
                options.tls(Tls::with(&certificates.authority, certificates.good())).announce_hostname("localhost")
            }
            None => options,
        };
        let cluster = options.start();
        let password = canary::password("cluster");
        (0..5 * nodes).map(|number| format!("key:{number}")).for_each(|key| {
            cluster.nodes()[cluster.node_of_key(&key)].cli(&["SET", &key, "value"]);
        });
        cluster.nodes().iter().for_each(|node| node.user(USER, &password, &RULES));
        let subjects = announced(&cluster, &certificates);
        Estate::watched(Servers::Nodes(cluster), subjects, vec![password])
    }

    /// With a daemon that has read all of them.
    fn watched(servers: Servers, subjects: Vec<Subject>, passwords: Vec<String>) -> Estate {
        let folder = tempfile::tempdir().unwrap();
        for (number, password) in passwords.iter().enumerate() {
            fs::write(folder.path().join(secret(number)), password).unwrap();
        }
        let path = folder.path().join("redwasp.yaml");
        fs::write(&path, config(&servers, &subjects)).unwrap();
        let flag = format!("--config.file={}", path.display());
        let daemon = Daemon::start(&[&flag, "--scrape-timeout=10m", "--connection-timeout=10m", IDLE]);
        let before = Held { tasks: 0.0, connections: 0.0, files: 0 };
        let mut estate = Estate { daemon, servers, subjects, folder, passwords, before, memory: GROWTH, read: 0 };
        for _ in 0..SCRAPES {
            let (page, _) = estate.look(&[]);
            (estate.before, estate.memory) = (estate.held(&page), memory(&page));
        }
        estate
    }
}

/// The nodes, once all of them tell what stands in front of the others.
fn announced(cluster: &Cluster, certificates: &Option<Arc<Certificates>>) -> Vec<Subject> {
    let (setting, host) = match certificates {
        Some(_) => ("cluster-announce-tls-port", "localhost"),
        None => ("cluster-announce-port", "127.0.0.1"),
    };
    let subject = |node: &Redis| {
        let mut subject = Subject::new(("node", node.cli(&["CLUSTER", "MYID"])), node, certificates.clone());
        subject.host = host;
        subject.tell(node, &["CONFIG", "SET", setting, &subject.port().to_string()]);
        subject
    };
    let subjects: Vec<Subject> = cluster.nodes().iter().map(subject).collect();
    let ports: Vec<String> = subjects.iter().map(|subject| format!(":{}@", subject.port())).collect();
    wait::until("all nodes to know where the others are", PATIENCE, || {
        let knows_all = |node: &Redis| {
            let view = node.cli(&["CLUSTER", "NODES"]);
            ports.iter().all(|port| view.contains(port))
        };
        cluster.nodes().iter().all(knows_all).then_some(())
    });
    subjects
}

/// The daemon's configuration.
pub(super) fn config(servers: &Servers, subjects: &[Subject]) -> String {
    let common = |number: usize, subject: &Subject| {
        let ca = subject.certificates.as_ref().map(|certificates| certificates.authority.path());
        let tls = ca.map_or_else(String::new, |ca| format!(", tls: {{ca: {}}}", ca.display()));
        format!("address: \"{}\", user: {USER}, password: {{file: {}}}{tls}", subject.address(), secret(number))
    };
    let targets = match servers {
        Servers::Nodes(_) => {
            let seeds: Vec<String> = subjects[1..].iter().map(|seed| format!("\"{}\"", seed.address())).collect();
            format!("  shop: {{kind: cluster, {}, seeds: [{}]}}\n", common(0, &subjects[0]), seeds.join(", "))
        }
        Servers::Alone(_) => {
            let target = |(number, subject)| format!("  {}: {{{}}}\n", Subject::name(subject), common(number, subject));
            subjects.iter().enumerate().map(target).collect()
        }
    };
    format!("settings: {{metrics.all-targets: true}}\ntargets:\n{targets}")
}

/// The file that a password is in.
pub(super) fn secret(number: usize) -> String {
    format!("secret-{number}")
}
