//! Papers that prove themselves, made of a log in memory as a node makes them.

use jcm_format::entry::{Entry, SealedEntry};
use jcm_format::frame::Frame;
use jcm_format::id::{AccountNumber, BlockNumber, EntryIndex};
use jcm_format::identification::IdentificationFormat;
use jcm_format::key::SecretKey;
use jcm_format::tlog::{
    Checkpoint, KeyType, ProofFile, Tree, TrustedCheckpoint, VerifierKey, cosign,
};
use jcm_report::account_book::AccountBook;
use jcm_report::cancellation_notice::{CancellationNotice, NoticeLookup, entries_needed};
use jcm_report::certificate::{CertificateDocument, CertificateSource, Opened};
use jcm_report::document::Signers;
use jcm_report::lookup::{Archive, BlockFacts, Lookup, blocks_in};

/// A log, and what can be said of it.
pub struct Papers {
    entries: Vec<SealedEntry>,
    archive: Archive,
    tree: Tree,
    checkpoint: TrustedCheckpoint,
    key: VerifierKey,
    witnesses: Vec<String>,
}

impl Papers {
    /// Reads the frames of a log that is signed with this key.
    pub fn of(frames: &[Frame], log_key: &SecretKey) -> Papers {
        let bytes = frames.iter().flat_map(|frame| frame.entries.clone());
        let entries: Vec<_> = bytes.map(|b| SealedEntry::open(b).expect("an entry")).collect();
        let (mut archive, mut tree) = (Archive::default(), Tree::new());
        for sealed in &entries {
            archive.add(sealed.entry().clone());
            tree.push(sealed.leaf());
        }
        let note = &frames.last().expect("not empty").checkpoint;
        let name = note.lines().next().expect("the origin");
        let key = VerifierKey::new(name, KeyType::Ed25519, &log_key.public_key()).expect("a key");
        let checkpoint = TrustedCheckpoint::open(note, &key).expect("signed");
        Papers { entries, archive, tree, checkpoint, key, witnesses: Vec::new() }
    }

    /// The same, with a witness's signature under its checkpoint.
    pub fn cosigned(mut self, name: &str, witness: &SecretKey) -> Papers {
        let line = cosign(&self.checkpoint, name, witness, 1_800_000_000).expect("cosigned");
        let note = format!("{}{line}", self.checkpoint.note_text());
        self.checkpoint = TrustedCheckpoint::open(&note, &self.key).expect("signed");
        let key = VerifierKey::new(name, KeyType::Cosignature, &witness.public_key());
        self.witnesses.push(key.expect("a key").to_string());
        self
    }

    /// The log's key.
    pub fn log_key(&self) -> &VerifierKey {
        &self.key
    }

    /// The newest checkpoint.
    pub fn checkpoint(&self) -> &Checkpoint {
        self.checkpoint.checkpoint()
    }

    /// The witnesses' keys.
    pub fn witnesses(&self) -> &[String] {
        &self.witnesses
    }

    /// A proof file that carries its entry.
    pub fn receipt(&self, index: EntryIndex) -> String {
        let position = usize::try_from(index.get()).expect("small");
        let hashes = self.tree.inclusion_proof(index.get(), self.tree.len()).expect("there");
        let proof = ProofFile::new(index.get(), hashes, &self.checkpoint);
        let proof = proof.with_extra(self.entries[position].bytes().to_vec()).expect("short");
        proof.to_string()
    }

    /// The notice of the transfer that an entry recorded.
    pub fn notice(&self, recording: EntryIndex) -> CancellationNotice {
        self.notice_of(recording, true)
    }

    /// The same; with the issuances, or for a reader whose affair they are not.
    pub fn notice_of(&self, recording: EntryIndex, issuances: bool) -> CancellationNotice {
        self.notice_of_part(recording, 0, issuances)
    }

    /// The notice of one of several transfers in an entry, from 1; 0 is the only one.
    pub fn notice_of_part(
        &self,
        recording: EntryIndex,
        part: u32,
        issuances: bool,
    ) -> CancellationNotice {
        let mut needed = entries_needed(recording, part, self).expect("recorded");
        if issuances {
            needed.entries.append(&mut needed.issuances);
        }
        let entries: Vec<(Entry, String)> = needed
            .entries
            .into_iter()
            .map(|index| (self.entry(index).expect("there"), self.receipt(index)))
            .collect();
        let key = self.key.to_string();
        let signers = Signers { log_key: &key, witnesses: &self.witnesses };
        CancellationNotice::new(recording, part, self.key.name(), signers, &entries)
            .expect("at hand")
    }

    /// The certificate of an account that an entry issued.
    pub fn certificate(&self, issued: EntryIndex, account: AccountNumber) -> CertificateDocument {
        let mut book = AccountBook::new(account);
        for sealed in &self.entries[..usize::try_from(issued.get()).expect("small")] {
            book.apply(sealed.entry(), self).expect("a book");
        }
        book.read_to(issued.get());
        let entry = self.entry(issued).expect("there");
        let source = CertificateSource {
            book: &book,
            entry: &entry,
            origin: self.key.name(),
            log_key: &self.key.to_string(),
            proof: &self.receipt(issued),
            witnesses: &self.witnesses,
            identification: &IdentificationFormat::default(),
        };
        CertificateDocument::new(&source, self, &|_| Opened::Withheld).expect("certified")
    }
}

impl Lookup for Papers {
    fn entry(&self, index: EntryIndex) -> Option<Entry> {
        self.archive.entry(index)
    }

    fn block(&self, block: BlockNumber) -> Option<BlockFacts> {
        self.archive.block(block)
    }
}

impl NoticeLookup for Papers {
    fn issuance(&self, block: BlockNumber) -> Option<EntryIndex> {
        let issued = |entry: &&Entry| blocks_in(entry).iter().any(|(known, _)| *known == block);
        self.archive.entries().find(issued).map(|entry| entry.index)
    }

    fn adoption(&self, rule_set: u32) -> Option<EntryIndex> {
        use jcm_format::event::Effect;
        let adopts = |effect: &Effect| match effect {
            Effect::RulesAdopted { rules } => rules.version == rule_set,
            Effect::RuleSetAdopted { rule_set: set } => set.version == rule_set,
            _ => false,
        };
        let mut all = self.archive.entries();
        all.find(|entry| entry.event.0.iter().any(adopts)).map(|entry| entry.index)
    }
}
