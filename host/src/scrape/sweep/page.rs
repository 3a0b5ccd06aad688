//! Some keys that SCAN gave → what each sweep is shown of them, portion by portion.

use super::wishes::{Wish, Wishes};
use crate::plugin::{CallError, contract, told};
use crate::servers::{Command, Error, Filter, Reply, Steps, Walk};

/// Bytes of replies after which a portion is shown, for all who are shown it together: both we and a guest have them in
/// memory at once. One key may have more.
const PORTION: usize = 1 << 20;

/// And at least so many for each.
const LEAST_PORTION: usize = 64 << 10;

/// Keys that are looked at together; commands, and keys shown to somebody, after which no more keys are read for a portion.
pub(super) const LOT: usize = 1000;

/// What is shown of keys: for each wish those that fit.
pub(super) type Shown = Vec<Vec<contract::Swept>>;

/// Keys on their way to those who want them.
pub(super) struct Page<'a> {
    wishes: &'a Wishes<'a>,
    keys: &'a [Vec<u8>],
    /// The type of each key, "" where nobody has to know it.
    kinds: Vec<String>,
    /// By key.
    fits: Vec<Fit>,
    /// How many of these were shown.
    next: usize,
    /// Why not everything could be looked at.
    pub(super) left_out: Option<LeftOut>,
}

/// What of some keys could not be looked at.
#[derive(Clone, Debug)]
pub(super) struct LeftOut {
    pub(super) reason: String,
    /// Whether that is of concern only to those who have to know types.
    pub(super) is_type: bool,
}

impl LeftOut {
    /// What concerns more of those who walk; of equals the first.
    pub(super) fn worse(one: Option<LeftOut>, other: Option<LeftOut>) -> Option<LeftOut> {
        match (one, other) {
            (Some(one), Some(other)) => Some(if one.is_type && !other.is_type { other } else { one }),
            (one, other) => one.or(other),
        }
    }
}

/// A key that fits a wish.
struct Fit {
    key: usize,
    wish: usize,
}

/// What is read for some keys.
#[derive(Default)]
struct Lot {
    /// None twice for one key.
    commands: Vec<Command>,
    /// For each fit and each read of its sweep where the reply will be; none for a read of other types.
    places: Vec<Vec<Option<usize>>>,
    /// For each key where its fits and its commands end.
    ends: Vec<(usize, usize)>,
}

