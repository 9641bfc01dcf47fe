//! What can be asked of the reports.

use super::{article6, balance, holdings, issuances, served, statement, uses};
use crate::cut::Cut;
use crate::rows::Column;
use jcm_format::amount::Tonnes;
use jcm_format::id::AccountNumber;
use jcm_format::text::Text;
use jcm_format::time::{Date, Year};
use std::fmt;
use std::str::FromStr;

/// A report that is one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReportKind {
    /// What came to and went from an account.
    Statement,
    /// Who held what.
    Holdings,
    /// What was issued.
    Issuances,
    /// What was retired and cancelled, and for what.
    Uses,
    /// Issued = held + retired + cancelled.
    Balance,
    /// What serves reports under the Act (SHK).
    Shk,
    /// The same of one emitter, as its report has it.
    ShkForm,
    /// What serves the emissions trading system.
    GxEts,
    /// What Japan submits on Article 6: table 1 of the Agreed Electronic Format.
    AefSubmission,
    /// Its authorisations.
    AefAuthorizations,
    /// What was done with units.
    AefActions,
    /// What was held at the end of the year.
    AefHoldings,
    /// Authorised entities.
    AefEntities,
}

/// The text names no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "give statement, holdings, issuances, uses, balance, shk, shk-form, gx-ets, aef-submission, \
     aef-authorizations, aef-actions, aef-holdings or aef-entities"
)]
pub struct NotAReport;

