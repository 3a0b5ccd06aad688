//! Targets of the file, with what their references lead to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{File, written};
use crate::config::Credentials;
use crate::config::explain::escaped;
use crate::config::secret::Secret;
use crate::config::target::{About, Address, DEFAULT_PORT, SENTINEL, SENTINEL_PORT, Target};
use crate::config::targets::{Defaults, Group, Kind, Listed};
use crate::config::text;
use crate::config::tls::{Identity, Tls, Version};

/// Characters of a target's name.
const NAME: usize = 128;

/// Bytes of a file with a password.
const SECRET: u64 = 64 << 10;

/// Labels that the page writes itself: for buckets and quantiles, and to tell targets and their members apart.
const TAKEN: [&str; 8] = ["le", "quantile", "addr", "alias", "instance_role", "node", "role", "shard"];

/// What is there besides the file, for those who read it.
pub struct Surroundings<'a> {
    /// The variables of the environment.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// What targets get that do not bring it themselves.
    pub defaults: &'a Defaults,
    /// Files that were read; more are added.
    pub files: &'a mut Vec<PathBuf>,
}

impl File {
    /// The targets, in the order of the file. `is_on_page` is for all of them.
    pub fn targets(&mut self, is_on_page: bool, around: &mut Surroundings<'_>) -> Vec<Listed> {
        let written = self.written.targets.take().unwrap_or_default();
        let mut written: Vec<(String, written::Target)> = written.into_iter().collect();
        let place = |name: &str| self.places.of(&pointer(name)).map(|place| (place.line, place.column));
        written.sort_by_key(|(name, _)| place(name));
        written.into_iter().filter_map(|(name, written)| self.listed(&name, written, is_on_page, around)).collect()
    }

    /// Whether it lists targets.
    pub fn has_targets(&self) -> bool {
        self.written.targets.as_ref().is_some_and(|targets| !targets.is_empty())
    }

    fn listed(
        &mut self,
        name: &str,
        written: written::Target,
        is_on_page: bool,
        around: &mut Surroundings<'_>,
    ) -> Option<Listed> {
        let place = pointer(name);
        self.kept(&place, check_name(name));
        let about = About {
            name: Some(name.to_owned()),
            labels: self.labels(&format!("{place}/labels"), written.labels.clone().unwrap_or_default()),
            collectors: written.collectors.clone(),
        };
        let tls = written.tls.as_ref().map(|tls| Arc::new(self.tls(&format!("{place}/tls"), tls)));
        let password = self.password(&format!("{place}/password"), written.password.as_ref(), around);
        let at_sentinels =
            self.password(&format!("{place}/sentinel-password"), written.sentinel_password.as_ref(), around);
        let is_group = written.address.starts_with(SENTINEL);
        let others = self.seeds(&place, written.seeds.iter().flatten(), is_group);
        self.check_kind(&place, &written, is_group);
        let parsed = match is_group {
            true => Target::parse_sentinel(&written.address),
            false => Target::parse(&written.address).map(|target| (target, String::new())),
        };
        let (target, group) = self.kept(&format!("{place}/address"), parsed.map_err(|error| error.to_string()))?;
        let target = Target { about: Arc::new(about), ..target };
        let login = (written.user, password);
        if !is_group {
            let kind = if written.kind.as_deref() == Some("cluster") { Kind::Cluster } else { Kind::Server };
            let target = logged_in(target, login, tls, around.defaults);
            return Some(Listed { others, kind, ..Listed::server(target, is_on_page) });
        }
        let Defaults { credentials, passwords, tls: of_flags } = around.defaults;
        let usual = Defaults { credentials: credentials.clone(), tls: of_flags.clone(), ..Defaults::default() };
        let data = Target { user: None, password: None, ..target.clone() };
        let login = logged_in(data, login, tls.clone(), &usual);
        // What servers are asked with is not for sentinels.
        let of_sentinels = Defaults { credentials: Credentials::default(), passwords: passwords.clone(), ..usual };
        let target = logged_in(target, (written.sentinel_user, at_sentinels), tls, &of_sentinels);
        Some(Listed {
            others,
            kind: Kind::Sentinel(Group { name: group, login }),
            ..Listed::server(target, is_on_page)
        })
    }

    /// Keys that belong to one kind of target.
    fn check_kind(&mut self, place: &str, written: &written::Target, is_group: bool) {
        let is_cluster = written.kind.as_deref() == Some("cluster");
        if !is_group && !is_cluster && written.seeds.is_some() {
            self.refuse(&format!("{place}/seeds"), "seeds are of a `kind: cluster`, and of sentinel://host:port/group");
        }
        if is_group && is_cluster {
            self.refuse(&format!("{place}/kind"), "what sentinels watch is no cluster: leave `kind` out");
        }
        if !is_group && (written.sentinel_user.is_some() || written.sentinel_password.is_some()) {
            self.refuse(place, "`sentinel-user` and `sentinel-password` are of sentinel://host:port/group");
        }
    }

