//! What effects are made of, beside the parts of commands.

use crate::amount::Yen;
use crate::id::AccountNumber;
use crate::serial::SerialRange;
use bincode::{Decode, Encode};
use serde::Serialize;
use std::fmt;

/// Units of one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Holding {
    /// The account.
    pub account: AccountNumber,
    /// The units.
    pub range: SerialRange,
}

/// Category of an account (Act, art. 47(1); registry ordinance, art. 2(1)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountCategory {
    /// Government holding account.
    GovernmentHolding,
    /// 無効化口座: what enters it serves Japan's NDC and never leaves.
    Retirement,
    /// 取消口座: what enters it never leaves.
    Cancellation,
    /// 法人等保有口座.
    Entity,
}

impl AccountCategory {
    /// Whether units can never leave.
    pub const fn is_sink(self) -> bool {
        matches!(self, AccountCategory::Retirement | AccountCategory::Cancellation)
    }

    /// Whether it is a 政府保有口座.
    pub const fn is_government(self) -> bool {
        !matches!(self, AccountCategory::Entity)
    }
}

impl fmt::Display for AccountCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AccountCategory::GovernmentHolding => "government holding",
            AccountCategory::Retirement => "retirement",
            AccountCategory::Cancellation => "cancellation",
            AccountCategory::Entity => "entity",
        })
    }
}

/// Legal class of a unit, by vintage and date of issuance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize)]
pub enum CreditClass {
    /// Issued from 2025-04-01, reductions from 2021.
    A,
    /// Of the predecessor book, reductions from 2021.
    B1,
    /// Of the predecessor book, reductions before 2021.
    B2,
    /// Issued from 2025-04-01, reductions before 2021: outside the statute.
    C,
}

impl fmt::Display for CreditClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// What an application owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fee {
    /// This much (Cabinet Order, art. 20(1)).
    Due(Yen),
    /// Waived: declared free of charge to a government account (Cabinet Order,
    /// art. 20(3); registry ordinance, art. 18).
    Waived,
    /// Not chargeable: class C units lie outside the statute.
    NotChargeable,
    /// No application under art. 52(2): the government moves its own units.
    NotAnApplication,
}

impl Fee {
    /// The amount due.
    pub const fn amount(self) -> Yen {
        match self {
            Fee::Due(amount) => amount,
            Fee::Waived | Fee::NotChargeable | Fee::NotAnApplication => Yen::ZERO,
        }
    }
}
