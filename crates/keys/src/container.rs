//! The text of a key file: PKCS#8 (RFC 5958) in PEM, encrypted by PBES2
//! (RFC 8018) with scrypt and AES-256-CBC, as OpenSSL writes and reads it.
//!
//! ```text
//! Public-Key: <64 hexadecimal digits>
//! -----BEGIN ENCRYPTED PRIVATE KEY-----
//! ```
//!
//! CBC notices hardly any damage: a bit flipped in the wrong place gives another
//! key, not an error. So our files name the public half in a line before the PEM,
//! which every reader of PEM skips, and ours compares.

use crate::passphrase::Passphrase;
use jcm_format::hash::from_hex;
use jcm_format::key::{PublicKey, SecretKey};
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::pem::{LineEnding, PemLabel as _};
use pkcs8::der::{self, Decode as _, Encode as _, ErrorKind};
use pkcs8::pkcs5::pbes2::{Kdf, Parameters};
use pkcs8::pkcs5::{EncryptionScheme, scrypt};
use pkcs8::{AlgorithmIdentifierRef, EncryptedPrivateKeyInfo, ObjectIdentifier, PrivateKeyInfo};
use pkcs8::{Document, SecretDocument};
use zeroize::Zeroizing;

/// Longest text that is read. A key takes some 400 bytes.
pub(crate) const TEXT_BYTES_MAX: usize = 8_192;

const PUBLIC_LINE: &str = "Public-Key: ";

/// First line of the form before PKCS#8: then the seed in hexadecimal.
const PLAIN_LINE: &str = "jcm-key/1";

/// RFC 8410.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// N = 2^14, r = 8, p = 5: 16 MiB and five passes. OpenSSL reads no file that
/// takes 32 MiB or more, so time stands in for memory.
const SCRYPT: (u8, u32, u32) = (14, 8, 5);

/// Most work that a file may ask for: 256 MiB at a time, and 64 times as much
/// as ours; else a file could stop whoever opens it.
const SCRYPT_MEMORY_MAX: u64 = 256 << 20;
const SCRYPT_WORK_MAX: u64 = 64 * (1 << 14) * 8 * 5;
const PBKDF2_ITERATIONS_MAX: u32 = 10_000_000;

const SALT_LEN: usize = 16;
const IV_LEN: usize = 16;

/// How the key in a file is protected.
#[derive(Debug)]
pub enum Protection<'a> {
    /// Encrypted with this passphrase.
    Passphrase(&'a Passphrase),
    /// Not at all: whoever reads the file has the key.
    Unencrypted,
}

/// Why a text holds no key that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// Not the text of a key file.
    #[error("is not a key file")]
    NotAKeyFile,
    /// It begins as one, and does not go on as one.
    #[error("is damaged")]
    Damaged,
    /// The key inside is not the one that the first line names.
    #[error("is damaged: the key inside is not the one that its first line names")]
    OtherKey,
    /// A public key.
    #[error("holds a public key, which signs nothing")]
    PublicKey,
    /// OpenSSH's own form.
    #[error("holds a key in the form of OpenSSH")]
    OpenSsh,
    /// A key of another kind.
    #[error("holds a key that is not of the kind Ed25519 ({0})")]
    OtherAlgorithm(String),
    /// Encrypted in a way that is not read.
    #[error("is encrypted in a way that is not supported{0}")]
    OtherEncryption(String),
    /// Opening it would take too much memory or time.
    #[error("asks for more work than opening a key may take")]
    TooCostly,
    /// The passphrase does not fit.
    #[error("cannot be opened: the passphrase is wrong, or the file is damaged")]
    WrongPassphrase,
}

/// What a text holds, before any passphrase.
pub(crate) enum Container {
    /// The key itself.
    Plain(SecretKey),
    /// The encrypted key, and the public half that the text names.
    Sealed(Sealed),
}

/// An encrypted key.
pub(crate) struct Sealed {
    der: Document,
    named: Option<PublicKey>,
}

