use super::*;
use std::fs;

fn at(text: &str) -> Timestamp {
    let date: Date = text.parse().expect("a date");
    // Noon in Japan.
    Timestamp::from_ms(date.days() * 86_400_000 + 3 * 3_600_000).expect("in range")
}

fn read(subject: &str) -> Read {
    Read {
        role: "operator",
        person: "op-1".to_owned(),
        key: "ab".repeat(32),
        peer: "127.0.0.1:9".to_owned(),
        method: "GetAccount",
        subject: subject.to_owned(),
    }
}

const KEEP_DAYS: u64 = 1_095;

fn open(folder: &Path) -> Audit {
    Audit::open_with(folder, KEEP_DAYS, 1 << 20).expect("opened")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    names(folder).expect("a folder").into_iter().map(|(_, path)| path).collect()
}

fn today() -> Timestamp {
    clock::now()
}

#[test]
fn lines_are_a_chain_across_files_and_starts() {
    let dir = tempfile::tempdir().expect("a folder");
    for start in 0..3 {
        // Every line fills a file.
        let audit = Audit::open_with(dir.path(), KEEP_DAYS, 1).expect("opened");
        for line in 0..2 {
            let subject = format!("account {start}-{line}");
            audit.record(&read(&subject), today()).expect("written");
        }
    }
    assert_eq!(files(dir.path()).len(), 6);
    let mut shown = Vec::new();
    let checked = check(dir.path(), |line| shown.push(line.to_owned())).expect("a chain");
    assert_eq!((checked.lines, checked.removed), (6, 0));
    let last = fs::read(&files(dir.path())[5]).expect("a file");
    let last = last.strip_suffix(b"\n").expect("a line");
    assert_eq!(checked.head, jcm_format::hash::Digest::of(&[last]).to_string());
    assert!(shown[0].contains("operator op-1 GetAccount account 0-0 (key abab"), "{}", shown[0]);
    assert!(shown[5].contains("account 2-1"), "{}", shown[5]);
}

#[test]
fn a_line_that_is_changed_dropped_or_put_in_is_found() {
    let dir = tempfile::tempdir().expect("a folder");
    let audit = open(dir.path());
    for subject in ["account 1", "account 2", "account 3"] {
        audit.record(&read(subject), today()).expect("written");
    }
    let path = files(dir.path()).remove(0);
    let text = fs::read_to_string(&path).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    let changed = text.replace("account 2", "account 9");
    let dropped = format!("{}\n{}\n", lines[0], lines[2]);
    let doubled = format!("{}\n{}\n{}\n", lines[0], lines[1], lines[1]);
    let garbage = format!("{}\nx\n", lines[0]);
    let cases = [(changed, 3), (dropped, 2), (doubled, 3), (garbage, 2)];
    for (text, number) in cases {
        fs::write(&path, &text).expect("written");
        let error = check(dir.path(), |_| {}).expect_err("broken");
        assert!(matches!(&error, AuditError::Broken { number: n, .. } if *n == number), "{error}");
        // Nor is it gone on with.
        assert!(Audit::open(dir.path(), KEEP_DAYS).is_err());
    }
    fs::write(&path, text).expect("written");
    assert!(check(dir.path(), |_| {}).is_ok());
}

#[test]
fn a_file_that_is_missing_in_between_is_found() {
    let dir = tempfile::tempdir().expect("a folder");
    let audit = Audit::open_with(dir.path(), KEEP_DAYS, 1).expect("opened");
    for subject in ["account 1", "account 2", "account 3"] {
        audit.record(&read(subject), today()).expect("written");
    }
    fs::remove_file(&files(dir.path())[1]).expect("removed");
    assert!(check(dir.path(), |_| {}).is_err());
}

#[test]
fn an_unfinished_line_is_cut_off_and_the_chain_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    open(dir.path()).record(&read("account 1"), today()).expect("written");
    let path = files(dir.path()).remove(0);
    let mut file = OpenOptions::new().append(true).open(&path).expect("a file");
    file.write_all(b"{\"line\":1,\"ti").expect("written");
    assert_eq!(check(dir.path(), |_| {}).expect("a chain").lines, 1, "it is not there yet");
    open(dir.path()).record(&read("account 2"), today()).expect("written");
    assert_eq!(check(dir.path(), |_| {}).expect("a chain").lines, 2);
}

#[test]
fn a_file_that_was_begun_and_not_written_to_is_gone_on_with() {
    let dir = tempfile::tempdir().expect("a folder");
    open(dir.path()).record(&read("account 1"), today()).expect("written");
    create(dir.path(), 2).expect("made");
    open(dir.path()).record(&read("account 2"), today()).expect("written");
    assert_eq!(check(dir.path(), |_| {}).expect("a chain").lines, 2);
    assert_eq!(files(dir.path()).len(), 2);
}

#[test]
fn a_month_has_its_own_files_which_go_when_they_were_kept_for_long_enough() {
    let dir = tempfile::tempdir().expect("a folder");
    let audit = open(dir.path());
    for day in ["2020-01-31", "2020-02-01", "2020-02-29", "2020-03-01"] {
        audit.record(&read("account 1"), at(day)).expect("written");
    }
    assert_eq!(files(dir.path()).len(), 3);
    // The last of February is 1,095 days before; it goes with the day after that.
    audit.record(&read("account 1"), at("2023-02-28")).expect("written");
    assert_eq!(files(dir.path()).len(), 3, "January is gone");
    audit.record(&read("account 1"), at("2023-03-01")).expect("written");
    assert_eq!(files(dir.path()).len(), 3, "February is gone too");
    let checked = check(dir.path(), |_| {}).expect("a chain");
    assert_eq!((checked.lines, checked.removed), (3, 3));
}

#[test]
fn what_cannot_be_written_is_refused_and_leaves_no_half_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let audit = open(dir.path());
    audit.record(&read("account 1"), today()).expect("written");
    let path = files(dir.path()).remove(0);
    let read_only = File::open(&path).expect("a file");
    let writable = {
        let mut writer = lock(&audit.writer);
        std::mem::replace(&mut writer.file, Arc::new(read_only))
    };
    assert!(audit.record(&read("account 2"), today()).is_err());
    // It could not even be made sure that nothing is left: only a start helps.
    lock(&audit.writer).file = writable;
    assert!(audit.record(&read("account 3"), today()).is_err());
    drop(audit);
    open(dir.path()).record(&read("account 4"), today()).expect("written");
    assert_eq!(check(dir.path(), |_| {}).expect("a chain").lines, 2);
}

#[test]
fn many_at_once_are_all_written_down() {
    let dir = tempfile::tempdir().expect("a folder");
    let audit = open(dir.path());
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let audit = &audit;
            scope.spawn(move || {
                for _ in 0..20 {
                    let subject = format!("account {thread}");
                    audit.record(&read(&subject), today()).expect("written");
                }
            });
        }
    });
    assert_eq!(check(dir.path(), |_| {}).expect("a chain").lines, 160);
}
