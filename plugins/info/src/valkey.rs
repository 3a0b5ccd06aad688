//! What only Valkey tells with labels: I/O threads, certificates, scripting engines.

use redwasp_sdk::info::{self, Field};
use redwasp_sdk::{Family, Plan, Report, number};
use serde::{Deserialize, Serialize};

const ENGINE: [&str; 3] = ["engine", "module", "abi_version"];

/// Metrics with labels that only Valkey has.
#[derive(Serialize, Deserialize)]
pub(crate) struct Valkey {
    thread_active: Family<1>,
    certificate: Family<2>,
    engine: Family<3>,
    engine_memory: Family<3>,
    engine_overhead: Family<3>,
}

impl Valkey {
    pub(crate) fn declare(plan: &mut Plan) -> Valkey {
        Valkey {
            thread_active: plan.counter(
                "active_time_io_thread_seconds_total",
                "Seconds during which the I/O thread worked rather than waited (used_active_time_io_thread_<n>).",
                ["thread"],
            ),
            certificate: plan.info(
                "tls_certificate_info",
                "Serial number of a TLS certificate; none without one (tls_<certificate>_cert_serial).",
                ["certificate", "serial"],
            ),
            engine: plan.info("scripting_engine_info", "A scripting engine (engine_<n>).", ENGINE),
            engine_memory: plan.gauge(
                "scripting_engine_memory_used_bytes",
                "Bytes that the scripting engine uses (engine_<n>: used_memory).",
                ENGINE,
            ),
            engine_overhead: plan.gauge(
                "scripting_engine_memory_overhead_bytes",
                "Bytes of overhead of the scripting engine (engine_<n>: memory_overhead).",
                ENGINE,
            ),
        }
    }

    /// Sets the field's metrics. False when the field is none of these.
    pub(crate) fn read(&self, field: &Field<'_>, report: &mut Report) -> bool {
        if let Some(thread) = field.name.strip_prefix("used_active_time_io_thread_") {
            if let Some(seconds) = number::float(field.value) {
                report.set(self.thread_active, [thread], seconds);
            }
            true
        } else if let Some(certificate) = certificate(field) {
            report.set(self.certificate, [certificate, field.value], 1.0);
            true
        } else if field.section == "Scripting Engines" && field.name.starts_with("engine_") {
            self.engine(field.value, report);
            true
        } else {
            false
        }
    }

    /// `name=LUA,module=lua,abi_version=4,used_memory=135168,memory_overhead=56`.
    fn engine(&self, value: &str, report: &mut Report) -> Option<()> {
        let part = |wanted: &str| info::parts(value).find(|(name, _)| *name == wanted).map(|(_, value)| value);
        let labels = [part("name")?, part("module")?, part("abi_version")?];
        let (memory, overhead) = (number::float(part("used_memory")?)?, number::float(part("memory_overhead")?)?);
        report.set(self.engine, labels, 1.0);
        report.set(self.engine_memory, labels, memory);
        report.set(self.engine_overhead, labels, overhead);
        Some(())
    }
}

/// `tls_server_cert_serial`, of the certificates that Valkey has.
fn certificate<'a>(field: &Field<'a>) -> Option<&'a str> {
    let certificate = field.name.strip_prefix("tls_")?.strip_suffix("_cert_serial")?;
    (field.section == "TLS" && matches!(certificate, "server" | "client" | "ca")).then_some(certificate)
}