impl Container {
    pub(crate) fn parse(text: &[u8]) -> Result<Container, Damage> {
        let text = std::str::from_utf8(text).map_err(|_| Damage::NotAKeyFile)?;
        if let Some(key) = plain_seed(text) {
            return Ok(Container::Plain(key));
        }
        let begin = text.find("-----BEGIN ").ok_or(Damage::NotAKeyFile)?;
        let (before, pem) = text.split_at(begin);
        let named = named_key(before)?;
        let label = pem.strip_prefix("-----BEGIN ").and_then(|rest| rest.split("-----").next());
        match label.unwrap_or_default() {
            label if label == EncryptedPrivateKeyInfo::PEM_LABEL => {
                let (_, der) = Document::from_pem(pem).map_err(|_| Damage::Damaged)?;
                // Before anybody is asked for a passphrase.
                understood(&der)?;
                Ok(Container::Sealed(Sealed { der, named }))
            }
            label if label == PrivateKeyInfo::PEM_LABEL => {
                let (_, der) = SecretDocument::from_pem(pem).map_err(|_| Damage::Damaged)?;
                expect_named(key_of(der.as_bytes())?, named).map(Container::Plain)
            }
            "PUBLIC KEY" => Err(Damage::PublicKey),
            "OPENSSH PRIVATE KEY" => Err(Damage::OpenSsh),
            other if other.ends_with(" PRIVATE KEY") => {
                Err(Damage::OtherAlgorithm(other.trim_end_matches(" PRIVATE KEY").to_owned()))
            }
            _ => Err(Damage::NotAKeyFile),
        }
    }
}

impl Sealed {
    pub(crate) fn open(&self, passphrase: &Passphrase) -> Result<SecretKey, Damage> {
        let sealed = understood(&self.der)?;
        let opened = sealed.decrypt(passphrase.as_bytes()).map_err(|_| Damage::WrongPassphrase)?;
        let key = key_of(opened.as_bytes()).map_err(|damage| match damage {
            // A wrong passphrase gives noise, some of which is nearly a key.
            Damage::Damaged => Damage::WrongPassphrase,
            other => other,
        })?;
        expect_named(key, self.named)
    }
}

/// The text of a key file. `random` is the salt and the initialisation vector.
pub(crate) fn text_of(
    key: &SecretKey,
    protection: &Protection<'_>,
    random: &[u8; SALT_LEN + IV_LEN],
) -> Result<Zeroizing<String>, pkcs8::Error> {
    text_with(key, protection, random, SCRYPT)
}

fn text_with(
    key: &SecretKey,
    protection: &Protection<'_>,
    random: &[u8; SALT_LEN + IV_LEN],
    (log_n, r, p): (u8, u32, u32),
) -> Result<Zeroizing<String>, pkcs8::Error> {
    let seed = Zeroizing::new(key.seed());
    // RFC 8410: the seed, as an octet string of its own.
    let mut octets = Zeroizing::new([0; 2 + SecretKey::SEED_LEN]);
    OctetStringRef::new(&*seed)?.encode_to_slice(&mut *octets)?;
    let algorithm = AlgorithmIdentifierRef { oid: ED25519, parameters: None };
    // Version 1, without the public half: OpenSSL 3.0 reads no other.
    let info = PrivateKeyInfo::new(algorithm, &*octets);
    let (label, der) = match protection {
        Protection::Unencrypted => (PrivateKeyInfo::PEM_LABEL, SecretDocument::encode_msg(&info)?),
        Protection::Passphrase(passphrase) => {
            let (mut salt, mut iv) = ([0; SALT_LEN], [0; IV_LEN]);
            salt.copy_from_slice(&random[..SALT_LEN]);
            iv.copy_from_slice(&random[SALT_LEN..]);
            let params = scrypt::Params::new(log_n, r, p, 32)
                .map_err(|_| pkcs8::Error::ParametersMalformed)?;
            let scheme = Parameters::scrypt_aes256cbc(params, &salt, &iv)?;
            let sealed = info.encrypt_with_params(scheme, passphrase.as_bytes())?;
            (EncryptedPrivateKeyInfo::PEM_LABEL, sealed)
        }
    };
    let pem = der.to_pem(label, LineEnding::LF)?;
    Ok(Zeroizing::new([PUBLIC_LINE, &key.public_key().to_string(), "\n", &pem].concat()))
}

/// The forms before PKCS#8: the seed in hexadecimal, after a first line or alone
/// (the log key's).
fn plain_seed(text: &str) -> Option<SecretKey> {
    let seed = match text.strip_prefix(PLAIN_LINE) {
        Some(rest) => rest.strip_prefix('\n')?,
        None => text,
    };
    let seed = from_hex::<{ SecretKey::SEED_LEN }>(seed.strip_suffix('\n')?).ok()?;
    let seed = Zeroizing::new(seed);
    Some(SecretKey::from_seed(&seed))
}

fn named_key(before: &str) -> Result<Option<PublicKey>, Damage> {
    let line = before.lines().find_map(|line| line.strip_prefix(PUBLIC_LINE));
    line.map(|key| key.trim_end().parse().map_err(|_| Damage::Damaged)).transpose()
}

fn expect_named(key: SecretKey, named: Option<PublicKey>) -> Result<SecretKey, Damage> {
    match named {
        Some(named) if named != key.public_key() => Err(Damage::OtherKey),
        _ => Ok(key),
    }
}

