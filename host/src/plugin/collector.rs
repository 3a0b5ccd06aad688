//! A plugin with a name and a configuration: what it is, and what it plans.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::access::Way;
use super::bindings::contract;
use super::call::{Configure, Ended, Order, call};
use super::convert;
use super::failure::{Cause, Failure, Step};
use super::grants::{Lines, Permit};
use super::ledger;
use super::limits::bounds;
use super::load::{Code, Plugin};
use super::plan::{Fault, PROBLEMS, Plan, Plans, Refused, Scope, at, faults};
use super::problem::{Problem, Stage};
use super::schema;
use super::tape::Tape;
use super::words;
use crate::config::{CollectorConfig, Schedule};
use crate::metrics::names::is_the_hosts;
use crate::metrics::{Family, check};
use crate::servers::ServerKind;

/// Plans of one collector that are kept.
const PLANS: usize = 64;

/// Plans of one variant that are kept: there may be many variants.
const PLANS_OF_VARIANT: usize = 8;

/// Time for `configure`, at most. It is only called by the first scrape of a kind of server.
const CONFIGURE: Duration = Duration::from_secs(2);

/// How long a `configure` that failed is not tried again.
const RETRY: Duration = Duration::from_secs(30);

/// A plugin with a name, a configuration and what it may do.
pub struct Collector {
    /// Label value, and the name in every message.
    pub name: String,
    /// Which plugin runs.
    pub plugin: Arc<Plugin>,
    /// How it shall run.
    pub config: CollectorConfig,
    /// Put before the names of its families.
    namespace: String,
    plans: Plans,
    /// What of its configuration it does not use, told once although there is a plan for each kind of server.
    problems: Mutex<Vec<String>>,
    /// What it would have to be granted, by any of its plans.
    to_grant: Mutex<Lines>,
    /// What it is a variant of, and its number among all variants.
    of: Option<(Arc<Collector>, u64)>,
    /// What takes down its calls; none for a collector that is served.
    pub(super) tape: Option<Arc<Tape>>,
}

impl Collector {
    /// A collector that has no plans yet.
    pub fn new(config: &CollectorConfig, plugin: Arc<Plugin>, namespace: &str) -> Collector {
        Collector {
            name: config.name.clone(),
            plugin,
            config: config.clone(),
            namespace: namespace.to_owned(),
            plans: Plans::new(PLANS),
            problems: Mutex::default(),
            to_grant: Mutex::default(),
            of: None,
            tape: None,
        }
    }

    /// The same with its calls taken down.
    pub fn taped(self, tape: Arc<Tape>) -> Collector {
        Collector { tape: Some(tape), ..self }
    }

