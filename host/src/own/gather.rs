//! The host's metrics as a page.

use std::time::Duration;

use prometheus::proto::{Metric, MetricFamily, MetricType};

use super::process::Process;
use super::{Gauges, Own, Reloaded, Scrapes, lock, plugins};
use crate::build;
use crate::metrics::{Family, Kind, Page, Part, Value, qualified};

/// The version of a language that is not used.
const NO_GO: &str = "";

impl Own {
    /// For `/metrics`: everything.
    pub fn page(&self) -> Page {
        let gauges = self.gauges.get().map_or_else(Gauges::default, |read| read());
        self.connections.set(&gauges.connections);
        self.tasks.with_label_values(&["main"]).set(gauges.main_tasks as i64);
        self.tasks.with_label_values(&["guest"]).set(gauges.guest_tasks as i64);
        let scrapes = *lock(&self.scrapes);
        let mut parts = self.as_redis_exporter(scrapes, self.refused_requests.get());
        parts.extend(self.process.iter().flat_map(Process::parts));
        parts.extend(plugins::parts(&lock(&self.plugins)));
        parts.extend(self.of_plugins(&gauges));
        parts.extend(self.registry.gather().iter().filter_map(part));
        Page::build(parts)
    }

    /// For `/scrape`: redis_exporter starts a new exporter for each request there, so its counters begin anew.
    pub fn page_of_request(&self, duration: Duration) -> Page {
        let scrapes = Scrapes { count: 1, seconds: duration.as_secs_f64() };
        Page::build(self.as_redis_exporter(scrapes, 0))
    }

    /// What is known of plugins when the page is built.
    fn of_plugins(&self, gauges: &Gauges) -> Vec<Part> {
        let part = |kind, name: &str, help: &str, value: f64| -> Part {
            (Family::new(kind, name, help, &[]), vec![(Vec::new(), Value::Single(value))])
        };
        let [compilations, hits, failures] = gauges.compilations;
        let calls = "Calls of plugins under way, waiting for Redis included.";
        let limit = "Calls of plugins that can be under way at once; more wait in line.";
        let compiled = "Components that were compiled.";
        let found = "Components that were found compiled in the cache.";
        let spoilt = "Files of the cache that could not be used, read or written.";
        let mut parts = vec![
            part(Kind::Gauge, "redwasp_guest_calls", calls, gauges.guest_calls as f64),
            part(Kind::Gauge, "redwasp_guest_calls_limit", limit, gauges.guest_calls_limit as f64),
            part(Kind::Counter, "redwasp_compilations_total", compiled, compilations as f64),
            part(Kind::Counter, "redwasp_compile_cache_hits_total", found, hits as f64),
            part(Kind::Counter, "redwasp_compile_cache_failures_total", spoilt, failures as f64),
        ];
        if let Some(Reloaded { fault, success }) = &*lock(&self.reloads) {
            let name = "redwasp_config_last_reload_successful";
            let help = "1 if the configuration could be used when it was read last, else 0.";
            parts.push(part(Kind::Gauge, name, help, f64::from(u8::from(fault.is_none()))));
            let name = "redwasp_config_last_reload_success_timestamp_seconds";
            let help = "When a configuration was last read that could be used, Unix time.";
            parts.push(part(Kind::Gauge, name, help, *success));
        }
        let help = "Targets on which the collector is left alone for a while, because it failed there again and again.";
        let quarantined = Family::new(Kind::Gauge, "redwasp_collector_quarantined", help, &["collector"]);
        let sample = |(name, count): &(String, usize)| (vec![name.clone()], Value::Single(*count as f64));
        if !gauges.quarantined.is_empty() {
            parts.push((quarantined, gauges.quarantined.iter().map(sample).collect()));
        }
        parts
    }