impl ReportKind {
    /// All of them.
    pub const ALL: [ReportKind; 13] = [
        ReportKind::Statement,
        ReportKind::Holdings,
        ReportKind::Issuances,
        ReportKind::Uses,
        ReportKind::Balance,
        ReportKind::Shk,
        ReportKind::ShkForm,
        ReportKind::GxEts,
        ReportKind::AefSubmission,
        ReportKind::AefAuthorizations,
        ReportKind::AefActions,
        ReportKind::AefHoldings,
        ReportKind::AefEntities,
    ];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            ReportKind::Statement => "statement",
            ReportKind::Holdings => "holdings",
            ReportKind::Issuances => "issuances",
            ReportKind::Uses => "uses",
            ReportKind::Balance => "balance",
            ReportKind::Shk => "shk",
            ReportKind::ShkForm => "shk-form",
            ReportKind::GxEts => "gx-ets",
            ReportKind::AefSubmission => "aef-submission",
            ReportKind::AefAuthorizations => "aef-authorizations",
            ReportKind::AefActions => "aef-actions",
            ReportKind::AefHoldings => "aef-holdings",
            ReportKind::AefEntities => "aef-entities",
        }
    }

    /// Its title in Japanese.
    pub const fn title_ja(self) -> &'static str {
        match self {
            ReportKind::Statement => "口座の計算書",
            ReportKind::Holdings => "保有残高",
            ReportKind::Issuances => "発行実績",
            ReportKind::Uses => "無効化・取消しの実績",
            ReportKind::Balance => "口座簿の貸借対照表",
            ReportKind::Shk => "算定・報告・公表制度（SHK）における使用",
            ReportKind::ShkForm => "海外認証排出削減量の種類、数量及び識別番号",
            ReportKind::GxEts => "排出量取引制度（GX-ETS）における使用",
            ReportKind::AefSubmission => "合意電子様式 表1 提出",
            ReportKind::AefAuthorizations => "合意電子様式 表2 承認",
            ReportKind::AefActions => "合意電子様式 表3 行為",
            ReportKind::AefHoldings => "合意電子様式 表4 保有",
            ReportKind::AefEntities => "合意電子様式 表5 承認された事業体",
        }
    }

    /// Its title in English.
    pub const fn title_en(self) -> &'static str {
        match self {
            ReportKind::Statement => "Statement of account",
            ReportKind::Holdings => "Holdings",
            ReportKind::Issuances => "Issuances",
            ReportKind::Uses => "Retirements and cancellations",
            ReportKind::Balance => "Balance sheet of the registry",
            ReportKind::Shk => "Use in reports under the Act (SHK)",
            ReportKind::ShkForm => "Type, quantity and identification numbers (SHK)",
            ReportKind::GxEts => "Use in the emissions trading system (GX-ETS)",
            ReportKind::AefSubmission => "Article 6, table 1: Submission",
            ReportKind::AefAuthorizations => "Article 6, table 2: Authorizations",
            ReportKind::AefActions => "Article 6, table 3: Actions",
            ReportKind::AefHoldings => "Article 6, table 4: Holdings",
            ReportKind::AefEntities => "Article 6, table 5: Authorized entities",
        }
    }

    /// Its columns.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            ReportKind::Statement => statement::COLUMNS,
            ReportKind::Holdings => holdings::COLUMNS,
            ReportKind::Issuances => issuances::COLUMNS,
            ReportKind::Uses => uses::COLUMNS,
            ReportKind::Balance => balance::COLUMNS,
            ReportKind::Shk => served::SHK_COLUMNS,
            ReportKind::ShkForm => served::FORM_COLUMNS,
            ReportKind::GxEts => served::GX_COLUMNS,
            ReportKind::AefSubmission => article6::SUBMISSION,
            ReportKind::AefAuthorizations => article6::AUTHORIZATIONS,
            ReportKind::AefActions => article6::ACTIONS,
            ReportKind::AefHoldings => article6::HOLDINGS,
            ReportKind::AefEntities => article6::ENTITIES,
        }
    }

    /// Keys of the provisions on which it rests.
    pub(super) const fn provisions(self) -> &'static [&'static str] {
        match self {
            ReportKind::Statement | ReportKind::Holdings => &["ACT.RECORDS"],
            ReportKind::Issuances => &["ACT.ISSUANCE"],
            ReportKind::Uses => &["ACT.TRANSFER_PURPOSE", "ACT.NDC_USE"],
            ReportKind::Balance => &["ACT.BOOK", "ACT.TITLE"],
            ReportKind::Shk | ReportKind::ShkForm | ReportKind::GxEts => &["ACT.TRANSFER_PURPOSE"],
            ReportKind::AefSubmission
            | ReportKind::AefAuthorizations
            | ReportKind::AefActions
            | ReportKind::AefHoldings
            | ReportKind::AefEntities => &["PA.ARTICLE6", "CMA.2_3", "CMA.4_6"],
        }
    }

    /// Provisions of other law.
    pub(super) const fn outside_provisions(self) -> &'static [&'static str] {
        match self {
            ReportKind::Shk | ReportKind::ShkForm => {
                &["温室効果ガス算定排出量等の報告等に関する命令第4条の2第2項"]
            }
            ReportKind::GxEts => {
                &["脱炭素成長型経済構造への円滑な移行の推進に関する法律（令和5年法律第32号）"]
            }
            _ => &[],
        }
    }
}

impl fmt::Display for ReportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for ReportKind {
    type Err = NotAReport;

    fn from_str(text: &str) -> Result<ReportKind, NotAReport> {
        ReportKind::ALL.into_iter().find(|kind| kind.word() == text).ok_or(NotAReport)
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Which report.
    pub kind: ReportKind,
    /// Of one account alone; of uses, of those whose units were its.
    pub account: Option<AccountNumber>,
    /// Of uses, of those in favour of this one, by the name recorded.
    pub beneficiary: Option<Text>,
    /// Fiscal year of the reports that are served; of a table of Article 6, the calendar
    /// year on which it reports.
    pub year: Option<Year>,
    /// What an emitter emitted in that year, in tonnes: for the cap, which the registry does
    /// not know how to apply by itself.
    pub emissions: Option<Tonnes>,
    /// The first day in Japan on which it was recorded.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
    /// Up to where the log is read.
    pub cut: Cut,
}

/// A query that the report does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {wanted}")]
pub struct QueryError {
    /// The field.
    pub field: &'static str,
    /// What to do.
    pub wanted: &'static str,
}

/// Whether a field may be given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum May {
    Not,
    Be,
    Must,
}