impl<'a> Page<'a> {
    /// Looks at keys: which fit, and of what types they are.
    ///
    /// # Errors
    /// Why the walk cannot go on.
    pub(super) async fn of(
        walk: &mut Walk<'_>,
        filter: &Filter,
        wishes: &'a Wishes<'a>,
        keys: &'a [Vec<u8>],
    ) -> Result<Page<'a>, Error> {
        let kinds = vec![filter.kind.clone().unwrap_or_default(); keys.len()];
        let mut page = Page { wishes, keys, kinds, fits: Vec::new(), next: 0, left_out: None };
        page.fit(filter);
        if filter.kind.is_none() {
            page.ask_kinds(walk).await?;
        }
        let Page { fits, kinds, .. } = &mut page;
        fits.retain(|fit| wishes.all[fit.wish].takes(&kinds[fit.key]));
        Ok(page)
    }

    /// Finds the keys that fit wishes, by pattern.
    fn fit(&mut self, filter: &Filter) {
        let steps = Steps::default();
        let is_filtered = filter.pattern.is_some();
        for (key, name) in self.keys.iter().enumerate() {
            let fits = |wish: &Wish<'_>| is_filtered || wish.sweep.glob.matches(name, &steps);
            let wishes = self.wishes.all.iter().enumerate().filter(|(_, wish)| fits(wish));
            self.fits.extend(wishes.map(|(wish, _)| Fit { key, wish }));
        }
        if !steps.are_left() {
            let reason = "patterns take too long to compare with so many long keys: write these simpler";
            self.left_out = Some(LeftOut { reason: reason.to_owned(), is_type: false });
        }
    }

    /// Asks for the types that somebody has to know.
    async fn ask_kinds(&mut self, walk: &mut Walk<'_>) -> Result<(), Error> {
        let needs = |fit: &&Fit| self.wishes.all[fit.wish].sweep.needs_types();
        let mut wanted: Vec<usize> = self.fits.iter().filter(needs).map(|fit| fit.key).collect();
        wanted.dedup();
        let names: Vec<&[u8]> = wanted.iter().map(|&key| self.keys[key].as_slice()).collect();
        let mut replies = Vec::with_capacity(names.len());
        while replies.len() < names.len() {
            let some = walk.types(&names[replies.len()..]).await?;
            if some.is_empty() {
                break;
            }
            replies.extend(some);
        }
        replies.resize_with(names.len(), || None);
        for (key, reply) in wanted.into_iter().zip(replies) {
            self.kinds[key] = match reply {
                // +string
                Some(Ok(answer)) => {
                    let text = answer.bytes.strip_prefix(b"+").unwrap_or_default();
                    String::from_utf8_lossy(text).trim_end().to_owned()
                }
                Some(Err(error)) => {
                    let refused = || LeftOut { reason: format!("TYPE is refused: {error}"), is_type: true };
                    self.left_out.get_or_insert_with(refused);
                    UNKNOWN.to_owned()
                }
                None => UNKNOWN.to_owned(),
            };
        }
        Ok(())
    }

    /// The next portion; nothing when all were shown, or no more may be read.
    ///
    /// # Errors
    /// Why the walk cannot go on.
    pub(super) async fn next(&mut self, walk: &mut Walk<'_>) -> Result<Option<Shown>, Error> {
        let lot = self.lot();
        let most = (PORTION / self.wishes.all.len().max(1)).max(LEAST_PORTION);
        let replies = lot.read(walk, most).await?;
        let whole = lot.ends.partition_point(|(_, commands)| *commands <= replies.len());
        let Some((count, _)) = whole.checked_sub(1).map(|last| lot.ends[last]) else {
            self.next = self.fits.len();
            return Ok(None);
        };
        let mut shown: Shown = self.wishes.all.iter().map(|_| Vec::new()).collect();
        for (fit, places) in self.fits[self.next..self.next + count].iter().zip(&lot.places) {
            let of = &self.wishes.all[fit.wish];
            let read = |place: &Option<usize>| place.map(|place| reply(replies.get(place), of.nesting));
            let kind = if of.sweep.needs_types() { self.kinds[fit.key].clone() } else { String::new() };
            let reads = places.iter().map(read).collect();
            shown[fit.wish].push(contract::Swept { key: self.keys[fit.key].clone(), kind, reads });
        }
        self.next += count;
        Ok(Some(shown))
    }

    /// What to read for the next keys.
    fn lot(&self) -> Lot {
        let mut lot = Lot::default();
        // For each read the last key that it is made of, and where.
        let mut made = vec![(usize::MAX, 0); self.wishes.reads.len()];
        for fits in self.fits[self.next..].chunk_by(|one, other| one.key == other.key) {
            for fit in fits {
                let (wish, key) = (&self.wishes.all[fit.wish], fit.key);
                let reads = wish.sweep.reads.iter().zip(&wish.reads);
                let places = reads.map(|(read, &which)| {
                    is_among(&self.kinds[key], &read.types).then(|| {
                        if made[which].0 != key {
                            made[which] = (key, lot.commands.len());
                            lot.commands.push(read.of(&self.keys[key]));
                        }
                        made[which].1
                    })
                });
                let places = places.collect();
                lot.places.push(places);
            }
            lot.ends.push((lot.places.len(), lot.commands.len()));
            if lot.commands.len().max(lot.places.len()) >= LOT {
                break;
            }
        }
        lot
    }
}

