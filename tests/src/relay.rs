//! A TCP relay in front of a server, with someone in the middle.

use std::io::{self, Read};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
    is_reset: AtomicBool,
}

impl Wires {
    fn connect(client: TcpStream, target: u16) -> io::Result<Wires> {
        let server = TcpStream::connect((Ipv4Addr::LOCALHOST, target))?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        Ok(Wires { client, server, is_reset: AtomicBool::default() })
    }

    /// The error that cuts the connection so that the client sees a reset (RST), and no end.
    pub(crate) fn reset(&self) -> io::Error {
        self.is_reset.store(true, Ordering::SeqCst);
        reset_when_closed(&self.client).err().unwrap_or_else(|| io::ErrorKind::ConnectionReset.into())
    }
}

impl Connection for Wires {
    fn cut(&self) {
        // A reset goes out when both threads have let go of the socket; an end before it would be all that is seen.
        let what = if self.is_reset.load(Ordering::SeqCst) { Shutdown::Read } else { Shutdown::Both };
        let _ = self.client.shutdown(what);
        let _ = self.server.shutdown(Shutdown::Both);
    }
}

/// Has a reset sent instead of an end when the last handle of a socket is dropped (SO_LINGER, for no time).
fn reset_when_closed(stream: &TcpStream) -> io::Result<()> {
    let linger = libc::linger { l_onoff: 1, l_linger: 0 };
    let length = libc::socklen_t::try_from(size_of::<libc::linger>()).map_err(io::Error::other)?;
    // SAFETY: the socket is open as long as `stream`, and `linger` is as long as `length` says.
    let set = unsafe {
        let linger = (&raw const linger).cast();
        libc::setsockopt(stream.as_raw_fd(), libc::SOL_SOCKET, libc::SO_LINGER, linger, length)
    };
    if set == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// A running relay. Dropped, it stops listening and cuts all connections.
pub(crate) struct Relay {
    acceptor: Acceptor,
}

impl Relay {
    /// `tap` is called for every client; without one, its connection is reset. When none can be made to
    /// 127.0.0.1:`target`, it is closed.
    pub(crate) fn start<T: Tap>(target: u16, tap: impl Fn() -> Option<T> + Send + Sync + 'static) -> Relay {
        let acceptor = Acceptor::start(move |client| {
            let Some(tap) = tap() else {
                let _ = reset_when_closed(&client);
                return None;
            };
            let wires = Arc::new(Wires::connect(client, target).ok()?);
            relay(&wires, &Arc::new(tap));
            Some(wires)
        });
        Relay { acceptor }
    }

    /// Whether clients find anybody who listens. Those that are connected are cut when they do not.
    pub(crate) fn listen(&self, listens: bool) {
        if listens { self.acceptor.admit() } else { self.acceptor.refuse() }
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
                if !wires.is_reset.load(Ordering::SeqCst) {
                    let _ = to.shutdown(Shutdown::Write);
                }
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
