//! One number everywhere: what a report says is what the ledger's state says, what the
//! verifier says from its own replay, and what is read back from each kind of file.
//!
//! The registry is made by random acts; the cut-offs are random too.

use calamine::{Data, Reader as _, Xlsx};
use jcm_format::amount::Tonnes;
use jcm_format::command::{
    Body, Command, Purpose, RecordIssuance, TransferTerms, TrustRequest, Use, UseKind,
};
use jcm_format::entry::SealedEntry;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::serial::SerialRange;
use jcm_ledger::{CommandHeader, State};
use jcm_report::cut::Cut;
use jcm_report::encode::{Encoder, Format};
use jcm_report::neutral;
use jcm_report::reports::{Made, Maker, Query, ReportFault, ReportKind};
use jcm_report::rows::{Cell, Row};
use jcm_tests::acts::*;
use jcm_tests::random::{Random, Seeded};
use jcm_tests::world::*;
use std::collections::BTreeMap;
use std::io::Cursor;

/// Accounts that move units.
const HOLDERS: [(u32, &str); 2] = [(1_001, "alpha"), (1_002, "beta")];

/// Units of an account that are free, for a quantity that is taken from one range.
fn some_units(random: &mut Random, world: &World, of: u32) -> Option<String> {
    let held: Vec<SerialRange> = world.state().holdings(account(of)).collect();
    let range = *held.get(usize::try_from(random.below(held.len().max(1) as u64)).ok()?)?;
    let first = random.between(range.first(), range.last());
    let last = random.between(first, range.last().min(first + 40));
    Some(format!("{}:{first}-{last}", range.block()))
}

fn use_of(random: &mut Random, kinds: &[UseKind]) -> Use {
    let beneficiaries = [None, Some("株式会社甲"), Some("=SUM(A1:A9)"), Some("乙,\"K.K.\"")];
    Use {
        kind: *random.pick(kinds),
        reporting_year: (!random.one_in(4)).then(|| year(2_025 + random.below(2) as u16)),
        beneficiary: random.pick(&beneficiaries).map(text),
    }
}

/// One random act; what the ledger refuses changes nothing.
fn act(random: &mut Random, world: &mut World, marks: &mut Vec<EntryIndex>) {
    let (of, key) = *random.pick(&HOLDERS);
    let Some(units) = some_units(random, world, of) else { return };
    let units = units.as_str();
    let (body, signers): (Body, Vec<&str>) = match random.below(9) {
        0 | 1 => {
            let terms = terms(of, RETIREMENT, &[units], Purpose::Retirement);
            let use_ = use_of(random, &[UseKind::Ndc, UseKind::Shk, UseKind::GxEts]);
            (
                apply_transfer(TransferTerms { gratuitous: true, use_: Some(use_), ..terms }),
                vec![key],
            )
        }
        2 | 3 => {
            let terms = terms(of, CANCELLATION, &[units], Purpose::Cancellation);
            let kinds = [UseKind::Shk, UseKind::Voluntary, UseKind::InternationalMitigation];
            let use_ = (!random.one_in(5)).then(|| use_of(random, &kinds));
            (apply_transfer(TransferTerms { gratuitous: true, use_, ..terms }), vec![key])
        }
        4 => {
            let payment = world.pay(2_500, Some(account(of)));
            let other = if of == 1_001 { 1_002 } else { 1_001 };
            (paid_transfer(terms(of, other, &[units], Purpose::Other), payment), vec![key])
        }
        5 => (
            restriction(of, if random.one_in(6) { &[] } else { std::slice::from_ref(&units) }),
            OPERATORS.to_vec(),
        ),
        6 => match marks.pop() {
            Some(entry) => (release(entry), OPERATORS.to_vec()),
            None => return,
        },
        7 => {
            let request = TrustRequest::Record { ranges: ranges(&[units]), terms: trust("t") };
            (apply_trust(of, request), vec![key])
        }
        _ => {
            let other = if of == 1_001 { 1_002 } else { 1_001 };
            let corrected = correction(of, EntryIndex::new(3), &[(of, other, &[units])]);
            (Body::RecordCorrection(corrected), OPERATORS.to_vec())
        }
    };
    let command = world.command(body);
    let before = world.state().entries();
    world.submit(sign(&command, &signers));
    if world.state().entries() == before {
        return;
    }
    let entry = EntryIndex::new(before);
    match command.body {
        Body::RecordRestriction(_) => marks.push(entry),
        Body::ApplyTrust { .. } => {
            let body = Body::RecordApplication { application: entry };
            let command = world.command(body);
            world.submit(sign(&command, &["op-1"]));
        }
        _ => {}
    }
}

