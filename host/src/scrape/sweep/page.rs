//! Some keys that SCAN gave → what each sweep is shown of them.

use crate::plugin::{CallError, Sweep, contract, told};
use crate::servers::{Command, Error, Filter, Reply, Steps, Walk};

/// A sweep of a collector, on the database that is walked.
pub(super) struct Wish<'a> {
    /// Which of the run's collectors it is of.
    pub(super) part: usize,
    /// Index into the plan's sweeps.
    pub(super) index: u32,
    pub(super) sweep: &'a Sweep,
    /// How deep a reply may be nested.
    pub(super) nesting: u32,
}

/// What the server can leave out by itself: what all sweeps leave out.
pub(super) fn filter(wishes: &[Wish<'_>], has_scan_type: bool) -> Filter {
    let Some((first, others)) = wishes.split_first() else { return Filter::default() };
    let is_all = first.sweep.pattern == b"*";
    let same_pattern = others.iter().all(|other| other.sweep.pattern == first.sweep.pattern);
    let same_type = others.iter().all(|other| other.sweep.types == first.sweep.types);
    let kind = match first.sweep.types.as_slice() {
        [kind] if same_type && has_scan_type => Some(kind.clone()),
        _ => None,
    };
    Filter { pattern: (same_pattern && !is_all).then(|| first.sweep.pattern.clone()), kind }
}

/// One page: for each wish the keys that it is shown.
pub(super) struct Page {
    pub(super) shown: Vec<Vec<contract::Swept>>,
    /// Why not everything could be looked at.
    pub(super) left_out: Option<String>,
}

/// A key that fits a wish.
struct Fit {
    key: usize,
    wish: usize,
    /// For each read of the sweep where its reply will be; none for a read of other types.
    reads: Vec<Option<usize>>,
}

/// Looks at keys, and reads of them what is wanted.
///
/// # Errors
/// Why the walk cannot go on.
pub(super) async fn page(
    walk: &mut Walk<'_>,
    filter: &Filter,
    wishes: &[Wish<'_>],
    keys: &[Vec<u8>],
) -> Result<Page, Error> {
    let mut left_out = None;
    let mut fits = fitting(filter, wishes, keys, &mut left_out);
    let kinds = kinds(walk, filter, wishes, keys, &fits, &mut left_out).await?;
    fits.retain(|fit| wishes[fit.wish].takes(&kinds[fit.key]));
    let commands = reads(wishes, keys, &kinds, &mut fits);
    let replies = walk.read(&commands).await?;
    let mut shown: Vec<Vec<contract::Swept>> = wishes.iter().map(|_| Vec::new()).collect();
    for Fit { key, wish, reads } in fits {
        let of = &wishes[wish];
        let read = |place: Option<usize>| place.map(|place| reply(replies.get(place), of.nesting));
        let kind = if of.sweep.needs_types() { kinds[key].clone() } else { String::new() };
        let reads = reads.into_iter().map(read).collect();
        shown[wish].push(contract::Swept { key: keys[key].clone(), kind, reads });
    }
    Ok(Page { shown, left_out })
}

/// Which keys fit which wish, by pattern.
fn fitting(filter: &Filter, wishes: &[Wish<'_>], keys: &[Vec<u8>], left_out: &mut Option<String>) -> Vec<Fit> {
    let steps = Steps::default();
    let is_filtered = filter.pattern.is_some();
    let fits = |key: &[u8], wish: &Wish<'_>| is_filtered || wish.sweep.glob.matches(key, &steps);
    let mut all = Vec::with_capacity(keys.len());
    for (key, name) in keys.iter().enumerate() {
        let wishes = wishes.iter().enumerate().filter(|(_, wish)| fits(name, wish));
        all.extend(wishes.map(|(wish, _)| Fit { key, wish, reads: Vec::new() }));
    }
    if !steps.are_left() {
        *left_out = Some("patterns take too long to compare with so many long keys: write these simpler".to_owned());
    }
    all
}

/// The type of each key, "" where nobody has to know it.
async fn kinds(
    walk: &mut Walk<'_>,
    filter: &Filter,
    wishes: &[Wish<'_>],
    keys: &[Vec<u8>],
    fits: &[Fit],
    left_out: &mut Option<String>,
) -> Result<Vec<String>, Error> {
    let mut kinds = vec![filter.kind.clone().unwrap_or_default(); keys.len()];
    if filter.kind.is_some() {
        return Ok(kinds);
    }
    let mut wanted: Vec<usize> =
        fits.iter().filter(|fit| wishes[fit.wish].sweep.needs_types()).map(|fit| fit.key).collect();
    wanted.dedup();
    let commands: Vec<Command> =
        wanted.iter().map(|&key| Command::of(vec![b"TYPE".to_vec(), keys[key].clone()])).collect();
    for (key, reply) in wanted.into_iter().zip(walk.read(&commands).await?) {
        kinds[key] = match reply {
            // +string
            Some(Ok(answer)) => {
                let text = answer.bytes.strip_prefix(b"+").unwrap_or_default();
                String::from_utf8_lossy(text).trim_end().to_ascii_lowercase()
            }
            Some(Err(error)) => {
                left_out.get_or_insert_with(|| format!("TYPE is refused: {error}"));
                UNKNOWN.to_owned()
            }
            None => UNKNOWN.to_owned(),
        };
    }
    Ok(kinds)
}

/// No type is called so.
const UNKNOWN: &str = "?";

/// What TYPE says of a key that is there no more.
const GONE: &str = "none";

impl Wish<'_> {
    fn takes(&self, kind: &str) -> bool {
        !self.sweep.needs_types() && kind != GONE
            || (kind != GONE && kind != UNKNOWN)
                && (self.sweep.types.is_empty() || self.sweep.types.iter().any(|wanted| wanted == kind))
    }
}

/// The commands that are needed, none twice for one key.
fn reads(wishes: &[Wish<'_>], keys: &[Vec<u8>], kinds: &[String], fits: &mut [Fit]) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::with_capacity(fits.len());
    let (mut of_key, mut first) = (usize::MAX, 0);
    for fit in fits {
        if fit.key != of_key {
            (of_key, first) = (fit.key, commands.len());
        }
        for read in &wishes[fit.wish].sweep.reads {
            let is_for = read.types.is_empty() || read.types.contains(&kinds[fit.key]);
            let place = is_for.then(|| {
                let command = read.of(&keys[fit.key]);
                let same = commands[first..].iter().position(|other| *other == command).map(|place| first + place);
                same.unwrap_or_else(|| {
                    commands.push(command);
                    commands.len() - 1
                })
            });
            fit.reads.push(place);
        }
    }
    commands
}

fn reply(reply: Option<&Option<Reply>>, nesting: u32) -> Result<Vec<u8>, CallError> {
    match reply {
        Some(Some(reply)) => told(reply, nesting),
        Some(None) => Err(CallError::Limit("the reply is longer than may be read at once".to_owned())),
        None => Err(CallError::Other("a fault in redwasp: the reply is missing".to_owned())),
    }
}
