//! Metrics of single commands.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use redwasp_sdk::told::why;
use redwasp_sdk::{Command, Failure, Plan, Prefetched, Report, Request};
use serde::{Deserialize, Serialize};

use crate::commands::Known;
use crate::entry::Entry;
use crate::families::Declared;
use crate::path::{Document, Path, Shape};

/// Lines that are written in one call. The host takes as many.
const LINES: usize = 16;

/// A metric that is the reply to a command, or a part of it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Single {
    family: usize,
    labels: Vec<String>,
    words: String,
    reply: Prefetched,
    shape: Shape,
    path: Path,
    default: Option<f64>,
}

/// What the operator was told and is still so.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Kept {
    told: BTreeSet<u64>,
}

/// Commands of the plan: equal ones are asked once.
#[derive(Default)]
pub(crate) struct Asked(HashMap<(u32, Vec<String>), Prefetched>);

impl Asked {
    fn ask(&mut self, known: &Known, database: u32, plan: &mut Plan) -> Prefetched {
        *self.0.entry((database, known.words.clone())).or_insert_with(|| {
            let (name, args) = known.words.split_first().map_or(("", &[][..]), |(name, args)| (name.as_str(), args));
            plan.prefetch(args.iter().fold(Command::new(name), Command::arg).database(database))
        })
    }
}

impl Single {
    pub(crate) fn plan(
        entry: &Entry,
        known: &Known,
        (family, declared): (usize, &Declared),
        asked: &mut Asked,
        plan: &mut Plan,
    ) -> Single {
        Single {
            family,
            labels: declared.fixed(entry),
            words: known.words.join(" "),
            reply: asked.ask(known, entry.database, plan),
            shape: known.shape,
            path: entry.path.clone(),
            default: entry.default,
        }
    }

    /// The place of its command among those of the plan.
    pub(crate) fn reply(&self) -> Prefetched {
        self.reply
    }

    fn number<'a>(&self, request: &Request<'a>, document: &mut Document<'a>) -> Result<Option<f64>, String> {
        let reply = request.reply(self.reply).map_err(|failure| why(&failure))?;
        let number = self.path.number(&reply, self.shape, document);
        Ok(number.map_err(|unfit| unfit.why().to_owned())?.or(self.default))
    }
}

/// Reports what the commands of this call told. What cannot be had costs its own metric, and is told once.
pub(crate) fn collect(
    singles: &[Single],
    families: &[Declared],
    request: &Request<'_>,
    report: &mut Report,
) -> Result<(), Failure> {
    let (before, mut now): (Kept, Kept) = (request.saved().unwrap_or_default(), Kept::default());
    let (mut document, mut lines) = (Document::default(), 0);
    for single in singles {
        let Some(declared) = families.get(single.family) else { continue };
        let family = declared.single(report);
        match single.number(request, &mut document) {
            Ok(Some(value)) => report.set_any(family, single.labels.clone(), value),
            Ok(None) => {}
            Err(why) => {
                report.partial();
                let known = hash(&(declared.name(), &single.labels, &single.words, &why));
                if before.told.contains(&known) {
                    now.told.insert(known);
                } else if lines < LINES {
                    lines += 1;
                    now.told.insert(known);
                    let name = declared.name();
                    report.warn(format!("{name} is left out, for {} tells no number: {why} (told once)", single.words));
                }
            }
        }
    }
    report.keep(&now)
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
