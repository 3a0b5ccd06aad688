//! Which target a request asks for, and with whose credentials it is asked.
//!
//! Credentials go to targets that they belong to: those that are listed, those whose address is in the password file, and
//! those that the operator allows. Never does a password come from a query. The user may: it chooses between credentials,
//! it does not open anything.

use std::sync::Arc;

use crate::config::pattern::Pattern;
use crate::config::target::{Address, Target};
use crate::config::{Config, Unlisted};
use crate::scrape::Parameters;

/// Bytes of a target: more than any address has.
const LONGEST: usize = 1024;

/// The target that a request names, by its name or its address.
///
/// # Errors
/// Why there is none, or why it is not asked.
pub(super) fn target(config: &Config, parameters: &Parameters) -> Result<Target, String> {
    let given = |name: &str| parameters.get(name).filter(|text| !text.is_empty());
    let text = given("target").ok_or("'target' parameter must be specified")?;
    if text.len() > LONGEST {
        return Err(format!("Invalid 'target' parameter: longer than {LONGEST} bytes"));
    }
    let target = match named(config, text) {
        Some(target) => target.clone(),
        None => {
            let asked = Target::parse_without_password(text);
            let asked = asked.map_err(|error| format!("Invalid 'target' parameter, parse err: {error}"))?;
            at(config, asked)?
        }
    };
    let server_name = given("tls_server_name").or_else(|| given("tls-server-name"));
    Ok(match (&target.tls, server_name) {
        (Some(tls), Some(name)) => Target { tls: Some(Arc::new(tls.named(name))), ..target },
        _ => target,
    })
}

fn named<'a>(config: &'a Config, name: &str) -> Option<&'a Target> {
    let targets = config.targets.iter().map(|listed| &listed.target);
    targets.into_iter().find(|target| target.about.name.as_deref() == Some(name))
}

/// The target at an address, with the credentials that belong to it.
fn at(config: &Config, asked: Target) -> Result<Target, String> {
    let (user, asked) = (asked.user.clone(), Target { user: None, ..asked });
    if let Some(listed) = listed(config, &asked, user.as_deref()) {
        // Who asks in plain text shall not have the password sent so.
        let tls = listed.tls.clone().or(asked.tls.as_ref().map(|_| config.defaults.tls.clone()));
        let target = Target { tls, about: listed.about.clone(), ..asked };
        return Ok(as_user(config, target, user, listed));
    }
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
    let mut there = config.targets.iter().map(|listed| &listed.target).filter(|listed| listed.address == asked.address);
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
