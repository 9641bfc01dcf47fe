//! Salted commitments: what the log holds in place of personal data.
//!
//! Whoever has the salt and the data can show that they are what was committed
//! to; once both are erased, the digest says nothing.

use crate::hash::Digest;

/// Length of a salt in bytes.
pub const SALT_LEN: usize = 32;

/// Commits to `data` under `salt`, which must be random and used once.
pub fn commit(salt: &[u8; SALT_LEN], data: &[u8]) -> Digest {
    Digest::of(&[b"jcm-commitment/v1\n", salt, data])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_salt_or_other_data_is_another_commitment() {
        let digest = commit(&[1; SALT_LEN], b"data");
        assert_ne!(digest, commit(&[2; SALT_LEN], b"data"));
        assert_ne!(digest, commit(&[1; SALT_LEN], b"date"));
    }
}
