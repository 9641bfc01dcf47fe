//! Files that pass from person to person on the way of a command, and those that `jcm`
//! keeps.

use jcm_cli::command_file::CommandFile;
use jcm_cli::files::{
    article6, authorisation, calendar, correction, parse, particulars, rules, safeguards, trust,
};
use jcm_cli::signature_file::SignatureFile;
use jcm_client::TrustStore;
use std::io::Write as _;
use std::path::Path;

pub(crate) fn body(bytes: &[u8]) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    let mut file = std::fs::File::create(&path).expect("a file");
    file.write_all(bytes).expect("written");
    drop(file);
    let command = CommandFile::read(&path);
    if let Ok(command) = &command {
        assert_eq!(command.command.payload(), command.signed.payload, "shown is what is signed");
    }
    let signatures = SignatureFile::read(&path);
    if let (Ok(command), Ok(signatures)) = (&command, &signatures) {
        assert_eq!(command.signed.signatures, signatures.signatures, "a copy of a command");
    }
    let trust = TrustStore::load(&path);
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let described = [true, false].map(|json| describes(folder.path(), text, json));
    command.is_ok()
        || signatures.is_ok()
        || matches!(trust, Ok(Some(_)))
        || described.contains(&true)
}

/// Whether it describes an act, of whatever kind.
fn describes(folder: &Path, text: &str, json: bool) -> bool {
    [
        parse(text, json).is_ok_and(|file| article6::read(&file).is_ok()),
        parse(text, json).is_ok_and(|file| authorisation::read(&file).is_ok()),
        parse(text, json).is_ok_and(|file| calendar::read(&file).is_ok()),
        parse(text, json).is_ok_and(|file| correction::read(folder, &file).is_ok()),
        parse(text, json).is_ok_and(|file| particulars::read(folder, &file).is_ok()),
        parse(text, json).is_ok_and(|file| rules::read(&file).is_ok()),
        parse(text, json).is_ok_and(|file| safeguards::read(&file).is_ok()),
        parse(text, json).is_ok_and(|file| trust::read(folder, &file).is_ok()),
    ]
    .contains(&true)
}
