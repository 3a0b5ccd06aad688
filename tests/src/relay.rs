//! A TCP relay in front of a server, with someone in the middle.

use std::io::{self, Read};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::thread::{self, JoinHandle};

use crate::{lock, ports};

/// Large enough that what one side writes at once is seen at once.
const CHUNK: usize = 256 << 10;

/// Who sits in the middle of one connection and decides what goes on.
pub(crate) trait Tap: Send + Sync + 'static {
    /// The client sent bytes, at least one. An error cuts the connection.
    fn client_sent(&self, bytes: &[u8], wires: &Wires) -> io::Result<()>;

    /// The server sent bytes, at least one. An error cuts the connection.
    fn server_sent(&self, bytes: &[u8], wires: &Wires) -> io::Result<()>;
}

/// Both ends of a connection.
pub(crate) struct Wires {
    pub(crate) client: TcpStream,
    pub(crate) server: TcpStream,
}

impl Wires {
    fn connect(client: TcpStream, target: u16) -> io::Result<Wires> {
        let server = TcpStream::connect((Ipv4Addr::LOCALHOST, target))?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        Ok(Wires { client, server })
    }

    fn cut(&self) {
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.server.shutdown(Shutdown::Both);
    }
}

/// A running relay. Dropped, it stops listening and cuts all connections.
pub(crate) struct Relay {
    port: u16,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stopping: AtomicBool,
    open: Mutex<Vec<Weak<Wires>>>,
}

impl Relay {
    /// `tap` is called for every connection that could be made to 127.0.0.1:`target`; without one, the client's is
    /// closed.
    pub(crate) fn start<T: Tap>(target: u16, tap: impl Fn() -> T + Send + 'static) -> Relay {
        let (listener, port) = ports::listen();
        let shared = Arc::new(Shared::default());
        let acceptor = thread::spawn({
            let shared = shared.clone();
            move || shared.accept(&listener, target, tap)
        });
        Relay { port, shared, acceptor: Some(acceptor) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Shared {
    fn accept<T: Tap>(&self, listener: &TcpListener, target: u16, tap: impl Fn() -> T) {
        for client in listener.incoming() {
            if self.stopping.load(Ordering::SeqCst) {
                return;
            }
            let Ok(wires) = client.and_then(|client| Wires::connect(client, target)) else { continue };
            let (wires, tap) = (Arc::new(wires), Arc::new(tap()));
            let mut open = lock(&self.open);
            open.retain(|wires| wires.strong_count() > 0);
            open.push(Arc::downgrade(&wires));
            drop(open);
            thread::spawn({
                let (wires, tap) = (wires.clone(), tap.clone());
                move || pump(&wires, &wires.client, &wires.server, |bytes| tap.client_sent(bytes, &wires))
            });
            thread::spawn(move || pump(&wires, &wires.server, &wires.client, |bytes| tap.server_sent(bytes, &wires)));
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the acceptor.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
        lock(&self.shared.open).iter().filter_map(Weak::upgrade).for_each(|wires| wires.cut());
    }
}

/// Hands on what `from` sends. When it has nothing more to say, `to` is told so.
fn pump(wires: &Wires, mut from: &TcpStream, to: &TcpStream, mut hand_on: impl FnMut(&[u8]) -> io::Result<()>) {
    let mut chunk = vec![0; CHUNK];
    loop {
        let handed_on = match from.read(&mut chunk) {
            Ok(0) => {
                let _ = to.shutdown(Shutdown::Write);
                return;
            }
            Ok(length) => hand_on(&chunk[..length]),
            Err(error) => Err(error),
        };
        if handed_on.is_err() {
            return wires.cut();
        }
    }
}
