//! Keyed hashing: after the digest no text exists, only hashes under the baseline's key.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Key of all content hashes. Digests made under different keys do not compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestKey(pub u64);

impl DigestKey {
    /// 64-bit hash of some bytes under this key.
    pub fn hash(self, bytes: &[u8]) -> u64 {
        xxh3_64_with_seed(bytes, self.0)
    }

    /// The upper half of [`DigestKey::hash`], as samples hold it.
    pub(crate) fn mark(self, bytes: &[u8]) -> u32 {
        upper(self.hash(bytes))
    }
}

/// Hash of a name that is no content (tool, session, request): unkeyed, equal in every baseline.
pub fn name_hash(name: &str) -> u64 {
    xxh3_64_with_seed(name.as_bytes(), 0)
}

/// Order-dependent combination of two hashes.
pub(crate) fn mix(a: u64, b: u64) -> u64 {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&a.to_le_bytes());
    bytes[8..].copy_from_slice(&b.to_le_bytes());
    xxh3_64_with_seed(&bytes, 1)
}

/// The upper 32 bits.
pub(crate) fn upper(hash: u64) -> u32 {
    (hash >> 32) as u32
}
