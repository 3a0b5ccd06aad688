//! Targets of the file, with what their references lead to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{File, written};
use crate::config::explain::escaped;
use crate::config::secret::Secret;
use crate::config::target::{About, Target};
use crate::config::targets::{Defaults, Listed};
use crate::config::text;
use crate::config::tls::{Identity, Tls, Version};

/// Characters of a target's name.
const NAME: usize = 128;

/// Bytes of a file with a password.
const SECRET: u64 = 64 << 10;

/// Labels that the page writes itself, for buckets and quantiles.
const TAKEN: [&str; 2] = ["le", "quantile"];

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
        let targets = written.into_iter().filter_map(|(name, written)| {
            let target = self.target(&name, written, around)?;
            Some(Listed { target, is_on_page })
        });
        targets.collect()
    }

    /// Whether it lists targets.
    pub fn has_targets(&self) -> bool {
        self.written.targets.as_ref().is_some_and(|targets| !targets.is_empty())
    }

    fn target(&mut self, name: &str, written: written::Target, around: &mut Surroundings<'_>) -> Option<Target> {
        let place = pointer(name);
        self.kept(&place, check_name(name));
        let written::Target { address, user, password, tls, labels, collectors } = written;
        let about = About {
            name: Some(name.to_owned()),
            labels: self.labels(&format!("{place}/labels"), labels.unwrap_or_default()),
            collectors,
        };
        let password = password.map(|password| self.password(&format!("{place}/password"), &password, around));
        let tls = tls.map(|tls| self.tls(&format!("{place}/tls"), tls));
        let target = Target::parse(&address).map_err(|error| error.to_string());
        let target = self.kept(&format!("{place}/address"), target)?;
        let tls = tls.map(Arc::new).or_else(|| Some(around.defaults.tls.clone()).filter(|_| target.tls.is_some()));
        let target = Target { about: Arc::new(about), ..target };
        let target = match password {
            None => around.defaults.fill(target, user),
            Some(password) => {
                let password = target.password.or(password.filter(|password| !password.expose().is_empty()));
                let user = password.as_ref().and(target.user.or(user));
                Target { user, password, ..target }
            }
        };
        Some(Target { tls, ..target })
    }

    /// Labels whose names can be some.
    pub(super) fn labels(&mut self, place: &str, labels: BTreeMap<String, String>) -> Vec<(String, String)> {
        let check = |name: &str| match is_label(name) {
            true if TAKEN.contains(&name) => Err("histograms and summaries have this label; choose another".to_owned()),
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

    fn password(&mut self, place: &str, password: &written::Password, around: &mut Surroundings<'_>) -> Option<Secret> {
        let (place, secret) = match password {
            written::Password::Text(text) => return Some(Secret::new(text)),
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
        self.kept(&place, secret).map(Secret::new)
    }

    fn tls(&mut self, place: &str, written: written::Tls) -> Tls {
        let written::Tls { ca, certificate, key, server_name, min_version, skip_verification } = written;
        let path = |path: Option<String>| path.filter(|path| !path.is_empty()).map(|path| self.beside(&path));
        let (ca, certificate, key) = (path(ca), path(certificate), path(key));
        if certificate.is_some() != key.is_some() {
            self.refuse(place, "`certificate` and `key` belong together: name both or none");
        }
        Tls {
            ca,
            identity: certificate.zip(key).map(|(certificate, key)| Identity { certificate, key }),
            server_name: server_name.filter(|name| !name.is_empty()),
            min_version: if min_version.as_deref() == Some("TLS1.3") { Version::Tls13 } else { Version::Tls12 },
            skip_verification: skip_verification.unwrap_or(false),
        }
    }
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

/// The first line of a file: editors and `echo` end it with a line feed.
fn secret(path: &Path) -> Result<String, String> {
    let (bytes, _) = text::bytes(path, "file of a password", SECRET)?;
    let text = text::utf8(bytes)?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    if text.is_empty() { Err("the file is empty".to_owned()) } else { Ok(text.to_owned()) }
}