/// A registry made by random acts over several days.
fn grown(seed: u64, acts: u32) -> World {
    let mut random = Random::new(seed);
    let mut world = World::stocked();
    world.authorise(700, 700);
    let mut marks = Vec::new();
    for _ in 0..acts {
        if random.one_in(9) {
            world.wait_days(random.between(1, 40));
        }
        if random.one_in(15) {
            let period = 2_023 + random.below(3) as u16;
            let body = issuance("MN001", period, 50, 5);
            let consent = Body::ConsentIssuance {
                project: body.project.clone(),
                decision: body.decision.clone(),
            };
            let command = world.command(consent);
            let entry = EntryIndex::new(world.state().entries());
            world.submit(sign(&command, &["mongolia"]));
            let basis = jcm_format::command::Basis::Consent(entry);
            let command = world.command(Body::RecordIssuance(RecordIssuance { basis, ..body }));
            world.submit(sign(&command, OPERATORS));
            continue;
        }
        act(&mut random, &mut world, &mut marks);
    }
    world.check();
    world
}

fn made(entries: &[SealedEntry], query: &Query) -> Made {
    let mut maker = Maker::new(query.clone()).expect("answered");
    for sealed in entries {
        if !maker.apply(sealed.entry()).expect("adds up") {
            break;
        }
    }
    maker.finish()
}

fn rows(made: &Made) -> Vec<Row> {
    made.rows().expect("adds up").collect()
}

/// Rows as maps from column to what is shown.
fn named(made: &Made) -> Vec<BTreeMap<&'static str, String>> {
    let columns = made.columns();
    let row = |row: Row| columns.iter().zip(row).map(|(c, cell)| (c.key, cell.shown())).collect();
    rows(made).into_iter().map(row).collect()
}

fn tonnes(row: &BTreeMap<&'static str, String>, column: &str) -> u64 {
    row[column].parse().expect("a number")
}

/// The ledger's state after the first `size` entries.
fn state_at(entries: &[SealedEntry], size: usize) -> State {
    let mut state = State::new();
    for sealed in &entries[..size] {
        let command = Command::parse(&sealed.entry().command.payload).expect("a command");
        state.apply(sealed, CommandHeader { id: command.id, valid_until: command.valid_until });
    }
    state
}

/// Project and vintage: issued, held, retired, cancelled.
type Sheet = BTreeMap<(String, String), [u64; 4]>;

/// From the ledger's state.
fn sheet_of_state(state: &State) -> Sheet {
    let mut sheet = Sheet::new();
    for block in state.blocks() {
        let key = (block.project.to_string(), block.vintage.to_string());
        sheet.entry(key).or_default()[0] += block.quantity_tonnes.get();
    }
    for account in state.accounts() {
        let column = match account.category.to_string().as_str() {
            "retirement" => 2,
            "cancellation" => 3,
            _ => 1,
        };
        for range in state.holdings(account.number) {
            let block = state.block(range.block()).expect("issued");
            let key = (block.project.to_string(), block.vintage.to_string());
            sheet.entry(key).or_default()[column] += range.quantity().get();
        }
    }
    sheet
}

/// From the lines that the verifier's own replay ends with.
fn sheet_of_verifier(lines: &[String]) -> Sheet {
    let (mut sheet, mut blocks) = (Sheet::new(), BTreeMap::new());
    let words = |line: &String| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    for words in lines.iter().map(words).filter(|words| words[0] == "block") {
        let key = (words[2].clone(), words[3].clone());
        sheet.entry(key.clone()).or_default()[0] += words[6].parse::<u64>().expect("tonnes");
        blocks.insert(words[1].clone(), key);
    }
    for words in lines.iter().map(words).filter(|words| words[0] == "holding") {
        let range: SerialRange = words[2].parse().expect("a range");
        let number: AccountNumber = words[1].parse().expect("an account");
        let column = match number.get() {
            RETIREMENT => 2,
            CANCELLATION => 3,
            _ => 1,
        };
        let key = blocks[&range.block().to_string()].clone();
        sheet.entry(key).or_default()[column] += range.quantity().get();
    }
    sheet
}

