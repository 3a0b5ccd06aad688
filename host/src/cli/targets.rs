//! The targets that flags, variables and files list, and what they get that they do not bring themselves.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::line::kept;
use super::values::{Source, Value, Values, parts};
use super::warning::Warning;
use crate::config::Credentials;
use crate::config::file::{self, File, Surroundings};
use crate::config::passwords::{Passwords, Read};
use crate::config::secret::Secret;
use crate::config::target::{About, Invalid, SENTINEL, Target};
use crate::config::targets::{Defaults, Group, Kind, Listed, group_name};
use crate::config::tls::{Identity, Tls, Version};

/// All targets.
pub(super) struct Targets {
    pub(super) listed: Vec<Listed>,
    pub(super) kind_of_servers: Kind,
    /// For those of `/scrape` that are not listed and allowed.
    pub(super) defaults: Defaults,
    /// Files that were read for them.
    pub(super) files: Vec<PathBuf>,
}

impl Targets {
    pub(super) fn of(
        values: &Values,
        mut file: Option<&mut File>,
        environment: &dyn Fn(&str) -> Option<String>,
        warnings: &mut Vec<Warning>,
        faults: &mut Vec<String>,
    ) -> Targets {
        let text = |name| Some(values.text(name)).filter(|text| !text.is_empty()).map(str::to_owned);
        let mut files = Vec::new();
        let mut defaults = Defaults {
            credentials: Credentials { user: text("redis.user"), password: text("redis.password").map(Secret::new) },
            passwords: passwords(values.get("redis.password-file"), &mut files, warnings, faults),
            tls: Arc::new(kept(faults, tls(values))),
        };
        let others = values.get("redis-file");
        let has_others = !others.text.is_empty() || file.as_deref().is_some_and(File::has_targets);
        let address = Some(values.get("redis.addr"));
        // The usual address is for those who list nothing.
        let address = address.filter(|value| !has_others || !matches!(value.source, Source::Default(_)));
        let mut listed = address.map_or_else(Vec::new, |address| kept(faults, addresses(address, &mut defaults)));
        let mut around = Surroundings { environment, defaults: &defaults, files: &mut files };
        if !others.text.is_empty() {
            match file::instances(others.text.as_ref(), &mut around) {
                Ok(mut instances) => listed.append(&mut instances),
                Err(problems) => faults.extend(problems.iter().map(|problem| format!("{}: {problem}", others.source))),
            }
        }
        if let Some(file) = &mut file {
            listed.append(&mut file.targets(values.switch("metrics.all-targets"), &mut around));
        }
        faults.extend(repeated(&listed));
        let kind_of_servers = if values.switch("is-cluster") { Kind::KeysOfCluster } else { Kind::Server };
        for listed in listed.iter_mut().filter(|listed| listed.kind == Kind::Server) {
            listed.kind = kind_of_servers.clone();
        }
        Targets { listed, kind_of_servers, defaults, files }
    }
}

/// Addresses with commas in between, on the page, with what they lack. A comma in a password is written %2C; with one
/// address alone, it may stand there.
fn addresses(value: &Value, defaults: &mut Defaults) -> Result<Vec<Listed>, String> {
    let Value { text, source } = value;
    let mut addresses: Vec<&str> = parts(text).collect();
    let is_one = addresses.iter().any(|address| !address.starts_with(SENTINEL) && Target::parse(address).is_err());
    if is_one && addresses.len() > 1 && Target::parse(text).is_ok() {
        addresses = vec![text];
    }
    let passwords = one_to_one(addresses.len(), defaults)?;
    let mut listed = Vec::new();
    for (number, address) in addresses.into_iter().enumerate() {
        // An empty one is none: the others stand in their places.
        let own = passwords.get(number).filter(|password| !password.expose().is_empty()).cloned();
        if address.starts_with(SENTINEL) {
            listed.push(group(address, own, defaults).map_err(|error| format!("{source}: {error}"))?);
            continue;
        }
        let target = Target::parse(address).map_err(|error| format!("{source}: {error}"))?;
        let password = target.password.clone().or(own);
        listed.push(Listed::server(defaults.fill(Target { password, ..target }, None), true));
    }
    Ok(listed)
}

