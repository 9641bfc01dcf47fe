//! Commands of what keeps an account from being emptied, with every choice
//! within. The last of each name has every field.

use super::*;

pub(super) fn representative(power: Power) -> Representative {
    Representative { account: account(1_001), person: name("tanaka"), power }
}

pub(super) fn roles() -> [Role; 4] {
    let powers = [Power::Read, Power::Approve, Power::Initiate, Power::Full];
    powers.map(|power| Role::Representative(representative(power)))
}

fn unlimited() -> Mandate {
    Mandate {
        control: Control::Single,
        per_transfer_tonnes: None,
        per_day_tonnes: None,
        per_untrusted_tonnes: None,
    }
}

fn mandates() -> [Mandate; 5] {
    let some = Some(Tonnes::new(1));
    [
        unlimited(),
        Mandate { per_transfer_tonnes: some, ..unlimited() },
        Mandate { per_day_tonnes: some, ..unlimited() },
        Mandate { per_untrusted_tonnes: some, ..unlimited() },
        Mandate {
            control: Control::Dual,
            per_transfer_tonnes: Some(Tonnes::new(500)),
            per_day_tonnes: Some(Tonnes::MAX),
            per_untrusted_tonnes: some,
        },
    ]
}

fn safeguards() -> [Safeguards; 2] {
    let none = Safeguards {
        default_mandate: unlimited(),
        central_untrusted_tonnes: None,
        delays: false,
        cutoff_hour: 0,
        early_days: 0,
        late_days: 0,
        trust_days: 0,
        recovery_days: 0,
        pinned: false,
    };
    let [.., default_mandate] = mandates();
    let all = Safeguards {
        default_mandate,
        central_untrusted_tonnes: Some(Tonnes::MAX),
        delays: true,
        cutoff_hour: 23,
        early_days: 1,
        late_days: 2,
        trust_days: 7,
        recovery_days: 250,
        pinned: true,
    };
    [none, all]
}

pub(super) fn bodies() -> Vec<Body> {
    let (account, trusted, recovery) = (account(1_001), account(1_002), EntryIndex::new(300));
    let mut bodies: Vec<_> = safeguards().map(Body::AdoptSafeguards).into();
    bodies.extend(mandates().map(|mandate| Body::SetMandate { account, mandate }));
    bodies.extend([
        Body::TrustAccount { account, trusted },
        Body::DistrustAccount { account, trusted },
        Body::FreezeAccount { account, reason: text("不審な操作") },
        Body::UnfreezeAccount { account, reason: text("the holder has new keys") },
    ]);
    let powers = [Power::Full, Power::Initiate, Power::Approve, Power::Read];
    bodies.extend(powers.map(|power| Body::RequestRecovery {
        representative: representative(power),
        key: key(9),
        reason: text("鍵の紛失、本人確認済み"),
    }));
    bodies.extend([
        Body::CancelRecovery { recovery, reason: text("the key was found") },
        Body::CompleteRecovery { recovery: EntryIndex::new(u64::MAX) },
    ]);
    bodies
}

/// The text that the challenge of a key names (`docs/spec/keys.md`).
#[test]
fn a_representative_is_written_with_account_person_and_power() {
    let texts = roles().map(|role| role.to_string());
    assert_eq!(
        texts,
        ["read", "approve", "initiate", "full"]
            .map(|power| format!("representative:JP-0001001-05:tanaka:{power}"))
    );
}

/// The numbers are in stored entries: the others keep theirs.
#[test]
fn roles_powers_and_controls_keep_their_numbers() {
    let [.., representative] = roles();
    let roles = [
        Role::Authority(name("a")),
        Role::Operator(name("a")),
        Role::Partner(country("MN")),
        Role::Account(account(1)),
        Role::Auditor(name("a")),
        representative,
    ];
    for (number, role) in roles.into_iter().enumerate() {
        let bytes = codec::encode(&role).expect("short");
        assert_eq!(usize::from(bytes[0]), number, "{role}");
        assert_eq!(codec::decode::<Role>(&bytes), Ok(role));
    }
    assert!(codec::decode::<Role>(&[6, 1, b'a']).is_err());
    let powers = [Power::Full, Power::Initiate, Power::Approve, Power::Read];
    let powers = powers.map(|power| codec::encode(&power).expect("short"));
    assert_eq!(powers, [[0], [1], [2], [3]]);
    assert!(codec::decode::<Power>(&[4]).is_err());
    let controls = [Control::Single, Control::Dual];
    assert_eq!(controls.map(|control| codec::encode(&control).expect("short")), [[0], [1]]);
    assert!(codec::decode::<Control>(&[2]).is_err());
}

#[test]
fn a_limit_of_zero_is_none() {
    let [all, ..] = mandates();
    let body = Body::SetMandate { account: account(1_001), mandate: all };
    let message = build::command(&command(body));
    let Some(pb::command::Body::SetMandate(set)) = message.body else {
        unreachable!("that is what was built");
    };
    let mandate = set.mandate.expect("one");
    let limits =
        [mandate.per_transfer_tonnes, mandate.per_day_tonnes, mandate.per_untrusted_tonnes];
    assert_eq!(limits, [0; 3]);
}
