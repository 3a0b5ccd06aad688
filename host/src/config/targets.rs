//! The targets that the operator lists.

use std::sync::Arc;

use super::Credentials;
use super::passwords::Passwords;
use super::secret::Secret;
use super::target::{Address, SENTINEL, Target};
use super::tls::Tls;

/// A target that the operator lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The target, with its credentials; of a cluster or a group, who is asked first for the others.
    pub target: Target,
    /// Addresses of others who may be asked for the same.
    pub others: Vec<Address>,
    /// What it consists of.
    pub kind: Kind,
    /// Whether the page of metrics has it; every one can be had from `/scrape`.
    pub is_on_page: bool,
}

/// What a target consists of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// One server.
    #[default]
    Server,
    /// All nodes of a cluster.
    Cluster,
    /// What there is of a cluster as one, without its nodes.
    WholeCluster,
    /// One server, with the keys of the whole cluster that it is a node of.
    KeysOfCluster,
    /// A primary, its replicas and the sentinels that watch them.
    Sentinel(Group),
}

/// A group that sentinels watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What sentinels call it.
    pub name: String,
    /// How its primary and replicas are asked, which have other credentials than sentinels; the address does not matter.
    pub login: Target,
}

/// What a group is called that the operator gave no name.
pub fn group_name(sentinel: &Target, group: &str) -> String {
    let address = Target { user: None, ..sentinel.server() }.to_string();
    let address = address.split_once("://").map_or(address.as_str(), |(_, address)| address);
    format!("{SENTINEL}{address}/{group}")
}

impl Listed {
    /// A server by itself.
    pub fn server(target: Target, is_on_page: bool) -> Listed {
        Listed { target, others: Vec::new(), kind: Kind::Server, is_on_page }
    }

    /// Who may be asked for what it consists of.
    pub fn seeds(&self) -> impl Iterator<Item = Target> {
        let others = self.others.iter().map(|address| Target { address: address.clone(), ..self.target.clone() });
        std::iter::once(self.target.clone()).chain(others)
    }
}

/// What targets get that do not bring it themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    /// Who to be.
    pub credentials: Credentials,
    /// Passwords by address, which win over that one.
    pub passwords: Passwords,
    /// How to speak over TLS.
    pub tls: Arc<Tls>,
}

impl Defaults {
    /// A target with what it lacks. `user` is another one than the usual.
    pub fn fill(&self, target: Target, user: Option<String>) -> Target {
        let target = self.named(target, user);
        let own = self.passwords.of(&target).cloned();
        self.logged_in(target, own)
    }

    /// The same for servers of which no address is known yet.
    pub fn fill_without_address(&self, target: Target, user: Option<String>) -> Target {
        self.logged_in(self.named(target, user), None)
    }

    fn named(&self, target: Target, user: Option<String>) -> Target {
        let user = target.user.clone().or(user).or_else(|| self.credentials.user.clone());
        Target { user, ..target.with_tls(&self.tls) }
    }

    fn logged_in(&self, target: Target, own: Option<Secret>) -> Target {
        let password = target.password.clone().or(own).or_else(|| self.credentials.password.clone());
        // Without a password nobody logs in, and a user would only be another name for the same connections.
        let user = password.as_ref().and(target.user);
        Target { user, password, ..target }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_gets_what_it_lacks() {
        let password = |text: &str| Some(Secret::new(text));
        let defaults = Defaults {
            credentials: Credentials { user: Some("u".to_owned()), password: password("usual") },
            ..Defaults::default()
        };
        let fill = |defaults: &Defaults, address: &str| {
            let target = defaults.fill(Target::parse(address).unwrap(), None);
            (target.user, target.password)
        };
        assert_eq!(fill(&defaults, "redis://h"), (Some("u".to_owned()), password("usual")));
        assert_eq!(fill(&defaults, "redis://me:mine@h"), (Some("me".to_owned()), password("mine")));
        let nobody = Defaults { credentials: Credentials { user: Some("u".to_owned()), password: None }, ..defaults };
        assert_eq!(fill(&nobody, "redis://h"), (None, None));
    }
}