/// From the report, whose own sums are checked on the way.
fn sheet_of_report(made: &Made) -> Sheet {
    let columns = ["issued_tonnes", "held_tonnes", "retired_tonnes", "cancelled_tonnes"];
    let (mut sheet, mut total) = (Sheet::new(), [0; 4]);
    for row in named(made) {
        let figures = columns.map(|column| tonnes(&row, column));
        match row["row"].as_str() {
            "item" => {
                (0..4).for_each(|i| total[i] += figures[i]);
                sheet.insert((row["project"].clone(), row["vintage"].clone()), figures);
            }
            "total" => assert_eq!(figures, total),
            _ => {}
        }
    }
    sheet
}

/// Account, project, vintage, class, restricted, trust: tonnes, unit by unit.
fn holdings_of_state(state: &State) -> BTreeMap<Vec<String>, u64> {
    let mut sums = BTreeMap::new();
    for account in state.accounts() {
        for range in state.holdings(account.number) {
            let block = state.block(range.block()).expect("issued");
            for unit in range.first()..=range.last() {
                let one = SerialRange::new(range.block(), unit, unit).expect("a unit");
                let trust = state.in_trust(one).next().map(|(_, trust)| trust.to_string());
                let restricted = state.is_restricted(one, account.number);
                let key = vec![
                    account.number.to_string(),
                    block.project.to_string(),
                    block.vintage.to_string(),
                    block.class.to_string(),
                    if restricted { "yes" } else { "no" }.to_owned(),
                    trust.unwrap_or_default(),
                ];
                *sums.entry(key).or_default() += 1;
            }
        }
    }
    sums
}

fn holdings_of_report(made: &Made) -> BTreeMap<Vec<String>, u64> {
    let key = ["account", "project", "vintage", "class", "restricted", "trust"];
    let items = named(made).into_iter().filter(|row| row["row"] == "item");
    let item = |row: BTreeMap<&'static str, String>| {
        (key.map(|column| row[column].clone()).to_vec(), tonnes(&row, "quantity_tonnes"))
    };
    items.map(item).collect()
}

#[test]
fn reports_ledger_and_verifier_have_one_number_at_every_cut_off() {
    let mut seen = [0; 5];
    for seed in 0..4 {
        let _seeded = Seeded::run(seed);
        let world = grown(seed, 150);
        let entries = world.sealed_entries();
        let mut random = Random::new(seed ^ 0xc0ffee);
        let mut sizes: Vec<usize> = (0..6)
            .map(|_| usize::try_from(random.between(40, entries.len() as u64)).expect("small"))
            .collect();
        sizes.push(entries.len());
        for size in sizes {
            let state = state_at(&entries, size);
            let cut = Cut::Entry(EntryIndex::new(size as u64 - 1));
            let of = |kind| made(&entries, &Query { cut, ..Query::of(kind) });
            let balance = of(ReportKind::Balance);
            assert_eq!(balance.head().entries, size as u64);
            let sheet = sheet_of_state(&state);
            assert_eq!(sheet_of_report(&balance), sheet);
            let holdings = of(ReportKind::Holdings);
            assert_eq!(holdings_of_report(&holdings), holdings_of_state(&state));
            let issued: u64 = sheet.values().map(|figures| figures[0]).sum();
            let issuances = named(&of(ReportKind::Issuances));
            let total = issuances.last().expect("a total");
            assert_eq!(tonnes(total, "quantity_tonnes"), issued);
            let sunk = |operation: &str| -> u64 {
                let rows = named(&of(ReportKind::Uses)).into_iter();
                let items =
                    rows.filter(|row| row["row"] == "item" && row["operation"] == operation);
                items.map(|row| tonnes(&row, "quantity_tonnes")).sum()
            };
            assert_eq!(sunk("retirement"), state.balance(account(RETIREMENT)).get());
            assert_eq!(sunk("cancellation"), state.balance(account(CANCELLATION)).get());
        }
        // The verifier replays everything by rules of its own.
        let options = jcm_verify::Options { keep_state: true, ..jcm_verify::Options::full() };
        let report = jcm_verify::verify_frames(world.log.frames(), &options);
        let lines: Vec<String> = report.state_lines().map(str::to_owned).collect();
        let balance = made(&entries, &Query::of(ReportKind::Balance));
        assert_eq!(sheet_of_report(&balance), sheet_of_verifier(&lines));
        let total = named(&balance).pop().expect("a total");
        let figures = report.figures.expect("a whole log");
        assert_eq!(tonnes(&total, "issued_tonnes"), figures.issued_tonnes);
        assert_eq!(tonnes(&total, "held_tonnes"), figures.held_tonnes);
        assert_eq!(tonnes(&total, "retired_tonnes"), figures.retired_tonnes);
        assert_eq!(tonnes(&total, "cancelled_tonnes"), figures.cancelled_tonnes);
        for (sum, more) in seen.iter_mut().zip([
            figures.retired_tonnes,
            figures.cancelled_tonnes,
            figures.restricted_tonnes,
            figures.trust_tonnes,
            // Transfers between holders.
            world.balance(1_002),
        ]) {
            *sum += more;
        }
    }
    assert!(seen.iter().all(|sum| *sum != 0), "every kind of act was done: {seen:?}");
}

