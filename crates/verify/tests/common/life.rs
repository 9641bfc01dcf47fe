//! A full life of the registry, from genesis to certificates.

use super::who::*;
use super::*;
use jcm_format::command::{Genesis, RuleSet};
use jcm_format::event::AccountCategory;

/// The last entry of [`Life::honest`] whose units matter: what alpha holds then
/// is 1:201-1000 without 1:301-400 and 1:951-1000 and more, see below.
impl Life {
    /// Every kind of command, each with the event that it should have.
    pub(crate) fn honest() -> Life {
        let (steps, named) = (Vec::new(), BTreeMap::new());
        let mut life = Life { steps, named, rule_set: 1, skipped_ms: 0 };
        life.founding();
        life.accounts();
        life.issuances();
        life.transfers();
        life.certificates_and_keys();
        life
    }

    /// Two accounts and what they paid, and nothing issued.
    pub(crate) fn founded() -> Life {
        let (steps, named) = (Vec::new(), BTreeMap::new());
        let mut life = Life { steps, named, rule_set: 1, skipped_ms: 0 };
        life.founding();
        life.accounts();
        life
    }

    fn founding(&mut self) {
        let (one, two) = (name("authority-1"), name("authority-2"));
        let rule_set = RuleSet {
            version: 1,
            account_opening_fee_yen: Yen::new(14_400),
            transfer_fee_yen: Yen::new(2_500),
            certificate_fee_yen: Yen::new(1_200),
        };
        let genesis = Genesis {
            log_key: public(LOG),
            authorities: vec![
                (one.clone(), public(AUTHORITY_1)),
                (two.clone(), public(AUTHORITY_2)),
            ],
            rule_set,
        };
        let opened = |number, category| Effect::GovernmentAccountOpened {
            account: account(number),
            category,
        };
        let effects = vec![
            Effect::RegistryCreated { origin: origin(), log_key: public(LOG) },
            Effect::RuleSetAdopted { rule_set },
            opened(GOVERNMENT, AccountCategory::GovernmentHolding),
            opened(RETIREMENT, AccountCategory::Retirement),
            opened(CANCELLATION, AccountCategory::Cancellation),
            Effect::KeyRegistered { key: public(AUTHORITY_1), role: Role::Authority(one) },
            Effect::KeyRegistered { key: public(AUTHORITY_2), role: Role::Authority(two) },
        ];
        self.name("genesis", AUTHORITIES, Body::Genesis(genesis), effects);
        for (step, person, seed) in
            [("appoint-1", "op-1", OPERATOR_1), ("appoint-2", "op-2", OPERATOR_2)]
        {
            let (body, event) = appoint(person, seed);
            self.name(step, AUTHORITIES, body, event);
        }
        let (body, event) = register_key(OPERATOR_1_AGAIN, &operator("op-1"));
        self.name("second-key", AUTHORITIES, body, event);
        let partner = Role::Partner(project("VN001").country());
        let (body, event) = register_key(PARTNER, &partner);
        self.name("partner-key", AUTHORITIES, body, event);
        for reference in ["VN001", "VN002", "VN003", "VN004", "VN005", "VN006"] {
            let (body, event) = register_project(reference);
            self.push(&[OPERATOR_1], body, event);
        }
    }

    fn accounts(&mut self) {
        let alpha = corporation("7000012050002");
        let beta = Person::ForeignCorporation {
            country: project("SG001").country(),
            number: name("201912345K"),
        };
        for (step, person, seed, number) in
            [("alpha", alpha, ALPHA, ALPHA_ACCOUNT), ("beta", beta, BETA, BETA_ACCOUNT)]
        {
            let (body, event) = apply_account(&person, seed);
            let application = self.push(&[seed], body, event);
            let (body, event) = payment(&format!("bank-{step}"), 20_000, None);
            let paid = self.push(&[OPERATOR_1], body, event);
            let (body, event) = pay(paid, application, 14_400);
            self.name(
                if seed == ALPHA { "alpha-pays" } else { "beta-pays" },
                &[OPERATOR_2],
                body,
                event,
            );
            let (body, event) = open_account(application, number, seed);
            self.name(
                if seed == ALPHA { "alpha-opens" } else { "beta-opens" },
                &[OPERATOR_1],
                body,
                event,
            );
            self.named
                .insert(if seed == ALPHA { "alpha-applies" } else { "beta-applies" }, application);
            self.named.insert(
                if seed == ALPHA { "alpha-first-payment" } else { "beta-first-payment" },
                paid,
            );
        }
        let (body, event) = payment("bank-alpha-2", 10_000, Some(ALPHA_ACCOUNT));
        self.name("alpha-payment", &[OPERATOR_1], body, event);
        let (body, event) = payment("bank-beta-2", 1_200, Some(BETA_ACCOUNT));
        self.name("beta-payment", &[OPERATOR_1], body, event);
    }

