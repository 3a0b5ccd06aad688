//! Which target a request asks for, and with whose credentials it is asked.
//!
//! Credentials go to targets that they belong to: those that are listed, those whose address is in the password file, and
//! those that the operator allows. Never does a password come from a query. The user may: it chooses between credentials,
//! it does not open anything.

use std::sync::Arc;

use tokio::time::Instant;

use super::Live;
use crate::config::pattern::Pattern;
use crate::config::reach::Reach;
use crate::config::target::{About, Address, Target};
use crate::config::targets::{Kind, Listed, group_name};
use crate::config::tls::Tls;
use crate::config::{Config, Unlisted, nearest};
use crate::scrape::Parameters;

/// Bytes of a target: more than any address has.
const LONGEST: usize = 1024;

/// The target that a request names, by its name or its address.
///
/// # Errors
/// Why there is none, or why it is not asked.
pub(super) async fn target(live: &Live, parameters: &Parameters, deadline: Instant) -> Result<Listed, String> {
    let config = &live.config;
    let given = |name: &str| parameters.get(name).filter(|text| !text.is_empty());
    let text = given("target").ok_or("'target' parameter must be specified")?;
    if text.len() > LONGEST {
        return Err(format!("Invalid 'target' parameter: longer than {LONGEST} bytes"));
    }
    let listed = match named(config, text) {
        Some(listed) if given("part").is_some_and(|part| part == "cluster") => match listed.kind {
            Kind::Cluster => Listed { kind: Kind::WholeCluster, ..listed.clone() },
            _ => return Err(format!("'part' is of clusters, and {text} is listed as none")),
        },
        Some(listed) => listed.clone(),
        None => {
            let asked = Target::parse_without_password(text);
            let asked = asked.map_err(|error| format!("Invalid 'target' parameter, parse err: {error}"))?;
            at(live, asked, deadline).await.map_err(|refused| match alike(config, text) {
                Some(alike) => format!("{refused}; did you mean the target {alike}?"),
                None => refused,
            })?
        }
    };
    let server_name = given("tls_server_name").or_else(|| given("tls-server-name"));
    // A name that the operator gives this target is not for others to choose.
    let is_chosen = |tls: &Tls| tls.server_name.is_none() || *tls == *config.defaults.tls;
    Ok(match (&listed.target.tls, server_name) {
        (Some(tls), Some(name)) if is_chosen(tls) => {
            let target = Target { tls: Some(Arc::new(tls.named(name))), guest: true, ..listed.target.clone() };
            Listed { target, ..listed }
        }
        _ => listed,
    })
}

/// As it stands in a request: a name, or the address of a group, which is the name of one that has no other.
fn named<'a>(config: &'a Config, text: &str) -> Option<&'a Listed> {
    let group = Target::parse_sentinel(text).ok().map(|(sentinel, group)| group_name(&sentinel, &group));
    let name = group.as_deref().unwrap_or(text);
    config.targets.iter().find(|listed| listed.target.about.name.as_deref() == Some(name))
}

/// The name of a target that a text may be meant for which is no address for sure.
fn alike<'a>(config: &'a Config, text: &str) -> Option<&'a str> {
    let names = config.targets.iter().filter_map(|listed| listed.target.about.name.as_deref());
    nearest::nearest(text, names).filter(|_| !text.contains([':', '.', '/']))
}

