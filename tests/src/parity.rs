//! Whether two exporters say the same of a server: names, types, labels and values.

mod live;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use live::{live_differences, moves};

use crate::page::{Labels, Page};

/// Families that redis_exporter has only in releases after 1.86. All but one measure what only newer servers tell; of
/// these, the fourth part of a `db` line was taken for cached keys before, whatever its name.
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

/// Families that are filled from other commands than INFO, which a text does not answer: those that redwasp has are
/// compared on live servers.
const NOT_FROM_INFO: [&str; 8] = [
    "redis_commands_latencies_usec",
    "redis_config_",
    "redis_key_group",
    "redis_last_key_groups_scrape_duration_milliseconds",
    "redis_last_slow_execution_duration_seconds",
    "redis_latency_spike_",
    "redis_commandlog_",
    "redis_slowlog_",
];

/// Families that redis_exporter does not have, made of what texts tell.
const MORE: [&str; 1] = ["redis_cluster_links_buffer_limit_exceeded_total"];

/// What the exporters say of themselves.
const OF_EXPORTERS: [&str; 5] = ["go_", "process_", "redis_exporter_", "redis_target_", "redwasp_"];

const CACHED: &str = "redis_db_keys_cached";
const INSTANCE: &str = "redis_instance_info";

/// Beginnings of families of 1.86 that later releases may lack for the same server.
const GIVEN_UP: [&str; 2] = [CACHED, "redis_cluster_"];

/// Now less the uptime: other in the next second.
const MOVING: &str = "redis_start_time_seconds";

fn begins(name: &str, beginnings: &[&str]) -> bool {
    beginnings.iter().any(|beginning| name.starts_with(beginning))
}

/// Whether a family is about a server, and 1.86 could have it.
fn is_of_server(name: &str) -> bool {
    !NEWER.contains(&name) && !MORE.contains(&name) && !begins(name, &OF_EXPORTERS)
}

fn is_from_info(name: &str) -> bool {
    is_of_server(name) && !begins(name, &NOT_FROM_INFO)
}

/// Samples of a family by name and labels; values as text, in which NaN is equal to itself.
type Samples = BTreeMap<(String, Labels), String>;

/// The compared families of a page, with their types.
struct Families(BTreeMap<String, (Option<String>, Samples)>);

impl Families {
    fn of(page: &Page, is_compared: fn(&str) -> bool) -> Families {
        let compared = page.families.iter().filter(|family| is_compared(&family.name));
        let mut families: BTreeMap<_, _> =
            compared.map(|family| (family.name.clone(), (family.kind.clone(), Samples::new()))).collect();
        for sample in &page.samples {
            let without = |suffix: &&str| sample.name.strip_suffix(*suffix);
            let of_several = ["_sum", "_count", "_bucket"].iter().find_map(without);
            let mut owners = [Some(sample.name.as_str()), of_several].into_iter().flatten();
            let Some(owner) = owners.find(|name| families.contains_key(*name)) else { continue };
            let value = if sample.name == MOVING { String::new() } else { format!("{:?}", sample.value) };
            let samples = families.get_mut(owner).map(|(_, samples)| samples);
            samples.and_then(|samples| samples.insert((sample.name.clone(), sample.labels.clone()), value));
        }
        Families(families)
    }

    fn samples(&mut self, name: &str) -> Option<&mut Samples> {
        self.0.get_mut(name).map(|(_, samples)| samples)
    }

    fn drop_empty(&mut self) {
        self.0.retain(|_, (_, samples)| !samples.is_empty());
    }
}

/// Something that one page says otherwise than the other.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Name of the sample or the family.
    pub name: String,
    /// Labels of the sample; none when the whole family differs.
    pub labels: Labels,
    /// What we say: a value or a type; none when we say nothing.
    pub ours: Option<String>,
    /// What they say.
    pub theirs: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |what: &Option<String>| what.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(f, "{} {:?}: ours {}, theirs {}", self.name, self.labels, said(&self.ours), said(&self.theirs))
    }
}

/// What one page says of a server otherwise than the other; nothing when they agree but for what is newer than 1.86.
pub fn differences(ours: &Page, theirs: &Page) -> Vec<Difference> {
    compare(ours, theirs, is_from_info, false)
}

/// As [`differences`], with a page of a redis_exporter after 1.86: families that only it has do not count, nor do those
/// of 1.86 that it gave up.
pub fn differences_from_newer(ours: &Page, theirs: &Page) -> Vec<Difference> {
    compare(ours, theirs, is_from_info, true)
}

