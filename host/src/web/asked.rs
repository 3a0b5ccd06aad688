//! Which target a request asks for, and with whose credentials it is asked.
//!
//! Credentials go to targets that they belong to: those that are listed, those whose address is in the password file, and
//! those that the operator allows. Never does a password come from a query. The user may: it chooses between credentials,
//! it does not open anything.

use std::sync::Arc;

use tokio::time::Instant;

use super::Live;
use crate::config::pattern::Pattern;
use crate::config::target::{Address, Target};
use crate::config::targets::{Kind, Listed};
use crate::config::{Config, Unlisted};
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
            at(live, asked, deadline).await?
        }
    };
    let server_name = given("tls_server_name").or_else(|| given("tls-server-name"));
    Ok(match (&listed.target.tls, server_name) {
        (Some(tls), Some(name)) => {
            let target = Target { tls: Some(Arc::new(tls.named(name))), ..listed.target.clone() };
            Listed { target, ..listed }
        }
        _ => listed,
    })
}

fn named<'a>(config: &'a Config, name: &str) -> Option<&'a Listed> {
    config.targets.iter().find(|listed| listed.target.about.name.as_deref() == Some(name))
}

/// The target at an address: one that is listed, a member of one that is, or a stranger.
async fn at(live: &Live, asked: Target, deadline: Instant) -> Result<Listed, String> {
    let config = &live.config;
    if let Some(target) = of_listed(config, &asked) {
        return Ok(Listed { kind: live.config.kind_of_servers.clone(), ..Listed::server(target, false) });
    }
    // Who the members are is told by their cluster, not by who asks.
    if let Some(member) = live.scraper.member_at(&config.targets, &asked.address, deadline).await {
        return Ok(Listed::server(Target { database: asked.database, ..member.target }, false));
    }
    if let Some(seed) = config.targets.iter().flat_map(Listed::seeds).find(|seed| seed.address == asked.address) {
        return Ok(Listed::server(Target { database: asked.database, ..seed }, false));
    }
    let target = of_stranger(config, asked)?;
    Ok(Listed { kind: live.config.kind_of_servers.clone(), ..Listed::server(target, false) })
}

/// A listed target by its address, with the credentials that belong to it.
fn of_listed(config: &Config, asked: &Target) -> Option<Target> {
    let user = asked.user.clone();
    let listed = listed(config, asked, user.as_deref())?;
    // Who asks in plain text shall not have the password sent so.
    let tls = listed.tls.clone().or(asked.tls.as_ref().map(|_| config.defaults.tls.clone()));
    let target = Target { tls, about: listed.about.clone(), ..asked.clone() };
    Some(as_user(config, target, user, listed))
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
fn as_user(config: &Config, target: Target, user: Option<String>, listed: &Target) -> Target {
    let user = user.or_else(|| listed.user.clone());
    let target = Target { user: user.clone(), ..target };
    let own = config.defaults.passwords.of(&target).filter(|_| user != listed.user);
    let password = own.cloned().or_else(|| listed.password.clone());
    let user = password.as_ref().and(target.user);
    Target { user, password, ..target }
}
