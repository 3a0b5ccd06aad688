//! Whether two exporters say the same of a server.

use std::collections::{BTreeMap, BTreeSet};

use crate::page::{Labels, Page};

/// Families that redis_exporter has only in releases after 1.86: all of them measure what only newer servers tell.
pub const NEWER: [&str; 21] = [
    "redis_acl_access_denied_db_total",
    "redis_acl_access_denied_tls_cert_total",
    "redis_active_time_io_thread_seconds_total",
    "redis_active_time_main_thread_seconds_total",
    "redis_db_keys_with_expiring_items",
    "redis_expired_fields_total",
    "redis_expired_keys_with_volatile_items_stale_percentage",
    "redis_mem_replicas_repl_buffer_bytes",
    "redis_replicas_repl_buffer_peak_bytes",
    "redis_replicas_repl_buffer_size_bytes",
    "redis_replicas_waiting_psync",
    "redis_scripting_engine_info",
    "redis_scripting_engine_memory_overhead_bytes",
    "redis_scripting_engine_memory_used_bytes",
    "redis_scripting_engines_count",
    "redis_scripting_engines_memory_overhead_bytes",
    "redis_scripting_engines_memory_used_bytes",
    "redis_tls_ca_cert_expires_in_seconds",
    "redis_tls_certificate_info",
    "redis_tls_client_cert_expires_in_seconds",
    "redis_tls_server_cert_expires_in_seconds",
];

/// Samples of a family: labels and value. NaN is equal to itself here.
type Samples = BTreeMap<(String, Labels), String>;

/// The families of a page that are about the server, with their type and samples.
fn families(page: &Page, skip: &dyn Fn(&str) -> bool) -> BTreeMap<String, (Option<String>, Samples)> {
    let mut families = BTreeMap::new();
    for family in page.families.iter().filter(|family| !skip(&family.name)) {
        families.insert(family.name.clone(), (family.kind.clone(), Samples::new()));
    }
    for sample in &page.samples {
        let of_summary = ["_sum", "_count"].iter().find_map(|suffix| sample.name.strip_suffix(suffix));
        let owner =
            [Some(sample.name.as_str()), of_summary].into_iter().flatten().find(|name| families.contains_key(*name));
        if let Some((_, samples)) = owner.and_then(|owner| families.get_mut(owner)) {
            samples.insert((sample.name.clone(), sample.labels.clone()), format!("{:?}", sample.value));
        }
    }
    families
}

/// What one page says of the server otherwise than the other; nothing when they agree. Families for which `skip` holds are
/// not looked at.
pub fn differences(ours: &Page, theirs: &Page, skip: &dyn Fn(&str) -> bool) -> Vec<String> {
    let (ours, theirs) = (families(ours, skip), families(theirs, skip));
    let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let mut differences = Vec::new();
    for name in names {
        match (ours.get(name), theirs.get(name)) {
            (Some((kind, samples)), Some((their_kind, their_samples))) => {
                if kind != their_kind {
                    differences.push(format!("{name} is a {kind:?}, there a {their_kind:?}"));
                }
                differences.extend(of_samples(samples, their_samples));
            }
            (Some(_), None) => differences.push(format!("{name} is only ours")),
            (None, _) => differences.push(format!("{name} is only theirs")),
        }
    }
    differences
}

fn of_samples(ours: &Samples, theirs: &Samples) -> Vec<String> {
    let keys: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    let differing = keys.into_iter().filter(|key| ours.get(key) != theirs.get(key));
    differing
        .map(|key| format!("{} {:?}: ours {:?}, theirs {:?}", key.0, key.1, ours.get(key), theirs.get(key)))
        .collect()
}
