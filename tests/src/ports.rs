//! Ports that nobody listens on.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// Below the ports that the kernel gives to outgoing connections: a server that is stopped for a while finds its port
/// free again, and a client that tries it meanwhile cannot be connected to itself.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A port on 127.0.0.1 that is free now. Another process may be quicker to take it: who starts a server on it tries
/// again with another one.
pub fn free() -> u16 {
    listen().1
}

/// A listener on a free port of 127.0.0.1, and the port.
///
/// # Panics
/// When no port is free.
pub fn listen() -> (TcpListener, u16) {
    // Test processes that run side by side begin at different places.
    let place = process::id().wrapping_mul(97);
    for _ in 0..COUNT {
        let step = place.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = FIRST + (step % u32::from(COUNT)) as u16;
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => return (listener, port),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => panic!("cannot listen on 127.0.0.1:{port}: {error}"),
        }
    }
    panic!("no port from {FIRST} to {} is free on 127.0.0.1", FIRST + COUNT - 1)
}