/// A unit serves one thing: what SHK reports list is what was retired and cancelled
/// for SHK, unit by unit, and nothing that the ledger refuses.
#[test]
fn units_listed_for_shk_are_those_in_the_sinks_that_name_it() {
    let world = grown(7, 200);
    let entries = world.sealed_entries();
    let shk = named(&made(&entries, &Query::of(ReportKind::Shk)));
    let mut seen = std::collections::BTreeSet::new();
    for row in shk.iter().filter(|row| row["row"] == "item") {
        assert_eq!(row["eligible"], "yes", "the ledger records no other");
        let range: SerialRange = row["units"].parse().expect("a range");
        assert_eq!(range.quantity().get(), tonnes(row, "quantity_tonnes"));
        let sink = if row["operation"] == "retirement" { RETIREMENT } else { CANCELLATION };
        for unit in range.first()..=range.last() {
            assert!(seen.insert((range.block(), unit)), "{range} serves twice");
        }
        let stretches = world.state().units(range);
        assert!(stretches.iter().all(|stretch| stretch.account == account(sink)));
        let since_2021 = row["vintage"].parse::<u16>().expect("a year") >= 2_021;
        assert_eq!(row["ground"] == "from 2021", since_2021);
        assert_eq!(since_2021, sink == RETIREMENT);
    }
    assert!(!seen.is_empty());
    // Per emitter and year, the form has the same units.
    let mut of_forms = 0;
    let emitters: std::collections::BTreeSet<_> = shk
        .iter()
        .filter(|row| row["row"] == "item" && !row["reporting_year"].is_empty())
        .map(|row| (row["account"].clone(), row["reporting_year"].clone()))
        .collect();
    for (of, fiscal) in emitters {
        let query = Query {
            account: Some(of.parse().expect("an account")),
            year: Some(year(fiscal.parse().expect("a year"))),
            ..Query::of(ReportKind::ShkForm)
        };
        let form = named(&made(&entries, &query));
        of_forms += tonnes(form.last().expect("a total"), "quantity_tonnes");
    }
    let with_year: u64 = shk
        .iter()
        .filter(|row| row["row"] == "item" && !row["reporting_year"].is_empty())
        .map(|row| tonnes(row, "quantity_tonnes"))
        .sum();
    assert_eq!(of_forms, with_year);
}

#[test]
fn a_report_never_changes_when_the_registry_goes_on() {
    let mut world = grown(3, 60);
    let cut = Cut::Entry(EntryIndex::new(world.state().entries() - 1));
    let kinds = [ReportKind::Holdings, ReportKind::Balance, ReportKind::Uses, ReportKind::Shk];
    let told = |world: &World| {
        kinds.map(|kind| {
            file(&world.sealed_entries(), &Query { cut, ..Query::of(kind) }, Format::Xlsx)
        })
    };
    let before = told(&world);
    let mut random = Random::new(99);
    for _ in 0..30 {
        act(&mut random, &mut world, &mut Vec::new());
    }
    assert!(before == told(&world), "the same entries give the same bytes");
}

/// A report as a file.
fn file(entries: &[SealedEntry], query: &Query, format: Format) -> Vec<u8> {
    let made = made(entries, query);
    let mut encoder = Encoder::new(format, made.head(), made.columns()).expect("begun");
    let mut bytes = Vec::new();
    for row in made.rows().expect("adds up") {
        encoder.row(&row).expect("written");
        bytes.extend(encoder.take());
    }
    bytes.extend(encoder.finish().expect("whole"));
    bytes
}

fn read_csv(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
    let record = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
    reader.records().map(|result| record(result.expect("a record"))).collect()
}

fn read_xlsx(bytes: &[u8], sheet: &str) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    assert!(book.worksheet_formula(sheet).expect("there").is_empty(), "no formula");
    let range = book.worksheet_range(sheet).expect("there");
    let cell = |cell: &Data| neutral(&cell.to_string()).into_owned();
    range.rows().map(|row| row.iter().map(cell).collect()).collect()
}