fn compare(ours: &Page, theirs: &Page, is_compared: fn(&str) -> bool, is_newer: bool) -> Vec<Difference> {
    let (mut ours, mut theirs) = (Families::of(ours, is_compared), Families::of(theirs, is_compared));
    leave_out_what_is_newer(&mut ours, &mut theirs);
    if is_newer {
        theirs.0.retain(|name, _| ours.0.contains_key(name));
        ours.0.retain(|name, _| theirs.0.contains_key(name) || !begins(name, &GIVEN_UP));
    }
    between(&ours, &theirs)
}

fn between(ours: &Families, theirs: &Families) -> Vec<Difference> {
    let names: BTreeSet<&String> = ours.0.keys().chain(theirs.0.keys()).collect();
    let mut differences = Vec::new();
    for name in names {
        let kind = |families: &Families| {
            families.0.get(name).map(|(kind, _)| format!("a {}", kind.as_deref().unwrap_or("family without a type")))
        };
        let (our_kind, their_kind) = (kind(ours), kind(theirs));
        if our_kind != their_kind {
            let (name, labels) = (name.clone(), Labels::new());
            differences.push(Difference { name, labels, ours: our_kind, theirs: their_kind });
        } else if let (Some((_, samples)), Some((_, their_samples))) = (ours.0.get(name), theirs.0.get(name)) {
            differences.extend(of_samples(samples, their_samples));
        }
    }
    differences
}

/// Labels and meanings that are newer than 1.86, in families that are not.
fn leave_out_what_is_newer(ours: &mut Families, theirs: &mut Families) {
    // By position, the fourth part of a line was taken for cached keys.
    let cached: Vec<_> = ours.samples(CACHED).map(|samples| samples.keys().cloned().collect()).unwrap_or_default();
    if let Some(samples) = theirs.samples(CACHED) {
        samples.retain(|key, _| cached.contains(key));
    }
    if let (Some(samples), Some(theirs)) = (ours.samples(INSTANCE), theirs.samples(INSTANCE)) {
        let older = std::mem::take(samples).into_iter().map(|(key, value)| (instance_as_theirs(key, theirs), value));
        samples.extend(older);
    }
    ours.drop_empty();
    theirs.drop_empty();
}

/// Our key of the instance as 1.86 has it, if they have it so: without the zone, and with an empty mode on Valkey 9.
fn instance_as_theirs((name, labels): (String, Labels), theirs: &Samples) -> (String, Labels) {
    let mut without_zone = labels.clone();
    without_zone.remove("availability_zone");
    let mut without_mode = without_zone.clone();
    if labels.contains_key("valkey_version") {
        without_mode.get_mut("redis_mode").map(String::clear);
    }
    let forms = [labels.clone(), without_zone, without_mode].map(|labels| (name.clone(), labels));
    forms.into_iter().find(|form| theirs.contains_key(form)).unwrap_or((name, labels))
}

fn of_samples(ours: &Samples, theirs: &Samples) -> Vec<Difference> {
    let keys: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    let differing = keys.into_iter().filter(|key| ours.get(key) != theirs.get(key));
    let difference = |key: &(String, Labels)| Difference {
        name: key.0.clone(),
        labels: key.1.clone(),
        ours: ours.get(key).cloned(),
        theirs: theirs.get(key).cloned(),
    };
    differing.map(difference).collect()
}

