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

/// What is done with a client.
type Serve = Box<dyn Fn(TcpStream) -> Option<Arc<dyn Connection>> + Send + Sync>;

/// A listener on a free port of 127.0.0.1. Dropped, it stops listening and cuts the connections that are in use.
pub(crate) struct Acceptor {
    port: u16,
    shared: Arc<Shared>,
    /// `None`: nobody listens.
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    serve: Serve,
    stopping: AtomicBool,
    open: Mutex<Vec<Weak<dyn Connection>>>,
}

impl Acceptor {
    /// `serve` is called for every client and returns at once; without a connection, the client's is closed. One is in
    /// use as long as something else keeps it.
    pub(crate) fn start<C: Connection>(
        serve: impl Fn(TcpStream) -> Option<Arc<C>> + Send + Sync + 'static,
    ) -> Acceptor {
        let (listener, port) = ports::listen();
        let serve: Serve = Box::new(move |client| Some(serve(client)? as Arc<dyn Connection>));
        let shared = Arc::new(Shared { serve, stopping: AtomicBool::default(), open: Mutex::default() });
        let acceptor = Acceptor { port, shared, thread: Mutex::default() };
        acceptor.listen(listener);
        acceptor
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Refuses connections from now on, and cuts those that are in use.
    pub(crate) fn refuse(&self) {
        let Some(thread) = lock(&self.thread).take() else { return };
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        let _ = thread.join();
        lock(&self.shared.open).drain(..).filter_map(|connection| connection.upgrade()).for_each(|open| open.cut());
    }

    /// Takes connections again after [`Acceptor::refuse`], on the same port.
    ///
    /// # Panics
    /// When someone else has taken the port.
    pub(crate) fn admit(&self) {
        if lock(&self.thread).is_some() {
            return;
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port));
        self.listen(listener.unwrap_or_else(|error| panic!("cannot listen on port {} again: {error}", self.port)));
    }

    fn listen(&self, listener: TcpListener) {
        self.shared.stopping.store(false, Ordering::SeqCst);
        let shared = self.shared.clone();
        *lock(&self.thread) = Some(thread::spawn(move || shared.accept(&listener)));
    }
}

impl Shared {
    fn accept(&self, listener: &TcpListener) {
        for client in listener.incoming() {
            if self.stopping.load(Ordering::SeqCst) {
                return;
            }
            let Some(connection) = client.ok().and_then(&self.serve) else { continue };
            let mut open = lock(&self.open);
            open.retain(|connection| connection.strong_count() > 0);
            open.push(Arc::downgrade(&connection));
        }
    }
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        self.refuse();
    }
}
