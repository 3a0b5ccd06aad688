//! What SENTINEL says of each master: its settings, whether a fail-over could be agreed on, and who is in good health.

use redwasp_sdk::told::Told;
use redwasp_sdk::{CallError, Command, Failure, Family, Plan, Prefetched, Replies, Reply, Report, Request};
use serde::{Deserialize, Serialize};

use crate::MOST_MASTERS;
use crate::instance::Instance;

/// Field of SENTINEL MASTERS, metric, help, and what the value is divided by.
const NUMBERS: [(&str, &str, &str, f64); 6] = [
    (
        "quorum",
        "sentinel_master_setting_ckquorum",
        "Sentinels that have to agree that the master is down (quorum).",
        1.0,
    ),
    (
        "failover-timeout",
        "sentinel_master_setting_failover_timeout",
        "Milliseconds after which a fail-over is given up or tried again (failover-timeout).",
        1.0,
    ),
    (
        "parallel-syncs",
        "sentinel_master_setting_parallel_syncs",
        "Replicas that are given a new master at the same time (parallel-syncs).",
        1.0,
    ),
    (
        "down-after-milliseconds",
        "sentinel_master_setting_down_after_milliseconds",
        "Milliseconds without a good reply after which the master is held to be down (down-after-milliseconds).",
        1.0,
    ),
    ("config-epoch", "sentinel_master_config_epoch", "Epoch of the master's last fail-over (config-epoch).", 1.0),
    (
        "last-ok-ping-reply",
        "sentinel_master_last_ok_ping_reply_seconds",
        "Seconds since the master last gave a good reply to a PING (last-ok-ping-reply).",
        1000.0,
    ),
];

/// Series of one master, its peers not counted.
pub(crate) const SERIES: usize = NUMBERS.len() + 3;
/// Other sentinels that are told, of all masters together.
pub(crate) const MOST_PEERS: usize = 5000;

/// What each master is asked for, in the order of the commands.
const QUESTIONS: [&str; 3] = ["CKQUORUM", "SENTINELS", "SLAVES"];

#[derive(Serialize, Deserialize)]
pub(crate) struct Masters {
    masters: Prefetched,
    /// In the order of [`NUMBERS`].
    numbers: Vec<Family<2>>,
    quorum: Family<2>,
    ok_sentinels: Family<2>,
    ok_slaves: Family<2>,
    peers: Option<Family<7>>,
}

struct Master<'r, 'a> {
    instance: Instance<'r, 'a>,
    /// As it is sent.
    name: &'a [u8],
    /// Name and address.
    labels: [String; 2],
}

impl Masters {
    pub(crate) fn declare(peers: bool, plan: &mut Plan) -> Masters {
        let labels = ["master_name", "master_address"];
        plan.ask(&QUESTIONS.map(|question| format!("SENTINEL {question}")).each_ref().map(String::as_str), &[], &[]);
        Masters {
            masters: plan.prefetch(Command::new("SENTINEL").arg("MASTERS")),
            numbers: NUMBERS.map(|(_, name, help, _)| plan.gauge(name, help, labels)).into(),
            quorum: plan.gauge(
                "sentinel_master_ckquorum_status",
                "1 when enough sentinels can be reached to agree on a fail-over, else 0 (SENTINEL CKQUORUM).",
                ["master_name", "message"],
            ),
            ok_sentinels: plan.gauge(
                "sentinel_master_ok_sentinels",
                "Sentinels of the master that are not held to be down, this one included (SENTINEL SENTINELS).",
                labels,
            ),
            ok_slaves: plan.gauge(
                "sentinel_master_ok_slaves",
                "Replicas of the master that are not held to be down (SENTINEL SLAVES).",
                labels,
            ),
            peers: peers.then(|| {
                plan.info(
                    "sentinel_peer_info",
                    "Another sentinel of the master, with what this one thinks of it in flags (SENTINEL SENTINELS).",
                    ["master_name", "master_address", "name", "ip", "port", "runid", "flags"],
                )
            }),
        }
    }

    pub(crate) fn read(&self, request: &Request<'_>, report: &mut Report, told: &mut Told) {
        let reply = match request.reply(self.masters) {
            Ok(reply) => reply,
            Err(failure) => return told.missing("MASTERS", "SENTINEL MASTERS", &failure, report),
        };
        let mut masters = match reply.elements() {
            Ok(elements) => elements.iter().filter_map(Master::read).collect::<Vec<_>>(),
            Err(mismatch) => return told.missing("MASTERS", "SENTINEL MASTERS", &mismatch.into(), report),
        };
        if masters.len() > MOST_MASTERS {
            let text = format!("{} masters are watched: the first {MOST_MASTERS} are told", masters.len());
            told.tell("masters", &text, report);
            masters.truncate(MOST_MASTERS);
        }
        for master in &masters {
            self.numbers(master, report);
        }
        self.ask(&masters, request, report, told);
    }

