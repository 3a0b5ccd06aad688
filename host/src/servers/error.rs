//! Why a server could not be read.

use super::reply::ServerError;
use crate::config::secret::Secret;

/// A failure, with the target it happened on. Its text is stable for one cause and holds no secret, so that it can be
/// a label value.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{target}: {cause}")]
pub struct Error {
    /// The target's address, without credentials.
    pub target: String,
    /// What went wrong.
    pub cause: Cause,
}

impl Error {
    /// Whether the server answered, and said no.
    pub fn is_refusal(&self) -> bool {
        matches!(self.cause, Cause::Server(_))
    }
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Cause {
    /// No connection: refused, no such host, no route, no such socket.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// Nothing answered the attempt to connect.
    #[error("cannot connect: no answer before the deadline")]
    ConnectTimeout,
    /// The server is there, and TLS with it fails.
    #[error("TLS: {0}")]
    Tls(String),
    /// The server is there, and says nothing to the beginning of TLS.
    #[error("TLS: no answer to the handshake before the deadline: the server hangs, or does not speak TLS")]
    TlsTimeout,
    /// A request or another server named the address, and it is one that neither may lead to.
    #[error(
        "not asked: link-local addresses and those of a cloud's metadata are asked only if they are listed (--redis.addr, \
         `targets` and their `seeds` of the configuration file) or, named by a request, fit --scrape.allowed-targets"
    )]
    Forbidden,
    /// Connected, but a reply is late.
    #[error("no reply before the deadline: the server hangs or is too busy")]
    Hung,
    /// The server said no: credentials, permissions, loading.
    #[error("{0}")]
    Server(ServerError),
    /// The server wants credentials; there are some, but not for this address.
    #[error(
        "{0} (asked without credentials, because the address is not listed: --redis.addr, `targets` of the configuration \
         file, --redis.password-file; nor does it fit --scrape.allowed-targets)"
    )]
    Withheld(ServerError),
    /// Another server than before answers there, or the same one has been started anew.
    #[error("another server answers now, or this one was started anew")]
    Replaced,
    /// Something else than a Redis server listens there.
    #[error("the peer does not speak the Redis protocol")]
    NotRedis,
    /// The connection ended before the reply did.
    #[error("the server closed the connection in the middle of a reply")]
    Closed,
    /// The connection ended before any reply.
    #[error("the server closed the connection without a reply; if it wants TLS, write rediss://")]
    ClosedAtOnce,
    /// Replies are longer than allowed.
    #[error("the replies are longer than {0} bytes or have more than a million values")]
    ReplyLimit(u64),
    /// Replies of all targets together are more than there is room for.
    #[error(
        "the replies of all targets together are more than fits into memory at the moment: too many, or one that is odd"
    )]
    Overfull,
    /// Too many scrapes of other targets.
    #[error("no place before the deadline: scrapes of other targets hold them all")]
    Crowded,
    /// The scrape as a whole took too long.
    #[error("the scrape did not end before its deadline")]
    Late,
    /// All connections of the target are in use until the deadline.
    #[error("no free connection before the deadline: others hold all of this target (--connections.per-target)")]
    Busy,
    /// All connections that there may be are in use until the deadline.
    #[error(
        "no room for a connection before the deadline: as many as there may be are in use; raise --connections.max, and \
         the limit of open files if the log says that it is too low"
    )]
    Full,
}

impl Cause {
    /// A word for it, from a closed set, fit for a label.
    pub fn kind(&self) -> &'static str {
        match self {
            Cause::Connect(_) => "connect",
            Cause::ConnectTimeout => "connect-timeout",
            Cause::Tls(_) => "tls",
            Cause::TlsTimeout => "tls-timeout",
            Cause::Forbidden => "forbidden",
            Cause::Hung => "hung",
            Cause::Withheld(_) => "authentication",
            Cause::Server(error) if error.is_authentication() => "authentication",
            Cause::Server(_) => "server",
            Cause::Replaced => "replaced",
            Cause::NotRedis => "not-redis",
            Cause::Closed | Cause::ClosedAtOnce => "closed",
            Cause::ReplyLimit(_) => "reply-limit",
            Cause::Overfull => "overfull",
            Cause::Crowded => "crowded",
            Cause::Late => "late",
            Cause::Busy => "busy",
            Cause::Full => "full",
        }
    }

    /// The same without the password, which some servers repeat in their errors, and cut to what a label can bear.
    pub(super) fn without(self, password: Option<&Secret>) -> Cause {
        match self {
            Cause::Server(error) => Cause::Server(error.without(password)),
            Cause::Withheld(error) => Cause::Withheld(error.without(password)),
            cause => cause,
        }
    }

    /// Whether more time could have helped.
    pub fn is_lack_of_time(&self) -> bool {
        use Cause::{Busy, ConnectTimeout, Crowded, Full, Hung, Late, TlsTimeout};
        matches!(self, ConnectTimeout | TlsTimeout | Hung | Busy | Crowded | Late | Full)
    }
}
