//! Guests that misbehave, one in each file of `examples/`, to see that the host bears them.
//!
//! A guest prefetches `INFO ALL`, declares the gauge `<name with underscores>_ran` and does its one misdeed. Where that
//! fits, it says the misdeed as a [`Misdeed`] and [`Guest`] makes the collector of it; with families of its own it is a
//! collector outright.

use std::marker::PhantomData;

use redwasp_sdk::{
    Collector, Command, Description, Failure, Family, Plan, Prefetched, Refusal, Report, Request, Server,
};
use serde::{Deserialize, Serialize};

/// No configuration: accepts only `{}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoConfig {}

/// The description of a guest without configuration.
pub const fn description(name: &'static str) -> Description {
    Description { name, version: env!("CARGO_PKG_VERSION"), summary: "Misbehaves, for tests.", config_schema: "" }
}

/// The families and the prefetch that every guest has.
#[derive(Serialize, Deserialize)]
pub struct Basics {
    /// `INFO ALL`.
    pub info: Prefetched,
    /// `<name with underscores>_ran`, 1 when a collect came to its end.
    pub ran: Family<0>,
}

impl Basics {
    /// Declares them in a plan. `name` is the guest's, with dashes.
    pub fn declare(name: &str, plan: &mut Plan) -> Basics {
        let ran = format!("{}_ran", name.replace('-', "_"));
        Basics {
            info: plan.prefetch(Command::info()),
            ran: plan.gauge(&ran, "1 when the guest came to the end of its collect.", []),
        }
    }
}

/// What a guest does wrong. What it does not say is done right.
pub trait Misdeed {
    /// The guest's name: lower case letters, digits and dashes, the same as its file's.
    const NAME: &'static str;

    /// Called in the middle of `configure`.
    fn configure(_plan: &mut Plan) {}

    /// Called in `collect`, before the sample of `<name>_ran`.
    fn collect(_report: &mut Report) {}
}

/// The collector that does one misdeed.
#[derive(Serialize, Deserialize)]
pub struct Guest<M> {
    basics: Basics,
    misdeed: PhantomData<M>,
}

impl<M: Misdeed> Collector for Guest<M> {
    type Config = NoConfig;

    const DESCRIPTION: Description = description(M::NAME);

    fn configure(_config: NoConfig, _server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        let basics = Basics::declare(M::NAME, plan);
        M::configure(plan);
        Ok(Guest { basics, misdeed: PhantomData })
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        request.reply(self.basics.info)?;
        M::collect(report);
        report.set(self.basics.ran, [], 1.0);
        Ok(())
    }
}
