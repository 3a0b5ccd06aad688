//! docs/plugins/commands.md tells of every row.

use std::collections::BTreeMap;
use std::{env, fs};

use crate::servers::policy::{Keys, Reading, Rule, rows};

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/plugins/commands.md");

const HEAD: &str = "# Commands that plugins may send\n\n\
    Every command of a plugin goes through one table (`host/src/servers/policy`), whoever grants it. What is not in it is\n\
    refused. `make golden` writes this page from it.\n\n\
    A grant names a command as it stands here: `HGET`, `XINFO STREAM`, or `XINFO` for all reads under XINFO. Upper and\n\
    lower case are the same. A command may have 10,000 arguments at most.\n\n\
    One thing goes past the table: a script that the operator names in `--script`. The built-in `scripts` has it run, word for\n\
    word and without keys, and no other plugin.\n";

const STATISTICS: &str = "\n## Statistics\n\n\
    No keys, and nothing of users: granted to every plugin, unless its grants say `statistics: false`. DBSIZE is granted in\n\
    the databases that the grants list.\n\n";

const KEYLESS: &str = "\n## Reads without keys\n\n\
    They tell more than everybody may know, or more than is always cheap: they have to be granted by name.\n\n";

const KEYS: &str = "\n## Reads of keys\n\n\
    They have to be granted by name, together with patterns that all their keys fit and with the database. A SCAN reads\n\
    what its MATCH says: that has to be inside of a granted pattern.\n\n";

const REFUSED: &str = "\n## Refused\n\nNo grant allows these.\n\n| reason | commands |\n|---|---|\n";

fn table(is_in: impl Fn(&Reading) -> bool) -> String {
    let mut lines = String::from("| command | what it tells | bound |\n|---|---|---|\n");
    for row in rows() {
        let Some(reading) = row.reading().filter(|reading| is_in(reading)) else { continue };
        let rule = reading.form.rule();
        let bound = if rule.is_empty() { String::new() } else { format!(" {rule}") };
        lines.push_str(&format!("| `{}` | {} |{bound} |\n", row.usage(), reading.what));
    }
    lines
}

fn refused() -> String {
    let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in rows() {
        if let Rule::Refused(reason) = row.rule {
            reasons.entry(reason).or_default().push(format!("`{}`", row.name));
        }
    }
    reasons.iter().map(|(reason, names)| format!("| {reason} | {} |\n", names.join(", "))).collect()
}

/// UPDATE_GOLDEN=1 writes the page anew.
#[test]
fn docs_tell_of_every_row() {
    let statistics = table(|reading| reading.statistic);
    let keyless = table(|reading| !reading.statistic && reading.keys == Keys::None);
    let keys = table(|reading| reading.keys != Keys::None);
    let page = [HEAD, STATISTICS, &statistics, KEYLESS, &keyless, KEYS, &keys, REFUSED, &refused()].concat();
    if env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        fs::write(DOCS, page).unwrap();
    } else {
        let found = fs::read_to_string(DOCS).unwrap_or_default();
        assert!(found == page, "docs/plugins/commands.md is not of this version: `make golden` writes it");
    }
}
