//! A TCP relay in front of a server, with someone in the middle.

use std::io::{self, Read};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::sync::Arc;
use std::thread;

use crate::acceptor::{Acceptor, Connection};

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
}

impl Connection for Wires {
    fn cut(&self) {
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.server.shutdown(Shutdown::Both);
    }
}

/// A running relay. Dropped, it stops listening and cuts all connections.
pub(crate) struct Relay {
    acceptor: Acceptor,
}

impl Relay {
    /// `tap` is called for every connection that could be made to 127.0.0.1:`target`; without one, the client's is
    /// closed.
    pub(crate) fn start<T: Tap>(target: u16, tap: impl Fn() -> T + Send + 'static) -> Relay {
        let acceptor = Acceptor::start(move |client| {
            let wires = Arc::new(Wires::connect(client, target).ok()?);
            relay(&wires, &Arc::new(tap()));
            Some(wires)
        });
        Relay { acceptor }
    }

    pub(crate) fn port(&self) -> u16 {
        self.acceptor.port()
    }
}

fn relay<T: Tap>(wires: &Arc<Wires>, tap: &Arc<T>) {
    thread::spawn({
        let (wires, tap) = (wires.clone(), tap.clone());
        move || pump(&wires, &wires.client, &wires.server, |bytes| tap.client_sent(bytes, &wires))
    });
    let (wires, tap) = (wires.clone(), tap.clone());
    thread::spawn(move || pump(&wires, &wires.server, &wires.client, |bytes| tap.server_sent(bytes, &wires)));
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
