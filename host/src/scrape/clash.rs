//! Collectors that cannot be on one page.

use std::sync::Arc;

use crate::metrics::Layout;
use crate::metrics::layout::Clash;
use crate::plugin::{Collector, Plan};
use crate::servers::ServerKind;

/// A collector that declares a family otherwise than one before it.
pub struct Clashing {
    /// Its place.
    pub part: usize,
    /// The other's.
    pub other: usize,
    /// What is to be said of that: `redis_orders is declared by orders with other labels`.
    pub text: String,
}

/// A collector's name, and what it does.
pub(super) type Part<'a> = (&'a String, Option<&'a Arc<Plan>>);

/// Those of these parts, in their order.
pub(super) fn clashing(parts: &[Part<'_>]) -> Vec<Clashing> {
    let families = parts.iter().map(|&(_, plan)| plan.map_or(&[][..], |plan| plan.families.as_slice()));
    let (_, clashes) = Layout::new(families);
    let told = |(part, Clash { name, other, difference }): (usize, Clash)| {
        let text = format!("{name} is declared by {} {difference}", parts[other].0);
        Clashing { part, other, text }
    };
    clashes.into_iter().map(told).collect()
}

/// Which of these collectors could not be on one page with one before them, by what is known of their plans for a kind of
/// server.
pub fn known_clashes(collectors: &[Arc<Collector>], kind: &ServerKind) -> Vec<Clashing> {
    let plans: Vec<Option<Arc<Plan>>> = collectors.iter().map(|collector| collector.known_plan(kind)).collect();
    let parts = collectors.iter().zip(&plans).map(|(collector, plan)| (&collector.name, plan.as_ref()));
    clashing(&parts.collect::<Vec<_>>())
}
