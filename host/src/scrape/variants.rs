//! Scrapes for requests that bring lists of their own: the same collectors, but for those that are configured by one.
//!
//! A variant is made for each new set of parameters and kept with the lineup that it is of.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

use super::Scraper;
use crate::config::reach::Reach;
use crate::plugin::{Collector, Refused};
use crate::servers::ServerKind;

/// Variants that are kept. When there are more, the one that was not used longest goes.
const VARIANTS: usize = 128;

/// Values of parameters by name, as they stand in the request. Those that are empty, or that no collector takes, are passed
/// over.
pub type Parameters = BTreeMap<String, String>;

/// The variants of one list of collectors.
#[derive(Default)]
pub(super) struct Variants {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    scrapers: HashMap<Parameters, (Arc<Scraper>, u64)>,
    /// Counts uses, to know what was not used longest.
    uses: u64,
}

impl Variants {
    fn get(&self, parameters: &Parameters) -> Option<Arc<Scraper>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let uses = kept.uses;
        let (scraper, used) = kept.scrapers.get_mut(parameters)?;
        *used = uses;
        Some(scraper.clone())
    }

    /// Keeps a variant. If another request was quicker, its variant is the one.
    fn insert(&self, parameters: Parameters, scraper: Arc<Scraper>) -> Arc<Scraper> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = kept.scrapers.iter().min_by_key(|(_, (_, used))| *used).map(|(parameters, _)| parameters.clone());
        if let Some(oldest) = oldest.filter(|_| kept.scrapers.len() >= VARIANTS) {
            kept.scrapers.remove(&oldest);
        }
        kept.uses += 1;
        let uses = kept.uses;
        kept.scrapers.entry(parameters).or_insert((scraper, uses)).0.clone()
    }
}

impl Scraper {
    /// The scraper for requests with these parameters: this one, if they change nothing.
    ///
    /// # Errors
    /// What a collector has against them.
    pub async fn with_parameters(
        self: &Arc<Self>,
        mut parameters: Parameters,
        deadline: Instant,
    ) -> Result<Arc<Scraper>, String> {
        parameters.retain(|name, value| !value.is_empty() && self.takes(name));
        if parameters.is_empty() {
            return Ok(self.clone());
        }
        if let Some(known) = self.variants.get(&parameters) {
            return Ok(known);
        }
        let number = self.lasting.variants.fetch_add(1, Ordering::Relaxed);
        let mut collectors = Vec::with_capacity(self.collectors.len());
        for collector in &self.collectors {
            collectors.push(match lists(collector, &parameters) {
                lists if lists.is_empty() => collector.clone(),
                lists => Arc::new(collector.variant(&lists, number).map_err(|error| error.to_string())?),
            });
        }
        self.try_out(&collectors, deadline).await?;
        Ok(self.variants.insert(parameters, Arc::new(self.variant(number, collectors))))
    }

    fn takes(&self, parameter: &str) -> bool {
        self.collectors.iter().any(|collector| collector.config.parameters.iter().any(|(name, _)| name == parameter))
    }

    /// Has the variants among the collectors say whether they accept their configuration. What kind of server they will
    /// meet does not matter for that.
    async fn try_out(&self, collectors: &[Arc<Collector>], deadline: Instant) -> Result<(), String> {
        let kind = self.kinds().into_iter().next().unwrap_or_else(ServerKind::unseen);
        let variants = collectors.iter().filter(|collector| collector.is_variant()).cloned().collect();
        // Boxed: it is large, and seldom done.
        let batch =
            Box::pin(self.merged(variants, &kind, &Reach::Server, super::batch::Reason::Scrape, deadline)).await;
        let refused = batch.refused.iter().find_map(|(_, refused)| match refused {
            Refused::Invalid(problems) => Some(told(problems)),
            Refused::Malformed(reason) | Refused::Clashes(reason) => {
                Some(format!("the lists ask for too much: {reason}"))
            }
            Refused::NotApplicable(_) | Refused::Other(_) | Refused::Failed(_) => None,
        });
        refused.map_or(Ok(()), Err)
    }
}

/// The lists that a collector is given in place of its own, by the key of its configuration.
fn lists<'a>(collector: &'a Collector, parameters: &'a Parameters) -> Vec<(&'a str, Vec<&'a str>)> {
    let taken = collector.config.parameters.iter();
    taken.filter_map(|(name, key)| Some((key.as_str(), items(parameters.get(name)?)))).collect()
}

/// As the flag's value is read.
fn items(list: &str) -> Vec<&str> {
    list.split(',').map(str::trim).filter(|item| !item.is_empty()).collect()
}

fn told(problems: &[(String, String)]) -> String {
    let problem = |(pointer, message): &(String, String)| format!("{}: {message}", pointer.trim_start_matches('/'));
    problems.iter().map(problem).collect::<Vec<_>>().join("; ")
}

