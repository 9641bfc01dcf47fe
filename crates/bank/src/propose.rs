//! Which application a payment is probably for. A proposal decides nothing: a
//! person books it.

use crate::StatementLine;
use crate::names::comparable;
use jcm_format::amount::Yen;
use jcm_format::id::EntryIndex;
use std::collections::BTreeMap;

/// A fee that is still owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFee {
    /// The entry that recorded the application.
    pub application: EntryIndex,
    /// What is still owed, in yen.
    pub due: Yen,
    /// Names under which the applicant may pay, in kana, kanji or English; the
    /// legal form, width and spaces do not matter.
    pub payer_names: Vec<String>,
}

/// Why a payment is thought to be for an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// The payer quoted the application's reference.
    ByReference,
    /// No reference; amount and payer fit this open fee and no other.
    ByAmountAndPayer,
}

/// What the payment does to the fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It covers what is owed, to the yen.
    Exact,
    /// It covers a part.
    Partial {
        /// What is still owed then, in yen.
        left: Yen,
    },
    /// It covers more than is owed.
    Over {
        /// What is too much, in yen.
        left: Yen,
    },
    /// Earlier lines of the statement cover the fee already: probably paid twice.
    Duplicate,
}

/// A payment, or a part of one, and the application that it is probably for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposal {
    /// Line of the statement, see [`StatementLine::line`].
    pub line: u32,
    /// Key of the line, see [`StatementLine::key`].
    pub key: [u8; StatementLine::KEY_LEN],
    /// The application.
    pub application: EntryIndex,
    /// How much of the line is for it, in yen.
    pub amount: Yen,
    /// Why.
    pub ground: Ground,
    /// What it does to the fee.
    pub outcome: Outcome,
}

/// Proposals for the lines of one statement, in the order of the lines.
///
/// Lines that quote references come first in what they cover, wherever they
/// stand. A line that quotes several is split in their order: each application
/// gets what it is owed, the last one the rest. A line without reference is
/// matched by amount and payer, if one open fee alone fits.
///
/// No proposal is made for a line that quotes an application which is not in
/// `open`, as it may be paid already, and none where several fees fit: those are
/// for a person to find out.
pub fn propose(lines: &[StatementLine], open: &[OpenFee]) -> Vec<Proposal> {
    let mut fees = Fees::new(open);
    let mut proposals = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        proposals.extend(fees.by_reference(line).into_iter().map(|proposal| (at, proposal)));
    }
    let index = PayerIndex::new(open);
    for (at, line) in lines.iter().enumerate() {
        let proposal = fees.by_amount_and_payer(line, &index);
        proposals.extend(proposal.map(|proposal| (at, proposal)));
    }
    // Stable: the parts of one line stay in their order.
    proposals.sort_by_key(|(at, _)| *at);
    proposals.into_iter().map(|(_, proposal)| proposal).collect()
}

/// A fee and what of it the lines looked at so far leave.
struct Fee {
    due: Yen,
    left: Yen,
}

struct Fees(BTreeMap<EntryIndex, Fee>);

/// Applications by comparable name of a payer.
struct PayerIndex(BTreeMap<String, Vec<EntryIndex>>);

impl PayerIndex {
    fn new(open: &[OpenFee]) -> PayerIndex {
        let mut index: BTreeMap<String, Vec<EntryIndex>> = BTreeMap::new();
        for fee in open {
            for name in fee.payer_names.iter().map(|name| comparable(name)) {
                let applications = index.entry(name).or_default();
                if !applications.contains(&fee.application) {
                    applications.push(fee.application);
                }
            }
        }
        // A name of which nothing is left fits nobody.
        index.remove("");
        PayerIndex(index)
    }
}

impl Fees {
    /// An application that is listed twice counts as listed first; one that owes
    /// nothing is not open.
    fn new(open: &[OpenFee]) -> Fees {
        let mut fees = BTreeMap::new();
        for fee in open.iter().filter(|fee| fee.due != Yen::ZERO) {
            fees.entry(fee.application).or_insert(Fee { due: fee.due, left: fee.due });
        }
        Fees(fees)
    }

    fn by_reference(&mut self, line: &StatementLine) -> Vec<Proposal> {
        let applications: Vec<EntryIndex> =
            line.references().into_iter().map(|reference| reference.entry()).collect();
        if !applications.iter().all(|application| self.0.contains_key(application)) {
            return Vec::new();
        }
        let mut rest = line.amount;
        let mut proposals = Vec::new();
        for (at, application) in applications.iter().enumerate() {
            let is_last = at + 1 == applications.len();
            let owed = self.0.get(application).map_or(Yen::ZERO, |fee| fee.left);
            let amount = if is_last { rest } else { rest.min(owed) };
            rest = rest.checked_sub(amount).unwrap_or(Yen::ZERO);
            // Covered already, or nothing left for it: no part of the money.
            if amount != Yen::ZERO {
                proposals.extend(self.cover(line, *application, amount, Ground::ByReference));
            }
        }
        proposals
    }

    fn by_amount_and_payer(
        &mut self,
        line: &StatementLine,
        index: &PayerIndex,
    ) -> Option<Proposal> {
        if line.reference.is_some() || line.several_references {
            return None;
        }
        let named = index.0.get(&comparable(&line.payer))?;
        let fits = |wanted: &dyn Fn(&Fee) -> bool| -> Vec<EntryIndex> {
            let wanted = |application: &&EntryIndex| self.0.get(application).is_some_and(wanted);
            named.iter().filter(wanted).copied().collect()
        };
        let open = fits(&|fee| fee.left == line.amount);
        // None open: perhaps one that an earlier line covered is paid twice.
        let covered = fits(&|fee| fee.left == Yen::ZERO && fee.due == line.amount);
        let application = match (open.as_slice(), covered.as_slice()) {
            ([application], _) | ([], [application]) => *application,
            _ => return None,
        };
        self.cover(line, application, line.amount, Ground::ByAmountAndPayer)
    }

    fn cover(
        &mut self,
        line: &StatementLine,
        application: EntryIndex,
        amount: Yen,
        ground: Ground,
    ) -> Option<Proposal> {
        let fee = self.0.get_mut(&application)?;
        let outcome = match (fee.left.checked_sub(amount), amount.checked_sub(fee.left)) {
            _ if fee.left == Yen::ZERO => Outcome::Duplicate,
            (Some(Yen::ZERO), _) => Outcome::Exact,
            (Some(left), _) => Outcome::Partial { left },
            (None, over) => Outcome::Over { left: over.unwrap_or(Yen::ZERO) },
        };
        fee.left = fee.left.checked_sub(amount).unwrap_or(Yen::ZERO);
        let (line, key) = (line.line, line.key);
        Some(Proposal { line, key, application, amount, ground, outcome })
    }
}