fn read_json(bytes: &[u8], columns: &[String]) -> Vec<Vec<String>> {
    let document: serde_json::Value = serde_json::from_slice(bytes).expect("JSON");
    let rows = document["rows"].as_array().expect("rows");
    assert_eq!(document["row_count"], rows.len());
    let cell = |value: &serde_json::Value| match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => neutral(text).into_owned(),
        number => number.to_string(),
    };
    rows.iter().map(|row| columns.iter().map(|column| cell(&row[column])).collect()).collect()
}

#[test]
fn every_kind_of_file_reads_back_the_same() {
    let world = grown(11, 150);
    let entries = world.sealed_entries();
    let mut queries: Vec<Query> = [
        ReportKind::Holdings,
        ReportKind::Issuances,
        ReportKind::Uses,
        ReportKind::Balance,
        ReportKind::Shk,
        ReportKind::GxEts,
    ]
    .map(Query::of)
    .into();
    queries.push(Query {
        account: Some(account(1_001)),
        from: Some(date("2026-11-01")),
        to: Some(date("2027-12-31")),
        ..Query::of(ReportKind::Statement)
    });
    queries.push(Query {
        account: Some(account(1_001)),
        year: Some(year(2_025)),
        ..Query::of(ReportKind::ShkForm)
    });
    let mut neutralised = 0;
    for query in queries {
        let csv = read_csv(&file(&entries, &query, Format::Csv));
        let heading = csv[0].clone();
        let json = read_json(&file(&entries, &query, Format::Json), &heading);
        assert_eq!(csv[1..], json, "{}", query.kind);
        let xlsx = read_xlsx(&file(&entries, &query, Format::Xlsx), query.kind.word());
        assert_eq!(csv, xlsx, "{}", query.kind);
        assert!(2 < csv.len(), "{} has rows", query.kind);
        neutralised += csv.iter().flatten().filter(|cell| cell.starts_with("'=SUM")).count();
        assert!(!csv.iter().flatten().any(|cell| cell.starts_with('=')));
    }
    assert_ne!(neutralised, 0);
}

#[test]
fn a_statement_has_the_balances_of_the_ledger() {
    let world = grown(5, 120);
    let entries = world.sealed_entries();
    let query = Query {
        account: Some(account(1_001)),
        from: Some(date("2026-11-01")),
        to: Some(date("2035-12-31")),
        ..Query::of(ReportKind::Statement)
    };
    let statement = named(&made(&entries, &query));
    let closing = statement.last().expect("a closing balance");
    assert_eq!(closing["row"], "closing");
    assert_eq!(tonnes(closing, "balance_tonnes"), world.balance(1_001));
    let mut balance = tonnes(&statement[0], "balance_tonnes");
    for row in statement.iter().filter(|row| row["row"] == "item") {
        let quantity = tonnes(row, "quantity_tonnes");
        let comes =
            ["issuance", "transfer in", "correction in"].contains(&row["movement"].as_str());
        balance = if comes { balance + quantity } else { balance - quantity };
        assert_eq!(tonnes(row, "balance_tonnes"), balance);
    }
}

#[test]
fn what_cannot_be_asked_is_refused_by_name() {
    let error = |query: Query| Maker::new(query).expect_err("refused").to_string();
    let of = Query::of;
    assert_eq!(error(of(ReportKind::Statement)), "account: this report needs one");
    let of_year = Query { year: Some(year(2_026)), ..of(ReportKind::Balance) };
    assert_eq!(error(of_year), "year: this report has no such choice");
    let of_nobody = Query { year: Some(year(2_026)), ..of(ReportKind::ShkForm) };
    assert!(error(of_nobody).starts_with("beneficiary: name the beneficiary"));
    let (from, to) = (Some(date("2026-01-02")), Some(date("2026-01-01")));
    let reversed = Query { from, to, ..of(ReportKind::Issuances) };
    assert_eq!(error(reversed), "to: give a day from the first on");
}

#[test]
fn an_account_that_is_not_there_yet_and_entries_left_out_are_told() {
    let world = World::stocked();
    let entries = world.sealed_entries();
    let cut = Cut::Entry(EntryIndex::new(3));
    let query = Query { account: Some(account(1_001)), cut, ..Query::of(ReportKind::Holdings) };
    let fault = made(&entries, &query).rows().err();
    assert_eq!(fault, Some(ReportFault::NoAccount(account(1_001))));
    let mut maker = Maker::new(Query::of(ReportKind::Balance)).expect("answered");
    assert_eq!(maker.apply(entries[0].entry()), Ok(true));
    let skipped = maker.apply(entries[2].entry()).expect_err("one is missing");
    assert!(matches!(skipped, ReportFault::Fold(_)), "{skipped}");
    // A day before anything was recorded has an empty report, not none.
    let query = Query { cut: Cut::Day(date("2020-01-01")), ..Query::of(ReportKind::Holdings) };
    let empty = made(&entries, &query);
    assert_eq!((empty.head().entries, rows(&empty).len()), (0, 1));
    assert_eq!(rows(&empty)[0].last(), Some(&Cell::from(Tonnes::ZERO)));
}