    /// The same on every scrape with other lists in its configuration, by key. It has its own plans, faults and state: what
    /// a request brings shall not cost other requests anything.
    ///
    /// # Errors
    /// A configuration that is no JSON object.
    pub fn variant(self: &Arc<Self>, lists: &[(&str, Vec<&str>)], number: u64) -> serde_json::Result<Collector> {
        let mut configuration: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&self.config.configuration)?;
        configuration.extend(lists.iter().map(|(key, list)| ((*key).to_owned(), list.iter().copied().collect())));
        let configuration = serde_json::Value::Object(configuration).to_string();
        let config = CollectorConfig { configuration, schedule: Schedule::Scrape, ..self.config.clone() };
        let collector = Collector::new(&config, self.plugin.clone(), &self.namespace);
        Ok(Collector { plans: Plans::new(PLANS_OF_VARIANT), of: Some((self.clone(), number)), ..collector })
    }

    /// What it is a variant of; itself, if of nothing.
    pub fn original(self: &Arc<Self>) -> &Arc<Collector> {
        self.of.as_ref().map_or(self, |(original, _)| original)
    }

    /// Whether it is a variant for requests that bring parameters.
    pub fn is_variant(&self) -> bool {
        self.of.is_some()
    }

    /// Under which name its faults, its state and its warnings are kept.
    pub fn account(&self) -> Cow<'_, str> {
        match &self.of {
            None => Cow::Borrowed(&self.name),
            Some((_, number)) => Cow::Owned(ledger::account_of_variant(&self.name, *number)),
        }
    }

    /// Under which name the faults and the warnings of its walks over keys are kept.
    pub fn account_of_walks(&self) -> String {
        ledger::account_of_walks(&self.account())
    }

    /// What of its configuration it does not use, as far as there are plans.
    pub fn problems(&self) -> Vec<String> {
        self.problems.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What it would have to be granted, as far as there are plans.
    pub fn to_grant(&self) -> Lines {
        self.to_grant.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The same as grants on one line; none when that is nothing.
    pub fn lacks(&self) -> Option<String> {
        Some(self.to_grant()).filter(|grants| !grants.is_empty()).map(|grants| grants.flow())
    }

    /// What stands before the names of its families.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Whether it has keys to walk, as far as there are plans.
    pub fn has_sweeps(&self) -> bool {
        self.plans.have_sweeps()
    }

    /// The same, when it can work: the component fits its limits and its pin, and takes its configuration, on all these
    /// kinds of servers.
    ///
    /// # Errors
    /// Why it cannot.
    pub async fn tried_out(self: Arc<Self>, kinds: &[ServerKind]) -> Result<Arc<Collector>, Problem> {
        self.plugin.fits(&self.config.limits)?;
        self.is_pinned()?;
        let (collector, kinds) = (self.clone(), kinds.to_vec());
        let try_out = async move {
            collector.fits_schema()?;
            for kind in &kinds {
                match collector.plan(kind, Instant::now() + CONFIGURE).await {
                    Ok(_) | Err(Refused::NotApplicable(_)) => {}
                    Err(refused) => return Err(collector.refused(&refused)),
                }
            }
            Ok(collector)
        };
        match self.plugin.sandbox() {
            Some(sandbox) => {
                let ended = || Err(Problem::new(Stage::Configure, "a fault in redwasp; please report it"));
                sandbox.apart(try_out).await.unwrap_or_else(ended)
            }
            None => try_out.await,
        }
    }

    /// Whether the component is the one that the operator named, if one is named.
    fn is_pinned(&self) -> Result<(), Problem> {
        match (self.config.digest, self.plugin.digest) {
            (Some(pin), Some(digest)) if pin != digest => {
                let problem =
                    Problem::new(Stage::Check, format!("it has {digest}, and the collector is pinned to {pin}"));
                Err(problem.hint("put the pinned file back, or change `digest` in the configuration"))
            }
            _ => Ok(()),
        }
    }

    /// Whether the configuration is what the plugin says that it takes.
    fn fits_schema(&self) -> Result<(), Problem> {
        let config = serde_json::from_str(&self.config.configuration);
        let config = config.map_err(|error| Problem::new(Stage::Configure, error.to_string()))?;
        let problems = schema::check(&self.plugin.description.config_schema, &config);
        problems.map_err(|problems| self.refused(&Refused::Invalid(problems)))
    }

    /// A refusal with the places in the configuration file.
    fn refused(&self, refused: &Refused) -> Problem {
        let Refused::Invalid(problems) = refused else {
            return Problem::new(Stage::Configure, refused.to_string());
        };
        let told = problems.iter().map(|fault| self.placed(fault)).collect::<Vec<_>>().join("; ");
        Problem::not_accepted(&told)
    }

    /// A fault with its place in the configuration file.
    fn placed(&self, (pointer, message): &Fault) -> String {
        let told = at(pointer, message);
        match self.config.places.of(pointer) {
            Some(place) => format!("{place}: {told}"),
            None => told,
        }
    }

    /// Tells what of the configuration is not used, unless it is known from the plan for another kind of server.
    fn tell(&self, faults: &[Fault]) {
        let mut known = self.problems.lock().unwrap_or_else(PoisonError::into_inner);
        for problem in faults.iter().map(|fault| self.placed(fault)) {
            // One more than a plan tells: that there are others.
            if known.len() <= PROBLEMS && !known.contains(&problem) {
                tracing::error!(collector = self.name, problem, "a part of a collector's configuration is not used");
                known.push(problem);
            }
        }
    }

    /// What it does on this kind of server, if that is known already.
    pub fn known_plan(&self, kind: &ServerKind) -> Option<Arc<Plan>> {
        self.plans.get(kind, Instant::now())?.ok()
    }

    /// What it does on this kind of server; asked of the plugin once.
    ///
    /// # Errors
    /// Why it does nothing there.
    pub async fn plan(&self, kind: &ServerKind, deadline: Instant) -> Result<Arc<Plan>, Refused> {
        if let Some(planned) = self.plans.get(kind, Instant::now()) {
            return planned;
        }
        let whole = Instant::now() + CONFIGURE;
        let planned = self.configure(kind, deadline.min(whole)).await.map(Arc::new);
        let name = &self.name;
        // It had no chance: that says nothing of the next scrape.
        if let Err(Refused::Failed(failure)) = &planned
            && (failure.cause == Cause::Queue || (matches!(failure.cause, Cause::Wall(_)) && deadline < whole))
        {
            tracing::warn!(collector = name, error = %failure, "collector is left out of one scrape");
            return planned;
        }
        match &planned {
            Ok(plan) => {
                let (lacking, to_grant) = (plan.permit.lacking(), plan.to_grant());
                if !lacking.is_empty() {
                    tracing::warn!(
                        collector = name,
                        grants = lacking.flow(),
                        "collector asks for more than it is granted"
                    );
                }
                self.to_grant.lock().unwrap_or_else(PoisonError::into_inner).add(&to_grant);
                self.tell(&plan.problems);
            }
            Err(Refused::NotApplicable(reason)) => tracing::debug!(collector = name, reason, "nothing to do there"),
            // Whoever sent the request is told.
            Err(error) if self.is_variant() => tracing::debug!(collector = name, %error, "parameters are refused"),
            Err(error) => tracing::error!(collector = name, %error, "collector is off for this kind of server"),
        }
        // A call that failed may succeed another time, but not every scrape shall pay for trying.
        let again = matches!(planned, Err(Refused::Failed(_))).then(|| Instant::now() + RETRY);
        self.plans.insert(kind, planned.clone(), again);
        planned
    }

    async fn configure(&self, kind: &ServerKind, deadline: Instant) -> Result<Plan, Refused> {
        let (config, server) = (self.config.configuration.clone(), convert::server(kind));
        let result = match &self.plugin.code {
            Code::Linked(linked) => linked.configure(&config, &server),
            Code::Component { sandbox, pre, .. } => {
                let (permit, way, warm) = (Arc::new(Permit::nothing()), Way::Nobody, None);
                let (limits, invocation) = (&self.config.limits, Configure { config, server });
                let order = Order { sandbox, pre, warm, limits, permit, way, deadline, invocation };
                let (result, _) = call(order).await;
                result.map_err(|ended| Refused::Failed(Box::new(self.failure(Step::Configure, ended))))?
            }
        };
        let plan = result.map_err(Refused::from)?;
        if let Some(tape) = &self.tape {
            tape.plan(&plan);
        }
        self.checked(plan).map_err(|malformed| Refused::Malformed(words::tidy(&malformed.0)))
    }

    pub(super) fn checked(&self, plan: contract::Plan) -> Result<Plan, check::Malformed> {
        if !plan.sweeps.is_empty() && !self.plugin.is_sweeping() {
            return Err(check::Malformed("it has sweeps, and the plugin exports no sweeper".to_owned()));
        }
        let scope = Scope::named(&plan.scope)
            .ok_or_else(|| check::Malformed(format!("scope {:?} is none of node, primary, once", plan.scope)))?;
        let bounds = &bounds(&self.config.limits);
        let families = convert::families(plan.families, &self.namespace, bounds);
        check::families(&families, bounds)?;
        check::not_the_hosts(&families, &self.namespace)?;
        let permit = Arc::new(Permit::new(plan.asks, self.config.grants.clone()));
        if !permit.problems().is_empty() {
            return Err(check::Malformed(permit.problems().join("; ")));
        }
        let secrets = self.plugin.is_built_in && self.config.secrets;
        let mut to_grant = Lines::default();
        let prefetch = convert::prefetch(plan.prefetch, &permit, secrets, &self.config.limits, &mut to_grant)?;
        let sweeps = convert::sweeps(plan.sweeps, &permit, &mut to_grant)?;
        let late_prefixes = convert::late_prefixes(plan.late_prefixes, bounds)?;
        let (problems, prepared) = (faults(&plan.problems), plan.prepared);
        Ok(Plan { families, prefetch, sweeps, scope, permit, to_grant, late_prefixes, problems, prepared })
    }

    /// Checks a family that a report has brought, when there are so many before it.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub fn check_late(&self, family: &Family, before: usize) -> Result<(), String> {
        let bounds = &bounds(&self.config.limits);
        if before >= bounds.families {
            return Err(format!("more than the {} families allowed (limits.families)", bounds.families));
        }
        if is_the_hosts(&family.name, &self.namespace) {
            return Err("the name is the exporter's own".to_owned());
        }
        check::family(family, bounds)
    }

    pub(super) fn failure(&self, step: Step, ended: Ended) -> Failure {
        Failure {
            collector: self.name.clone(),
            plugin: self.plugin.title(),
            step,
            cause: ended.cause.tidy(),
            place: ended.place.iter().map(|name| words::tidy(name)).collect(),
            last_words: ended.last_words,
        }
    }
}
