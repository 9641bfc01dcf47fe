//! Who plays: everybody here is synthetic.

use jcm_client::{KeyFile, Protection};
use jcm_format::command::{ApplyAccount, Body, Holder, KeyWithPossession, Person, Role};
use jcm_format::hash::Digest;
use jcm_format::key::SecretKey;
use jcm_format::text::Text;
use jcm_format::tlog::Origin;
use std::collections::BTreeMap;
use std::path::Path;

/// The registry of the demo.
pub(crate) const ORIGIN: &str = "jcm-registry.example/demo";

const PLAYERS: [&str; 7] =
    ["authority-1", "authority-2", "operator-1", "operator-2", "palau", "aoba", "minato"];

/// The keys of all players, fresh for each run.
pub(crate) struct Cast {
    keys: BTreeMap<&'static str, SecretKey>,
}

/// A synthetic company.
pub(crate) struct Company {
    pub(crate) player: &'static str,
    pub(crate) name_ja: &'static str,
    pub(crate) name_en: &'static str,
    corporate_number: &'static str,
}

/// The two companies. Their corporate numbers have valid check digits and
/// belong, as far as we know, to nobody.
pub(crate) const COMPANIES: [Company; 2] = [
    Company {
        player: "aoba",
        name_ja: "アオバ商事株式会社（架空）",
        name_en: "Aoba Trading (synthetic)",
        corporate_number: "6999999000011",
    },
    Company {
        player: "minato",
        name_ja: "ミナト電力株式会社（架空）",
        name_en: "Minato Power (synthetic)",
        corporate_number: "4999999000021",
    },
];

impl Cast {
    /// Makes a key for every player and keeps it in `folder`.
    pub(crate) fn new(folder: &Path) -> Result<Cast, Box<dyn std::error::Error>> {
        std::fs::create_dir_all(folder)?;
        let mut keys = BTreeMap::new();
        for player in PLAYERS {
            let file = folder.join(format!("{player}.key"));
            // Players of one evening: nobody would remember their passphrases.
            keys.insert(player, KeyFile::create(&file, &Protection::Unencrypted)?);
        }
        Ok(Cast { keys })
    }

    /// A player's key.
    pub(crate) fn key(&self, player: &str) -> &SecretKey {
        &self.keys[player]
    }

    /// A player's key with the proof that it is held in `role`.
    pub(crate) fn possessed(
        &self,
        player: &str,
        role: &Role,
        registry: &Origin,
    ) -> Result<KeyWithPossession, jcm_client::KeyError> {
        let key = self.key(player);
        let possession = jcm_client::prove_possession(registry, role, key)?;
        Ok(KeyWithPossession { key: key.public_key(), possession })
    }
}

impl Company {
    /// The company's application for an account.
    pub(crate) fn application(&self, cast: &Cast, particulars: Digest) -> Option<Body> {
        let office_ja = "東京都港区（架空）";
        Some(Body::ApplyAccount(ApplyAccount {
            person: Person::Corporation(self.corporate_number.parse().ok()?),
            holder: Holder {
                name_ja: Text::new(self.name_ja),
                name_en: Text::new(self.name_en)?,
                head_office_ja: Text::new(office_ja),
                head_office_en: Text::new("Minato-ku, Tokyo (synthetic)")?,
            },
            particulars,
            attachments: vec![
                Digest::of(&[b"articles of ", self.name_en.as_bytes()]),
                Digest::of(&[b"certificate of registered matters of ", self.name_en.as_bytes()]),
            ],
            representative: cast.key(self.player).public_key(),
        }))
    }
}
