#!/usr/bin/env bash
# Builds the released programs twice, from two copies of the sources, in two
# folders, with two homes, users' names and clocks, and compares them byte for byte:
#
#   bash tests/reproducible.sh                 # registry-node, jcm, jcm-verify
#   bash tests/reproducible.sh jcm-verify      # one of them
#   bash tests/reproducible.sh --out DIR       # and keeps the first build and its hashes
#
# With --out the programs and SHA256SUMS are what a release publishes: whoever runs
# this script on the same commit, with the toolchain that it prints, gets the same.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

out=""
programs=()
while [ $# -gt 0 ]; do
    case "$1" in
    --out) out="$2" && shift 2 ;;
    *) programs+=("$1") && shift ;;
    esac
done
[ ${#programs[@]} -gt 0 ] || programs=(registry-node jcm jcm-verify)

declare -A packages=([registry-node]=registry-node [jcm]=jcm-cli [jcm-verify]=jcm-verify)
wanted=()
for program in "${programs[@]}"; do
    [ -n "${packages[$program]:-}" ] || { echo "$program is not a released program" >&2; exit 64; }
    wanted+=(-p "${packages[$program]}" --bin "$program")
done

cargo_home="${CARGO_HOME:-$HOME/.cargo}"
rustup_home="${RUSTUP_HOME:-$HOME/.rustup}"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

# The sources as they are here, without what git ignores. Both copies are made before
# anything is built, so that work may go on here.
copy() {
    mkdir -p "$1"
    (cd "$here" && git ls-files -z --cached --others --exclude-standard) |
        (cd "$here" && xargs -0 --no-run-if-empty sh -c 'for f; do [ -e "$f" ] && printf "%s\0" "$f"; done' _) |
        tar -C "$here" --null --files-from=- -cf - | tar -C "$1" -xf -
}

# Builds in a folder of its own, from which no path gets into the programs.
build() { # name, user, seconds since 1970
    local folder="$scratch/$1/sources of $1" cargo="$scratch/$1/cargo"
    mkdir -p "$scratch/$1/home"
    # The same crates, under another name for each build.
    ln -s "$cargo_home" "$cargo"
    # A clock that is wrong on purpose shows a time that is built in; files are as
    # old as it says.
    find "$folder" -exec touch -d "@$3" {} +
    (
        cd "$folder"
        env -u RUSTFLAGS HOME="$scratch/$1/home" USER="$2" LOGNAME="$2" TZ="$4" LC_ALL="$5" \
            CARGO_HOME="$cargo" RUSTUP_HOME="$rustup_home" \
            SOURCE_DATE_EPOCH=0 CARGO_INCREMENTAL=0 CARGO_TARGET_DIR="$scratch/$1/target" \
            CARGO_ENCODED_RUSTFLAGS="$(printf '%s\x1f%s\x1f%s\x1f%s' \
                "--remap-path-prefix=$folder=/src" \
                "--remap-path-prefix=$cargo_home=/cargo" \
                "--remap-path-prefix=$cargo=/cargo" \
                "--remap-path-prefix=$scratch/$1/target=/target")" \
            CFLAGS="-ffile-prefix-map=$cargo_home=/cargo -ffile-prefix-map=$cargo=/cargo -ffile-prefix-map=$scratch/$1/target=/target" \
            cargo build --locked --release --quiet "${wanted[@]}"
    )
}

rustc --version --verbose | sed -n '1p;/^host/p'
for name in one other; do copy "$scratch/$name/sources of $name"; done
build one somebody 1000000000 UTC C
build other else 1700000000 Asia/Tokyo C.UTF-8

failed=0
for program in "${programs[@]}"; do
    one="$(sha256sum <"$scratch/one/target/release/$program" | cut -d' ' -f1)"
    other="$(sha256sum <"$scratch/other/target/release/$program" | cut -d' ' -f1)"
    if [ "$one" != "$other" ]; then
        echo "DIFFERENT $program $one $other"
        failed=1
    elif grep -qaF -e "$scratch" -e "$cargo_home" "$scratch/one/target/release/$program"; then
        echo "NAMES A FOLDER OF THIS MACHINE $program"
        failed=1
    else
        echo "$one  $program"
    fi
done
if [ -n "$out" ] && [ "$failed" -eq 0 ]; then
    mkdir -p "$out"
    for program in "${programs[@]}"; do cp "$scratch/one/target/release/$program" "$out/"; done
    (cd "$out" && sha256sum "${programs[@]}" >SHA256SUMS)
fi
exit "$failed"
