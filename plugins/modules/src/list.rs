//! Lines of INFO like `module:name=search,ver=21005,api=1,filters=0,usedby=[],using=[ReJSON],options=[handle-io-errors]`.

use redwasp_sdk::info::Info;
use redwasp_sdk::told::Told;
use redwasp_sdk::{Family, Plan, Report};
use serde::{Deserialize, Serialize};

/// Modules that are told.
pub(crate) const MOST_MODULES: usize = 200;

/// What is told of a module, as label and in INFO.
const LABELS: [&str; 6] = ["name", "ver", "api", "filters", "usedby", "using"];

/// Names of modules that have FT._LIST and FT.INFO: RediSearch since 2.0 and valkey-search, and a RediSearch without
/// coordinator.
const SEARCH: [&str; 2] = ["search", "searchlight"];

/// The modules themselves.
#[derive(Serialize, Deserialize)]
pub(crate) struct List {
    module: Family<6>,
}

/// One module, in the order of [`LABELS`].
pub(crate) struct Module<'a>([&'a str; 6]);

impl List {
    pub(crate) fn declare(plan: &mut Plan) -> List {
        let help = "A module with its version, the modules that use it and those that it uses (INFO MODULES: module).";
        List { module: plan.info("module_info", help, LABELS) }
    }

    pub(crate) fn read(&self, info: &Info<'_>, report: &mut Report, told: &mut Told) {
        for module in modules(info).take(MOST_MODULES) {
            report.set(self.module, module.0, 1.0);
        }
        let all = modules(info).count();
        if all > MOST_MODULES {
            told.tell("modules", &format!("there are {all} modules: the first {MOST_MODULES} are told"), report);
        }
    }
}

/// The modules that INFO tells of.
pub(crate) fn modules<'a>(info: &'a Info<'_>) -> impl Iterator<Item = Module<'a>> {
    info.fields().filter(|field| field.name == "module").filter_map(|field| Module::read(field.value))
}

impl<'a> Module<'a> {
    /// None for a line without one of the parts.
    fn read(line: &'a str) -> Option<Module<'a>> {
        let parts: Vec<&str> = Parts(line).collect();
        let part = |label: &str| parts.iter().find_map(|part| part.strip_prefix(label)?.strip_prefix('='));
        let mut values = [""; LABELS.len()];
        for (value, label) in values.iter_mut().zip(LABELS) {
            *value = part(label)?;
        }
        Some(Module(values))
    }

    pub(crate) fn is_search(&self) -> bool {
        SEARCH.contains(&self.0[0])
    }
}

/// What stands between commas, but for those within brackets.
struct Parts<'a>(&'a str);

impl<'a> Iterator for Parts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        let mut is_list = false;
        let end = self.0.find(|c: char| {
            is_list = c == '[' || is_list && c != ']';
            c == ',' && !is_list
        });
        let (part, rest) = end.map_or((self.0, ""), |end| (&self.0[..end], &self.0[end + 1..]));
        self.0 = rest;
        Some(part)
    }
}
