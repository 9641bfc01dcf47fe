//! Key files, as anybody may hand them over. Nobody types a passphrase: what an encrypted
//! file asks for is judged before, and to open one takes long on purpose.

use jcm_keys::{KeyFile, KeyFileError, PassphraseError};
use std::io::Write as _;

pub(crate) fn body(bytes: &[u8]) -> bool {
    // For its owner alone, as key files must be.
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(bytes).expect("written");
    match KeyFile::read(file.path(), &mut |_| Err(PassphraseError::NobodyToAsk)) {
        Ok(stored) => {
            assert!(!stored.is_encrypted, "opened without a passphrase");
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty() && !error.advice().is_empty());
            // It was understood.
            matches!(error, KeyFileError::Locked { .. })
        }
    }
}
