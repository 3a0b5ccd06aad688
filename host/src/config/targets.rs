//! The targets that the operator lists.

use std::sync::Arc;

use super::Credentials;
use super::passwords::Passwords;
use super::target::{About, Target};
use super::tls::Tls;

/// A target that the operator lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The target, with its credentials.
    pub target: Target,
    /// Whether the page of metrics has it; every one can be had from `/scrape`.
    pub is_on_page: bool,
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
        let user = target.user.clone().or(user).or_else(|| self.credentials.user.clone());
        let target = Target { user, ..target.with_tls(&self.tls) };
        let password = || self.passwords.of(&target).or(self.credentials.password.as_ref()).cloned();
        let password = target.password.clone().or_else(password);
        // Without a password nobody logs in, and a user would only be another name for the same connections.
        let user = password.as_ref().and(target.user);
        Target { user, password, ..target }
    }
}

/// Labels which tell targets apart that are on one page: where each is, and what it is called.
pub fn tell_apart(listed: &mut [Listed]) {
    if listed.iter().filter(|listed| listed.is_on_page).count() < 2 {
        return;
    }
    for Listed { target, .. } in listed.iter_mut().filter(|listed| listed.is_on_page) {
        let address = Target { user: None, ..target.clone() }.to_string();
        let name = target.about.name.clone().unwrap_or_else(|| address.clone());
        let has = |name: &str| target.about.labels.iter().any(|(other, _)| other == name);
        let own = [("addr", address), ("alias", name)].into_iter().filter(|(name, _)| !has(name));
        let mut labels = target.about.labels.clone();
        labels.extend(own.map(|(name, value)| (name.to_owned(), value)));
        target.about = Arc::new(About { labels, ..About::clone(&target.about) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::secret::Secret;

    fn listed(address: &str, name: Option<&str>, labels: &[(&str, &str)]) -> Listed {
        let labels = labels.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let about = Arc::new(About { name: name.map(str::to_owned), labels, collectors: None });
        Listed { target: Target { about, ..Target::parse(address).unwrap() }, is_on_page: true }
    }

    #[test]
    fn targets_on_one_page_have_labels_that_tell_them_apart() {
        let labels = |listed: &Listed| -> Vec<String> {
            listed.target.about.labels.iter().map(|(name, value)| format!("{name}={value}")).collect()
        };
        let mut one = [listed("redis://h", None, &[("team", "shop")])];
        tell_apart(&mut one);
        assert_eq!(labels(&one[0]), ["team=shop"]);
        let mut two = [
            listed("redis://u:p@h", None, &[]),
            listed("redis://h/1", Some("cache"), &[("addr", "here")]),
            Listed { is_on_page: false, ..listed("redis://x", None, &[]) },
        ];
        tell_apart(&mut two);
        assert_eq!(labels(&two[0]), ["addr=redis://h:6379", "alias=redis://h:6379"]);
        assert_eq!(labels(&two[1]), ["addr=here", "alias=cache"]);
        assert_eq!(labels(&two[2]), [""; 0]);
    }

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
