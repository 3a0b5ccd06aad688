//! What a proxy takes: commands about keys, and of these some. On others it may close the connection.

use std::collections::HashMap;

use tokio::time::Instant;

use super::lease::Lease;
use crate::own::Closing;
use crate::servers::Command;
use crate::servers::error::Cause;
use crate::servers::policy;
use crate::servers::reply::ServerError;

/// Which commands a proxy was seen to take or not, by their names.
#[derive(Debug, Default)]
pub(super) struct Proxied {
    taken: HashMap<&'static str, bool>,
}

impl Proxied {
    /// The name of a command of which it is not known whether the proxy takes it.
    pub(super) fn unknown(&self, command: &Command) -> Option<&'static str> {
        about_keys(command).filter(|name| !self.taken.contains_key(name))
    }

    /// Keeps in mind whether the proxy takes a command.
    pub(super) fn learn(&mut self, name: &'static str, is_taken: bool) {
        self.taken.insert(name, is_taken);
    }

    /// What is said in place of a reply to a command that the proxy does not take.
    pub(super) fn refusal(&self, command: &Command) -> Option<ServerError> {
        let message = match about_keys(command) {
            None => "not sent: a proxy takes commands about keys only".to_owned(),
            Some(name) if self.taken.get(name) == Some(&false) => {
                format!("not sent: the proxy closes the connection on {name}")
            }
            Some(_) => return None,
        };
        Some(ServerError { code: "PROXY".to_owned(), message })
    }
}

impl Lease<'_> {
    /// Finds out which of the commands a proxy takes. It may close the connection on one, and with it all others would be
    /// lost: one of each name that is new is sent by itself.
    ///
    /// # Errors
    /// Why the proxy cannot be asked at all.
    pub(super) async fn try_out(&mut self, commands: &[Command], limit: u64, deadline: Instant) -> Result<(), Cause> {
        for command in commands {
            let Some(name) = self.pool.proxied().unknown(command) else { continue };
            let is_taken = self.is_taken(command, limit, deadline).await?;
            self.pool.proxied().learn(name, is_taken);
        }
        Ok(())
    }

    async fn is_taken(&mut self, command: &Command, limit: u64, deadline: Instant) -> Result<bool, Cause> {
        let mut pipeline = redis::Pipeline::with_capacity(1);
        pipeline.add_command(self.packed(command));
        // Once may be an accident.
        for _ in 0..2 {
            match self.send(&pipeline, limit, deadline).await {
                Ok(_) => return Ok(true),
                Err(Cause::ClosedAtOnce) => self.close(Closing::Peer),
                Err(cause) => return Err(cause),
            }
        }
        Ok(false)
    }
}

/// The name of a command that names its keys.
fn about_keys(command: &Command) -> Option<&'static str> {
    policy::read(command).ok().filter(|read| !read.keys.is_empty()).map(|read| read.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_proxy_does_not_take_is_not_sent_again() {
        let mut proxied = Proxied::default();
        let [info, usage, get] =
            [Command::new(["INFO", "ALL"]), Command::new(["MEMORY", "USAGE", "a"]), Command::new(["GET", "a"])];
        let told = |proxied: &Proxied, command| proxied.refusal(command).map(|error| error.to_string());
        assert_eq!(
            [&info, &usage, &get].map(|command| proxied.unknown(command)),
            [None, Some("MEMORY USAGE"), Some("GET")]
        );
        assert!(told(&proxied, &info).is_some_and(|told| told.contains("about keys only")));
        proxied.learn("MEMORY USAGE", false);
        proxied.learn("GET", true);
        assert_eq!([&usage, &get].map(|command| proxied.unknown(command)), [None, None]);
        assert!(told(&proxied, &usage).is_some_and(|told| told.contains("on MEMORY USAGE")));
        assert_eq!(told(&proxied, &get), None);
    }
}