/// The target at an address: one that is listed, a member of one that is, or a stranger.
async fn at(live: &Live, asked: Target, deadline: Instant) -> Result<Listed, String> {
    let config = &live.config;
    let of_servers = |target| Listed { kind: config.kind_of_servers.clone(), ..Listed::server(target, false) };
    if let Some(target) = of_listed(config, &asked) {
        return target.map(of_servers);
    }
    let in_database = |target: Target| {
        let guest = target.guest || asked.database != target.database;
        Target { database: asked.database, guest, ..target }
    };
    // Who the members are is told by their cluster, not by who asks.
    if let Some((listed, member)) = live.scraper.member_at(&config.targets, &asked.address, deadline).await {
        let target = in_database(member.target);
        return Ok(match listed.kind {
            Kind::KeysOfCluster => of_servers(Target { reach: Reach::Server, ..target }),
            _ => Listed::server(target, false),
        });
    }
    if let Some(seed) = config.targets.iter().flat_map(Listed::seeds).find(|seed| seed.address == asked.address) {
        return Ok(Listed::server(in_database(seed), false));
    }
    of_stranger(config, asked).map(of_servers)
}

/// A listed target by its address, with the credentials that belong to it; none if none is listed there. What a request
/// chose to be otherwise is not what the operator gave a name.
fn of_listed(config: &Config, asked: &Target) -> Option<Result<Target, String>> {
    let user = asked.user.clone();
    let listed = listed(config, asked, user.as_deref())?;
    // Who asks in plain text shall not have the password sent so.
    let tls = listed.tls.clone().or(asked.tls.as_ref().map(|_| config.defaults.tls.clone()));
    let target = Target { tls, about: listed.about.clone(), ..asked.clone() };
    Some(as_user(config, target, user, listed).map(|target| match target == *listed {
        true => target,
        false => {
            let about = Arc::new(About { name: None, ..About::clone(&listed.about) });
            Target { about, guest: true, ..target }
        }
    }))
}

/// A target that is not listed: with credentials only if it is allowed to have some.
fn of_stranger(config: &Config, asked: Target) -> Result<Target, String> {
    let (user, asked) = (asked.user.clone(), Target { user: None, stranger: true, ..asked });
    let filled = config.defaults.fill(asked.clone(), user);
    if config.defaults.passwords.of(&filled).is_some() || Pattern::any(&config.allowed_targets, &asked) {
        return Ok(filled);
    }
    if config.unlisted == Unlisted::Refuse {
        return Err(format!(
            "{asked} is not asked (--scrape.unlisted-targets=refuse): list it under `targets` of the configuration file, \
            or let --scrape.allowed-targets have a pattern for it"
        ));
    }
    // Whether a file is there is nobody's business who can only send requests.
    if matches!(asked.address, Address::Unix { .. }) {
        return Err("a socket must be in --redis.addr or in --scrape.allowed-targets".to_owned());
    }
    let tls = asked.tls.as_ref().map(|_| Arc::new(config.defaults.tls.anonymous()));
    let withheld = config.defaults.credentials.password.is_some();
    Ok(Target { tls, withheld, unlisted: true, ..asked })
}

/// The listed target at an address, with the user that is asked for if there are several.
fn listed<'a>(config: &'a Config, asked: &Target, user: Option<&str>) -> Option<&'a Target> {
    let servers = config.targets.iter().filter(|listed| matches!(listed.kind, Kind::Server | Kind::KeysOfCluster));
    let mut there = servers.map(|listed| &listed.target).filter(|listed| listed.address == asked.address);
    let is_user = |target: &&Target| user.is_none() || target.user.as_deref() == user;
    there.clone().find(is_user).or_else(|| there.next())
}

/// A listed target as another user, who may have a password of his own.
///
/// # Errors
/// When there is none for him: that of another user is not his.
fn as_user(config: &Config, target: Target, user: Option<String>, listed: &Target) -> Result<Target, String> {
    let user = user.or_else(|| listed.user.clone());
    let target = Target { user: user.clone(), ..target };
    let own = config.defaults.passwords.of(&target).filter(|_| user != listed.user);
    if own.is_none() && user != listed.user && listed.user.is_some() {
        return Err(format!(
            "Invalid 'target' parameter: {target} is listed for another user, and --redis.password-file has no password \
             for this one"
        ));
    }
    let password = own.cloned().or_else(|| listed.password.clone());
    let user = password.as_ref().and(target.user);
    Ok(Target { user, password, ..target })
}