/// RFC 8410: an octet string that holds an octet string of 32 bytes.
fn key_of(der: &[u8]) -> Result<SecretKey, Damage> {
    let info = PrivateKeyInfo::from_der(der).map_err(|_| Damage::Damaged)?;
    if info.algorithm.oid != ED25519 {
        return Err(Damage::OtherAlgorithm(info.algorithm.oid.to_string()));
    }
    let octets = OctetStringRef::from_der(info.private_key).map_err(|_| Damage::Damaged)?;
    let seed = octets.as_bytes().try_into().map_err(|_| Damage::Damaged)?;
    let key = SecretKey::from_seed(seed);
    match info.public_key {
        Some(public) if public != key.public_key().as_bytes() => Err(Damage::OtherKey),
        _ => Ok(key),
    }
}

/// What can be opened with a passphrase, and without too much work.
fn understood(der: &Document) -> Result<EncryptedPrivateKeyInfo<'_>, Damage> {
    let sealed = EncryptedPrivateKeyInfo::from_der(der.as_bytes()).map_err(not_understood)?;
    bounded(&sealed.encryption_algorithm)?;
    Ok(sealed)
}

fn not_understood(error: der::Error) -> Damage {
    match error.kind() {
        ErrorKind::OidUnknown { oid } => Damage::OtherEncryption(format!(" ({oid})")),
        _ => Damage::Damaged,
    }
}

