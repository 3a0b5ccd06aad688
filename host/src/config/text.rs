//! Texts of files that the operator names.

use std::fs::{Metadata, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

/// The bytes of a regular file that is not too large. Anything else could block, or never end. `what` is what the file is,
/// for a sentence: "configuration file".
///
/// # Errors
/// Why it cannot be read, without its path.
pub fn bytes(path: &Path, what: &str, limit: u64) -> Result<(Vec<u8>, Metadata), String> {
    let options = OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path);
    let file = options.map_err(|error| format!("cannot open the {what}: {error}"))?;
    let metadata = file.metadata().map_err(|error| format!("cannot look at the {what}: {error}"))?;
    if metadata.is_dir() {
        return Err("this is a folder; name the file in it".to_owned());
    }
    if !metadata.is_file() {
        return Err("this is no regular file, and it is read again for every reload; write it to a file".to_owned());
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| format!("cannot read the {what}: {error}"))?;
    if bytes.len() as u64 > limit {
        let limit = super::size::text(limit);
        return Err(format!("a {what} has {limit} at most, and this one has {} bytes", metadata.len()));
    }
    Ok((bytes, metadata))
}

/// Bytes as text.
///
/// # Errors
/// Where they are no UTF-8.
pub fn utf8(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid].iter().filter(|&&byte| byte == b'\n').count() + 1;
        format!("this is not UTF-8: the first wrong byte is in line {line}; save it as UTF-8")
    })
}
