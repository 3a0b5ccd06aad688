//! Looking at streams: what there is room for, and what is refused.

use redwasp_sdk::names::Name;
use redwasp_sdk::told::Refused;
use redwasp_sdk::{Command, Replies, Request};

use crate::families::MOST_SERIES;
use crate::found::{Found, Group};

/// Groups that are asked for at once: two commands for each.
pub(crate) const AT_ONCE: usize = 250;

/// Streams that fit patterns and are exported.
pub(crate) const MOST_STREAMS: usize = 9_000;

/// One collect or one walk.
pub(crate) struct Look {
    with_consumers: bool,
    /// Series for which there is room yet: what does not fit is not asked for, and not kept.
    room: usize,
    is_full: bool,
    pub(crate) refused: Refused,
}

impl Look {
    pub(crate) fn new(with_consumers: bool) -> Look {
        Look { with_consumers, room: MOST_SERIES, is_full: false, refused: Refused::default() }
    }

    /// What is said when there was more than there is room for.
    pub(crate) fn full(&self) -> Option<String> {
        let text = "some streams or their consumers are left out: there is room for";
        self.is_full.then(|| format!("{text} {MOST_STREAMS} streams that fit patterns, and for {MOST_SERIES} series"))
    }

    /// Says that there is no room for a stream.
    pub(crate) fn leave_out(&mut self) {
        self.is_full = true;
    }

    /// Makes room for a stream without its consumers; none when there is none.
    pub(crate) fn take(&mut self, found: Found) -> Option<Found> {
        let has_room = self.has_room(found.series() as f64);
        has_room.then_some(found)
    }

    fn has_room(&mut self, series: f64) -> bool {
        let has_room = series <= self.room as f64;
        if has_room {
            self.room -= series as usize;
        } else {
            self.is_full = true;
        }
        has_room
    }

    /// Looks at streams by name: types first, so that what is none is not asked for what only streams have. None when the
    /// server cannot be asked.
    pub(crate) fn by_name(&mut self, names: &[Name], request: &Request<'_>) -> Option<Vec<Found>> {
        let of = |command: Command, name: &Name| command.arg(&name.key).database(name.database);
        let types: Vec<Command> = names.iter().map(|name| of(Command::new("TYPE"), name)).collect();
        let types = self.refused.read("TYPE", request.pipeline(&types))?;
        let mut streams = Vec::new();
        for (place, name) in names.iter().enumerate() {
            let kind = types.reply(place).and_then(|kind| Ok(kind.text()?.into_owned()));
            // Without a type, another node of a cluster has it, or that is told.
            if self.refused.read("TYPE", kind).as_deref() == Some("stream") {
                streams.push(name);
            }
        }
        let both = |name: &&Name| ["STREAM", "GROUPS"].map(|what| of(Command::new("XINFO").arg(what), name));
        let commands: Vec<Command> = streams.iter().flat_map(both).collect();
        if commands.is_empty() {
            return Some(Vec::new());
        }
        let replies = self.refused.read("XINFO STREAM", request.pipeline(&commands))?;
        let mut all = Vec::new();
        for (place, name) in streams.into_iter().enumerate() {
            let Some(stream) = self.refused.read("XINFO STREAM", replies.reply(2 * place)) else { continue };
            let groups = self.refused.read("XINFO GROUPS", replies.reply(2 * place + 1));
            all.extend(self.take(Found::read(name.clone(), &stream, groups)));
        }
        Some(all)
    }

    /// Looks at the groups of streams: who consumes, and what is pending for longest. It ends where no more may be asked.
    pub(crate) fn closer(&mut self, found: &mut [Found], request: &Request<'_>) {
        let mut groups: Vec<(&Name, &mut Group)> = Vec::new();
        for Found { key, groups: some, .. } in found {
            groups.extend(some.iter_mut().map(|group| (&*key, group)));
        }
        for some in groups.chunks_mut(AT_ONCE) {
            let mut commands = Vec::new();
            let places: Vec<Places> = some.iter().map(|(key, group)| self.ask(key, group, &mut commands)).collect();
            if commands.is_empty() {
                continue;
            }
            let Some(replies) = self.refused.read("XPENDING", request.pipeline(&commands)) else { return };
            some.iter_mut().zip(places).for_each(|((_, group), places)| self.read(&places, &replies, group));
        }
    }

    fn ask(&mut self, key: &Name, group: &Group, commands: &mut Vec<Command>) -> Places {
        let mut add = |command: Command| {
            commands.push(command.database(key.database));
            commands.len() - 1
        };
        let consumers = || Command::new("XINFO").arg("CONSUMERS").arg(&key.key).arg(&group.name);
        let oldest = || Command::new("XPENDING").arg(&key.key).arg(&group.name).arg("-").arg("+").arg("1");
        let number = group.consumers.filter(|number| self.with_consumers && *number > 0.0);
        Places {
            consumers: number.filter(|number| self.has_room(2.0 * number)).map(|_| add(consumers())),
            oldest: group.pending.is_some_and(|pending| pending > 0.0).then(|| add(oldest())),
        }
    }

    fn read(&mut self, places: &Places, replies: &Replies, group: &mut Group) {
        let Places { consumers, oldest } = places;
        if let Some(reply) = consumers.and_then(|place| self.refused.read("XINFO CONSUMERS", replies.reply(place))) {
            group.take_consumers(&reply);
        }
        if let Some(reply) = oldest.and_then(|place| self.refused.read("XPENDING", replies.reply(place))) {
            group.take_oldest(&reply);
        }
    }
}

/// Where the replies about a group will be.
struct Places {
    consumers: Option<usize>,
    oldest: Option<usize>,
}
