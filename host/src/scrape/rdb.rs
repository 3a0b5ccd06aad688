//! How large a server's RDB file is, where the server runs on this machine: the one thing that is told of a server and
//! that no plugin can see.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use tokio::time::{Instant, timeout_at};

use tokio::sync::Semaphore;

use super::{DOWN, Scraper};
use crate::config::target::Target;
use crate::servers::{Command, Error, Lease, Reply};

/// Looks at once: one at a file system that hangs takes a thread until that answers.
static LOOKS: Semaphore = Semaphore::const_new(4);

impl Scraper {
    /// Bytes of the file that the server saves to, 0 when there is none; nothing when it cannot be looked at. Costs a round
    /// trip.
    ///
    /// # Errors
    /// Why the server does not answer.
    pub(super) async fn rdb_size(
        &self,
        target: &Target,
        lease: &mut Lease<'_>,
        deadline: Instant,
    ) -> Result<Option<u64>, Error> {
        let commands = ["dir", "dbfilename"].map(|setting| Command::new(["CONFIG", "GET", setting]));
        let exchange = lease.exchange(&commands, self.lasting.pools.reply_limit(), deadline).await?;
        let mut settings = exchange.replies.iter().map(setting);
        let (Some(Some(folder)), Some(Some(name))) = (settings.next(), settings.next()) else {
            tracing::debug!("the server does not tell where its RDB file is");
            return Ok(None);
        };
        let Ok(Ok(place)) = timeout_at(deadline, LOOKS.acquire()).await else { return Ok(None) };
        let look = move || {
            let _place = place;
            size(&folder, &name)
        };
        let looked = timeout_at(deadline, tokio::task::spawn_blocking(look)).await;
        let Ok(Ok(looked)) = looked else { return Ok(None) };
        let mut without = self.lasting.without_rdb.lock().unwrap_or_else(PoisonError::into_inner);
        match &looked {
            Ok(_) => drop(without.remove(target)),
            Err(fault) if without.len() < DOWN && without.insert(target.clone()) => {
                tracing::warn!(%target, fault, "the size of the RDB file is not told");
            }
            Err(_) => {}
        }
        Ok(looked.ok())
    }
}

/// The value in a reply to CONFIG GET of one setting.
fn setting(reply: &Reply) -> Option<String> {
    let value = redis::parse_redis_value(&reply.as_ref().ok()?.bytes).ok()?;
    // An array of two, or a map of one.
    let (_, value) = value.as_map_iter()?.next()?;
    redis::from_redis_value_ref(value).ok()
}

/// Bytes of a regular file right in this folder, 0 when it is not there.
fn size(folder: &str, name: &str) -> Result<u64, String> {
    let is_bare = Path::new(name).file_name().is_some_and(|last| last == name);
    if !is_bare || !Path::new(folder).is_absolute() {
        return Err(format!("{name:?} in {folder:?} is not looked at: it has to be a name without a path"));
    }
    let path = PathBuf::from(folder).join(name);
    match fs::symlink_metadata(&path) {
        Ok(found) if found.is_file() => Ok(found.len()),
        Ok(_) => Err(format!("{} is no regular file", path.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(format!("{} cannot be looked at: {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::servers::Answer;

    #[test]
    fn only_a_plain_file_has_a_size() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().to_str().unwrap();
        fs::write(dir.path().join("dump.rdb"), "12345").unwrap();
        fs::create_dir(dir.path().join("folder")).unwrap();
        std::os::unix::fs::symlink("dump.rdb", dir.path().join("link")).unwrap();
        assert_eq!((size(folder, "dump.rdb"), size(folder, "nothing.rdb")), (Ok(5), Ok(0)));
        for name in ["", ".", "..", "folder", "link", "folder/../dump.rdb", "/etc/passwd", "dump.rdb/"] {
            assert!(size(folder, name).is_err(), "{name}");
        }
        assert!(size("relative", "dump.rdb").is_err());
    }

    #[test]
    fn a_setting_is_a_pair() {
        let read = |bytes: &str| setting(&Ok(Answer { bytes: bytes.as_bytes().to_vec(), depth: 1 }));
        assert_eq!(read("*2\r\n$3\r\ndir\r\n$4\r\n/tmp\r\n").as_deref(), Some("/tmp"));
        assert_eq!(read("%1\r\n$3\r\ndir\r\n$4\r\n/tmp\r\n").as_deref(), Some("/tmp"));
        assert_eq!((read("*0\r\n"), read("+OK\r\n")), (None, None));
    }
}