    fn seeds<'a>(&mut self, place: &str, seeds: impl Iterator<Item = &'a String>, are_sentinels: bool) -> Vec<Address> {
        let mut others = Vec::new();
        for (number, seed) in seeds.enumerate() {
            let port = if are_sentinels { SENTINEL_PORT } else { DEFAULT_PORT };
            let parsed = Target::parse_with_port(seed, port).map_err(|error| error.to_string());
            let parsed = parsed.and_then(|seed| match seed.user.is_none() && seed.password.is_none() {
                true => Ok(seed.address),
                false => Err("credentials are those of the target: leave them out here".to_owned()),
            });
            others.extend(self.kept(&format!("{place}/seeds/{number}"), parsed));
        }
        others
    }

    /// Labels whose names can be some.
    pub(super) fn labels(&mut self, place: &str, labels: BTreeMap<String, String>) -> Vec<(String, String)> {
        let check = |name: &str| match is_label(name) {
            true if TAKEN.contains(&name) => Err("pages have this label themselves; choose another".to_owned()),
            true => Ok(()),
            false => Err("a label's name is letters, digits and underscores, and begins with no digit and no two \
                          underscores"
                .to_owned()),
        };
        labels
            .into_iter()
            .filter(|(name, _)| self.kept(&format!("{place}/{}", escaped(name)), check(name)).is_some())
            .collect()
    }

    /// A password, or that there is to be none; nothing if nothing is said.
    fn password(
        &mut self,
        place: &str,
        password: Option<&written::Password>,
        around: &mut Surroundings<'_>,
    ) -> Option<Option<Secret>> {
        let (place, secret) = match password? {
            written::Password::Nothing {} => return Some(None),
            written::Password::Text(text) if text.starts_with("${") && text.ends_with('}') => {
                self.refuse(place, "variables are not put in place here: write {env: NAME}");
                return Some(None);
            }
            written::Password::Text(text) => {
                return Some(Some(Secret::new(text)).filter(|secret| !secret.expose().is_empty()));
            }
            written::Password::Env { env } => {
                let value = (around.environment)(env).filter(|value| !value.is_empty());
                (format!("{place}/env"), value.ok_or_else(|| format!("the variable {env} is not set")))
            }
            written::Password::File { file } => {
                let path = self.beside(file);
                around.files.push(path.clone());
                (format!("{place}/file"), secret(&path).map_err(|fault| format!("{}: {fault}", path.display())))
            }
        };
        Some(self.kept(&place, secret).map(Secret::new))
    }

    fn tls(&mut self, place: &str, written: &written::Tls) -> Tls {
        let written::Tls { ca, certificate, key, server_name, min_version, skip_verification } = written;
        let path = |path: &Option<String>| path.as_ref().filter(|path| !path.is_empty()).map(|path| self.beside(path));
        let (ca, certificate, key) = (path(ca), path(certificate), path(key));
        if certificate.is_some() != key.is_some() {
            self.refuse(place, "`certificate` and `key` belong together: name both or none");
        }
        Tls {
            ca,
            identity: certificate.zip(key).map(|(certificate, key)| Identity { certificate, key }),
            server_name: server_name.clone().filter(|name| !name.is_empty()),
            min_version: if min_version.as_deref() == Some("TLS1.3") { Version::Tls13 } else { Version::Tls12 },
            skip_verification: skip_verification.unwrap_or(false),
        }
    }
}

/// User and password as they are said: the inner of the password is that there is to be none.
type Login = (Option<String>, Option<Option<Secret>>);

/// A target with its credentials, and with TLS if that is said of it or in its address.
fn logged_in(target: Target, (user, password): Login, tls: Option<Arc<Tls>>, defaults: &Defaults) -> Target {
    let tls = tls.or_else(|| target.tls.is_some().then(|| defaults.tls.clone()));
    let target = match password {
        None => defaults.fill(target, user),
        Some(password) => {
            let password = target.password.or(password);
            let usual = || defaults.credentials.user.clone();
            let user = password.as_ref().and(target.user.or(user).or_else(usual));
            Target { user, password, ..target }
        }
    };
    Target { tls, ..target }
}

fn pointer(name: &str) -> String {
    format!("/targets/{}", escaped(name))
}

/// A name stands in a query and in a label, and is told from an address.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let fits = |c: char| !c.is_control() && !c.is_whitespace();
    if !name.is_empty() && name.chars().count() <= NAME && name.chars().all(fits) && !name.contains("://") {
        Ok(())
    } else {
        Err(format!("a target's name has {NAME} characters at most, no blanks and no ://"))
    }
}

/// Whether it can be the name of a label (Prometheus data model; two underscores are Prometheus' own).
fn is_label(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty()
        && name.chars().all(fits)
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.starts_with("__")
}

/// What a file has but for a line feed at its end, as editors and `echo` write it. No password has one in it.
fn secret(path: &Path) -> Result<String, String> {
    let (bytes, _) = text::bytes(path, "file of a password", SECRET)?;
    let text = text::utf8(bytes)?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    match text {
        "" => Err("the file is empty".to_owned()),
        text if text.contains(['\n', '\r']) => Err("the file has more than one line: a password is one".to_owned()),
        text => Ok(text.to_owned()),
    }
}