/// A data folder with the log key of the test's registry, and a world's log as an export.
fn exported(world: &World) -> (tempfile::TempDir, std::path::PathBuf, registry_node::Config) {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let keys = folder.path().join("data/keys");
    std::fs::create_dir_all(&keys).expect("a folder");
    let key = keys.join("log.key");
    let seed = jcm_format::hash::to_hex(&secret("log").seed());
    std::fs::write(&key, format!("{seed}\n")).expect("a file");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("own file");
    let export = folder.path().join("registry.jcmlog");
    let mut bytes = jcm_format::frame::MAGIC.to_vec();
    for frame in world.log.frames() {
        bytes.extend(frame.encode().expect("small"));
    }
    std::fs::write(&export, bytes).expect("a file");
    let config = format!(
        "data_dir = {:?}\nlisten = \"127.0.0.1:0\"\nmetrics_listen = \"127.0.0.1:0\"\n",
        folder.path().join("data").display().to_string()
    );
    let config = registry_node::Config::parse(&config).expect("a configuration");
    (folder, export, config)
}

/// What a node answers, in the cells of the report.
async fn asked(
    client: &jcm_client::RegistryClient,
    request: jcm_client::wire::GetReportRequest,
) -> (jcm_client::wire::ReportHead, Vec<Row>) {
    use jcm_client::wire::{get_report_response::Part, report_cell::Value};
    let mut stream = client.report(request).await.expect("answered");
    let (mut head, mut rows, mut end) = (None, Vec::new(), None);
    while let Some(answer) = stream.message().await.expect("whole") {
        match answer.part.expect("a part") {
            Part::Progress(_) => assert!(head.is_none(), "progress comes before"),
            Part::Head(told) => head = Some(told),
            Part::Rows(part) => rows.extend(part.rows.into_iter().map(|row| {
                let cell = |cell: jcm_client::wire::ReportCell| match cell.value {
                    None => Cell::Empty,
                    Some(Value::Text(text)) => Cell::Text(text),
                    Some(Value::Number(number)) => Cell::Number(number),
                };
                row.cells.into_iter().map(cell).collect::<Row>()
            })),
            Part::End(told) => end = Some(told.rows),
        }
    }
    assert_eq!(end, Some(rows.len() as u64));
    (head.expect("a head"), rows)
}

