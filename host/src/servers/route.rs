//! Commands to where the keys are that they read.

use std::collections::HashMap;

use futures_util::future::join_all;
use tokio::time::Instant;

use super::error::{Cause, Error};
use super::pool::{Exchange, Pools};
use super::reply::{Reply, ServerError};
use super::{Command, policy, slot};
use crate::config::reach::{Reach, Shards, Slots};
use crate::config::target::{Address, Target};

/// Commands for one server, with their places among all.
type Lot = (Vec<usize>, Vec<Command>);

impl Pools {
    /// Runs commands: on the server itself, or where the keys are that they read, as far as the target reaches. What another
    /// node of a cluster is asked for by itself is answered here, as that server would answer it.
    ///
    /// # Errors
    /// Why there are no replies.
    pub async fn ask(
        &self,
        target: &Target,
        commands: &[Command],
        limit: u64,
        deadline: Instant,
    ) -> Result<Exchange, Error> {
        match &target.reach {
            Reach::Server => self.ask_one(target, commands, limit, deadline).await,
            Reach::Node(slots) => self.ask_node(target, slots, commands, limit, deadline).await,
            Reach::Cluster(shards) | Reach::Whole(shards) => {
                self.ask_cluster(target, shards, commands, limit, deadline).await
            }
        }
    }

    /// Runs one pipeline on a connection of its own.
    async fn ask_one(
        &self,
        target: &Target,
        commands: &[Command],
        limit: u64,
        deadline: Instant,
    ) -> Result<Exchange, Error> {
        self.checkout(target, deadline).await?.exchange(commands, limit, deadline).await
    }

    /// A node would refuse what is about other nodes' keys, and count that as an error.
    async fn ask_node(
        &self,
        target: &Target,
        slots: &Slots,
        commands: &[Command],
        limit: u64,
        deadline: Instant,
    ) -> Result<Exchange, Error> {
        let elsewhere: Vec<Option<u16>> =
            commands.iter().map(|command| slot_of(command).filter(|slot| !slots.contains(*slot))).collect();
        if elsewhere.iter().all(Option::is_none) {
            return self.ask_one(target, commands, limit, deadline).await;
        }
        let here: Vec<Command> =
            commands.iter().zip(&elsewhere).filter(|(_, slot)| slot.is_none()).map(|(one, _)| one.clone()).collect();
        let exchange = match here.is_empty() {
            true => Exchange::default(),
            false => self.ask_one(target, &here, limit, deadline).await?,
        };
        let mut answered = exchange.replies.into_iter();
        let reply = |slot: Option<u16>| slot.map_or_else(|| answered.next(), |slot| Some(Err(moved(slot))));
        Ok(Exchange { replies: elsewhere.into_iter().filter_map(reply).collect(), ..exchange })
    }

    /// Each command on the node that has its key; what reads none, on the target itself.
    async fn ask_cluster(
        &self,
        target: &Target,
        shards: &Shards,
        commands: &[Command],
        limit: u64,
        deadline: Instant,
    ) -> Result<Exchange, Error> {
        let own = Target { reach: Reach::Server, ..target.clone() };
        let in_database = |node: &Target| Target { database: own.database, ..node.clone() };
        let mut lots: HashMap<Target, Lot> = HashMap::new();
        for (place, command) in commands.iter().enumerate() {
            let owner = slot_of(command).and_then(|slot| shards.owner(slot)).map_or_else(|| own.clone(), in_database);
            let (places, lot) = lots.entry(owner).or_default();
            places.push(place);
            lot.push(command.clone());
        }
        let mut replies: Vec<Option<Reply>> = vec![None; commands.len()];
        let mut whole = Exchange::default();
        let mut failed = None;
        let exchanges = lots
            .into_iter()
            .map(async |(owner, (places, lot))| (places, self.ask_one(&owner, &lot, limit, deadline).await));
        for (places, exchange) in join_all(exchanges).await {
            match exchange {
                Ok(Exchange { replies: answered, bytes, role, connect_time }) => {
                    places.into_iter().zip(answered).for_each(|(place, reply)| replies[place] = Some(reply));
                    whole = Exchange {
                        bytes: whole.bytes + bytes,
                        role: if whole.role.is_empty() { role } else { whole.role },
                        connect_time: whole.connect_time.max(connect_time),
                        ..whole
                    };
                }
                Err(error) => {
                    places.into_iter().for_each(|place| replies[place] = Some(Err(unreachable(&error))));
                    failed = Some(error);
                }
            }
        }
        if let Some(error) = failed.filter(|_| whole.bytes == 0) {
            return Err(error);
        }
        let rest = limit.saturating_sub(whole.bytes);
        whole.bytes += self.follow(&own, shards, commands, &mut replies, rest, deadline).await;
        if whole.bytes > limit {
            return Err(Error { target: target.to_string(), cause: Cause::ReplyLimit(limit) });
        }
        Ok(Exchange { replies: replies.into_iter().flatten().collect(), ..whole })
    }