    /// What redis_exporter says of itself.
    fn as_redis_exporter(&self, scrapes: Scrapes, refused_requests: u64) -> Vec<Part> {
        let family = |kind, name: &str, help: &str, labels: &[&str]| {
            Family::new(kind, qualified(&self.namespace, name), help, labels)
        };
        let counter = |name, help, value: u64| -> Part {
            (family(Kind::Counter, name, help, &[]), vec![(Vec::new(), Value::Single(value as f64))])
        };
        let duration = Value::Summary { quantiles: Vec::new(), sum: scrapes.seconds, count: scrapes.count };
        let mut parts = vec![
            counter("exporter_scrapes_total", "Scrapes of the configured targets.", scrapes.count),
            (
                family(Kind::Summary, "exporter_scrape_duration_seconds", "Time that scrapes took.", &[]),
                vec![(Vec::new(), duration)],
            ),
            counter("target_scrape_request_errors_total", "Requests to /scrape that were refused.", refused_requests),
        ];
        // It goes with the metrics of the process.
        if self.process.is_some() {
            let labels = ["version", "commit_sha", "build_date", "golang_version"];
            let values = [build::VERSION, build::COMMIT, build::DATE, NO_GO].map(str::to_owned).to_vec();
            let family = family(Kind::Info, "exporter_build_info", "The exporter's build, value 1.", &labels);
            parts.push((family, vec![(values, Value::Single(1.0))]));
        }
        parts
    }
}

