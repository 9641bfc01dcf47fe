//! The fuzz targets of `tests/fuzz` in a short form that every run can afford: over their
//! good examples, and over spoilt copies of them, the same from run to run. Nothing
//! panics, what is accepted has one form, and nothing is forged. libFuzzer searches for
//! as long as one likes, with the same bodies.

#[path = "../fuzz/bodies/mod.rs"]
mod bodies;

use bodies::{TARGETS, Target};
use jcm_tests::random::{Random, Seeded};
use jcm_tests::root;
use jcm_tests::seeds::{Seeds, seeds};
use std::collections::BTreeSet;
use std::sync::OnceLock;

fn examples() -> &'static Seeds {
    static SEEDS: OnceLock<Seeds> = OnceLock::new();
    SEEDS.get_or_init(seeds)
}

/// Flips, overwrites, cuts, repeats, or joins with another example.
fn spoil(random: &mut Random, good: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = random.pick(good).clone();
    for _ in 0..random.between(1, 4) {
        let length = bytes.len() as u64;
        if length == 0 {
            return bytes;
        }
        let at = usize::try_from(random.below(length)).expect("short");
        match random.below(6) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = *random.pick(&[0x00, 0x01, 0x7f, 0x80, 0xfa, 0xfb, 0xfd, 0xff]),
            2 => bytes.truncate(at),
            3 => bytes.insert(at, random.bits().to_le_bytes()[0]),
            4 => {
                let end = bytes.len().min(at + 9);
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            _ => {
                let other = random.pick(good);
                let from = usize::try_from(random.below(other.len() as u64 + 1)).expect("short");
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
        }
    }
    bytes
}

/// Gives a target its examples, each of which it must read, and so many spoilt copies,
/// some of which it must refuse.
fn run(name: &str, copies: usize) {
    let (_, body) = target(name);
    let good = &examples()[name];
    for (number, bytes) in good.iter().enumerate() {
        assert!(body(bytes), "{name}: example {number} is refused: {bytes:02x?}");
    }
    let seed = 1 + TARGETS.iter().position(|(of, _)| *of == name).expect("known") as u64;
    let _seeded = Seeded::run(seed);
    let mut random = Random::new(seed);
    let refused = (0..copies).filter(|_| !body(&spoil(&mut random, good))).count();
    assert!(0 < refused, "{name}: everything is read");
    println!("{name}: {} examples, {refused} of {copies} spoilt copies refused", good.len());
}

fn target(name: &str) -> Target {
    *TARGETS.iter().find(|(of, _)| *of == name).expect("a target")
}

/// Behind a wrong check nothing would be tried.
#[test]
fn a_wrong_check_or_length_of_a_frame_is_put_right() {
    use jcm_format::frame::{Frame, FrameError, HEADER_LEN};
    let good = examples()["log"].first().expect("an example").clone();
    let (frame, length) = Frame::decode(&good).expect("a frame");
    assert_eq!(length, good.len());
    let twice = [good.as_slice(), &good].concat();
    let mut spoilt = twice.clone();
    for at in [4, good.len() + 4] {
        spoilt[at] ^= 1;
        assert_eq!(Frame::decode(&spoilt[at - 4..]), Err(FrameError::Check));
    }
    assert_eq!(bodies::mended::mended(&spoilt), twice);
    // What stands in the body stays spoilt, and a cut-off frame ends where the bytes do.
    let mut other = good.clone();
    other[HEADER_LEN] ^= 1;
    let (read, _) = Frame::decode(&bodies::mended::mended(&other)).expect("another position");
    assert_eq!((read.first, read.entries), (frame.first ^ 1, frame.entries));
    let cut = bodies::mended::mended(&good[..good.len() - 1]);
    assert_eq!(Frame::decode(&cut), Err(FrameError::Body));
}

/// The targets that the page for auditors lists.
fn in_the_page() -> BTreeSet<String> {
    let page = std::fs::read_to_string(root().join("docs/SECURITY.md")).expect("a page");
    let (_, table) = page.split_once("<!-- targets -->").expect("begun");
    let (table, _) = table.split_once("<!-- end -->").expect("ended");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let names = rows.filter_map(|row| row.split(" | ").next());
    names.flat_map(|names| names.split(", ")).map(|name| name.replace('`', "")).collect()
}

macro_rules! short_runs {
    ($($name:ident: $copies:literal;)*) => {
        $(#[test]
        fn $name() {
            run(stringify!($name), $copies);
        })*

        /// Each has its short run, and a file for libFuzzer; there are no others.
        #[test]
        fn every_target_is_run() {
            let targets: BTreeSet<String> =
                TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
            let run = [$(stringify!($name)),*].map(str::to_owned);
            assert_eq!(BTreeSet::from(run), targets);
            assert_eq!(examples().keys().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(), targets);
            for (folder, besides) in [("fuzz_targets", &[][..]), ("bodies", &["mended", "mod", "surface"])] {
                let files = std::fs::read_dir(root().join("tests/fuzz").join(folder));
                let names = files.expect("a folder").map(|file| {
                    let name = file.expect("a file").file_name().into_string().expect("text");
                    name.strip_suffix(".rs").expect("a source").to_owned()
                });
                let names: BTreeSet<String> =
                    names.filter(|name| !besides.contains(&name.as_str())).collect();
                assert_eq!(names, targets, "{folder}");
            }
            assert_eq!(in_the_page(), targets, "docs/SECURITY.md");
            let manifest = std::fs::read_to_string(root().join("tests/fuzz/Cargo.toml"));
            let manifest: toml::Table = manifest.expect("there").parse().expect("TOML");
            let built = manifest["bin"].as_array().expect("programs").iter();
            let built = built.map(|bin| bin["name"].as_str().expect("a name").to_owned());
            assert_eq!(built.collect::<BTreeSet<_>>(), targets);
        }
    };
}

short_runs! {
    bank: 2_000;
    caller: 4_000;
    command: 4_000;
    config: 2_000;
    documents: 1_000;
    entry: 4_000;
    envelope: 1_000;
    files: 1_000;
    folder: 200;
    grpc: 1_500;
    keys: 2_000;
    log: 4_000;
    notes: 4_000;
    proofs: 2_000;
    sheets: 400;
    tiles: 2_000;
    workbook: 200;
}
