//! What guests cost the host's own process: its memory, and the thread that stops them. What is measured is this
//! process, so the tests take turns.

use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redwasp::config::Limits;
use redwasp::plugin::Threads;
use redwasp_tests::alone::{Alone, Mood};
use redwasp_tests::wait;
use redwasp_tests::wat_guests::{Guest, SPIN, Sample};

const THREADS: Threads = Threads { threads: 2, calls: 4 };

fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A number of kibibytes that the kernel tells of this process, in bytes.
fn memory(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':')).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() * 1024
}

#[test]
fn memory_stays_flat_over_calls_that_run_out_of_it() {
    let _turn = turn();
    let alone = Alone::new(THREADS);
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    let planned = alone.guest(&Guest::collecting("grows", "(drop (memory.grow (i32.const 100)))"), limits);
    let repeat = |times| {
        for _ in 0..times {
            let failure = alone.collect(&planned, Mood::Ill).0.unwrap_err();
            assert_eq!(failure.cause.kind(), "memory", "{failure}");
        }
        memory("VmRSS")
    };
    let (early, late) = (repeat(1_000), repeat(9_000));
    assert!(late < early + early / 10, "{early} bytes after 1,000 calls, {late} after 10,000");
}

#[test]
fn what_a_guest_returns_is_bounded_before_it_is_copied() {
    let _turn = turn();
    let alone = Alone::new(THREADS);
    let families = &["labelled"];
    let told = |name, sample: Sample| Guest { families, samples: vec![sample], ..Guest::new(name) };
    let long = Sample { length: Some(1 << 30), ..Sample::new(1, &["x"], 1.0) };
    let same = Sample { values: vec![vec![b'x'; 1 << 16]; 20_000], ..Sample::new(1, &[], 1.0) };
    let guests = [
        told("gibibyte", long),
        Guest { pages: 40, ..told("same-bytes", same) },
        Guest { pages: 800, samples_claimed: Some(1_000_000), ..Guest::new("million-samples") },
    ];
    for guest in guests {
        let planned = alone.guest(&guest, Limits::default());
        // Resets the mark of the most memory to what there is now.
        fs::write("/proc/self/clear_refs", "5").unwrap();
        let before = memory("VmRSS");
        for _ in 0..3 {
            let failure = alone.collect(&planned, Mood::Ill).0.unwrap_err();
            assert_eq!(failure.cause.kind(), "malformed", "{failure}");
        }
        let most = memory("VmHWM").saturating_sub(before);
        // The guest's own memory, and what it may return.
        assert!(most < 96 << 20, "{}: {most} bytes more", guest.name);
    }
}

/// How often the threads that stop guests have waited; none when there is none.
fn waits() -> Option<u64> {
    let tasks = fs::read_dir("/proc/self/task").unwrap().filter_map(Result::ok);
    let read = |task: fs::DirEntry| {
        let name = fs::read_to_string(task.path().join("comm")).ok()?;
        let status = fs::read_to_string(task.path().join("status")).ok()?;
        let waits = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        (name.trim() == "epoch").then(|| waits.trim().parse::<u64>().unwrap())
    };
    tasks.filter_map(read).reduce(|sum, waits| sum + waits)
}

#[test]
fn a_spin_is_stopped_when_nothing_ran_before_it() {
    let _turn = turn();
    for _ in 0..2 {
        // The second one's engine comes after another has ended.
        let alone = Alone::new(THREADS);
        let planned = alone.guest(&Guest::collecting("spins", SPIN), Limits::default());
        for _ in 0..2 {
            assert!(alone.collect(&planned, Mood::Well).0.is_ok());
            let mut before = None;
            wait::until("the ticking to end", wait::PATIENCE, || {
                // A thread that ticks has waited in 50 ms.
                std::thread::sleep(std::time::Duration::from_millis(50));
                let now = waits();
                assert!(now.is_some(), "no thread stops guests");
                (now == std::mem::replace(&mut before, now)).then_some(())
            });
            let failure = alone.collect(&planned, Mood::Ill).0.unwrap_err();
            assert_eq!(failure.cause.kind(), "cpu", "{failure}");
        }
    }
}
