//! Data that a command commits to and the log does not hold.

use crate::error::ClientError;
use jcm_api::pb;
use jcm_format::commitment::{SALT_LEN, commit};
use jcm_format::hash::Digest;
use std::fmt;

/// Personal data with the random salt under which it is committed to. Whoever
/// keeps both can later show what was committed to. Its `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateValue {
    salt: [u8; SALT_LEN],
    data: Vec<u8>,
}

impl PrivateValue {
    /// Puts `data` under a fresh salt.
    pub fn new(data: Vec<u8>) -> Result<PrivateValue, ClientError> {
        let mut salt = [0; SALT_LEN];
        getrandom::fill(&mut salt).map_err(|_| ClientError::NoRandomness)?;
        Ok(PrivateValue { salt, data })
    }

    /// Takes over what was made earlier.
    pub fn from_parts(salt: [u8; SALT_LEN], data: Vec<u8>) -> PrivateValue {
        PrivateValue { salt, data }
    }

    /// The commitment that goes into the command.
    pub fn commitment(&self) -> Digest {
        commit(&self.salt, &self.data)
    }

    /// The salt.
    pub fn salt(&self) -> &[u8; SALT_LEN] {
        &self.salt
    }

    /// The data.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    pub(crate) fn to_wire(&self) -> pb::PrivateData {
        pb::PrivateData { salt: self.salt.to_vec(), data: self.data.clone() }
    }
}

impl fmt::Debug for PrivateValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateValue({} bytes)", self.data.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_data_is_committed_to_differently_each_time() {
        let [first, second] = [(); 2].map(|()| PrivateValue::new(b"name".to_vec()));
        let (first, second) = (first.expect("random"), second.expect("random"));
        assert_ne!(first.commitment(), second.commitment());
        assert!(!format!("{first:?}").contains("name"));
        let again = PrivateValue::from_parts(*first.salt(), first.data().to_vec());
        assert_eq!(again.commitment(), first.commitment());
    }
}
