//! A file of the cache: magic, checksum of the rest, length of a head, the head as JSON, the code.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::plugin::inspect::Inspection;

/// Also says which format this is: another one gets another number.
const MAGIC: &[u8; 8] = b"rwcode\0\x01";

const CHECKSUM: usize = 32;
const LENGTH: usize = 4;

#[derive(Serialize, Deserialize)]
struct Head {
    /// The file's name, which says whose code this is.
    name: String,
    inspection: Inspection,
}

/// Everything before the code.
pub(super) fn begin(name: &str, inspection: &Inspection, code: &[u8]) -> serde_json::Result<Vec<u8>> {
    let head = serde_json::to_vec(&Head { name: name.to_owned(), inspection: inspection.clone() })?;
    let length = (head.len() as u32).to_le_bytes();
    let checksum = Sha256::new().chain_update(length).chain_update(&head).chain_update(code).finalize();
    Ok([MAGIC.as_slice(), &checksum, &length, &head].concat())
}

/// What is in a file, or what is wrong with it.
pub(super) fn parse(bytes: Bytes, name: &str) -> Result<(Inspection, Bytes), &'static str> {
    let rest = bytes.strip_prefix(MAGIC).ok_or("it is of another format")?;
    let (checksum, rest) = rest.split_at_checked(CHECKSUM).ok_or("it is truncated")?;
    if Sha256::digest(rest).as_slice() != checksum {
        return Err("its checksum does not fit");
    }
    let (length, rest) = rest.split_first_chunk::<LENGTH>().ok_or("it is truncated")?;
    let (head, code) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or("it is truncated")?;
    let head: Head = serde_json::from_slice(head).map_err(|_| "its head cannot be read")?;
    if head.name != name {
        return Err("it was written under another name");
    }
    let code = bytes.slice_ref(code);
    Ok((head.inspection, code))
}
