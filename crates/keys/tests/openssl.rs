//! Key files and OpenSSL's own program, in both directions.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use jcm_format::key::SecretKey;
use jcm_keys::{Damage, KeyFile, KeyFileError, Passphrase, Protection};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const PASSPHRASE: &str = "correct horse battery staple";

/// Runs `openssl` in `folder`; what it wrote on standard output.
fn openssl(folder: &Path, line: &str) -> Result<Vec<u8>, String> {
    let output = Command::new("openssl")
        .args(line.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("openssl is installed (tests/run.sh sees to it)");
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("pass"), format!("{PASSPHRASE}\n")).expect("ours");
    std::fs::write(folder.path().join("other"), "something else entirely\n").expect("ours");
    folder
}

/// The last 32 bytes of a public key in DER are the key (RFC 8410).
fn public_by_openssl(folder: &Path, key: &str) -> Result<String, String> {
    let line = format!("pkey -in {key} -passin file:pass -pubout -outform DER");
    let der = openssl(folder, &line)?;
    let key: [u8; 32] = der[der.len() - 32..].try_into().expect("32 bytes");
    Ok(jcm_format::hash::to_hex(&key))
}

fn private(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("ours");
    path
}

fn read(path: &Path) -> Result<SecretKey, KeyFileError> {
    let unlock = &mut |_: &Path| Ok(Passphrase::new(PASSPHRASE));
    KeyFile::read(path, unlock).map(|stored| stored.key)
}

#[test]
fn openssl_reads_our_files_and_signs_as_we_do() {
    let folder = folder();
    let passphrase = Passphrase::new(PASSPHRASE);
    std::fs::write(folder.path().join("message"), "a message").expect("ours");
    for (name, protection) in
        [("a.key", Protection::Passphrase(&passphrase)), ("b.key", Protection::Unencrypted)]
    {
        let key = KeyFile::create(&folder.path().join(name), &protection).expect("new");
        let public = public_by_openssl(folder.path(), name).expect("readable");
        assert_eq!(public, key.public_key().to_string(), "{name}");
        let sign = format!("pkeyutl -sign -rawin -in message -inkey {name} -passin file:pass");
        let signature = openssl(folder.path(), &sign).expect("signed");
        assert_eq!(signature, key.sign(b"a message").as_bytes(), "{name}");
    }
    let wrong = openssl(folder.path(), "pkey -in a.key -passin file:other -noout");
    assert!(wrong.is_err(), "another passphrase opens nothing");
    let text = openssl(folder.path(), "asn1parse -in a.key").expect("it is ASN.1 in PEM");
    let text = String::from_utf8(text).expect("text");
    assert!(text.contains("PBES2") && text.contains("scrypt"), "{text}");
    assert!(text.contains("aes-256-cbc"), "{text}");
}

#[test]
fn we_read_what_openssl_writes() {
    let folder = folder();
    let here = folder.path();
    openssl(here, "genpkey -algorithm ed25519 -out plain.pem").expect("a key");
    let public = public_by_openssl(here, "plain.pem").expect("readable");
    let forms = [
        ("genpkey", "pkey -in plain.pem -aes-256-cbc -passout file:pass -out genpkey.pem"),
        ("scrypt", "pkcs8 -topk8 -in plain.pem -scrypt -passout file:pass -out scrypt.pem"),
        (
            "pbkdf2",
            "pkcs8 -topk8 -in plain.pem -v2 aes-128-cbc -v2prf hmacWithSHA512 -iter 20000 -passout file:pass -out pbkdf2.pem",
        ),
    ];
    for (name, line) in forms {
        openssl(here, line).expect(name);
        let key = read(&private(here, &format!("{name}.pem"))).expect(name);
        assert_eq!(key.public_key().to_string(), public, "{name}");
    }
    let key = read(&private(here, "plain.pem")).expect("unencrypted");
    assert_eq!(key.public_key().to_string(), public);
}

#[test]
fn what_openssl_writes_and_we_do_not_take_is_named() {
    let folder = folder();
    let here = folder.path();
    openssl(here, "genpkey -algorithm ed25519 -out plain.pem").expect("a key");
    let refused = |line: &str, name: &str| {
        openssl(here, line).expect(line);
        match read(&private(here, name)).expect_err(name) {
            KeyFileError::Unusable { damage, .. } => damage,
            other => panic!("{other}"),
        }
    };
    let x25519 = refused("genpkey -algorithm x25519 -out x25519.pem", "x25519.pem");
    assert_eq!(x25519, Damage::OtherAlgorithm("1.3.101.110".to_owned()));
    let locked = "genpkey -algorithm ed448 -aes-256-cbc -pass file:pass -out ed448.pem";
    let ed448 = refused(locked, "ed448.pem");
    assert_eq!(ed448, Damage::OtherAlgorithm("1.3.101.113".to_owned()));
    let rsa = refused("genrsa -traditional -out rsa.pem 2048", "rsa.pem");
    assert_eq!(rsa, Damage::OtherAlgorithm("RSA".to_owned()));
    let public = refused("pkey -in plain.pem -pubout -out public.pem", "public.pem");
    assert_eq!(public, Damage::PublicKey);
    let camellia = "pkcs8 -topk8 -in plain.pem -v2 camellia-256-cbc -passout file:pass -out c.pem";
    assert!(matches!(refused(camellia, "c.pem"), Damage::OtherEncryption(_)));
    let other = "pkcs8 -topk8 -in plain.pem -scrypt -passout file:other -out other.pem";
    assert_eq!(refused(other, "other.pem"), Damage::WrongPassphrase);
}
