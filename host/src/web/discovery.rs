//! `/discovery` and `/discover-cluster-nodes`: what there is to scrape, as Prometheus' HTTP service discovery reads it
//! (<https://prometheus.io/docs/prometheus/latest/http_sd/>).

use std::collections::BTreeMap;

use futures_util::future::join_all;
use hyper::StatusCode;
use serde::Serialize;
use tokio::time::Instant;

use super::Live;
use super::respond::{self, Response};
use crate::config::target::Target;
use crate::config::targets::{Kind, Listed};
use crate::metrics::Labels;
use crate::scrape::described;

/// Targets with what is said of them.
#[derive(Serialize)]
struct Group {
    targets: Vec<String>,
    labels: BTreeMap<String, String>,
}

impl Group {
    fn of(target: String, labels: Labels) -> Group {
        let labels = labels.into_iter().map(|(name, value)| (name.into_owned(), value)).collect();
        Group { targets: vec![target], labels }
    }
}

/// Every listed target, and every member of those that have some, each a value of `target` for `/scrape`.
pub(super) async fn handle(live: &Live) -> Response {
    let deadline = Instant::now() + live.config.scrape_timeout;
    let groups = join_all(live.config.targets.iter().map(|listed| groups(live, listed, deadline))).await;
    json(&groups.into_iter().flatten().collect::<Vec<_>>())
}

async fn groups(live: &Live, listed: &Listed, deadline: Instant) -> Vec<Group> {
    let name = &listed.target.about.name;
    let label = || name.iter().map(|name| ("name".into(), name.clone())).collect::<Labels>();
    let itself = || name.clone().unwrap_or_else(|| Target { user: None, ..listed.target.clone() }.to_string());
    if matches!(listed.kind, Kind::Server | Kind::KeysOfCluster | Kind::WholeCluster) {
        return vec![Group::of(itself(), label())];
    }
    // As long as its members are not known: asked like this, it says why.
    let Ok(members) = live.scraper.members(listed, deadline).await else { return vec![Group::of(itself(), label())] };
    let mut groups: Vec<Group> = members
        .iter()
        .map(|member| {
            let (address, labels) = described(listed, member);
            Group::of(address, labels)
        })
        .collect();
    if let (Kind::Cluster, Some(name)) = (&listed.kind, name) {
        let mut labels = label();
        // A label of that form becomes a parameter of the request.
        labels.push(("__param_part".into(), "cluster".to_owned()));
        groups.push(Group::of(name.clone(), labels));
    }
    groups
}

/// The nodes of the clusters that are listed, as one group without labels.
pub(super) async fn cluster_nodes(live: &Live) -> Response {
    let deadline = Instant::now() + live.config.scrape_timeout;
    let is_cluster = |listed: &&Listed| matches!(listed.kind, Kind::Cluster | Kind::KeysOfCluster);
    let mut clusters = live.config.targets.iter().filter(is_cluster).peekable();
    if clusters.peek().is_none() {
        return respond::text(StatusCode::BAD_REQUEST, "The discovery endpoint is only available on a redis cluster");
    }
    let mut targets = Vec::new();
    for listed in clusters {
        match live.scraper.members(listed, deadline).await {
            Ok(members) => targets.extend(members.iter().map(|member| {
                let node = Target { user: None, ..member.target.server() };
                match live.config.discover_hostnames && !member.hostname.is_empty() {
                    true => node.at_host(&member.hostname).to_string(),
                    false => node.to_string(),
                }
            })),
            Err(error) => {
                let text = format!("Couldn't connect to redis cluster: {error}");
                return respond::text(StatusCode::INTERNAL_SERVER_ERROR, text);
            }
        }
    }
    json(&[Group { targets, labels: BTreeMap::new() }])
}

fn json(groups: &[Group]) -> Response {
    match serde_json::to_string_pretty(groups) {
        Ok(text) => respond::with_body(StatusCode::OK, "application/json", text + "\n"),
        Err(error) => respond::text(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}
