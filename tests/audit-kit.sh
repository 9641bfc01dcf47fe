#!/usr/bin/env bash
# The offline audit kit (docs/audit-kit.md).
#
#   bash tests/audit-kit.sh build OUT EXPORT LOG_KEY
#   bash tests/audit-kit.sh test FOLDER              FOLDER = a registry's data folder
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=x86_64-unknown-linux-gnu
built="target/$target/release/jcm-verify"

# Without the network feature, so that there is nothing in it that could connect.
build_program() {
    RUSTFLAGS="-C target-feature=+crt-static" cargo build --locked --quiet --release \
        --target "$target" -p jcm-verify --bin jcm-verify --no-default-features
    if ldd "$built" 2>/dev/null | grep -q '=>'; then
        echo "the program is not static" >&2
        exit 1
    fi
}

build() {
    local out="$1" export="$2" key="$3"
    build_program
    mkdir -p "$out"
    cp "$built" "$out/jcm-verify"
    cp "$export" "$out/export.jcmlog"
    cp docs/audit-kit.md "$out/audit-kit.md"
    printf '%s\n' "$key" >"$out/log-key"
    "$out/jcm-verify" html "$out/verifier.html" --log-key "$key"
    (cd "$out" && sha256sum jcm-verify export.jcmlog log-key verifier.html audit-kit.md >SHA256SUMS)
}

# Runs a command in a folder with nothing but its own environment and no network.
isolated() {
    local folder="$1"
    shift
    if unshare -rn true 2>/dev/null; then
        (cd "$folder" && env -i unshare -rn "$@")
    else
        (cd "$folder" && env -i "$@")
    fi
}

# A segment is an export; further segments follow without their first line of 9 bytes.
export_of() {
    local first=1 segment
    for segment in "$1"/log/*.seg; do
        if [ "$first" -eq 1 ]; then cat "$segment"; else tail -c +10 "$segment"; fi
        first=0
    done
}

try() {
    local data="$1" folder key size at
    folder="$(mktemp -d)"
    trap 'rm -rf "$folder"' EXIT
    build_program
    key="$("$built" --json "$data" | sed -n 's/^  "log_key": "\(.*\)",$/\1/p')"
    export_of "$data" >"$folder/export"
    build "$folder/kit" "$folder/export" "$key"
    (cd "$folder/kit" && sha256sum --quiet -c SHA256SUMS)
    isolated "$folder/kit" ./jcm-verify --log-key "$key" export.jcmlog >"$folder/said"
    grep -q '^Everything holds\.$' "$folder/said"
    # An address is refused by name: there is no code for it.
    if isolated "$folder/kit" ./jcm-verify "https://registry.example" 2>"$folder/said"; then exit 1; fi
    grep -q 'without any network' "$folder/said"
    # Flipped bytes, here and there.
    size="$(stat -c %s "$folder/kit/export.jcmlog")"
    for at in 0 40 $((size / 3)) $((size / 2)) $((size - 1)); do
        cp "$folder/kit/export.jcmlog" "$folder/kit/flipped"
        python3 - "$folder/kit/flipped" "$at" <<'PYTHON'
import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(int(sys.argv[2]))
    byte = file.read(1)[0]
    file.seek(int(sys.argv[2]))
    file.write(bytes([byte ^ 1]))
PYTHON
        if isolated "$folder/kit" ./jcm-verify --log-key "$key" flipped >"$folder/said"; then
            echo "byte $at was flipped and not found" >&2
            exit 1
        fi
        grep -q '^BAD' "$folder/said"
    done
    # Another registry's key is not this one's.
    if isolated "$folder/kit" ./jcm-verify --quiet export.jcmlog --log-key \
        "registry.example/carbon/2026+b15c4942+Aawnxtg4B75l7Z0nkdNbY7nQNvxZ/ad+/DFKV5jBaV9n" >"$folder/said"; then
        exit 1
    fi
    grep -q LOG_KEY_DIFFERS "$folder/said"
    echo "the kit holds, and finds what was changed"
}

case "${1:-}" in
build) build "${2:?OUT}" "${3:?EXPORT}" "${4:?LOG_KEY}" ;;
test) try "${2:?FOLDER}" ;;
*)
    sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 64
    ;;
esac
