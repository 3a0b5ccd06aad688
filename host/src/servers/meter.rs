//! Counts reply bytes while they are read, so that a reply beyond its limit is never in memory.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::tls;
use crate::own;

/// Lines of the replies of one exchange. A reply of one-byte values would otherwise take twenty times its size.
const LINES: u64 = 1 << 20;

/// Bytes of an error that a server says before it hangs up. Redis explains in a thousand why it lets nobody in.
const LAST_WORDS: usize = 2048;

/// The same of all exchanges together that are under way. As many scrapes as run at once, of usual servers, have about a
/// tenth; beyond it only those are read on that hold few.
const TOGETHER: u64 = 2 << 20;

/// What is few: more than nearly all exchanges have.
const FEW: u64 = 1 << 14;

/// Lines of an exchange after which memory is given back: many small pieces would otherwise be kept.
const MANY: u64 = 1 << 16;

/// What all exchanges hold.
#[derive(Debug, Default)]
pub(super) struct Budget {
    lines: AtomicU64,
    /// Whether an exchange had many since memory was given back.
    had_many: AtomicBool,
}

impl Budget {
    /// Gives memory back to the system if there was much.
    pub(super) fn tidy(&self) {
        if self.had_many.swap(false, Relaxed) {
            own::give_back_memory();
        }
    }
}

/// What one exchange holds of it.
#[derive(Debug, Default)]
struct Holding {
    budget: Arc<Budget>,
    lines: AtomicU64,
}

impl Holding {
    fn end(&self) {
        let lines = self.lines.swap(0, Relaxed);
        self.budget.lines.fetch_sub(lines, Relaxed);
        self.budget.had_many.fetch_or(lines >= MANY, Relaxed);
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.end();
    }
}

/// What may still be read, and what was.
#[derive(Debug, Default)]
pub(super) struct Meter {
    holding: Holding,
    /// Whether all exchanges together ended it.
    overfull: AtomicBool,
    left: AtomicU64,
    /// Lines that may still be read. Every value has at least one, and becomes tens of bytes in memory.
    lines: AtomicU64,
    read: AtomicU64,
    exceeded: AtomicBool,
    ended: AtomicBool,
    /// What went wrong with TLS.
    fault: OnceLock<String>,
    /// The beginning of what the exchange read, if that is an error.
    words: Mutex<Vec<u8>>,
}

impl Meter {
    /// Starts a new exchange that may read `limit` bytes.
    pub(super) fn start(&self, limit: u64) {
        self.left.store(limit, Relaxed);
        self.lines.store(LINES, Relaxed);
        self.read.store(0, Relaxed);
        self.words().clear();
    }

    /// Ends the exchange: nothing of it is held any more.
    pub(super) fn end(&self) {
        self.holding.end();
    }

    /// Whether all exchanges together have too much, and this one was ended for it.
    pub(super) fn overfull(&self) -> bool {
        self.overfull.load(Relaxed)
    }

    fn hold(&self, lines: u64) -> bool {
        let Holding { budget, lines: held } = &self.holding;
        let own = held.fetch_add(lines, Relaxed) + lines;
        let fits = budget.lines.fetch_add(lines, Relaxed) + lines <= TOGETHER || own <= FEW;
        self.overfull.fetch_or(!fits, Relaxed);
        fits
    }

    /// Bytes read since the start of the exchange.
    pub(super) fn read(&self) -> u64 {
        self.read.load(Relaxed)
    }

    /// Whether the peer ended the connection.
    pub(super) fn ended(&self) -> bool {
        self.ended.load(Relaxed)
    }

    /// What went wrong with TLS, if that ended the connection.
    pub(super) fn fault(&self) -> Option<String> {
        self.fault.get().cloned()
    }

    /// The error, without its dash, that is all which the exchange read: what a server says that hangs up unasked, as
    /// one does that has as many clients as it may have.
    pub(super) fn last_words(&self) -> Option<String> {
        let words = self.words();
        let line = words.strip_prefix(b"-")?.strip_suffix(b"\r\n")?;
        let is_all = words.len() as u64 == self.read() && !line.contains(&b'\n');
        is_all.then(|| String::from_utf8_lossy(line).into_owned())
    }

    fn heard(&self, bytes: &[u8]) {
        let mut words = self.words();
        if words.first().or(bytes.first()) == Some(&b'-') {
            let room = LAST_WORDS - words.len();
            words.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }

    fn words(&self) -> MutexGuard<'_, Vec<u8>> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, error: &io::Error) {
        self.ended.store(true, Relaxed);
        if let Some(fault) = tls::fault(error) {
            let _ = self.fault.set(fault);
        }
    }

    /// Whether the limit ended the exchange.
    pub(super) fn exceeded(&self) -> bool {
        self.exceeded.load(Relaxed)
    }
}

/// A stream whose reads are counted.
pub(super) struct Metered<S> {
    stream: S,
    meter: Arc<Meter>,
}