/// The differences as lines, for a message.
pub fn listed(differences: &[Difference]) -> String {
    differences.iter().map(|difference| format!("{difference}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(ours: &str, theirs: &str) -> Vec<Difference> {
        differences(&Page::parse(ours).unwrap(), &Page::parse(theirs).unwrap())
    }

    #[test]
    fn nothing_escapes() {
        let page = "# TYPE redis_a gauge\nredis_a{b=\"c\"} 1\n";
        assert_eq!(listed(&found(page, page)), "");
        for other in [
            "# TYPE redis_a counter\nredis_a{b=\"c\"} 1\n",
            "# TYPE redis_a gauge\nredis_a{b=\"d\"} 1\n",
            "# TYPE redis_a gauge\nredis_a{b=\"c\"} 2\n",
            "# TYPE redis_z gauge\nredis_z{b=\"c\"} 1\n",
            "",
        ] {
            assert!(!found(page, other).is_empty(), "{other}");
            assert!(!found(other, page).is_empty(), "{other}");
        }
    }

    #[test]
    fn sums_and_counts_are_compared() {
        let summary = |sum| format!("# TYPE redis_s summary\nredis_s_sum {sum}\nredis_s_count 1\n");
        assert_eq!(found(&summary(1), &summary(2)).len(), 1);
    }

    #[test]
    fn what_is_newer_is_left_out() {
        let theirs = "# TYPE redis_db_keys_cached gauge\nredis_db_keys_cached{db=\"db0\"} 7\n\
            # TYPE redis_instance_info gauge\nredis_instance_info{redis_mode=\"\",valkey_version=\"9.1\"} 1\n";
        let ours = "# TYPE redis_db_keys_with_expiring_items gauge\nredis_db_keys_with_expiring_items{db=\"db0\"} 7\n\
            # TYPE redis_instance_info gauge\n\
            redis_instance_info{availability_zone=\"z\",redis_mode=\"cluster\",valkey_version=\"9.1\"} 1\n";
        assert_eq!(listed(&found(ours, theirs)), "");
    }

    /// A page with one `redis_instance_info`.
    fn instance(labels: &str) -> String {
        format!("# TYPE redis_instance_info gauge\nredis_instance_info{{{labels}}} 1\n")
    }

    #[test]
    fn the_mode_counts_where_they_have_one() {
        let valkey = |mode: &str| instance(&format!("redis_mode=\"{mode}\",valkey_version=\"9.1\""));
        let redis = |mode: &str| instance(&format!("redis_mode=\"{mode}\",redis_version=\"7.0\""));
        assert_eq!(found(&valkey("cluster"), &valkey("")).len(), 0);
        for (ours, theirs) in [
            (valkey("cluster"), valkey("standalone")),
            (valkey(""), valkey("standalone")),
            (redis("cluster"), redis("")),
            (instance("valkey_version=\"9.1\""), valkey("")),
        ] {
            assert_eq!(found(&ours, &theirs).len(), 2, "{ours}{theirs}");
        }
    }

    #[test]
    fn the_zone_counts_where_they_have_one() {
        let zone = |zone: &str| instance(&format!("availability_zone=\"{zone}\",redis_mode=\"standalone\""));
        assert_eq!(found(&zone("a"), &instance("redis_mode=\"standalone\"")).len(), 0);
        assert_eq!(found(&zone("a"), &zone("a")).len(), 0);
        assert_eq!(found(&zone("a"), &zone("b")).len(), 2);
        assert_eq!(found(&instance("redis_mode=\"standalone\""), &zone("a")).len(), 2);
    }

    fn found_from_newer(ours: &str, theirs: &str) -> Vec<Difference> {
        differences_from_newer(&Page::parse(ours).unwrap(), &Page::parse(theirs).unwrap())
    }

    #[test]
    fn a_newer_release_may_have_other_families() {
        let both = "# TYPE redis_s summary\nredis_s_sum 1\nredis_s_count 1\n";
        let mode = instance("redis_mode=\"cluster\",valkey_version=\"9.1\"");
        let ours = format!(
            "{both}{mode}# TYPE redis_db_keys_cached gauge\nredis_db_keys_cached{{db=\"db0\"}} 7\n\
            # TYPE redis_cluster_size gauge\nredis_cluster_size 3\n"
        );
        let theirs = format!("{both}{mode}# TYPE redis_of_tomorrow gauge\nredis_of_tomorrow{{a=\"b\"}} 1\n");
        assert_eq!(listed(&found_from_newer(&ours, &theirs)), "");
    }

    #[test]
    fn a_newer_release_must_agree_on_the_rest() {
        let page = "# TYPE redis_s summary\nredis_s_sum 1\nredis_s_count 1\n# TYPE redis_cluster_size gauge\n\
            redis_cluster_size 3\n# TYPE redis_a gauge\nredis_a 1\n";
        for (this, other) in [("size 3", "size 4"), ("_a gauge", "_a counter"), ("redis_a 1", "redis_a{b=\"c\"} 1")] {
            assert!(!found_from_newer(page, &page.replace(this, other)).is_empty(), "{other}");
        }
        assert_eq!(found_from_newer(page, &page.replace("redis_a", "redis_b")).len(), 1, "only we have it");
        assert_eq!(found_from_newer(&page.replace("redis_s_sum 1\n", ""), page).len(), 1, "a sample is no family");
    }
}
