//! Finds a field by its name.

use super::FIELDS;

/// Where a field of that name stands in [`FIELDS`].
pub(super) fn position(field: &str) -> Option<usize> {
    let mut slot = hash(field.as_bytes());
    loop {
        match INDEX[slot] {
            EMPTY => return None,
            position if FIELDS[position as usize].field == field => return Some(position as usize),
            _ => slot = (slot + 1) % SLOTS,
        }
    }
}

/// A hash table built by the compiler: an instance lives for one collect, too short to build one.
static INDEX: [u16; SLOTS] = index();
/// A power of two, and so much more than the fields that a search ends after a step or two.
const SLOTS: usize = 1024;
const EMPTY: u16 = u16::MAX;

const fn index() -> [u16; SLOTS] {
    assert!(FIELDS.len() < SLOTS / 2);
    let mut index = [EMPTY; SLOTS];
    let mut position = 0;
    while position < FIELDS.len() {
        let mut slot = hash(FIELDS[position].field.as_bytes());
        while index[slot] != EMPTY {
            slot = (slot + 1) % SLOTS;
        }
        index[slot] = position as u16;
        position += 1;
    }
    index
}

/// FNV-1a, for it is short and good enough for names that we choose.
const fn hash(bytes: &[u8]) -> usize {
    let mut hash = 0x811c_9dc5_u32;
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u32).wrapping_mul(0x0100_0193);
        i += 1;
    }
    hash as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_found_at_its_place() {
        for (place, field) in FIELDS.iter().enumerate() {
            assert_eq!(position(field.field), Some(place), "{}", field.field);
        }
        assert_eq!(position("no_such_field"), None);
        assert_eq!(position(""), None);
    }
}
