//! A recorded request, made again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::access::Way;
use super::bindings::contract;
use super::call::{Collect, Configure, Ended, Invoke, Order, Usage, call};
use super::collector::Collector;
use super::convert::{self, Report};
use super::failure::{Cause, Failure, Step};
use super::grants::Permit;
use super::load::Code;
use super::plan::{Plan, Refused};
use super::player::Player;
use super::recording::{Recording, Run};
use super::sweeping::{About, Sweeping, Swept};
use crate::config::Limits;
use crate::metrics::{Family, Page, Part};

/// How long a call may wait for its place and take, whatever its limits are: nobody else is there.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of a recorded request.
#[derive(Debug)]
pub struct Replayed {
    /// What was measured.
    pub page: Page,
    /// What the collector wants the operator to know.
    pub warnings: Vec<String>,
    /// Whether it says that not everything could be read.
    pub partial: bool,
    /// What it wants to be given back in its next call.
    pub state: Option<Vec<u8>>,
    /// What all calls together used.
    pub usage: Usage,
}

/// Why a recorded request has no result.
#[derive(Debug, thiserror::Error)]
pub enum NotReplayed {
    /// The plugin has no plan for that server and configuration.
    #[error("{0}")]
    Refused(#[from] Refused),
    /// A call failed.
    #[error("{0}")]
    Failed(Box<Failure>),
    /// The recording is of other keys.
    #[error("the recording is of other keys, or of other reads of them, than the plugin asks for now: record it again")]
    OtherKeys,
}

impl From<Box<Failure>> for NotReplayed {
    fn from(failure: Box<Failure>) -> NotReplayed {
        NotReplayed::Failed(failure)
    }
}

/// The limits under which a recording is replayed: its budgets of time are not those of this machine at this moment.
pub fn patient(limits: &Limits) -> Limits {
    Limits { cpu: limits.cpu.max(PATIENCE / 6), wall: PATIENCE, ..*limits }
}

/// Makes a recorded request again: the collect, and the run over keys if one was recorded. The collector's configuration is
/// the recording's. To be awaited on the guests' threads: [`super::Sandbox::apart`].
///
/// # Errors
/// Why there is no result.
pub async fn replay(collector: &Arc<Collector>, recording: &Recording) -> Result<Replayed, NotReplayed> {
    let (player, mut usage) = (Arc::new(Player::new(recording)), Usage::default());
    let configure = Configure { config: recording.config.to_string(), server: recording.server.clone().into() };
    let silent = Way::Recorded(Arc::new(Player::silent(recording)));
    let planned = invoke(collector, Step::Configure, configure, silent, &mut usage).await?;
    let asked = planned.map_err(Refused::from)?;
    let plan = collector.checked(asked.clone()).map_err(|malformed| Refused::Malformed(malformed.0))?;
    let plan = Arc::new(plan);

    let request = recording.request(asked.prepared.clone(), &asked.prefetch);
    let report = invoke(collector, Step::Collect, Collect(request), Way::Recorded(player.clone()), &mut usage).await?;
    let report = checked(collector, &plan, Step::Collect, report)?;
    let swept = match &recording.sweep {
        Some(run) if !asked.sweeps.is_empty() => {
            if !run.is_of(&asked.sweeps) {
                return Err(NotReplayed::OtherKeys);
            }
            Some(sweep(collector, &plan, recording, &player, &mut usage).await?)
        }
        _ => None,
    };
    Ok(told(collector, &plan, report, swept, usage))
}

async fn invoke<I: Invoke>(
    collector: &Collector,
    step: Step,
    invocation: I,
    way: Way,
    used: &mut Usage,
) -> Result<I::Output, Box<Failure>> {
    let Code::Component { sandbox, pre, .. } = &collector.plugin.code else {
        return Err(Box::new(collector.failure(step, Cause::Host("it is compiled in".to_owned()).into())));
    };
    let (permit, limits, deadline) = (Arc::new(Permit::nothing()), &collector.config.limits, Instant::now() + PATIENCE);
    let order = Order { sandbox, pre, warm: None, limits, permit, way, deadline, invocation };
    let (result, usage) = call(order).await;
    used.add(usage);
    result.map_err(|ended| Box::new(collector.failure(step, ended)))
}

async fn sweep(
    collector: &Arc<Collector>,
    plan: &Arc<Plan>,
    recording: &Recording,
    player: &Arc<Player>,
    used: &mut Usage,
) -> Result<Report, Box<Failure>> {
    let failed = |cause: Cause| Box::new(collector.failure(Step::Sweep, cause.into()));
    let Some(run) = &recording.sweep else {
        return Err(failed(Cause::Host("nothing was recorded".to_owned())));
    };
    let about = About {
        collector: collector.clone(),
        plan: plan.clone(),
        request: recording.beginning(plan.prepared.clone(), run.unix_ms),
        way: Way::Recorded(player.clone()),
    };
    let room = match collector.plugin.sandbox() {
        Some(sandbox) => sandbox.rooms(1).await,
        None => None,
    };
    let room = room.ok_or_else(|| failed(Cause::Queue))?;
    let (result, usage) = match walk(about, room, run).await {
        Ok(sweeping) => sweeping.end(run.complete).await,
        Err(ended) => *ended,
    };
    used.add(usage);
    result.map_err(Box::new)
}

async fn walk(about: About, room: OwnedSemaphorePermit, run: &Run) -> Result<Sweeping, Box<Swept>> {
    let mut sweeping = Sweeping::begin(about, room).await?;
    for page in &run.pages {
        let keys: Vec<contract::Swept> = page.keys.iter().map(Into::into).collect();
        sweeping = sweeping.page(page.sweep, &keys).await?;
    }
    Ok(sweeping)
}

fn checked(
    collector: &Collector,
    plan: &Plan,
    step: Step,
    result: Result<contract::Report, contract::Failure>,
) -> Result<Report, Box<Failure>> {
    let report = result.map_err(|failure| Ended::from(Cause::from(failure))).and_then(|report| {
        convert::report(report, plan, collector.namespace(), &collector.config.limits)
            .map_err(|malformed| Cause::Malformed(malformed.0).into())
    });
    report.map_err(|ended| Box::new(collector.failure(step, ended)))
}

/// The two reports as one page. Each counts its late families from the plan's end.
fn told(collector: &Collector, plan: &Plan, collected: Report, swept: Option<Report>, usage: Usage) -> Replayed {
    let state = collected.state.clone();
    let (mut parts, mut warnings, mut partial) = (BTreeMap::<String, Part>::new(), Vec::new(), false);
    for report in [Some(collected), swept].into_iter().flatten() {
        // As a scrape leaves out late families that do not fit.
        let late = report.late.iter().enumerate();
        let late = late.map(|(before, family)| {
            collector.check_late(family, plan.families.len() + before).is_ok().then_some(family)
        });
        let families: Vec<Option<&Family>> = plan.families.iter().map(Some).chain(late).collect();
        for sample in report.samples {
            let Some(Some(family)) = families.get(sample.family as usize) else { continue };
            let (_, samples) = parts.entry(family.name.clone()).or_insert_with(|| (Family::clone(family), Vec::new()));
            samples.push((sample.label_values, sample.value));
        }
        warnings.extend(report.warnings);
        partial |= report.partial;
    }
    Replayed { page: Page::build(parts.into_values().collect()), warnings, partial, state, usage }
}