/// A group that sentinels watch. What stands in its address is for them, or the password of the file for theirs; its servers
/// get what other servers get.
fn group(address: &str, password: Option<Secret>, defaults: &Defaults) -> Result<Listed, Invalid> {
    let (sentinel, name) = Target::parse_sentinel(address)?;
    let about = About { name: Some(group_name(&sentinel, &name)), ..About::default() };
    let sentinel = Target { about: Arc::new(about), ..sentinel };
    let data = Target { user: None, password, ..sentinel.clone() };
    let group = Group { name, login: defaults.fill_without_address(data, None) };
    let password = sentinel.password.clone().or_else(|| defaults.passwords.of(&sentinel).cloned());
    let sentinel = Target { user: password.as_ref().and(sentinel.user.clone()), password, ..sentinel };
    Ok(Listed { kind: Kind::Sentinel(group), ..Listed::server(sentinel, true) })
}

/// Passwords for so many addresses, if there are as many; then none of them is for any other target.
fn one_to_one(addresses: usize, defaults: &mut Defaults) -> Result<Vec<Secret>, String> {
    let Some(password) = &defaults.credentials.password else { return Ok(Vec::new()) };
    let passwords: Vec<Secret> = password.expose().split(',').map(Secret::new).collect();
    if addresses < 2 || passwords.len() < 2 {
        return Ok(Vec::new());
    }
    if passwords.len() != addresses {
        let passwords = passwords.len();
        return Err(format!(
            "--redis.password: {passwords} passwords for {addresses} addresses; write one for all or one for each \
            (a comma in a password: use --redis.password-file)"
        ));
    }
    defaults.credentials.password = None;
    Ok(passwords)
}

fn passwords(
    value: &Value,
    files: &mut Vec<PathBuf>,
    warnings: &mut Vec<Warning>,
    faults: &mut Vec<String>,
) -> Passwords {
    let Value { text, source } = value;
    if text.is_empty() {
        return Passwords::default();
    }
    files.push(text.into());
    let Read { passwords, unusable } =
        kept(faults, Passwords::read(text.as_ref()).map_err(|fault| format!("{source}: {text}: {fault}")));
    if unusable > 0 {
        warnings.push(Warning::UnusablePasswords { setting: source.to_string(), count: unusable });
    }
    passwords
}

fn tls(values: &Values) -> Result<Tls, String> {
    let path = |name| Some(values.text(name)).filter(|path| !path.is_empty()).map(PathBuf::from);
    let (certificate, key) = (path("tls-client-cert-file"), path("tls-client-key-file"));
    if certificate.is_some() != key.is_some() {
        let named = if certificate.is_some() { "tls-client-cert-file" } else { "tls-client-key-file" };
        let source = &values.get(named).source;
        return Err(format!("{source}: certificate and key belong together: name both or none"));
    }
    Ok(Tls {
        ca: path("tls-ca-cert-file"),
        identity: certificate.zip(key).map(|(certificate, key)| Identity { certificate, key }),
        server_name: Some(values.text("tls-server-name").to_owned()).filter(|name| !name.is_empty()),
        min_version: Version::default(),
        skip_verification: values.switch("skip-tls-verification"),
    })
}

/// Targets that are listed a second time: their series could not be told apart.
fn repeated(listed: &[Listed]) -> Vec<String> {
    let (mut targets, mut names, mut faults) = (HashSet::new(), HashSet::new(), Vec::new());
    for Listed { target, .. } in listed {
        match &target.about.name {
            Some(name) if !names.insert(name) => {
                faults.push(format!("there are two targets {name}; name one otherwise"))
            }
            // Labels tell no user.
            None if !targets.insert(Target { user: None, ..target.clone() }.to_string()) => faults.push(format!(
                "{target} is listed twice; leave one out, or give both names (`targets` of the configuration file)"
            )),
            _ => {}
        }
    }
    faults
}
