//! The fields of INFO that become metrics.
//!
//! Names are redis_exporter's, also where they do not follow the naming guidelines (a gauge that ends in `_total`),
//! so that dashboards keep working. Each HELP text ends with the field it comes from.

mod lookup;
mod modules;
mod other;
mod server;

use redwasp_sdk::info;
use redwasp_sdk::{Family, Kind, Plan, Report};
use serde::{Deserialize, Serialize};

use lookup::position;
use modules::MODULES;
use other::OTHER;
use server::SERVER;

/// A field of INFO and the metric it becomes.
#[derive(Clone, Copy)]
struct Field {
    /// As INFO spells it.
    field: &'static str,
    /// Metric name without namespace.
    name: &'static str,
    help: &'static str,
    kind: Kind,
    /// The field's value is divided by this to get base units.
    divisor: f64,
    /// About the machine, not the server: off unless configured.
    system: bool,
}

/// The metrics of the fields.
#[derive(Serialize, Deserialize)]
pub(crate) struct Fields {
    /// One for each of [`FIELDS`]; none where the configuration leaves it out.
    families: Vec<Option<Family<0>>>,
}

impl Fields {
    pub(crate) fn declare(system_metrics: bool, plan: &mut Plan) -> Fields {
        let mut declare = |field: &Field| match field.kind {
            Kind::Counter => plan.counter(field.name, field.help, []),
            _ => plan.gauge(field.name, field.help, []),
        };
        let wanted = |field: &Field| system_metrics || !field.system;
        Fields { families: FIELDS.iter().map(|field| wanted(field).then(|| declare(field))).collect() }
    }

    /// Sets the field's metric. False when the field is not in the list.
    pub(crate) fn read(&self, field: &info::Field<'_>, report: &mut Report) -> bool {
        let Some(position) = position(field.name) else { return false };
        if let (Some(Some(family)), Some(value)) = (self.families.get(position), info::number(field.value)) {
            report.set(*family, [], value / FIELDS[position].divisor);
        }
        true
    }
}

/// Every field, with [`position`] for an index.
static FIELDS: [Field; SERVER.len() + MODULES.len() + OTHER.len()] = {
    let mut fields = [SERVER[0]; SERVER.len() + MODULES.len() + OTHER.len()];
    let mut place = 0;
    while place < fields.len() {
        fields[place] = if place < SERVER.len() {
            SERVER[place]
        } else if place < SERVER.len() + MODULES.len() {
            MODULES[place - SERVER.len()]
        } else {
            OTHER[place - SERVER.len() - MODULES.len()]
        };
        place += 1;
    }
    fields
};

const fn gauge(field: &'static str, name: &'static str, help: &'static str) -> Field {
    Field { field, name, help, kind: Kind::Gauge, divisor: 1.0, system: false }
}

const fn counter(field: &'static str, name: &'static str, help: &'static str) -> Field {
    Field { field, name, help, kind: Kind::Counter, divisor: 1.0, system: false }
}

impl Field {
    const fn divided_by(self, divisor: f64) -> Field {
        Field { divisor, ..self }
    }

    const fn system(self) -> Field {
        Field { system: true, ..self }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn fields_and_names_are_unique() {
        let mut fields = HashSet::new();
        let mut names = HashSet::new();
        for field in &FIELDS {
            assert!(fields.insert(field.field), "two rows for the field {}", field.field);
            assert!(names.insert(field.name), "two rows for the metric {}", field.name);
        }
    }

    #[test]
    fn help_ends_with_the_field() {
        for field in &FIELDS {
            assert!(field.help.ends_with(&format!(" ({}).", field.field)), "{}", field.help);
        }
    }

    const BEGIN: &str = "<!-- metrics: begin -->\n";
    const END: &str = "<!-- metrics: end -->\n";

    #[test]
    fn the_readme_lists_the_fields() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
        let readme = std::fs::read_to_string(path).unwrap();
        let (before, rest) = readme.split_once(BEGIN).expect("README.md has the mark before the table");
        let (listed, after) = rest.split_once(END).expect("README.md has the mark after the table");
        let table = table();
        if redwasp_sdk::testing::accepting() {
            std::fs::write(path, [before, BEGIN, &table, END, after].concat()).unwrap();
        } else if listed != table {
            let same = listed.lines().zip(table.lines()).take_while(|(listed, row)| listed == row).count();
            let row = |text: &str| text.lines().nth(same).unwrap_or("nothing").to_owned();
            let (listed, row) = (row(listed), row(&table));
            panic!("README.md has {listed} where FIELDS gives {row}; run with UPDATE_GOLDEN=1 to accept");
        }
    }

    fn table() -> String {
        let mut table = String::from("\n| Metric | Type | INFO field |\n|---|---|---|\n");
        for field in &FIELDS {
            let kind = if field.kind == Kind::Counter { "counter" } else { "gauge" };
            table += &format!("| `redis_{}` | {kind} | `{}`{} |\n", field.name, field.field, remark(field));
        }
        table + "\n"
    }

    fn remark(field: &Field) -> String {
        match (field.system, field.divisor == 1.0) {
            (true, _) => ", with `system_metrics`".to_owned(),
            (false, true) => String::new(),
            (false, false) => format!(" / {}", field.divisor),
        }
    }
}