    /// Goes where a node sends those that it cannot answer, once: a slot has moved, or is about to. Bytes that were read.
    async fn follow(
        &self,
        own: &Target,
        shards: &Shards,
        commands: &[Command],
        replies: &mut [Option<Reply>],
        limit: u64,
        deadline: Instant,
    ) -> u64 {
        let mut lots: HashMap<Target, Vec<(usize, bool)>> = HashMap::new();
        for (place, reply) in replies.iter().enumerate() {
            let Some((is_asking, address)) = reply.as_ref().and_then(|reply| redirection(reply.as_ref().err()?)) else {
                continue;
            };
            // Whoever answers shall not send us, with our credentials, anywhere he likes.
            let Some(node) = shards.member(&address) else { continue };
            let node = Target { reach: Reach::Server, database: own.database, ..node.clone() };
            lots.entry(node).or_default().push((place, is_asking));
        }
        let mut bytes = 0;
        let asked = lots.into_iter().map(async |(node, lot)| {
            let one = |(place, is_asking): &(usize, bool)| {
                is_asking.then(|| Command::new(["ASKING"])).into_iter().chain([commands[*place].clone()])
            };
            let asked: Vec<Command> = lot.iter().flat_map(one).collect();
            (lot, self.ask_one(&node, &asked, limit, deadline).await)
        });
        for (lot, exchange) in join_all(asked).await {
            let Ok(exchange) = exchange else { continue };
            bytes += exchange.bytes;
            let mut answered = exchange.replies.into_iter();
            for (place, is_asking) in lot {
                // Of ASKING there is a reply of its own.
                replies[place] = answered.nth(usize::from(is_asking)).or(replies[place].take());
            }
        }
        bytes
    }
}

/// The slot that a command is about; none if it reads no key.
fn slot_of(command: &Command) -> Option<u16> {
    let read = policy::read(command).ok()?;
    read.keys.first().map(|key| slot::of(key))
}

/// What a node answers that does not have a slot.
fn moved(slot: u16) -> ServerError {
    ServerError { code: "MOVED".to_owned(), message: format!("slot {slot} is another node's") }
}

/// In place of what a node would have answered.
fn unreachable(error: &Error) -> ServerError {
    ServerError { code: "CLUSTERDOWN".to_owned(), message: error.to_string() }
}

/// Where an error sends whoever asked, and whether for this once (`ASK 3999 127.0.0.1:6381`).
fn redirection(error: &ServerError) -> Option<(bool, Address)> {
    let is_asking = match error.code.as_str() {
        "ASK" => true,
        "MOVED" => false,
        _ => return None,
    };
    let (_, address) = error.message.split_once(' ')?;
    let (host, port) = address.rsplit_once(':')?;
    let host = host.trim_matches(['[', ']']).to_owned();
    Some((is_asking, Address::Tcp { host, port: port.parse().ok()? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_that_send_elsewhere() {
        let of = |code: &str, message: &str| {
            redirection(&ServerError { code: code.to_owned(), message: message.to_owned() })
        };
        let at = |host: &str| Address::Tcp { host: host.to_owned(), port: 6381 };
        assert_eq!(of("MOVED", "3999 127.0.0.1:6381"), Some((false, at("127.0.0.1"))));
        assert_eq!(of("ASK", "3999 ::1:6381"), Some((true, at("::1"))));
        assert_eq!(of("ASK", "3999 [::1]:6381"), Some((true, at("::1"))));
        for (code, message) in [("ERR", "3999 127.0.0.1:6381"), ("MOVED", "3999"), ("MOVED", "3999 h:port")] {
            assert_eq!(of(code, message), None, "{code} {message}");
        }
    }

    #[test]
    fn commands_have_the_slots_of_their_keys() {
        let slot = |words: &[&str]| slot_of(&Command::of(words.iter().map(|word| word.as_bytes().to_vec()).collect()));
        assert_eq!(slot(&["GET", "foo"]), Some(12182));
        assert_eq!(slot(&["XINFO", "STREAM", "user:{foo}"]), Some(12182));
        assert_eq!(slot(&["INFO", "ALL"]), None);
    }
}
