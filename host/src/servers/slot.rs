//! Which slot of a cluster a key is in (Redis Cluster specification, "Key distribution model").

/// Slots of a cluster.
pub(super) const SLOTS: u16 = 16384;

/// The slot of a key. Of a key with a part in braces only that part counts, unless it is empty.
pub(super) fn of(key: &[u8]) -> u16 {
    crc16(tag(key)) % SLOTS
}

fn tag(key: &[u8]) -> &[u8] {
    let tag = memchr::memchr(b'{', key).and_then(|open| {
        let rest = &key[open + 1..];
        memchr::memchr(b'}', rest).map(|close| &rest[..close])
    });
    tag.filter(|tag| !tag.is_empty()).unwrap_or(key)
}

/// CRC-16/XMODEM, as the specification's appendix A has it.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| match crc & 0x8000 {
            0 => crc << 1,
            _ => (crc << 1) ^ 0x1021,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        // CLUSTER KEYSLOT of Redis 7.0.
        for (key, slot) in [("", 0), ("foo", 12182), ("user:{foo}:x", 12182), ("{}foo", 9500), ("a{b", 13340)] {
            assert_eq!(of(key.as_bytes()), slot, "{key}");
        }
        assert_eq!(of(b"{foo}{bar}"), of(b"foo"));
        assert_eq!(of(b"foo{{bar}}zap"), of(b"{bar"));
    }
}