/// An export that is restored is the same registry, and its node answers with the same
/// numbers.
#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::too_many_lines, reason = "one story")]
async fn a_node_on_the_restored_log_answers_with_the_same_rows() {
    let world = grown(13, 120);
    let entries = world.sealed_entries();
    let (_folder, export, config) = exported(&world);
    let imported = registry_node::import(&config, &export).expect("imported");
    assert_eq!(imported.state, world.state().digest());
    assert_eq!(imported.entries, world.state().entries());

    let node = registry_node::Node::start(config).await.expect("started");
    let endpoint = format!("http://{}", node.grpc_addr());
    let client = jcm_client::RegistryClient::connect(&endpoint).await.expect("connected");
    let of_alpha = jcm_client::Caller::new(origin(), secret("alpha"));
    let holder = client.clone().with_caller(of_alpha);
    let minister = jcm_client::Caller::new(origin(), secret("authority-1"));
    let client = client.with_caller(minister);
    let middle = entries.len() as u64 / 2;
    // The tables of Article 6 have a registry of their own, below.
    for kind in ReportKind::ALL.into_iter().filter(|kind| !ARTICLE6.contains(kind)) {
        for (at, cut) in
            [("", Cut::Newest), (&*middle.to_string(), Cut::Entry(EntryIndex::new(middle)))]
        {
            let mut query = Query { cut, ..Query::of(kind) };
            let mut request = jcm_client::wire::GetReportRequest {
                report: kind.word().to_owned(),
                at: at.to_owned(),
                ..Default::default()
            };
            if [ReportKind::Statement, ReportKind::ShkForm].contains(&kind) {
                query.account = Some(account(1_001));
                request.account = 1_001;
            }
            if kind == ReportKind::Statement {
                (query.from, query.to) = (Some(date("2026-01-01")), Some(date("2030-12-31")));
                (request.from, request.to) = ("2026-01-01".to_owned(), "2030-12-31".to_owned());
            }
            if kind == ReportKind::ShkForm {
                (query.year, request.reporting_year) = (Some(year(2_026)), 2_026);
            }
            let (head, answered) = asked(&client, request).await;
            let made = made(&entries, &query);
            assert_eq!(answered, rows(&made), "{kind} at {cut}");
            assert_eq!(head.entries, made.head().entries);
            assert_eq!(head.basis, made.head().basis);
        }
    }
    let balance = made(&entries, &Query::of(ReportKind::Balance));
    let total = named(&balance).pop().expect("a total");
    let totals = client.totals().await.expect("answered");
    let of = |category: &str| -> u64 {
        let mut all = totals.totals.iter();
        all.find(|total| total.category.starts_with(category))
            .map_or(0, |total| total.quantity_tonnes)
    };
    assert_eq!(tonnes(&total, "retired_tonnes"), of("retirement"));
    assert_eq!(tonnes(&total, "cancelled_tonnes"), of("cancellation"));
    assert_eq!(tonnes(&total, "entity_tonnes"), of("entity"));
    assert_eq!(tonnes(&total, "government_tonnes"), of("government"));
    // What cannot be asked is refused with the name of the field.
    let wrong = |report: &str, at: &str| jcm_client::wire::GetReportRequest {
        report: report.to_owned(),
        at: at.to_owned(),
        ..Default::default()
    };
    for (request, field) in [
        (wrong("profit", ""), "report"),
        (wrong("balance", "soon"), "at"),
        (wrong("statement", ""), "account"),
    ] {
        let error = client.report(request).await.expect_err("refused");
        let refusal = error.refusal().expect("told why");
        let fields: Vec<_> = refusal.violations.iter().map(|of| of.field.as_str()).collect();
        assert_eq!(fields, [field], "{refusal:?}");
    }
    // A holder gets what is its own, and no report of everybody.
    let own = Query { account: Some(account(1_001)), ..Query::of(ReportKind::Holdings) };
    let (_, answered) = asked(&holder, wrong("holdings", "")).await;
    assert_eq!(answered, rows(&made(&entries, &own)));
    let refused = holder.report(wrong("balance", "")).await.expect_err("refused");
    assert!(refused.to_string().contains("a report of its own account"), "{refused}");
    node.shutdown().await.expect("stopped");
}

/// The tables of the annual report on Article 6.
const ARTICLE6: [ReportKind; 5] = [
    ReportKind::AefSubmission,
    ReportKind::AefAuthorizations,
    ReportKind::AefActions,
    ReportKind::AefHoldings,
    ReportKind::AefEntities,
];

