//! Which keys a walk has seen.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

/// Keys by hash, some 16 bytes for each. The hash has 64 bits and a secret, so that among ten million keys there is one in
/// 370,000 chances that any two are taken for one.
#[derive(Default)]
pub(super) struct Seen {
    secret: RandomState,
    hashes: HashSet<u64, BuildHasherDefault<AsItIs>>,
}

impl Seen {
    /// Whether a key was not seen yet; now it is.
    pub(super) fn is_new(&mut self, key: &[u8]) -> bool {
        self.hashes.insert(self.secret.hash_one(key))
    }

    pub(super) fn len(&self) -> usize {
        self.hashes.len()
    }
}

/// What is a hash already is not hashed again.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_new_once() {
        let mut seen = Seen::default();
        let new: Vec<bool> = [&b"a"[..], b"b", b"a", b"", b"", b"\xff"].map(|key| seen.is_new(key)).into();
        assert_eq!(new, [true, true, false, true, false, true]);
        assert_eq!(seen.len(), 4);
    }
}