impl Lot {
    /// Reads until there is enough to show. What was begun of a key is read to its end, unless no more may be read.
    async fn read(&self, walk: &mut Walk<'_>, most: usize) -> Result<Vec<Option<Reply>>, Error> {
        let (mut replies, mut bytes) = (Vec::new(), 0);
        while replies.len() < self.commands.len() {
            let end = if bytes < most { self.commands.len() } else { self.end_of_key(replies.len()) };
            if end == replies.len() {
                break;
            }
            let some = walk.some(&self.commands[replies.len()..end]).await?;
            if some.is_empty() {
                break;
            }
            let size =
                |reply: &Option<Reply>| reply.as_ref().map_or(0, |reply| reply.as_ref().map_or(0, |it| it.bytes.len()));
            bytes += some.iter().map(size).sum::<usize>();
            replies.extend(some);
        }
        Ok(replies)
    }

    /// Where the commands end of the key whose commands were sent last.
    fn end_of_key(&self, sent: usize) -> usize {
        let key = self.ends.partition_point(|(_, commands)| *commands < sent);
        self.ends.get(key).map_or(sent, |(_, commands)| *commands)
    }
}

/// No type is called so.
const UNKNOWN: &str = "?";

/// What TYPE says of a key that is there no more.
const GONE: &str = "none";

impl Wish<'_> {
    fn takes(&self, kind: &str) -> bool {
        !self.sweep.needs_types() && kind != GONE
            || (kind != GONE && kind != UNKNOWN) && is_among(kind, &self.sweep.types)
    }
}

/// Whether a type is one of these, or these are for all.
fn is_among(kind: &str, types: &[String]) -> bool {
    types.is_empty() || types.iter().any(|wanted| wanted.eq_ignore_ascii_case(kind))
}

fn reply(reply: Option<&Option<Reply>>, nesting: u32) -> Result<Vec<u8>, CallError> {
    match reply {
        Some(Some(reply)) => told(reply, nesting),
        Some(None) => Err(CallError::Limit("the reply is longer than may be read at once".to_owned())),
        None => Err(CallError::Other("a fault in redwasp: the reply is missing".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::{KeyRead, Sweep};
    use crate::servers::Glob;

    fn read(command: &str, types: &[&str]) -> KeyRead {
        let types = types.iter().map(|kind| (*kind).to_owned()).collect();
        KeyRead { before: vec![command.as_bytes().to_vec()], after: vec![], types }
    }

    fn sweep(reads: Vec<KeyRead>) -> Sweep {
        Sweep { database: 0, pattern: b"*".to_vec(), glob: Glob::new(b"*").unwrap(), types: vec![], reads }
    }

    #[test]
    fn a_read_that_several_want_is_made_once_for_a_key() {
        let sweeps = [
            sweep(vec![read("GET", &["string"]), read("HLEN", &["HASH"])]),
            sweep(vec![read("GET", &[]), read("PTTL", &[])]),
        ];
        let reads = [&sweeps[0].reads[0], &sweeps[0].reads[1], &sweeps[1].reads[1]];
        let wish = |part: usize, reads: [usize; 2]| Wish {
            part,
            index: 0,
            sweep: &sweeps[part],
            nesting: 1,
            reads: reads.into(),
        };
        let wishes = Wishes { all: vec![wish(0, [0, 1]), wish(1, [0, 2])], reads: reads.into() };
        let keys = [b"a".to_vec(), b"b".to_vec()];
        let kinds = ["string", "hash"].map(str::to_owned).into();
        let fits = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(key, wish)| Fit { key, wish }).into();
        let lot = Page { wishes: &wishes, keys: &keys, kinds, fits, next: 0, left_out: None }.lot();
        let sent: Vec<String> = lot
            .commands
            .iter()
            .map(|command| command.args.iter().map(|arg| arg.escape_ascii().to_string()).collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(sent, ["GET a", "PTTL a", "HLEN b", "GET b", "PTTL b"]);
        let places = [vec![Some(0), None], vec![Some(0), Some(1)], vec![None, Some(2)], vec![Some(3), Some(4)]];
        assert_eq!(lot.places, places);
        assert_eq!(lot.ends, [(2, 2), (4, 5)]);
        assert_eq!([0, 1, 2, 3, 5].map(|sent| lot.end_of_key(sent)), [2, 2, 2, 5, 5]);
    }
}
