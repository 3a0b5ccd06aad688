//! Listening, and the connections that came of it.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::thread::{self, JoinHandle};

use crate::{lock, ports};

/// What is kept of a connection.
pub(crate) trait Connection: Send + Sync + 'static {
    /// Ends it, whatever it is doing.
    fn cut(&self);
}

/// A listener on a free port of 127.0.0.1. Dropped, it stops listening and cuts the connections that are in use.
pub(crate) struct Acceptor {
    port: u16,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stopping: AtomicBool,
    open: Mutex<Vec<Weak<dyn Connection>>>,
}

impl Acceptor {
    /// `serve` is called for every client and returns at once; without a connection, the client's is closed. One is in
    /// use as long as something else keeps it.
    pub(crate) fn start<C: Connection>(serve: impl Fn(TcpStream) -> Option<Arc<C>> + Send + 'static) -> Acceptor {
        let (listener, port) = ports::listen();
        let shared = Arc::new(Shared::default());
        let thread = thread::spawn({
            let shared = shared.clone();
            move || shared.accept(&listener, serve)
        });
        Acceptor { port, shared, thread: Some(thread) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Shared {
    fn accept<C: Connection>(&self, listener: &TcpListener, serve: impl Fn(TcpStream) -> Option<Arc<C>>) {
        for client in listener.incoming() {
            if self.stopping.load(Ordering::SeqCst) {
                return;
            }
            let Some(connection) = client.ok().and_then(&serve) else { continue };
            let connection: Arc<dyn Connection> = connection;
            let mut open = lock(&self.open);
            open.retain(|connection| connection.strong_count() > 0);
            open.push(Arc::downgrade(&connection));
        }
    }
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        lock(&self.shared.open).iter().filter_map(Weak::upgrade).for_each(|connection| connection.cut());
    }
}
