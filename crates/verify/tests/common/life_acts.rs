//! What holders and the implementing body do after the honest life, until the
//! books of the year are closed.

use super::acts::*;
use super::who::*;
use super::*;
use jcm_format::command::{
    Acceptance, BookTotals, LapseGround, RefundSource, RefusalGround, TransferTrust,
};
use jcm_format::event::AccountCategory;

impl Life {
    /// Every further kind of command, each with the event that it should have.
    pub(crate) fn acts() -> Life {
        let mut life = Life::one_day();
        life.lapses();
        life.may();
        life.year_end();
        life
    }

    /// As far as all happens on one day, 10 April 2026.
    pub(crate) fn one_day() -> Life {
        let mut life = Life::honest();
        life.office();
        life.individual();
        life.changes_and_restrictions();
        life.trusts();
        life.choices();
        life.refusals_and_corrections();
        life.closing();
        life
    }

    /// That day until this step.
    pub(crate) fn until(name: &str) -> Life {
        let mut life = Life::one_day();
        let last = life.at(name).get();
        life.steps.truncate(last as usize + 1);
        life
    }

    fn act(&mut self, name: &'static str, signers: &[u8], act: Act) -> EntryIndex {
        self.name(name, signers, act.0, act.1)
    }

    fn office(&mut self) {
        let act = calendar(2026, &["2026-04-14", "2026-04-29", "2026-05-04"]);
        self.act("calendar", OPERATORS, act);
        self.act("rules", AUTHORITIES, adopt(rules(2)));
        self.rule_set = 2;
        let act = government(CANCELLATION_2, AccountCategory::Cancellation);
        self.act("fourth", AUTHORITIES, act);
        let credits =
            [(1, 20_000, None), (2, 30_000, Some(ALPHA_ACCOUNT)), (3, 5_000, Some(BETA_ACCOUNT))];
        self.act("statement", &[OPERATOR_1], import("file", &credits));
        // Units before 2021, issued in time: they serve a report by cancellation.
        let asked = terms(ALPHA_ACCOUNT, CANCELLATION_2, &["3:1-10"], Purpose::Cancellation);
        let (body, event) = transfer(for_report(gratuitous(asked)), Fee::Waived, Vec::new());
        self.name("report", &[ALPHA], body, event);
    }

    fn individual(&mut self) {
        self.act("proponent", &[OPERATOR_2], proponent("VN001", "delta"));
        let application = self.act("delta-applies", &[DELTA], individual("delta", DELTA));
        self.act("delta-lacks", &[OPERATOR_1], ask(application, "2026-04-20"));
        self.act("delta-lacks-more", &[OPERATOR_1], ask(application, "2026-04-24"));
        self.act("delta-completes", &[DELTA], complete(application));
        self.act("delta-proves", &[DELTA], prove(application));
        let (first, purse) = (line(self.at("statement"), 1), self.at("alpha-payment"));
        let waiting = self.at("waiting");
        let act = pay_all(&[
            (first, application, 10_000),
            (PaymentId::single(purse), waiting, 2_500),
            (first, application, 4_400),
        ]);
        self.act("pay-all", &[OPERATOR_1], act);
        let act = open_account(application, DELTA_ACCOUNT, DELTA);
        self.act("delta-opens", &[OPERATOR_1], act);
        self.act("waiting-recorded", &[OPERATOR_1], record_transfer(waiting));
    }

    fn changes_and_restrictions(&mut self) {
        let new = change(Some("Alpha"), None);
        let notified = self.act("notified", &[ALPHA], notify(ALPHA_ACCOUNT, new.clone()));
        self.act("changed", &[OPERATOR_1], changed(notified, ALPHA_ACCOUNT, new));
        self.act("restricted", OPERATORS, restrict(ALPHA_ACCOUNT, Some(&["7:1-50"])));
        let second = restrict(ALPHA_ACCOUNT, Some(&["7:41-60", "7:61-62"]));
        let second = self.act("restricted-too", OPERATORS, second);
        self.act("released", OPERATORS, release(second));
        self.act("delta-restricted", OPERATORS, restrict(DELTA_ACCOUNT, None));
    }