    /// Blocks: 1 VN001 2022 alpha 1,000; 2 VN001 2023 alpha 500, government 300;
    /// 3 VN002 2020 alpha 400 (B2); 4 VN003 2020 alpha 200 (C); 5 VN004 2024
    /// beta 600, first transferred; 6 VN005 2022 alpha 100; 7 VN006 2022 alpha 100.
    fn issuances(&mut self) {
        let covered = ["VN001", "VN002", "VN004", "VN005"];
        let (body, event) = authorise("JP-A1", Side::Japan, 1_000, &covered);
        let japan = self.name("japan", AUTHORITIES, body, event);
        let (body, event) = authorise("VN-A1", Side::Partner, 1_000, &covered[..3]);
        let partner = self.name("partner", &[PARTNER], body, event);

        let decided = decision(("2022-01-01", "2023-12-31"), 1_800);
        let (body, event) = consent("VN001", &decided);
        let consented = self.name("consent", &[PARTNER], body, event);
        let vintages: [Vintage<'_>; 2] = [
            (2022, 1, CreditClass::A, &[(ALPHA_ACCOUNT, 1_000)]),
            (2023, 2, CreditClass::A, &[(ALPHA_ACCOUNT, 500), (GOVERNMENT, 300)]),
        ];
        let (body, event) = issue("VN001", &decided, Basis::Consent(consented), &vintages);
        self.name("issue", OPERATORS, body, event);

        let decided =
            Decision { date: date("2021-03-01"), ..decision(("2019-07-01", "2020-12-31"), 400) };
        let basis = Basis::CarriedOver {
            issued_on: date("2021-06-01"),
            recognition_reference: text("Recognition 1"),
        };
        let vintages: [Vintage<'_>; 2] =
            [(2019, 0, CreditClass::B2, &[]), (2020, 3, CreditClass::B2, &[(ALPHA_ACCOUNT, 400)])];
        let (body, event) = issue("VN002", &decided, basis, &vintages);
        self.name("carry-over", AUTHORITIES, body, event);

        self.issue_simply("VN003", 2020, 4, CreditClass::C, ALPHA_ACCOUNT, 200);
        self.issue_simply("VN004", 2024, 5, CreditClass::A, BETA_ACCOUNT, 600);
        if let Body::RecordIssuance(issuance) = &mut self.last().command.body {
            issuance.authorisations = Some((name("JP-A1"), name("VN-A1")));
        }
        let first = first_transferred("5:1-600", (japan, partner));
        self.last().event.push(first);
        self.named.insert("issue-transferred", EntryIndex::new(self.steps.len() as u64 - 1));
        self.issue_simply("VN005", 2022, 6, CreditClass::A, ALPHA_ACCOUNT, 100);
        self.issue_simply("VN006", 2022, 7, CreditClass::A, ALPHA_ACCOUNT, 100);
    }

    fn issue_simply(
        &mut self,
        reference: &str,
        vintage: u16,
        block: u32,
        class: CreditClass,
        holder: u32,
        tonnes: u64,
    ) {
        let (first, last) = (format!("{vintage}-01-01"), format!("{vintage}-12-31"));
        let decided = decision((&first, &last), tonnes);
        let (body, event) = consent(reference, &decided);
        let consented = self.push(&[PARTNER], body, event);
        let parts: &[(u32, u64)] = &[(holder, tonnes)];
        let vintages: [Vintage<'_>; 1] = [(vintage, block, class, parts)];
        let (body, event) = issue(reference, &decided, Basis::Consent(consented), &vintages);
        self.push(OPERATORS, body, event);
    }

    fn transfers(&mut self) {
        let pair = (self.at("japan"), self.at("partner"));
        let purse = self.at("alpha-payment");
        // 1:1-100 to beta, paid for later.
        let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:1-100"], Purpose::Other);
        let (body, event) = apply_transfer(asked);
        let application = self.name("sale", &[ALPHA], body, event);
        let (body, event) = pay(purse, application, 2_500);
        self.name("sale-pays", &[OPERATOR_1], body, event);
        let (body, event) = record_transfer(application);
        self.name("sale-recorded", &[OPERATOR_2], body, event);
        // 1:101-200 retired without a fee.
        let asked = terms(ALPHA_ACCOUNT, RETIREMENT, &["1:101-200"], Purpose::Retirement);
        let more = vec![first_transferred("1:101-200", pair), adjusted(2022, 100, pair)];
        let (body, event) = transfer(gratuitous(asked), Fee::Waived, more);
        self.name("retire", &[ALPHA], body, event);
        // 1:301-400 cancelled for a fee.
        let asked = terms(ALPHA_ACCOUNT, CANCELLATION, &["1:301-400"], Purpose::Cancellation);
        let (body, event) = transfer_paid(asked, purse);
        self.name("cancel", &[ALPHA], body, event);
        // Class C: outside the Act, so there is no fee.
        let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["4:1-50"], Purpose::Other);
        let (body, event) = transfer(asked, Fee::NotChargeable, Vec::new());
        self.name("class-c", &[ALPHA], body, event);
        // The government retires its own.
        let asked = terms(GOVERNMENT, RETIREMENT, &["2:501-600"], Purpose::Retirement);
        let more = vec![first_transferred("2:501-600", pair), adjusted(2023, 100, pair)];
        let (body, event) = transfer(asked, Fee::NotAnApplication, more);
        self.name("government", OPERATORS, body, event);
        // Beta retires what was first transferred at issuance.
        let asked = terms(BETA_ACCOUNT, RETIREMENT, &["5:1-50", "5:51-100"], Purpose::Retirement);
        let more = vec![adjusted(2024, 50, pair), adjusted(2024, 50, pair)];
        let (body, event) = transfer(gratuitous(asked), Fee::Waived, more);
        self.name("retire-transferred", &[BETA], body, event);
        // Applied for and withdrawn.
        let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:201-250"], Purpose::Other);
        let (body, event) = apply_transfer(asked);
        let application = self.name("withdrawn", &[ALPHA], body, event);
        let event = vec![Effect::ApplicationWithdrawn { application }];
        let body = Body::WithdrawApplication { application, reason: text("changed our mind") };
        self.push(&[ALPHA], body, event);
        // Applied for and still waiting: 1:951-1000 stay reserved.
        let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:951-1000"], Purpose::Other);
        let (body, event) = apply_transfer(asked);
        self.name("waiting", &[ALPHA], body, event);
    }

    fn certificates_and_keys(&mut self) {
        let purse = self.at("alpha-payment");
        let particulars = format!("particulars {}", digest("particulars"));
        let mut lines = vec![
            "account JP-0001001-05 entity",
            "person JP:7000012050002",
            "name-ja 株式会社",
            "name-en Corporation",
            "head-office-ja 東京都",
            "head-office-en Tokyo",
            &particulars,
        ];
        lines.extend([
            "holding 1:201-300 VN001 2022 A 2026-04-10",
            "holding 1:401-1000 VN001 2022 A 2026-04-10",
            "holding 2:1-500 VN001 2023 A 2026-04-10",
            "holding 3:1-400 VN002 2020 B2 2021-06-01",
            "holding 4:51-200 VN003 2020 C 2026-04-10",
            "holding 6:1-100 VN005 2022 A 2026-04-10",
            "holding 7:1-100 VN006 2022 A 2026-04-10",
        ]);
        let stated = statement(EntryIndex::new(45), &lines);
        let (body, event) = certificate(ALPHA_ACCOUNT, purse, stated);
        self.name("certificate", &[ALPHA], body, event);
        let (account, fee) = (account(BETA_ACCOUNT), Yen::new(1_200));
        let body = Body::RequestCertificate { account, fee_payment: None };
        let event = vec![Effect::CertificateRequested { account, fee: Fee::Due(fee) }];
        let application = self.name("request", &[BETA], body, event);
        let (body, event) = pay(self.at("beta-payment"), application, 1_200);
        self.push(&[OPERATOR_1], body, event);
        let lines = [
            "account JP-0001002-02 entity",
            "person SG:201912345K",
            "name-ja 株式会社",
            "name-en Corporation",
            "head-office-ja 東京都",
            "head-office-en Tokyo",
            &particulars,
            "holding 1:1-100 VN001 2022 A 2026-04-10",
            "holding 4:1-50 VN003 2020 C 2026-04-10",
            "holding 5:101-600 VN004 2024 A 2026-04-10",
        ];
        let digest = statement(EntryIndex::new(48), &lines);
        let event = vec![
            Effect::CertificateIssued { application: Some(application) },
            Effect::CertificateStated { account, digest },
        ];
        self.name("issued", &[OPERATOR_1], Body::IssueCertificate { application }, event);

        let role = Role::Account(super::account(ALPHA_ACCOUNT));
        let (body, event) = register_key(ALPHA_REVOKED, &role);
        self.push(&[ALPHA], body, event);
        let (body, event) = revoke_key(ALPHA_REVOKED);
        self.name("revoke", &[ALPHA], body, event);
        let (body, event) = appoint("op-3", OPERATOR_REMOVED);
        self.push(AUTHORITIES, body, event);
        let body = Body::RemoveOperator { person: name("op-3"), reason: text("left") };
        let event = vec![
            Effect::OperatorRemoved { person: name("op-3") },
            Effect::KeyRevoked { key: public(OPERATOR_REMOVED) },
        ];
        self.name("remove", AUTHORITIES, body, event);
        let (body, event) = apply_account(&corporation("8700110005901"), GAMMA);
        self.name("gamma-applies", &[GAMMA], body, event);
    }
}