fn bounded(scheme: &EncryptionScheme<'_>) -> Result<(), Damage> {
    let parameters = scheme.pbes2().ok_or(Damage::OtherEncryption(" (PBES1)".to_owned()))?;
    let fits = match &parameters.kdf {
        // NB: pkcs5 0.7 panics on N = 0 in place of refusing it.
        Kdf::Scrypt(scrypt) if scrypt.cost_parameter == 0 => return Err(Damage::Damaged),
        Kdf::Scrypt(scrypt) => {
            let block = u64::from(scrypt.block_size);
            let memory = scrypt.cost_parameter.checked_mul(128 * block);
            let work = scrypt.cost_parameter.checked_mul(block * u64::from(scrypt.parallelization));
            memory.is_some_and(|memory| memory <= SCRYPT_MEMORY_MAX)
                && work.is_some_and(|work| work <= SCRYPT_WORK_MAX)
        }
        Kdf::Pbkdf2(pbkdf2) => pbkdf2.iteration_count <= PBKDF2_ITERATIONS_MAX,
        _ => return Err(Damage::OtherEncryption(String::new())),
    };
    if fits { Ok(()) } else { Err(Damage::TooCostly) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SecretKey {
        SecretKey::from_seed(&[7; 32])
    }

    fn text(protection: &Protection<'_>) -> String {
        text_of(&key(), protection, &[3; SALT_LEN + IV_LEN]).expect("short").to_string()
    }

    fn passphrase() -> Passphrase {
        Passphrase::new("correct horse battery staple")
    }

    fn open(text: &str, passphrase: &Passphrase) -> Result<PublicKey, Damage> {
        match Container::parse(text.as_bytes())? {
            Container::Plain(key) => Ok(key.public_key()),
            Container::Sealed(sealed) => Ok(sealed.open(passphrase)?.public_key()),
        }
    }

    #[test]
    fn a_key_comes_back_with_its_passphrase_only() {
        let sealed = text(&Protection::Passphrase(&passphrase()));
        assert!(sealed.contains("\n-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), "{sealed}");
        assert_eq!(open(&sealed, &passphrase()), Ok(key().public_key()));
        for wrong in ["correct horse battery stapl", "", "correct horse battery staple\n"] {
            assert_eq!(open(&sealed, &Passphrase::new(wrong)), Err(Damage::WrongPassphrase));
        }
        let plain = text(&Protection::Unencrypted);
        assert!(plain.contains("\n-----BEGIN PRIVATE KEY-----\n"), "{plain}");
        assert_eq!(open(&plain, &Passphrase::new("")), Ok(key().public_key()));
    }

    /// Every bit of the encrypted part; the passphrase is right.
    #[test]
    fn no_flipped_bit_gives_another_key() {
        // Quick to open: the passphrase is tried for each bit of the file.
        let (passphrase, random) = (passphrase(), [3; SALT_LEN + IV_LEN]);
        let protection = Protection::Passphrase(&passphrase);
        let sealed = text_with(&key(), &protection, &random, (4, 8, 1)).expect("short");
        let (label, der) =
            Document::from_pem(&sealed[sealed.find("-----").expect("PEM")..]).expect("ours");
        assert_eq!(label, EncryptedPrivateKeyInfo::PEM_LABEL);
        let first = &sealed[..sealed.find('\n').expect("a line") + 1];
        let mut seen = Vec::new();
        for bit in 0..der.as_bytes().len() * 8 {
            let mut bytes = der.as_bytes().to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let named = first.trim_end().strip_prefix(PUBLIC_LINE).expect("it names a key");
            let named = Some(named.parse().expect("hexadecimal"));
            let Ok(der) = Document::try_from(bytes) else { continue };
            seen.push(Sealed { der, named }.open(&passphrase).expect_err("another file"));
        }
        assert!(seen.contains(&Damage::OtherKey), "this is what the first line is for");
        assert!(seen.contains(&Damage::WrongPassphrase));
        assert!(1_000 < seen.len(), "{}", seen.len());
    }

    #[test]
    fn the_forms_of_before_are_read() {
        let seed = "07".repeat(32);
        for text in [format!("jcm-key/1\n{seed}\n"), format!("{seed}\n")] {
            assert_eq!(open(&text, &passphrase()), Ok(key().public_key()));
        }
        let pairs = [
            String::new(),
            format!("jcm-key/2\n{seed}\n"),
            format!("jcm-key/1\n{seed}"),
            format!("jcm-key/1\n{seed}\n\n"),
            format!("jcm-key/1\n{}\n", "AB".repeat(32)),
            format!("{seed}{seed}\n"),
        ];
        for text in pairs {
            assert_eq!(open(&text, &passphrase()), Err(Damage::NotAKeyFile), "{text}");
        }
    }

    #[test]
    fn what_is_no_key_file_is_told_apart() {
        let sealed = text(&Protection::Passphrase(&passphrase()));
        let pem = &sealed[sealed.find("-----").expect("PEM")..];
        let cut = |len: usize| sealed[..sealed.len() - len].to_owned();
        let other = SecretKey::from_seed(&[8; 32]).public_key();
        let cases = [
            ("-----BEGIN PUBLIC KEY-----\n".to_owned(), Damage::PublicKey),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\n".to_owned(), Damage::OpenSsh),
            ("-----BEGIN RSA PRIVATE KEY-----\n".to_owned(), Damage::OtherAlgorithm("RSA".into())),
            ("-----BEGIN CERTIFICATE-----\n".to_owned(), Damage::NotAKeyFile),
            ("\u{0}".to_owned(), Damage::NotAKeyFile),
            (cut(40), Damage::Damaged),
            (format!("Public-Key: 00\n{pem}"), Damage::Damaged),
            (format!("Public-Key: {other}\n{pem}"), Damage::OtherKey),
        ];
        for (text, damage) in cases {
            assert_eq!(open(&text, &passphrase()), Err(damage), "{text}");
        }
        // Without the line, as other programs write it.
        assert_eq!(open(pem, &passphrase()), Ok(key().public_key()));
    }

    #[test]
    fn a_file_cannot_make_its_reader_work_for_ever() {
        let sealed = |kdf: Kdf<'static>| {
            let encryption = pkcs8::pkcs5::pbes2::EncryptionScheme::Aes256Cbc { iv: &[0; 16] };
            let encryption_algorithm = Parameters { kdf, encryption }.into();
            let info = EncryptedPrivateKeyInfo { encryption_algorithm, encrypted_data: &[0; 64] };
            let der = Document::encode_msg(&info).expect("short");
            Sealed { der, named: None }.open(&passphrase()).map(|key| key.public_key())
        };
        let scrypt = |log_n, r, p| {
            let params = scrypt::Params::new(log_n, r, p, 32).expect("valid");
            let salt = &[0; SALT_LEN];
            Kdf::Scrypt(
                pkcs8::pkcs5::pbes2::ScryptParams::from_params_and_salt(params, salt)
                    .expect("valid"),
            )
        };
        let pbkdf2 = |iterations| {
            let salt = &[0; SALT_LEN];
            let params = pkcs8::pkcs5::pbes2::Pbkdf2Params::hmac_with_sha256(iterations, salt);
            Kdf::Pbkdf2(params.expect("valid"))
        };
        for kdf in [scrypt(22, 8, 1), scrypt(14, 8, 321), scrypt(14, 256, 1), pbkdf2(10_000_001)] {
            assert_eq!(sealed(kdf), Err(Damage::TooCostly));
        }
        let Kdf::Scrypt(mut nothing) = scrypt(14, 8, 5) else { panic!("scrypt") };
        nothing.cost_parameter = 0;
        assert_eq!(sealed(Kdf::Scrypt(nothing)), Err(Damage::Damaged), "it must not panic");
        assert_eq!(sealed(pbkdf2(1)), Err(Damage::WrongPassphrase));
        assert_eq!(sealed(scrypt(10, 8, 1)), Err(Damage::WrongPassphrase));
    }
}
