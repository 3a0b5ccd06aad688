//! A line of CLUSTER NODES.

/// What a node may be taken for: each is of one of these.
pub(crate) const STATES: [&str; 5] = [OK, "pfail", "fail", "handshake", "noaddr"];

const OK: &str = "ok";

/// Flags with the state that they mean. Of several the first one here counts: who has failed counts as that, with an address or
/// without.
const FLAGS: [(&str, &str); 4] =
    [("fail", "fail"), ("fail?", "pfail"), ("handshake", "handshake"), ("noaddr", "noaddr")];

/// A node, as the one that was asked sees it.
pub(crate) struct Node<'a> {
    pub(crate) id: &'a str,
    /// Since Redis 7.0, where one was set.
    pub(crate) hostname: Option<&'a str>,
    flags: &'a str,
    /// The id of the node that it replicates.
    pub(crate) primary: Option<&'a str>,
    pub(crate) epoch: Option<u64>,
    pub(crate) is_connected: bool,
    /// Ranges of slots, and of the node itself those that move.
    slots: &'a str,
}

/// How many slots a node has.
#[derive(Default)]
pub(crate) struct Slots {
    pub(crate) owned: u32,
    pub(crate) migrating: u32,
    pub(crate) importing: u32,
}

impl<'a> Node<'a> {
    /// Reads a line. None for one that lacks something: only slots may.
    pub(crate) fn read(line: &'a str) -> Option<Node<'a>> {
        let mut words = line.splitn(9, ' ');
        let [id, address, flags, primary, _ping_sent, _pong_received, epoch, link] = [(); 8].map(|()| words.next());
        Some(Node {
            id: id.filter(|id| !id.is_empty())?,
            // Behind the hostname servers may tell more, behind further commas.
            hostname: address?.split(',').nth(1).filter(|name| !name.is_empty()),
            flags: flags?,
            primary: primary.filter(|primary| *primary != "-"),
            epoch: epoch?.parse().ok(),
            is_connected: link? == "connected",
            slots: words.next().unwrap_or_default(),
        })
    }

    pub(crate) fn is_myself(&self) -> bool {
        self.has("myself")
    }

    /// As servers call it; none of a node that nobody knows yet.
    pub(crate) fn role(&self) -> Option<&'static str> {
        ["master", "slave"].into_iter().find(|role| self.has(role))
    }

    /// One of [`STATES`].
    pub(crate) fn state(&self) -> &'static str {
        FLAGS.into_iter().find(|(flag, _)| self.has(flag)).map_or(OK, |(_, state)| state)
    }

    /// Whether it can be reached, for all that is known.
    pub(crate) fn is_well(&self) -> bool {
        self.is_connected && self.state() == OK
    }

    /// Its slots: `93`, `0-5460`, `[93->-<id>]` for one that goes to another node, `[93-<-<id>]` for one that comes.
    pub(crate) fn slots(&self) -> Slots {
        let mut slots = Slots::default();
        for word in self.slots.split(' ') {
            if !word.starts_with('[') {
                slots.owned += width(word).unwrap_or_default();
            } else if word.contains("->-") {
                slots.migrating += 1;
            } else if word.contains("-<-") {
                slots.importing += 1;
            }
        }
        slots
    }

    fn has(&self, flag: &str) -> bool {
        self.flags.split(',').any(|known| known == flag)
    }
}

/// How many slots a range has.
fn width(range: &str) -> Option<u32> {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let (first, last) = (first.parse::<u16>().ok()?, last.parse::<u16>().ok()?);
    last.checked_sub(first).map(|more| u32::from(more) + 1)
}