impl<S> Metered<S> {
    pub(super) fn new(stream: S, budget: &Arc<Budget>) -> (Metered<S>, Arc<Meter>) {
        let meter = Arc::new(Meter {
            holding: Holding { budget: budget.clone(), lines: AtomicU64::new(0) },
            ..Meter::default()
        });
        (Metered { stream, meter: meter.clone() }, meter)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Metered { stream, meter } = self.get_mut();
        let left = meter.left.load(Relaxed);
        // One byte more than allowed tells a reply that is too long from one that just fits.
        let mut part = buf.take(usize::try_from(left).unwrap_or(usize::MAX).saturating_add(1));
        let result = ready!(Pin::new(stream).poll_read(cx, &mut part));
        let count = part.filled().len();
        meter.ended.fetch_or(count == 0, Relaxed);
        result.inspect_err(|error| meter.failed(error))?;
        let lines = memchr::memchr_iter(b'\n', part.filled()).count() as u64;
        let lines_left = meter.lines.load(Relaxed).checked_sub(lines);
        if count as u64 > left || lines_left.is_none() {
            meter.exceeded.store(true, Relaxed);
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        if !meter.hold(lines) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        meter.heard(part.filled());
        // SAFETY: `part` borrows the unfilled part of `buf`, and its first `count` bytes were just filled.
        unsafe { buf.assume_init(count) };
        buf.advance(count);
        meter.left.store(left - count as u64, Relaxed);
        meter.lines.store(lines_left.unwrap_or(0), Relaxed);
        meter.read.fetch_add(count as u64, Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let Metered { stream, meter } = self.get_mut();
        let result = ready!(Pin::new(stream).poll_write(cx, buf));
        Poll::Ready(result.inspect_err(|error| meter.failed(error)))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    async fn read(limit: u64) -> (io::Result<usize>, Arc<Meter>) {
        read_of(b"0123456789", limit).await
    }

    async fn read_of(text: &[u8], limit: u64) -> (io::Result<usize>, Arc<Meter>) {
        let (mut metered, meter) = Metered::new(text, &Arc::default());
        meter.start(limit);
        let mut buf = Vec::new();
        (metered.read_to_end(&mut buf).await, meter)
    }

    #[tokio::test]
    async fn what_fits_is_read_and_counted() {
        let (result, meter) = read(10).await;
        assert_eq!(result.unwrap(), 10);
        assert_eq!(meter.read(), 10);
        assert!(meter.ended() && !meter.exceeded());
    }

    #[tokio::test]
    async fn all_exchanges_together_have_a_bound() {
        let budget = Arc::new(Budget::default());
        let text = vec![b'\n'; TOGETHER as usize / 2];
        let read = async |meters: &mut Vec<Arc<Meter>>| {
            let (mut metered, meter) = Metered::new(&text[..], &budget);
            meter.start(u64::MAX - 1);
            meters.push(meter);
            metered.read_to_end(&mut Vec::new()).await.is_ok()
        };
        let mut meters = Vec::new();
        assert!(read(&mut meters).await && read(&mut meters).await);
        let (mut small, _) = Metered::new(&text[..FEW as usize], &budget);
        small.meter.start(u64::MAX - 1);
        assert!(small.read_to_end(&mut Vec::new()).await.is_ok(), "few are always read");
        drop(small);
        assert!(!read(&mut meters).await && meters[2].overfull() && !meters[1].overfull());
        meters[0].end();
        drop(meters.pop());
        assert!(read(&mut meters).await, "two of them have ended");
        assert!(budget.had_many.load(Relaxed));
    }

    #[tokio::test]
    async fn very_many_lines_end_the_stream() {
        let text = vec![b'\n'; LINES as usize + 1];
        for (lines, fits) in [(LINES as usize, true), (LINES as usize + 1, false)] {
            let (mut metered, meter) = Metered::new(&text[..lines], &Arc::default());
            meter.start(u64::MAX - 1);
            assert_eq!(metered.read_to_end(&mut Vec::new()).await.is_ok(), fits);
            assert_eq!(meter.exceeded(), !fits);
        }
    }

    #[tokio::test]
    async fn an_error_is_the_last_word_if_it_is_the_only_one() {
        let long = [b"-".to_vec(), vec![b'x'; LAST_WORDS], b"\r\n".to_vec()].concat();
        for (text, expected) in [
            (&b"-ERR max number of clients reached\r\n"[..], Some("ERR max number of clients reached")),
            (b"-ERR max number of", None),
            (b"-ERR one\r\n-ERR two\r\n", None),
            (b"+OK\r\n-ERR two\r\n", None),
            (&long, None),
            (b"", None),
        ] {
            let (_, meter) = read_of(text, 1 << 20).await;
            assert_eq!(meter.last_words().as_deref(), expected, "{}", text.escape_ascii());
            meter.start(1);
            assert_eq!(meter.last_words(), None, "it is of an earlier exchange");
        }
        let (mut metered, meter) = Metered::new(&b"-ERR no\r\n"[..], &Arc::default());
        meter.start(100);
        while metered.read(&mut [0; 2]).await.unwrap() > 0 {}
        assert_eq!(meter.last_words().as_deref(), Some("ERR no"), "it came in pieces");
    }

    #[tokio::test]
    async fn one_byte_more_ends_the_stream() {
        let (result, meter) = read(9).await;
        assert!(result.is_err());
        assert!(meter.exceeded() && !meter.ended());
    }
}