fn part(family: &MetricFamily) -> Option<Part> {
    let (kind, value): (_, fn(&Metric) -> f64) = match family.get_field_type() {
        MetricType::COUNTER => (Kind::Counter, |metric| metric.get_counter().get_value()),
        MetricType::GAUGE => (Kind::Gauge, |metric| metric.get_gauge().get_value()),
        // Nothing else is registered.
        _ => return None,
    };
    let metrics = family.get_metric();
    let names: Vec<&str> = metrics.first()?.get_label().iter().map(|label| label.name()).collect();
    let labels = |metric: &Metric| metric.get_label().iter().map(|label| label.value().to_owned()).collect();
    let samples = metrics.iter().map(|metric| (labels(metric), Value::Single(value(metric)))).collect();
    Some((Family::new(kind, family.name(), family.help(), &names), samples))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::names::is_the_hosts;
    use crate::own::{Call, Closing, Connected, Pinged};

    fn value<'a>(page: &'a Page, name: &str, labels: &[&str]) -> Option<&'a Value> {
        let family = page.families.iter().position(|family| family.name == name)?;
        let samples = page.samples.iter().filter(|sample| sample.family as usize == family);
        samples.filter(|sample| sample.label_values == labels).map(|sample| &sample.value).next()
    }

    #[test]
    fn nobody_else_may_have_these_names() {
        let own = Own::new("redis", true, true).unwrap();
        own.call(&Call::of("info"));
        own.connections().failed("connect");
        for family in own.page().families.iter() {
            assert!(is_the_hosts(&family.name, "redis"), "{}", family.name);
        }
    }

    #[test]
    fn every_metric_has_its_value() {
        let own = Own::new("redis", true, false).unwrap();
        let half = Duration::from_millis(500);
        own.call(&Call {
            cpu: half,
            queue: half,
            prefetch: half * 2,
            guest: half * 3,
            redis: half * 4,
            memory: 7,
            commands: 8,
            reply_bytes: 9,
            denials: 10,
            dropped_lines: 11,
            dropped_samples: 2,
            ..Call::of("info")
        });
        own.call(&Call { outcome: "cpu", memory: 6, cut_label_values: 1, ..Call::of("info") });
        own.served("info", 13);
        own.scraped(Duration::from_millis(250));
        own.request_refused();
        own.connections().opened();
        own.connections().closed(Closing::MadeRoom);
        own.connections().pinged(Pinged::Refused);
        own.connections().failed("connect");
        own.connections().circuit_opened();
        own.connections().refused();
        let connections = Connected { idle: 2, used: 3, limit: 4, open_circuits: 5 };
        own.read_gauges(move || Gauges { connections, main_tasks: 5, guest_tasks: 1, ..Gauges::default() });
        let page = own.page();
        let singles: [(&str, &[&str], f64); 31] = [
            ("redwasp_collector_calls_total", &["info", "success"], 1.0),
            ("redwasp_collector_calls_total", &["info", "cpu"], 1.0),
            ("redwasp_collector_cpu_seconds_total", &["info"], 0.5),
            ("redwasp_collector_phase_seconds_total", &["info", "queue"], 0.5),
            ("redwasp_collector_phase_seconds_total", &["info", "prefetch"], 1.0),
            ("redwasp_collector_phase_seconds_total", &["info", "guest"], 1.5),
            ("redwasp_collector_phase_seconds_total", &["info", "redis"], 2.0),
            ("redwasp_collector_peak_memory_bytes", &["info"], 7.0),
            ("redwasp_collector_commands_total", &["info"], 8.0),
            ("redwasp_collector_reply_bytes_total", &["info"], 9.0),
            ("redwasp_collector_denied_commands_total", &["info"], 10.0),
            ("redwasp_collector_dropped_log_lines_total", &["info"], 11.0),
            ("redwasp_collector_samples", &["info"], 13.0),
            ("redwasp_collector_dropped_samples_total", &["info"], 2.0),
            ("redwasp_collector_cut_label_values_total", &["info"], 1.0),
            ("redwasp_connections_opened_total", &[], 1.0),
            ("redwasp_connections_closed_total", &["made-room"], 1.0),
            ("redwasp_connections_closed_total", &["idle"], 0.0),
            ("redwasp_connection_pings_total", &["refused"], 1.0),
            ("redwasp_connection_failures_total", &["connect"], 1.0),
            ("redwasp_circuits_opened_total", &[], 1.0),
            ("redwasp_circuit_refusals_total", &[], 1.0),
            ("redwasp_connections", &["idle"], 2.0),
            ("redwasp_connections", &["used"], 3.0),
            ("redwasp_connections_limit", &[], 4.0),
            ("redwasp_circuits_open", &[], 5.0),
            ("redwasp_tasks", &["main"], 5.0),
            ("redwasp_tasks", &["guest"], 1.0),
            ("redwasp_instance_pool", &[], 1.0),
            ("redis_exporter_scrapes_total", &[], 1.0),
            ("redis_target_scrape_request_errors_total", &[], 1.0),
        ];
        for (name, labels, expected) in singles {
            assert_eq!(value(&page, name, labels), Some(&Value::Single(expected)), "{name}");
        }
        let duration = Value::Summary { quantiles: Vec::new(), sum: 0.25, count: 1 };
        assert_eq!(value(&page, "redis_exporter_scrape_duration_seconds", &[]), Some(&duration));
    }

    #[test]
    fn what_is_no_longer_there_is_not_told() {
        let own = Own::new("redis", true, false).unwrap();
        own.set_collectors(["gone", "stays"].map(str::to_owned).into());
        own.call(&Call::of("gone"));
        own.call(&Call { outcome: "cpu", ..Call::of("gone") });
        own.call(&Call::of("stays"));
        let told = |name: &str| {
            let page = own.page();
            page.samples.iter().filter(|sample| sample.label_values.iter().any(|value| value == name)).count()
        };
        assert_eq!(told("gone"), told("stays") + 1);
        own.set_collectors(["stays".to_owned()].into());
        assert_eq!(told("gone"), 0);
        // A call that outlives its collector does not bring it back.
        own.call(&Call::of("gone"));
        assert_eq!(told("gone"), 0);
        assert!(told("stays") > 0);
    }

    #[test]
    fn the_build_goes_with_the_process() {
        let labels = [build::VERSION, build::COMMIT, build::DATE, ""];
        for is_wanted in [true, false] {
            let own = Own::new("redis", true, is_wanted).unwrap();
            for page in [own.page(), own.page_of_request(Duration::ZERO)] {
                let build = value(&page, "redis_exporter_build_info", &labels);
                assert_eq!(build, is_wanted.then_some(&Value::Single(1.0)));
            }
        }
    }
}
