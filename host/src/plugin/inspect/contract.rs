//! Whether a component fits the contract.

use std::collections::BTreeMap;

use super::outline::Outline;
use super::{Inspection, Problem, World, refuse};
use crate::plugin::{imports, words};

const COLLECTOR: &str = "redwasp:collector/collector";
const SWEEPER: &str = "redwasp:collector/sweeper";

/// The contract's version that is spoken here.
const VERSION: &str = "0.1.0";

/// Names of one kind that are kept.
const KEPT: usize = 64;

/// Checks what is exported before what is imported: a component for another contract imports that one's interfaces.
pub(super) fn check(outline: Outline<'_>) -> Result<Inspection, Problem> {
    let contract = version(&outline.exports)?;
    let unknown: Vec<&str> = outline.imports.iter().copied().filter(|import| !is_offered(import)).collect();
    if !unknown.is_empty() {
        let reason = format!("imports what is not offered: {}", unknown.join(", "));
        return Err(refuse(reason).hint(hints(&unknown)));
    }
    let world = world(&outline);
    let keep = |names: &[&str]| names.iter().take(KEPT).map(|name| words::tidy(name)).collect();
    let sections = outline.custom_sections.iter().take(KEPT).map(|(name, bytes)| (words::tidy(name), *bytes));
    Ok(Inspection {
        world,
        contract: words::tidy(contract),
        imports: keep(&outline.imports),
        exports: keep(&outline.exports),
        modules: outline.modules,
        custom_sections: sections.collect::<BTreeMap<_, _>>(),
    })
}

/// The contract's version that a component was built against.
fn version<'a>(exports: &[&'a str]) -> Result<&'a str, Problem> {
    let versions: Vec<&str> = exports.iter().filter_map(|export| versioned(export, COLLECTOR)).collect();
    let ours = track_of_version(VERSION);
    if let Some(version) = versions.iter().find(|version| track_of_version(version) == ours) {
        return Ok(version);
    }
    let spoken = format!("this redwasp speaks {}", ours.unwrap_or(VERSION));
    if !versions.is_empty() {
        let exported: Vec<String> = versions.iter().map(|version| format!("{COLLECTOR}@{version}")).collect();
        return Err(refuse(format!("exports {}, {spoken}", exported.join(", ")))
            .hint("rebuild it with the SDK of this version, or run the redwasp that it was built for"));
    }
    let problem = match exports {
        [] => refuse("is no collector: it exports nothing"),
        _ => refuse(format!("is no collector: it exports {}", exports.join(", "))),
    };
    let is_program = exports.iter().any(|export| versioned(export, "wasi:cli/run").is_some());
    Err(match is_program {
        true => problem.hint(format!(
            "it is a program with a main; a collector is a library (in Rust crate-type = [\"cdylib\"]) that exports \
             {COLLECTOR}@{VERSION}"
        )),
        false => problem.hint(format!("a collector exports {COLLECTOR}@{VERSION}; build it with an SDK of redwasp")),
    })
}

fn world(outline: &Outline<'_>) -> World {
    let imports = |interface| outline.imports.iter().any(|import| versioned(import, interface).is_some());
    if outline.exports.iter().any(|export| versioned(export, SWEEPER).is_some()) {
        World::Sweeping
    } else if imports("redwasp:collector/redis") || imports("redwasp:collector/log") {
        World::Active
    } else {
        World::Pure
    }
}

/// Whether the linker has it: the very version, or another one of its track.
fn is_offered(import: &str) -> bool {
    imports::offered().any(|offered| import == offered || track(import).is_some_and(|one| Some(one) == track(offered)))
}

/// What is said of imports that are not offered: each hint once.
fn hints(imports: &[&str]) -> String {
    let mut hints: Vec<&str> = Vec::new();
    for import in imports {
        let hint = hint(import);
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    hints.join("; ")
}

fn hint(import: &str) -> &'static str {
    let version = import.rsplit_once('@').map_or("", |(_, version)| version);
    match import {
        _ if import.starts_with("redwasp:collector/") => "rebuild it with the SDK of this version of redwasp",
        _ if import.starts_with("wasi:") && !version.starts_with("0.2.") => {
            "only WASI 0.2 is offered: build for wasm32-wasip2"
        }
        _ if import.starts_with("wasi:") && version.contains('-') => {
            "this is a release candidate of WASI: build with a newer toolchain"
        }
        _ if import.starts_with("wasi:sockets/") => {
            "a collector has no network; if it does not need it, build with componentize-py --stub-wasi or \
             componentize-qjs --stub-wasi"
        }
        _ if import.starts_with("wasi:http/") => {
            "a collector has no network; if it does not need it, build with jco componentize --disable http \
             --disable fetch-event"
        }
        _ => "a collector may import redwasp:collector and WASI 0.2 without sockets and HTTP",
    }
}

/// The version of an interface, if the name is of this interface.
fn versioned<'a>(name: &'a str, interface: &str) -> Option<&'a str> {
    name.strip_prefix(interface)?.strip_prefix('@')
}

/// Interface and track: what versions have in common that can stand in for each other, as the linker of wasmtime has it.
fn track(name: &str) -> Option<(&str, &str)> {
    let (interface, version) = name.split_once('@')?;
    Some((interface, track_of_version(version)?))
}

/// `1` of 1.2.3, `0.2` of 0.2.3. None of 0.0.3 and of pre-releases, which nothing can stand in for.
fn track_of_version(version: &str) -> Option<&str> {
    let (release, _build) = version.split_once('+').unwrap_or((version, ""));
    let mut numbers = release.splitn(3, '.').map(|number| number.parse::<u64>().ok());
    let (major, minor, _patch) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let dots: Vec<usize> = release.match_indices('.').map(|(place, _)| place).collect();
    match (major, minor) {
        (0, 0) => None,
        (0, _) => Some(&release[..dots[1]]),
        _ => Some(&release[..dots[0]]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracks_are_those_of_the_linker() {
        let tracks =
            ["0.1.0", "0.2.12", "1.2.3", "1.2.3+x.y", "0.0.1", "0.2.0-rc-2023", "1", "0.1", "x.y.z", "1.2.3.4"]
                .map(track_of_version);
        assert_eq!(tracks, [Some("0.1"), Some("0.2"), Some("1"), Some("1"), None, None, None, None, None, None]);
    }

    #[test]
    fn other_versions_of_the_track_are_offered() {
        for offered in ["redwasp:collector/redis@0.1.7", "wasi:io/poll@0.2.0", "wasi:cli/exit@0.2.12"] {
            assert!(is_offered(offered), "{offered}");
        }
        for not in ["redwasp:collector/redis@0.2.0", "wasi:io/poll@0.3.0", "wasi:io/poll@0.2.0-rc", "wasi:io/poll", "x"]
        {
            assert!(!is_offered(not), "{not}");
        }
    }
}