    fn trusts(&mut self) {
        let units: &[&str] = &["6:1-40"];
        let act = apply_trust(ALPHA_ACCOUNT, record_trust(units, "first trust"));
        let application = self.act("trust-applied", &[ALPHA], act);
        let recorded = vec![
            Effect::TrustApplicationRecorded { application },
            trust_recorded(ALPHA_ACCOUNT, units, "first trust"),
        ];
        self.act("trust", &[OPERATOR_1], record(application, recorded));
        let units: &[&str] = &["6:41-60"];
        let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, units, Purpose::Other);
        let stated = TransferTrust::Record(trust("second trust"));
        let act = transfer_trust(asked, stated, line(self.at("statement"), 2));
        let application = self.act("entrusted-applied", &[ALPHA], act);
        let (body, mut event) = record_transfer(application);
        event.push(trust_recorded(BETA_ACCOUNT, units, "second trust"));
        self.name("entrusted", &[OPERATOR_1], body, event);
        let asked = terms(BETA_ACCOUNT, ALPHA_ACCOUNT, units, Purpose::Other);
        let stated = change_trustee("third trust", false);
        let act = transfer_trust(asked, stated, line(self.at("statement"), 3));
        let application = self.act("trustee-applied", &[BETA], act);
        let (body, mut event) = record_transfer(application);
        event.push(Effect::TrustDeleted { ranges: ranges(units) });
        event.push(trust_recorded(ALPHA_ACCOUNT, units, "third trust"));
        self.name("trustee-changed", &[OPERATOR_1], body, event);
        let first = self.at("trust");
        self.act("dismissed", OPERATORS, commission(first, "first trust, again", true));
    }

    fn choices(&mut self) {
        self.act("by-consent", &[BETA], choose(BETA_ACCOUNT, Acceptance::Consent));
        let listed = Acceptance::Listed(vec![account(BETA_ACCOUNT)]);
        self.act("listed", &[ALPHA], choose(ALPHA_ACCOUNT, listed));
        let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["2:1-10"], Purpose::Other);
        let act = transfer_waiting(asked, line(self.at("statement"), 2));
        let application = self.act("asked", &[ALPHA], act);
        self.act("accepted", &[BETA], accept(application));
        self.act("asked-recorded", &[OPERATOR_1], record_transfer(application));
    }

    fn refusals_and_corrections(&mut self) {
        let statement = self.at("statement");
        let asked = terms(ALPHA_ACCOUNT, DELTA_ACCOUNT, &["2:21-30"], Purpose::Other);
        let (body, event) = apply_transfer(asked);
        let application = self.name("to-refuse", &[ALPHA], body, event);
        self.act(
            "to-refuse-pays",
            &[OPERATOR_1],
            pay_all(&[(line(statement, 2), application, 2_500)]),
        );
        self.act("seized", OPERATORS, restrict(ALPHA_ACCOUNT, Some(&["2:25-25"])));
        let act = refuse(application, RefusalGround::Restriction);
        self.act("refused", &[OPERATOR_1], act);
        let act = refund(RefundSource::Application(application), 2_500, "out-1");
        self.act("refund", OPERATORS, act);
        let act = refund(RefundSource::Payment(line(statement, 1)), 2_000, "out-2");
        self.act("refund-payment", OPERATORS, act);
        let sale = self.at("sale-recorded");
        let act = correct(
            ground(ALPHA_ACCOUNT, sale),
            Some(change(None, Some("new particulars"))),
            vec![moved(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:201-210"])],
        );
        self.act("corrected", OPERATORS, act);
        let mut consented = ground(ALPHA_ACCOUNT, sale);
        consented.third_party_consent = Some(digest("consent"));
        let act = correct(consented, None, vec![moved(BETA_ACCOUNT, ALPHA_ACCOUNT, &["1:1-5"])]);
        self.act("corrected-too", OPERATORS, act);
    }

    fn closing(&mut self) {
        let restricted = self.at("delta-restricted");
        self.act("delta-released", OPERATORS, release(restricted));
        let application = self.act("closing", &[DELTA], apply_closing(DELTA_ACCOUNT));
        self.act("closed", &[OPERATOR_1], close(application, DELTA_ACCOUNT, &[DELTA]));
        self.act("erased", OPERATORS, erase("an individual's particulars"));
    }

    fn lapses(&mut self) {
        let asked = terms(ALPHA_ACCOUNT, GOVERNMENT, &["2:31-40"], Purpose::Other);
        let (body, event) = apply_transfer(asked);
        let unpaid = self.name("unpaid", &[ALPHA], body, event);
        let part = (line(self.at("statement"), 2), unpaid, 1_000);
        self.act("paid-in-part", &[OPERATOR_1], pay_all(&[part]));
        let new = change(None, Some("newest particulars"));
        let lacking = self.act("lacking", &[ALPHA], notify(ALPHA_ACCOUNT, new));
        self.act("lacks", &[OPERATOR_1], ask(lacking, "2026-04-13"));
        // Friday, 10 April: the working days after it are 13, 15 (14 is a
        // holiday here) and 16. Today is the 17th.
        self.skip(7);
        self.act("lapsed", &[OPERATOR_1], lapse(unpaid, LapseGround::Unpaid));
        self.act("lapsed-too", &[OPERATOR_1], lapse(lacking, LapseGround::Incomplete));
        let act = refund(RefundSource::Application(unpaid), 600, "out-3");
        self.act("refund-in-part", OPERATORS, act);
    }

    /// A certificate at the fee of May, over all that there is.
    fn may(&mut self) {
        self.skip(20);
        let account = account(ALPHA_ACCOUNT);
        let particulars = format!("particulars {}", digest("new particulars"));
        let trusts = [
            format!("trust 6:1-40 {}", self.at("trust")),
            format!("trust 6:41-60 {}", self.at("trustee-changed")),
        ];
        let restrictions = [
            format!("restriction {} 7:1-50", self.at("restricted")),
            format!("restriction {} 2:25-25", self.at("seized")),
        ];
        let lines = [
            "account JP-0001001-05 entity",
            "person JP:7000012050002",
            "name-ja 株式会社",
            "name-en Alpha",
            "head-office-ja 東京都",
            "head-office-en Tokyo",
            &particulars,
            "holding 1:1-5 VN001 2022 A 2026-04-10",
            "holding 1:211-300 VN001 2022 A 2026-04-10",
            "holding 1:401-950 VN001 2022 A 2026-04-10",
            "holding 2:11-500 VN001 2023 A 2026-04-10",
            "holding 3:11-400 VN002 2020 B2 2021-06-01",
            "holding 4:51-200 VN003 2020 C 2026-04-10",
            "holding 6:1-100 VN005 2022 A 2026-04-10",
            "holding 7:1-100 VN006 2022 A 2026-04-10",
            &trusts[0],
            &trusts[1],
            &restrictions[0],
            &restrictions[1],
        ];
        let digest = statement(EntryIndex::new(self.steps.len() as u64), &lines);
        let (payment, amount) = (line(self.at("statement"), 2), Yen::new(1_500));
        let effects = vec![
            Effect::CertificateRequested { account, fee: Fee::Due(amount) },
            applied(payment, None, amount),
            Effect::CertificateIssued { application: None },
            Effect::CertificateStated { account, digest },
        ];
        let body = Body::RequestCertificate { account, fee_payment: Some(payment) };
        self.name("certificate-may", &[ALPHA], body, effects);
    }

    fn year_end(&mut self) {
        // From 7 May 2026 into April 2027.
        self.skip(340);
        let entries = self.steps.len() as u64;
        self.act("books", OPERATORS, close_books(2026, Life::totals(entries)));
    }

    /// Counted by hand, but for the number of entries.
    pub(crate) fn totals(entries: u64) -> BookTotals {
        BookTotals {
            entries,
            received: 25,
            recorded: 20,
            refused: 1,
            withdrawn: 1,
            lapsed: 2,
            payments_yen: Yen::new(106_200),
            account_opening_fees_yen: Yen::new(43_200),
            transfer_fees_yen: Yen::new(18_500),
            certificate_fees_yen: Yen::new(3_900),
            refunded_yen: Yen::new(5_100),
            issued_tonnes: Tonnes::new(3_200),
            transferred_tonnes: Tonnes::new(250),
            retired_tonnes: Tonnes::new(300),
            cancelled_tonnes: Tonnes::new(110),
            corrected_tonnes: Tonnes::new(15),
        }
    }
}

/// For a report under the Act.
pub(crate) fn for_report(terms: TransferTerms) -> TransferTerms {
    let use_ = Use { kind: UseKind::Shk, reporting_year: Some(year(2025)), beneficiary: None };
    TransferTerms { use_: Some(use_), ..terms }
}
