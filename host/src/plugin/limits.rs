//! How far one call may go.

use wasmtime::ResourceLimiter;

use super::budget::Exceeded;
use crate::config::Limits;
use crate::metrics::check::Bounds;

/// Core instances, tables and memories of one call. The defaults of wasmtime are 10,000 of each. Components of the heavier
/// toolchains (Python) have 13 core instances and stay below all of these.
pub(super) const INSTANCES: u32 = 200;
pub(super) const TABLES: u32 = 64;
pub(super) const MEMORIES: u32 = 4;

/// What a report may hold.
pub(super) fn bounds(limits: &Limits) -> Bounds {
    Bounds {
        families: limits.families,
        labels: limits.labels,
        label_value: limits.label_value,
        samples: limits.samples,
        ..Bounds::default()
    }
}

/// Sums what all memories and tables of a store take. wasmtime's own limits are for each memory alone.
pub(super) struct MemoryLimiter {
    limit: usize,
    used: usize,
}

impl MemoryLimiter {
    pub(super) fn new(limit: usize) -> MemoryLimiter {
        MemoryLimiter { limit, used: 0 }
    }

    /// Sets another limit. What is in use stays.
    pub(super) fn allow(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// The most that was in use: memories do not shrink.
    pub(super) fn peak(&self) -> usize {
        self.used
    }

    /// An error, not a refusal: a guest whose growth is refused dies of an obscure abort in its allocator. What the
    /// memory or table cannot have anyway is refused and costs nothing.
    fn grow(&mut self, [current, desired]: [usize; 2], maximum: Option<usize>, size: usize) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let bytes = desired.saturating_sub(current).saturating_mul(size);
        match self.used.checked_add(bytes).filter(|&used| used <= self.limit) {
            Some(used) => {
                self.used = used;
                Ok(true)
            }
            None => Err(Exceeded::Memory(self.limit).into()),
        }
    }
}

/// Bytes of a table's element: a pointer.
const TABLE_ELEMENT: usize = size_of::<usize>();

impl ResourceLimiter for MemoryLimiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.grow([current, desired], maximum, 1)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.grow([current, desired], maximum, TABLE_ELEMENT)
    }

    fn instances(&self) -> usize {
        INSTANCES as usize
    }

    fn tables(&self) -> usize {
        TABLES as usize
    }

    fn memories(&self) -> usize {
        MEMORIES as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_and_tables_are_summed() {
        let mut limiter = MemoryLimiter::new(1000);
        assert!(limiter.memory_growing(0, 400, None).unwrap());
        assert!(limiter.memory_growing(0, 400, Some(400)).unwrap());
        assert!(!limiter.memory_growing(0, 4000, Some(400)).unwrap());
        assert!(limiter.table_growing(0, 25, None).unwrap());
        let error = limiter.memory_growing(400, 401, None).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Exceeded::Memory(1000)));
        assert_eq!(limiter.peak(), 1000);
    }
}
