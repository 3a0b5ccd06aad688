//! What CLUSTER NODES tells (<https://redis.io/docs/latest/commands/cluster-nodes/>).

use crate::config::reach::Slots;
use crate::servers::slot;

/// A node, as another one sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) id: String,
    /// Its address; "" where a node does not know its own.
    pub(super) host: String,
    pub(super) port: u16,
    /// What it announces; "" where it announces nothing.
    pub(super) hostname: String,
    /// Id of its shard, which outlives fail-overs; none before Redis 7.2.
    pub(super) shard: Option<String>,
    /// Id of the node that it replicates; none for a primary.
    pub(super) primary: Option<String>,
    pub(super) slots: Slots,
    /// Whether others found it failed, or think that it has.
    pub(super) is_failing: bool,
    /// Whether it has an address and is known by more than one.
    pub(super) is_met: bool,
}

/// Reads the nodes, one in a line. Lines that are none are passed over.
pub(super) fn parse(text: &str) -> Vec<Node> {
    text.lines().filter_map(node).collect()
}

/// `<id> <ip:port@bus[,hostname[,name=value]*]> <flags> <primary> <ping> <pong> <epoch> <link> <slot> ...`
fn node(line: &str) -> Option<Node> {
    let mut words = line.split_ascii_whitespace();
    let (id, address, flags, primary) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let mut parts = address.split(',');
    let (host, port) = parts.next()?.split('@').next()?.rsplit_once(':')?;
    let mut parts = parts.peekable();
    let hostname = parts.next_if(|name| !name.contains('=')).filter(|name| *name != "?").unwrap_or("");
    let shard = parts.find_map(|part| part.strip_prefix("shard-id=")).filter(|shard| !shard.is_empty());
    let has = |flag: &str| flags.split(',').any(|other| other == flag);
    Some(Node {
        id: id.to_owned(),
        host: host.trim_matches(['[', ']']).to_owned(),
        port: port.parse().ok()?,
        hostname: hostname.to_owned(),
        shard: shard.map(str::to_owned),
        primary: Some(primary.to_owned()).filter(|primary| primary != "-"),
        // After ping, pong, epoch and link. In brackets are those that move.
        slots: Slots(words.skip(4).filter_map(slots).collect()),
        is_failing: has("fail") || has("fail?"),
        is_met: !has("noaddr") && !has("handshake"),
    })
}

/// `7` or `0-5460`; none of what cannot be.
fn slots(word: &str) -> Option<(u16, u16)> {
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last && last < slot::SLOTS).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_of_all_kinds() {
        let text = "a1 10.0.0.1:6379@16379,cache-1.example myself,master - 0 0 7 connected 0-5460 9000 [93-<-b2]\n\
            b2 10.0.0.2:6380@16380,,tls-port=0,shard-id=x slave a1 0 1 7 connected\n\
            c3 :0@0 master,noaddr - 1 1 0 disconnected\n\
            d4 2001:db8::1:6379@16379,? master,fail? - 1 1 2 disconnected 5461-10922 9-3 16384 0-16384\n\
            e5 [::1]:6379 handshake - 0 0 0 connected\n\nnonsense\n";
        let nodes = parse(text);
        let short = |node: &Node| (node.id.clone(), node.host.clone(), node.port, node.hostname.clone());
        let expected = [
            ("a1", "10.0.0.1", 6379, "cache-1.example"),
            ("b2", "10.0.0.2", 6380, ""),
            ("c3", "", 0, ""),
            ("d4", "2001:db8::1", 6379, ""),
            ("e5", "::1", 6379, ""),
        ];
        let owned = |(id, host, port, name): (&str, &str, u16, &str)| (id.into(), host.into(), port, name.into());
        assert_eq!(nodes.iter().map(short).collect::<Vec<_>>(), expected.map(owned));
        let shards: Vec<Option<&str>> = nodes.iter().map(|node| node.shard.as_deref()).collect();
        assert_eq!(shards, [None, Some("x"), None, None, None]);
        assert_eq!(nodes[0].slots, Slots(vec![(0, 5460), (9000, 9000)]));
        assert_eq!(nodes[3].slots, Slots(vec![(5461, 10922)]), "without what cannot be");
        assert_eq!((nodes[0].primary.as_deref(), nodes[1].primary.as_deref()), (None, Some("a1")));
        assert_eq!(nodes.iter().map(|node| node.is_met).collect::<Vec<_>>(), [true, true, false, true, false]);
        assert_eq!(nodes.iter().map(|node| node.is_failing).collect::<Vec<_>>(), [false, false, false, true, false]);
    }
}
