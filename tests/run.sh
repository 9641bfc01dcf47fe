#!/usr/bin/env bash
# Every check of the project, with all the set-up it needs. Run from anywhere:
#
#   bash tests/run.sh
#
# Ends with one line, "N passed, N failed", over all test programs.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step() { printf '\n== %s\n' "$*"; }

setup() {
    command -v cargo >/dev/null || {
        echo "cargo is needed: install a Rust toolchain first" >&2
        exit 69
    }
    # The second decoder of the format is a Python program; the standard
    # library is all that it uses.
    if ! command -v python3 >/dev/null; then
        step "installing python3"
        apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 || exit 69
    fi
    # Readers of workbooks that are not ours: openpyxl here, LibreOffice below, which
    # takes half a minute and some 300 MB of disk.
    if [ ! -x target/readers/bin/python ]; then
        step "installing openpyxl"
        python3 -m venv target/readers 2>/dev/null ||
            { apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv &&
                python3 -m venv --clear target/readers; } || exit 69
        target/readers/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
            --require-hashes --requirement tests/python/requirements.txt || exit 69
    fi
    # Tools of others that look at the node from outside: its TLS, and its clock; a browser,
    # in which the verifier's page is tried; and LibreOffice.
    local tool missing=()
    for tool in openssl faketime chromium; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    command -v soffice >/dev/null || missing+=(libreoffice-calc-nogui)
    # Go's own transparency log reads ours (tests/interop/go): the compiler and the sources.
    [ -x /usr/lib/go-1.19/bin/go ] && [ -d /usr/lib/go-1.19/src ] || missing+=(golang-1.19-go golang-1.19-src)
    [ -d /usr/share/gocode/src/golang.org/x/mod/sumdb ] || missing+=(golang-golang-x-mod-dev)
    if [ ${#missing[@]} -ne 0 ]; then
        step "installing ${missing[*]}"
        if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; }; then
            echo "these packages of Debian 12 are needed: ${missing[*]}" >&2
            exit 69
        fi
    fi
    interop_python
    # What skips without them fails instead.
    export JCM_TESTS_NEED_TOOLS=1
}

# A reader of logs and a witness that are not ours, which need Python 3.12 or later; the one
# check that a machine may do without, because Debian 12 has an older one.
interop_python() {
    local python venv=target/interop/python
    "$venv/bin/python" -c 'import aics_tlog, aics_witness' 2>/dev/null && return
    for python in python3.14 python3.13 python3.12 python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python3; do
        "$python" -c 'import ensurepip, sys, venv
sys.exit(not (3, 12) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null || continue
        step "installing aics-tlog and aics-witness for $python"
        if ! { "$python" -m venv --clear "$venv" && "$venv/bin/python" -m pip install --quiet \
            --disable-pip-version-check --no-deps --require-hashes \
            --requirement tests/python/requirements-interop.txt; }; then
            echo "tests/python/requirements-interop.txt could not be installed into $venv" >&2
            exit 69
        fi
        return
    done
    step "SKIPPED: aics-tlog and aics-witness are not run: there is no Python 3.12, 3.13 or 3.14"
    export JCM_TESTS_WITHOUT_PYTHON_3_12=1
}

# Key files are compared with OpenSSL's, a key in a real ssh-agent signs, a terminal
# without a network is an empty network namespace.
need() {
    command -v "$1" >/dev/null && return
    step "installing $2"
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "$2" || exit 69
}

# Clients as others would write them (docs/clients): their packages, by hash, in some 20 seconds.
# They are installed again when their lists have changed.
installing_failed() {
    echo "the example client in $1 could not be set up: see above, and docs/clients/README.md" >&2
    exit 69
}
install_clients() {
    local list=docs/clients/python/requirements.txt to=target/clients/python
    if ! cmp -s "$list" "$to/requirements.txt"; then
        step "installing what the Python client needs"
        python3 -m venv --clear "$to" &&
            "$to/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
                --only-binary :all: --require-hashes --requirement "$list" &&
            cp "$list" "$to/" || installing_failed docs/clients/python
    fi
    local from=docs/clients/typescript
    to=target/clients/typescript
    if ! cmp -s "$from/package-lock.json" "$to/installed.json"; then
        step "installing what the TypeScript client needs"
        node -e 'process.exitCode = Number(parseInt(process.versions.node) < 20)' || {
            echo "Node.js is $(node --version), and 20 or later is needed: install it first" >&2
            installing_failed "$from"
        }
        mkdir -p "$to" && cp "$from/package.json" "$from/package-lock.json" "$to/" &&
            npm ci --prefix "$to" --ignore-scripts --no-audit --no-fund --silent &&
            cp "$from/package-lock.json" "$to/installed.json" || installing_failed "$from"
    fi
}

log="$(mktemp)"
demo="$(mktemp -d)"
trap 'rm -rf "$log" "$demo"' EXIT
failures=0

check() {
    step "$*"
    "$@" || { echo "FAILED: $*"; failures=$((failures + 1)); }
}

setup
need openssl openssl
need ssh-agent openssh-client
need unshare util-linux
need git git
need node nodejs
need npm npm
install_clients
check cargo fmt --all --check
check cargo clippy --locked --workspace --all-targets -- -D warnings
step "cargo test --locked --workspace --no-fail-fast"
cargo test --locked --workspace --no-fail-fast 2>&1 | tee "$log"
tests=${PIPESTATUS[0]}
check bash tests/supply-chain.sh
# Two release builds more: minutes. The others are for a release (docs/SECURITY.md).
[ -z "${REPRODUCIBLE:-}" ] || check bash tests/reproducible.sh jcm-verify
check cargo run --locked --release --quiet -p registry-node --example demo -- --data "$demo/data"
check cargo run --locked --release --quiet -p jcm-verify -- "$demo/data"
check env KIT_PROFILE=dev bash tests/audit-kit.sh test "$demo/data"

counts="$(awk '/^test result:/ { passed += $4; failed += $6 } END { print passed + 0, failed + 0 }' "$log")"
read -r passed failed <<<"$counts"
# A test program that did not even build is one failure more.
[ "$tests" -ne 0 ] && [ "$failed" -eq 0 ] && failed=1
failed=$((failed + failures))
printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