    fn numbers(&self, master: &Master<'_, '_>, report: &mut Report) {
        let [name, address] = &master.labels;
        for ((field, _, _, divisor), family) in NUMBERS.iter().zip(&self.numbers) {
            report.set(*family, [name, address], master.instance.number(field) / divisor);
        }
    }

    /// One round trip for all of them.
    fn ask(&self, masters: &[Master<'_, '_>], request: &Request<'_>, report: &mut Report, told: &mut Told) {
        if masters.is_empty() {
            return;
        }
        let ask = |(master, question): (&Master<'_, '_>, &str)| Command::new("SENTINEL").arg(question).arg(master.name);
        let each = masters.iter().flat_map(|master| QUESTIONS.map(|question| (master, question)));
        let replies = match request.pipeline(&each.map(ask).collect::<Vec<_>>()) {
            Ok(replies) => replies,
            Err(failure) => return told.missing("details", "what SENTINEL tells of each master", &failure, report),
        };
        let mut peers = 0;
        for (place, master) in masters.iter().enumerate() {
            let outcomes = [
                self.quorum(master, reply(&replies, place, 0), report),
                self.sentinels(master, reply(&replies, place, 1), &mut peers, report),
                self.slaves(master, reply(&replies, place, 2), report),
            ];
            for (question, outcome) in QUESTIONS.iter().zip(outcomes) {
                if let Err(failure) = outcome {
                    told.missing(question, &format!("SENTINEL {question}"), &failure, report);
                }
            }
        }
        if peers > MOST_PEERS {
            told.tell("peers", &format!("there are {peers} other sentinels: {MOST_PEERS} are told"), report);
        }
    }

    fn quorum(&self, master: &Master<'_, '_>, reply: Result<Reply<'_>, Failure>, report: &mut Report) -> Outcome {
        let [name, _] = &master.labels;
        match reply {
            Ok(reply) => report.set(self.quorum, [name, &reply.text()?], 1.0),
            // The answer no. Any other error is none: the sentinel did not say.
            Err(Failure::Redis(CallError::Server(error))) if error.code == "NOQUORUM" => {
                report.set(self.quorum, [name, &format!("{} {}", error.code, error.message)], 0.0);
            }
            Err(failure) => return Err(failure),
        }
        Ok(())
    }

    fn sentinels(
        &self,
        master: &Master<'_, '_>,
        reply: Result<Reply<'_>, Failure>,
        peers: &mut usize,
        report: &mut Report,
    ) -> Outcome {
        let [name, address] = &master.labels;
        let reply = reply?;
        // The sentinel itself is not in its list.
        let mut ok = 1;
        for peer in reply.elements()?.iter().filter_map(Instance::read) {
            ok += usize::from(peer.is_ok());
            let Some(family) = self.peers else { continue };
            *peers += 1;
            if *peers <= MOST_PEERS {
                let [id, ip, port, runid, flags] =
                    ["name", "ip", "port", "runid", "flags"].map(|field| peer.text(field).unwrap_or_default());
                report.set(family, [name, address, &id, &ip, &port, &runid, &flags], 1.0);
            }
        }
        report.set(self.ok_sentinels, [name, address], ok as f64);
        Ok(())
    }

    fn slaves(&self, master: &Master<'_, '_>, reply: Result<Reply<'_>, Failure>, report: &mut Report) -> Outcome {
        let [name, address] = &master.labels;
        let reply = reply?;
        let ok = reply.elements()?.iter().filter_map(Instance::read).filter(Instance::is_ok).count();
        report.set(self.ok_slaves, [name, address], ok as f64);
        Ok(())
    }
}

type Outcome = Result<(), Failure>;

/// The reply to one of the [`QUESTIONS`] about the master with this place.
fn reply(replies: &Replies, master: usize, question: usize) -> Result<Reply<'_>, Failure> {
    replies.reply(master * QUESTIONS.len() + question)
}

impl<'r, 'a> Master<'r, 'a> {
    /// None for what has no name or no address.
    fn read(reply: &'r Reply<'a>) -> Option<Master<'r, 'a>> {
        let instance = Instance::read(reply)?;
        let name = instance.bytes("name")?;
        let address = format!("{}:{}", instance.text("ip")?, instance.text("port")?);
        let labels = [redwasp_sdk::label::text(name).into_owned(), address];
        Some(Master { instance, name, labels })
    }
}
