//! What can be wrong with a target, and what has to be said of it.

use redwasp_tests::fake::Behaviour;

/// What can be wrong with a target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// Nobody listens.
    Refused,
    /// Connections are accepted, and nothing is said.
    Hung,
    /// Replies come, two bytes in a second.
    Drip,
    /// Connections are reset in the middle of a reply.
    ResetMidReply,
    /// What is said is no RESP.
    Garbage,
    /// Every reply is a bulk string of 2 GiB.
    HugeBulk,
    /// Each connection is reset as soon as it is made.
    ResetStorm,
    /// Its host has a name that leads nowhere.
    NoSuchHost,
    /// Its certificate was good until yesterday.
    Expired,
    /// Its certificate is of an authority that is not believed.
    WrongAuthority,
    /// The daemon's password is not the server's.
    WrongPassword,
    /// The server has a new password, which the daemon is told later.
    Rotated,
    /// The server has as many clients as it may have.
    Full,
}

/// Whoever waits for a run on a busy machine may learn only this of a target that is slow.
const LATE: &str = "did not end before its deadline";

const RESET: &str = "cannot connect: Connection reset by peer";

impl Fault {
    /// The slow ones are among the same four: they take as long as one.
    pub(crate) const ALL: [Fault; 13] = [
        Fault::Refused,
        Fault::Hung,
        Fault::Garbage,
        Fault::ResetMidReply,
        Fault::Drip,
        Fault::HugeBulk,
        Fault::ResetStorm,
        Fault::NoSuchHost,
        Fault::Expired,
        Fault::WrongAuthority,
        Fault::WrongPassword,
        Fault::Rotated,
        Fault::Full,
    ];

    /// What has to be said of a target with it, one of these: the cause, and nothing else.
    pub(crate) fn words(self, over_tls: bool) -> &'static [&'static str] {
        match self {
            Fault::Refused => &["cannot connect: Connection refused"],
            Fault::Hung | Fault::Drip if over_tls => {
                &["TLS: no answer to the handshake before the deadline", "no reply before the deadline", LATE]
            }
            Fault::Hung | Fault::Drip => &["no reply before the deadline: the server hangs or is too busy", LATE],
            Fault::ResetMidReply => &["the server closed the connection in the middle of a reply"],
            Fault::Garbage if over_tls => &["TLS: the peer does not speak TLS"],
            Fault::Garbage => &["the peer does not speak the Redis protocol"],
            Fault::HugeBulk => &["the replies are longer than"],
            // The reset is there before the daemon knows that it is connected, or soon after.
            Fault::ResetStorm if over_tls => &[RESET, "TLS: the server closed the connection in the handshake"],
            Fault::ResetStorm => &[RESET, "the server closed the connection without a reply"],
            Fault::NoSuchHost => &["cannot connect: failed to lookup address information"],
            Fault::Expired => &["TLS: the server's certificate has expired"],
            Fault::WrongAuthority => &["TLS: the server's certificate is of an authority that is not believed"],
            Fault::WrongPassword | Fault::Rotated => &["WRONGPASS"],
            // A server that is full says nothing to who wants TLS.
            Fault::Full if over_tls => &["TLS: the server closed the connection in the handshake"],
            Fault::Full => &["ERR max number of clients"],
        }
    }

    /// Whether it is about certificates.
    pub(crate) fn needs_tls(self) -> bool {
        matches!(self, Fault::Expired | Fault::WrongAuthority)
    }

    /// How what stands in front of the server has to behave, if that is all there is to it.
    pub(crate) fn behaviour(self) -> Option<Behaviour> {
        match self {
            Fault::Refused => Some(Behaviour::Refused),
            Fault::Hung => Some(Behaviour::HangAfter(0)),
            Fault::Drip => Some(Behaviour::Slow { bytes_per_second: 2 }),
            // More than the greeting, less than INFO.
            Fault::ResetMidReply => Some(Behaviour::ResetAfter(1000)),
            Fault::Garbage => Some(Behaviour::Garbage(b"\x00\xff\x13\x37 and so on\r\n")),
            Fault::HugeBulk => Some(Behaviour::Endless),
            Fault::ResetStorm => Some(Behaviour::ResetAtOnce),
            Fault::NoSuchHost
            | Fault::Expired
            | Fault::WrongAuthority
            | Fault::WrongPassword
            | Fault::Rotated
            | Fault::Full => None,
        }
    }

    /// Its name as that of a target.
    pub(crate) fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}