/// Numbers of variants; 0 is none.
pub(super) fn numbers() -> AtomicU64 {
    AtomicU64::new(1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::CollectorConfig;
    use crate::own::Own;
    use crate::plugin::contract::{Description, Failure, Plan, Problem, Refusal, Report, Request, Server};
    use crate::plugin::{Ledger, Linked, Plugin};
    use crate::scrape::Settings;
    use crate::servers::{self, Pools};

    /// Refuses lists with the word `bad`, and has nothing to do.
    struct Picky;

    impl Linked for Picky {
        fn describe(&self) -> Description {
            let [name, version, summary, config_schema] = ["picky", "1", "Nothing.", ""].map(str::to_owned);
            Description { name, version, summary, config_schema, extra: Vec::new() }
        }

        fn configure(&self, config: &str, _: &Server) -> Result<Plan, Refusal> {
            if config.contains("bad") {
                let (pointer, message) = ("/keys/0".to_owned(), "it is bad".to_owned());
                return Err(Refusal::Invalid(vec![Problem { pointer, message }]));
            }
            Err(Refusal::NotApplicable("idle".to_owned()))
        }

        fn collect(&self, _: Request) -> Result<Report, Failure> {
            Err(Failure::NotApplicable("idle".to_owned()))
        }
    }

    fn scraper() -> Arc<Scraper> {
        let plugin = Arc::new(Plugin::linked(Arc::new(Picky)));
        let collector = |name: &str, parameters: &[(&str, &str)]| {
            let owned = |(name, key): &(&str, &str)| ((*name).to_owned(), (*key).to_owned());
            let config = CollectorConfig {
                configuration: r#"{"keys":["of","flags"],"more":1}"#.to_owned(),
                parameters: parameters.iter().map(owned).collect(),
                ..CollectorConfig::of_plugin(name)
            };
            Arc::new(Collector::new(&config, plugin.clone(), "redis"))
        };
        let collectors = vec![collector("keys", &[("check-keys", "keys")]), collector("other", &[])];
        let own = Arc::new(Own::new("redis", true, false).unwrap());
        let pools = Arc::new(Pools::new(servers::Settings::default(), own.clone()));
        let ledger = Arc::new(Ledger::new(Default::default()));
        Arc::new(Scraper::new(Settings::default(), pools, collectors, own, ledger))
    }

    async fn with(scraper: &Arc<Scraper>, pairs: &[(&str, &str)]) -> Result<Arc<Scraper>, String> {
        let parameters = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        scraper.with_parameters(parameters, Instant::now() + Duration::from_secs(10)).await
    }

    #[tokio::test]
    async fn what_a_request_says_is_in_place_of_what_flags_say() {
        let scraper = scraper();
        let variant = with(&scraper, &[("check-keys", "a, b%2Cc,,"), ("target", "x")]).await.unwrap();
        let [keys, other] = &variant.collectors[..] else { panic!("two collectors") };
        assert_eq!(keys.config.configuration, r#"{"keys":["a","b%2Cc"],"more":1}"#);
        assert_eq!((keys.name.as_str(), keys.is_variant()), ("keys", true));
        assert!(Arc::ptr_eq(keys.original(), &scraper.collectors[0]));
        assert!(Arc::ptr_eq(other, &scraper.collectors[1]), "it takes no parameter");
        assert_ne!(keys.account(), scraper.collectors[0].account());
    }

    #[tokio::test]
    async fn what_changes_nothing_makes_no_variant() {
        let scraper = scraper();
        for pairs in [&[][..], &[("check-keys", "")], &[("target", "a"), ("tls-server-name", "b")]] {
            assert!(Arc::ptr_eq(&with(&scraper, pairs).await.unwrap(), &scraper), "{pairs:?}");
        }
    }

    #[tokio::test]
    async fn a_list_that_is_refused_is_told_and_not_kept() {
        let scraper = scraper();
        for _ in 0..2 {
            assert_eq!(with(&scraper, &[("check-keys", "bad")]).await.err().as_deref(), Some("keys/0: it is bad"));
        }
        assert_eq!(scraper.variants.kept.lock().unwrap().scrapers.len(), 0);
    }

    #[tokio::test]
    async fn the_variant_unused_longest_goes() {
        let scraper = scraper();
        let first = with(&scraper, &[("check-keys", "0")]).await.unwrap();
        for number in 1..VARIANTS * 2 {
            with(&scraper, &[("check-keys", &number.to_string())]).await.unwrap();
            let again = with(&scraper, &[("check-keys", "0")]).await.unwrap();
            assert!(Arc::ptr_eq(&again, &first), "it is in use");
        }
        assert_eq!(scraper.variants.kept.lock().unwrap().scrapers.len(), VARIANTS);
        let one = Parameters::from([("check-keys".to_owned(), "1".to_owned())]);
        assert!(scraper.variants.get(&one).is_none());
    }

    #[tokio::test]
    async fn other_collectors_have_other_variants() {
        let scraper = scraper();
        let before = with(&scraper, &[("check-keys", "a")]).await.unwrap();
        let next = Arc::new(scraper.with(Settings::default(), scraper.collectors.clone(), Vec::new()));
        let after = with(&next, &[("check-keys", "a")]).await.unwrap();
        assert_ne!(before.variant, after.variant);
    }
}