impl Query {
    /// A report of everything, of all entries.
    pub fn of(kind: ReportKind) -> Query {
        Query {
            kind,
            account: None,
            beneficiary: None,
            year: None,
            emissions: None,
            from: None,
            to: None,
            cut: Cut::Newest,
        }
    }

    /// Whether a report can be of one account alone.
    pub const fn is_of_accounts(kind: ReportKind) -> bool {
        !matches!(kind, ReportKind::Issuances | ReportKind::Balance)
            && article6::table(kind).is_none()
    }

    /// Whether the report answers it.
    ///
    /// # Errors
    ///
    /// [`QueryError`]: a field is missing, or one is given of which the report knows
    /// nothing.
    pub fn check(&self) -> Result<(), QueryError> {
        use May::{Be, Must, Not};
        let [account, beneficiary, year, period] = match self.kind {
            ReportKind::Statement => [Must, Not, Not, Must],
            ReportKind::Holdings => [Be, Not, Not, Not],
            ReportKind::Issuances => [Not, Not, Not, Be],
            ReportKind::Uses => [Be, Be, Be, Be],
            ReportKind::Balance => [Not, Not, Not, Not],
            ReportKind::Shk | ReportKind::GxEts => [Be, Be, Be, Be],
            ReportKind::ShkForm => [Be, Be, Must, Not],
            ReportKind::AefSubmission
            | ReportKind::AefAuthorizations
            | ReportKind::AefActions
            | ReportKind::AefHoldings
            | ReportKind::AefEntities => [Not, Not, Must, Not],
        };
        let given = [
            ("account", account, self.account.is_some()),
            ("beneficiary", beneficiary, self.beneficiary.is_some()),
            ("year", year, self.year.is_some()),
            ("from", period, self.from.is_some()),
            ("to", period, self.to.is_some()),
        ];
        for (field, may, is_given) in given {
            match (may, is_given) {
                (Not, true) => {
                    return Err(QueryError { field, wanted: "this report has no such choice" });
                }
                (Must, false) => {
                    return Err(QueryError { field, wanted: "this report needs one" });
                }
                _ => {}
            }
        }
        if self.kind == ReportKind::ShkForm && self.account.is_none() && self.beneficiary.is_none()
        {
            let wanted = "name the beneficiary, or the account whose holder reports";
            return Err(QueryError { field: "beneficiary", wanted });
        }
        if self.emissions.is_some() {
            let is_of_one = self.account.is_some() || self.beneficiary.is_some();
            if self.kind != ReportKind::GxEts {
                let wanted = "this report has no such choice";
                return Err(QueryError { field: "emissions", wanted });
            }
            if !is_of_one || self.year.is_none() {
                let wanted =
                    "name the year, and the beneficiary or the account that emitted so much";
                return Err(QueryError { field: "emissions", wanted });
            }
        }
        if let (Some(from), Some(to)) = (self.from, self.to)
            && to < from
        {
            return Err(QueryError { field: "to", wanted: "give a day from the first on" });
        }
        Ok(())
    }

    /// Names and values of what narrows the report.
    pub(super) fn asked(&self) -> Vec<(String, String)> {
        let asked = [
            ("account", self.account.map(|account| account.to_string())),
            ("beneficiary", self.beneficiary.as_ref().map(ToString::to_string)),
            ("reporting_year", self.year.map(|year| year.to_string())),
            ("emissions_tonnes", self.emissions.map(|tonnes| tonnes.to_string())),
            ("from", self.from.map(|day| day.to_string())),
            ("to", self.to.map(|day| day.to_string())),
        ];
        asked.into_iter().filter_map(|(name, value)| Some((String::from(name), value?))).collect()
    }
}