/// Tonnes of the rows of a table of Article 6 of which a column says something, by vintage.
fn tonnes_of(rows: &[BTreeMap<&'static str, String>], action: Option<&str>) -> BTreeMap<u16, u64> {
    let mut sums = BTreeMap::new();
    for row in rows.iter().filter(|row| action.is_none_or(|action| row["Action type"] == action)) {
        let vintage = row["Vintage"].parse().expect("a year");
        *sums.entry(vintage).or_default() += tonnes(row, "Quantity (t CO2 eq)");
    }
    sums
}

/// By vintage: what the ledger holds that was first transferred, and is in no sink.
fn outcomes_held(state: &State) -> BTreeMap<u16, u64> {
    let mut sums = BTreeMap::new();
    for block in state.blocks() {
        let whole = SerialRange::whole_block(block.number, block.quantity_tonnes).expect("units");
        for stretch in state.units(whole) {
            let sink = state.account(stretch.account).is_some_and(|of| of.category.is_sink());
            if stretch.itmo.is_some() && !sink {
                let sum: &mut u64 = sums.entry(block.vintage.get()).or_default();
                *sum += stretch.range.quantity().get();
            }
        }
    }
    sums
}

/// By vintage: what the ledger has adjusted for in a year.
fn adjusted(state: &State, of: u16) -> BTreeMap<u16, u64> {
    let of_year = state.adjustments().filter(|(key, _)| key.year.get() == of);
    let mut sums = BTreeMap::new();
    for (key, sum) in of_year {
        *sums.entry(key.vintage.get()).or_default() += sum.booked.get();
    }
    sums
}

/// Figures of Article 6: the ledger's, the report's, the file's and the node's.
#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::too_many_lines, reason = "one story")]
async fn figures_of_article_6_are_the_ledger_s_the_report_s_and_the_node_s() {
    let world = jcm_tests::article6::busy(5, 90);
    let entries = world.sealed_entries();
    let (_folder, export, config) = exported(&world);
    registry_node::import(&config, &export).expect("imported");
    let node = registry_node::Node::start(config).await.expect("started");
    let endpoint = format!("http://{}", node.grpc_addr());
    let client = jcm_client::RegistryClient::connect(&endpoint).await.expect("connected");
    let minister = jcm_client::Caller::new(origin(), secret("authority-1"));
    let client = client.with_caller(minister);
    let years: std::collections::BTreeSet<u16> =
        entries.iter().map(|of| of.entry().time.date_in_japan().year().get()).collect();
    assert!(2 <= years.len(), "a year ends: {years:?}");
    let mut used = 0;
    for of in years {
        // The last entry of the year, and one in the middle of it.
        let of_year =
            |sealed: &&SealedEntry| sealed.entry().time.date_in_japan().year().get() == of;
        let last = entries.iter().rfind(of_year).expect("one").entry().index;
        let middle = EntryIndex::new(last.get() - last.get() / 8);
        for cut in [middle, last] {
            let state = state_at(&entries, usize::try_from(cut.get()).expect("small") + 1);
            let mut tables = BTreeMap::new();
            for kind in ARTICLE6 {
                let query = Query { cut: Cut::Entry(cut), year: Some(year(of)), ..Query::of(kind) };
                let made = made(&entries, &query);
                let request = jcm_client::wire::GetReportRequest {
                    report: kind.word().to_owned(),
                    at: cut.to_string(),
                    reporting_year: of.into(),
                    ..Default::default()
                };
                let (_, answered) = asked(&client, request).await;
                assert_eq!(answered, rows(&made), "{kind} of {of} at {cut}");
                tables.insert(kind, named(&made));
            }
            let actions = &tables[&ReportKind::AefActions];
            let holdings = &tables[&ReportKind::AefHoldings];
            assert_eq!(tonnes_of(holdings, None), outcomes_held(&state), "{of} at {cut}");
            assert_eq!(tonnes_of(actions, Some("Use")), adjusted(&state, of), "{of} at {cut}");
            used += adjusted(&state, of).values().sum::<u64>();
            // What the files say.
            let date = date(&format!("{}-04-15", of + 1));
            let version = jcm_report::aef::SubmissionVersion::FIRST;
            let request = jcm_report::aef::Request { year: year(of), date, version };
            let until = entries[..usize::try_from(cut.get()).expect("small") + 1].iter();
            let submission = jcm_report::aef::AefSubmission::from_entries(
                until.map(SealedEntry::entry),
                &request,
            );
            let submission = submission.expect("adopted");
            let json = submission.to_json(&submission.settings()).expect("checked");
            let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
            for (kind, key) in [
                (ReportKind::AefActions, "table_3_actions"),
                (ReportKind::AefHoldings, "table_4_holdings"),
            ] {
                let of_file: u64 = json[key]
                    .as_array()
                    .expect("rows")
                    .iter()
                    .filter_map(|row| row["Quantity (t CO2 eq)"].as_u64())
                    .sum();
                let table = tables[&kind].iter();
                let of_table: u64 = table.map(|row| tonnes(row, "Quantity (t CO2 eq)")).sum();
                assert_eq!(of_file, of_table, "{kind} of {of} at {cut}");
            }
        }
        // The node's own answer about adjustments.
        let told = client.adjustments("MN", false).await.expect("answered");
        let mut answered: BTreeMap<u16, u64> = BTreeMap::new();
        for row in told.iter().filter(|row| row.year == u32::from(of)) {
            let vintage = u16::try_from(row.vintage).expect("a year");
            *answered.entry(vintage).or_default() += row.quantity_tonnes;
        }
        assert_eq!(answered, adjusted(world.state(), of), "{of}");
    }
    assert!(100 < used, "{used} t were used");
    // Before Article 6 is adopted there is no such report.
    let early = jcm_client::wire::GetReportRequest {
        report: "aef-actions".to_owned(),
        at: "3".to_owned(),
        reporting_year: 2_026,
        ..Default::default()
    };
    let mut stream = client.report(early).await.expect("begun");
    let refused = loop {
        match stream.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it has an end"),
            Err(status) => break status,
        }
    };
    assert!(refused.message().contains("not adopted"), "{refused}");
    node.shutdown().await.expect("stopped");
}
