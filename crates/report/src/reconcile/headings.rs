//! Which column says what: the headings of both templates, and how people vary them.
//!
//! Sources: decision 4/CMA.6, annex II, for the present format; the annex to decision
//! 6/CMA.4 for the first one, which it replaced.

/// What a column of the table of actions says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Acquiring,
    ActionDate,
    ActionType,
    Approach,
    Authorization,
    FirstId,
    FirstParty,
    FirstTransfer,
    FirstUnit,
    LastId,
    LastUnit,
    Quantity,
    Registry,
    Vintage,
}

/// Which template a sheet follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// Decision 4/CMA.6, annex II.
    Present,
    /// The annex to decision 6/CMA.4.
    First,
}

/// A heading in letters and digits alone, the field, and the template if it shows it.
const HEADINGS: &[(&str, Field, Option<Template>)] = &[
    ("acquiringparticipatingpartyid", Field::Acquiring, None),
    ("acquiringparticipatingparty", Field::Acquiring, None),
    ("acquiringparty", Field::Acquiring, None),
    ("actiondate", Field::ActionDate, None),
    ("actiondatetime", Field::ActionDate, None),
    ("dateofaction", Field::ActionDate, None),
    ("actiontype", Field::ActionType, None),
    ("typeofaction", Field::ActionType, None),
    ("cooperativeapproachid", Field::Approach, None),
    ("cooperativeapproach", Field::Approach, None),
    ("authorizationid", Field::Authorization, None),
    ("firstid", Field::FirstId, Some(Template::Present)),
    ("firstitmoid", Field::FirstId, Some(Template::Present)),
    ("firstuniqueidentifier", Field::FirstId, Some(Template::First)),
    ("firsttransferringparticipatingpartyid", Field::FirstParty, None),
    ("firsttransferringparticipatingparty", Field::FirstParty, None),
    ("firsttransferringpartyid", Field::FirstParty, None),
    ("firsttransferringparty", Field::FirstParty, None),
    ("firsttransfer", Field::FirstTransfer, None),
    ("firstunitid", Field::FirstUnit, None),
    ("underlyingunitfirstunitid", Field::FirstUnit, None),
    ("underlyingunitblockstartid", Field::FirstUnit, None),
    ("lastid", Field::LastId, Some(Template::Present)),
    ("lastitmoid", Field::LastId, Some(Template::Present)),
    ("lastuniqueidentifier", Field::LastId, Some(Template::First)),
    ("lastunitid", Field::LastUnit, None),
    ("underlyingunitlastunitid", Field::LastUnit, None),
    ("underlyingunitblocklastid", Field::LastUnit, None),
    ("underlyingunitblockendid", Field::LastUnit, None),
    ("underlyingunitlastblockend", Field::LastUnit, None),
    ("quantitytco2eq", Field::Quantity, None),
    ("quantitytco2e", Field::Quantity, None),
    ("quantityco2", Field::Quantity, None),
    ("partyitmoregistryid", Field::Registry, None),
    ("itmoregistryid", Field::Registry, None),
    ("vintage", Field::Vintage, None),
];

/// The field of a heading. Spelling with s or z, case, spaces, line breaks, brackets and
/// the letters of footnotes make no difference.
pub(super) fn field(heading: &str) -> Option<(Field, Option<Template>)> {
    // A footnote's letter in brackets at the end.
    let trimmed = heading.trim().trim_end_matches(['*', ':']);
    let without_note = match trimmed.rsplit_once('(') {
        Some((before, note)) if note.trim_end().len() == 2 && note.trim_end().ends_with(')') => {
            before
        }
        _ => trimmed,
    };
    let key: String = without_note
        .chars()
        .map(|c| if c == '\u{2082}' { '2' } else { c })
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let key = key.replace("authoris", "authoriz");
    let find = |key: &str| {
        let found = HEADINGS.iter().find(|(name, ..)| *name == key);
        found.map(|(_, field, template)| (*field, *template))
    };
    // Or a raised letter, which a reader gives as part of the word.
    let mut shorter = key.clone();
    let without_letter = shorter.pop().is_some_and(|c| c.is_ascii_lowercase());
    find(&key).or_else(|| without_letter.then(|| find(&shorter)).flatten())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aef::Table;

    #[test]
    fn our_own_headings_are_known() {
        let known: Vec<_> = Table::Actions.headings().into_iter().filter_map(field).collect();
        // All but the flag of the first template.
        assert_eq!(known.len(), 13);
    }

    #[test]
    fn headings_of_the_first_template_are_known_with_their_notes() {
        for (heading, expected) in [
            ("  Cooperative \t approach(a)", Field::Approach),
            ("First unique identifier (b)", Field::FirstId),
            ("Last unique identifierc", Field::LastId),
            ("Underlying unit block start ID(d)", Field::FirstUnit),
            ("Quantity (t CO2 eq)", Field::Quantity),
            ("Quantity (t CO\u{2082} eq)", Field::Quantity),
            ("First transferring participating Party(i)", Field::FirstParty),
            ("Authorisation ID(n)", Field::Authorization),
            ("ACTION TYPE", Field::ActionType),
            ("First transfer(v)", Field::FirstTransfer),
            ("Vintage(j)", Field::Vintage),
        ] {
            assert_eq!(field(heading).map(|(field, _)| field), Some(expected), "{heading}");
        }
        assert_eq!(field("First unique identifier").and_then(|(_, t)| t), Some(Template::First));
        assert_eq!(field("Quantity (expressed in metric)"), None);
        assert_eq!(field(""), None);
        assert_eq!(field("日付"), None);
    }

    #[test]
    fn no_heading_is_listed_twice() {
        for (position, (name, ..)) in HEADINGS.iter().enumerate() {
            let first = HEADINGS.iter().position(|(other, ..)| other == name);
            assert_eq!(first, Some(position), "{name}");
        }
    }
}
