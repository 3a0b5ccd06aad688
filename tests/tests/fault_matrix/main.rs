//! An estate in which something is wrong with one target, or with four at a time: the others are read in every scrape as
//! if nothing had happened, the error is about the right target and tells the cause, and when it is mended the target is
//! back without a restart. In the end the daemon has no more connections, tasks and files than before.

mod estate;
mod fault;
mod servers;
mod subject;

use estate::Estate;
use fault::Fault;

/// Enough nodes that four of them can be broken at a time, and some are left.
const NODES: usize = 6;

/// What can be wrong with the nodes of a cluster that speaks TLS: what says something else there, or nothing elsewhere.
const OVER_TLS: [Fault; 8] = [
    Fault::Expired,
    Fault::Hung,
    Fault::NoSuchHost,
    Fault::ResetStorm,
    Fault::WrongAuthority,
    Fault::Refused,
    Fault::Full,
    Fault::Garbage,
];

/// What can be wrong with the nodes of another one. The slow ones are first and last: they are in one four each.
const IN_PLAIN: [Fault; 10] = [
    Fault::Hung,
    Fault::Refused,
    Fault::ResetMidReply,
    Fault::Garbage,
    Fault::HugeBulk,
    Fault::ResetStorm,
    Fault::WrongPassword,
    Fault::Rotated,
    Fault::Full,
    Fault::Drip,
];

#[test]
fn each_fault_alone_is_told_of_its_target_and_hurts_no_other() {
    let mut estate = Estate::of_servers(&Fault::ALL);
    for (number, fault) in Fault::ALL.into_iter().enumerate() {
        estate.endure(&[(number, fault)]);
    }
    estate.is_as_before();
}

#[test]
fn four_faults_at_a_time_are_told_of_their_targets_and_hurt_no_other() {
    let mut estate = Estate::of_servers(&Fault::ALL);
    for group in groups(Fault::ALL.len()) {
        estate.endure(&group.map(|number| (number, Fault::ALL[number])));
    }
    estate.is_as_before();
}

#[test]
fn a_cluster_with_broken_nodes_is_read_in_part() {
    let mut estate = Estate::of_cluster(NODES, false);
    for_nodes(&mut estate, &IN_PLAIN);
    estate.is_as_before();
}

#[test]
fn a_cluster_that_speaks_tls_is_read_in_part_as_well() {
    let mut estate = Estate::of_cluster(NODES, true);
    for_nodes(&mut estate, &OVER_TLS);
    estate.is_as_before();
}

/// Each fault alone, on one node after the other, and then four at a time.
fn for_nodes(estate: &mut Estate, faults: &[Fault]) {
    for (number, fault) in faults.iter().enumerate() {
        estate.endure(&[(number % NODES, *fault)]);
    }
    for (first, group) in groups(faults.len()).enumerate() {
        let node = |place: usize| (first + place) % NODES;
        let broken: Vec<_> = group.iter().enumerate().map(|(place, number)| (node(place), faults[*number])).collect();
        estate.endure(&broken);
    }
}

/// Fours of the numbers up to `count` in which each is at least once. Neighbours are in different ones: they are alike.
fn groups(count: usize) -> impl Iterator<Item = [usize; 4]> {
    let (stride, rest) = (count / 4, count % 4);
    (0..stride + rest).map(move |first| [0, 1, 2, 3].map(|step| first + step * stride))
}

#[test]
fn the_fours_have_every_fault() {
    for count in [8, 10, 13] {
        let mut seen: Vec<usize> = groups(count).flatten().collect();
        assert!(
            groups(count).all(|group| group.iter().all(|number| group.iter().filter(|n| *n == number).count() == 1))
        );
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, (0..count).collect::<Vec<_>>());
    }
}
