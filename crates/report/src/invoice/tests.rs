use super::*;
use crate::testlog::{day, text};

fn issuer(percent: u8, registered: bool) -> InvoiceIssuer {
    let number = registered.then(|| "8700110005901".parse().expect("a number"));
    InvoiceIssuer {
        name: text("一般社団法人JCM Agency"),
        registration_number: number,
        tax_percent: percent,
    }
}

fn facts(issuer: Option<&InvoiceIssuer>) -> InvoiceFacts<'_> {
    InvoiceFacts {
        number: "J0000004172",
        application: EntryIndex::new(41),
        kind: ApplicationKind::Account,
        date: day("2026-11-23"),
        recipient_ja: Some("株式会社alpha"),
        recipient_en: Some("alpha Inc."),
        fee: Fee::Due(Yen::new(14_400)),
        settled_yen: Yen::ZERO,
        refunded_yen: Yen::ZERO,
        issuer,
    }
}

fn of(facts: &InvoiceFacts<'_>) -> Invoice {
    Invoice::of(facts).expect("a fee is due")
}

#[test]
fn the_tax_is_the_one_contained_and_rounded_down() {
    let tax = |gross, percent| contained_tax(Yen::new(gross), percent).get();
    // 14,400 / 11 = 1,309.09...; 2,500 / 11 = 227.27...; 1,200 / 11 = 109.09...
    assert_eq!([tax(14_400, 10), tax(2_500, 10), tax(1_200, 10)], [1_309, 227, 109]);
    assert_eq!([tax(1_100, 10), tax(1_099, 10), tax(1_080, 8)], [100, 99, 80]);
    assert_eq!([tax(14_400, 0), tax(0, 10), tax(10, 10), tax(11, 10)], [0, 0, 0, 1]);
    assert_eq!(tax(u64::MAX, 99), 9_177_023_433_654_500_552);
}

#[test]
fn a_statutory_fee_is_not_taxable_and_no_qualified_invoice_is_called_for() {
    let issuer = issuer(0, true);
    let invoice = of(&facts(Some(&issuer)));
    assert_eq!((invoice.tax_yen, invoice.qualified), (Yen::ZERO, false));
    assert!(invoice.note_ja.contains("非課税（消費税法第6条第1項・別表第二第5号）"));
    assert!(invoice.note_ja.contains("適格請求書の交付を要しない"));
    let page = invoice.markdown_ja();
    assert!(
        page.starts_with(
            "# 請求書\n\n- 番号: J0000004172\n- 日付: 2026-11-23\n- 宛先: 株式会社alpha 殿\n"
        ),
        "{page}"
    );
    assert!(
        page.contains("- 登録番号: T8700110005901\n- 納付の状況: 未納（納付すべき額 14,400円）\n")
    );
    assert!(
        page.contains(
            "| 法人等保有口座の開設の申請に係る手数料（申請番号 41） | 14,400 | 非課税 | 0 |\n"
        ),
        "{page}"
    );
    let page = invoice.markdown_en();
    assert!(
        page.starts_with(
            "# Invoice\n\n- Number: J0000004172\n- Date: 2026-11-23\n- To: alpha Inc.\n"
        ),
        "{page}"
    );
    assert!(page.contains("no qualified invoice is called for"));
}

#[test]
fn a_qualified_invoice_has_every_item() {
    let taxed = issuer(10, true);
    let invoice = of(&facts(Some(&taxed)));
    assert!(invoice.qualified);
    assert_eq!(invoice.tax_yen, Yen::new(1_309));
    assert_eq!(invoice.registration_number, "T8700110005901");
    for page in [invoice.markdown_ja(), invoice.markdown_en()] {
        // Issuer and number, date, content, amount and rate, tax, recipient.
        for item in
            ["JCM Agency", "T8700110005901", "2026-11-23", "41", "14,400", "10%", "1,309", "alpha"]
        {
            assert!(page.contains(item), "{item}: {page}");
        }
    }
    assert!(invoice.markdown_ja().starts_with("# 適格請求書\n"));
    assert!(invoice.markdown_en().starts_with("# Qualified invoice\n"));
}

#[test]
fn an_invoice_with_an_item_missing_is_not_qualified() {
    let unregistered = issuer(10, false);
    let invoice = of(&facts(Some(&unregistered)));
    assert!(!invoice.qualified && invoice.note_ja.contains("登録番号がない"));
    assert_eq!(invoice.tax_yen, Yen::new(1_309));
    let taxed = issuer(10, true);
    let unnamed = InvoiceFacts { recipient_ja: None, recipient_en: None, ..facts(Some(&taxed)) };
    let invoice = of(&unnamed);
    assert!(!invoice.qualified && invoice.note_en.contains("recipient's name is missing"));
    assert!(invoice.markdown_ja().starts_with("# 請求書\n"));
    assert!(invoice.markdown_ja().contains("- 宛先: （個人情報は表示できない）\n"));
    let invoice = of(&facts(None));
    assert!(!invoice.qualified && invoice.note_ja.contains("発行者が規則データに定められていない"));
    assert_eq!((invoice.issuer.as_str(), invoice.tax_yen), ("", Yen::ZERO));
}

#[test]
fn it_says_how_far_the_fee_is_paid() {
    let issuer = issuer(0, true);
    let pay = |settled, refunded| InvoiceFacts {
        settled_yen: Yen::new(settled),
        refunded_yen: Yen::new(refunded),
        ..facts(Some(&issuer))
    };
    let part = of(&pay(14_399, 0));
    assert_eq!(part.status, PaymentStatus::PartPaid);
    assert!(part.markdown_ja().contains("一部納付（納付済み 14,399円、残額 1円）\n"));
    assert!(part.markdown_en().contains("part-paid (JPY 14,399 settled, JPY 1 due)\n"));
    let whole = of(&pay(14_400, 0));
    assert_eq!(whole.status, PaymentStatus::Settled);
    assert!(whole.markdown_ja().contains("納付済み（14,400円）\n"));
    let back = of(&pay(14_400, 5_000));
    assert!(back.markdown_ja().contains("納付済み（14,400円）、うち返還済み 5,000円\n"));
    assert!(back.markdown_en().contains("settled (JPY 14,400), of which paid back JPY 5,000\n"));
    assert_eq!(Invoice::of(&pay(14_401, 0)), Err(InvoiceError::Inconsistent));
    assert_eq!(Invoice::of(&pay(1, 2)), Err(InvoiceError::Inconsistent));
}

#[test]
fn nothing_is_invoiced_where_nothing_is_due() {
    for fee in [Fee::Waived, Fee::NotChargeable, Fee::NotAnApplication, Fee::Due(Yen::ZERO)] {
        let free = InvoiceFacts { fee, ..facts(None) };
        assert_eq!(Invoice::of(&free), Err(InvoiceError::NothingDue));
    }
}

#[test]
fn a_recipient_cannot_write_into_the_page() {
    let name = "x | 0 |\n# Paid <b>[y](http://z)";
    let forged = InvoiceFacts { recipient_ja: Some(name), recipient_en: None, ..facts(None) };
    let invoice = of(&forged);
    for page in [invoice.markdown_ja(), invoice.markdown_en()] {
        assert!(page.contains("x \\| 0 \\| \\# Paid \\<b\\>\\[y\\]\\(http\\://z\\)"), "{page}");
        assert_eq!(page.lines().filter(|line| line.starts_with('#')).count(), 1);
    }
}
