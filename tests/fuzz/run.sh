#!/usr/bin/env bash
# Runs fuzz targets, each for so many seconds:
#
#   bash tests/fuzz/run.sh SECONDS [TARGET...]
#
# Needs a Rust toolchain and a C++ compiler for libFuzzer, and no nightly: the coverage
# that libFuzzer is guided by is asked of LLVM directly. What is found is written
# to tests/fuzz/artifacts, and the run ends with 1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
seconds="${1:?usage: run.sh SECONDS [TARGET...]}"
shift
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    for path in fuzz_targets/*.rs; do targets+=("$(basename "$path" .rs)"); done
fi
command -v c++ >/dev/null || { echo "a C++ compiler is needed for libFuzzer" >&2; exit 69; }

host="$(rustc -vV | sed -n 's/^host: //p')"
# With a target named, programs that run while building are not instrumented.
flags="--cfg fuzzing -Cpasses=sancov-module -Ccodegen-units=1"
for option in level=4 inline-8bit-counters pc-table trace-compares; do
    flags+=" -Cllvm-args=-sanitizer-coverage-$option"
done
build() { RUSTFLAGS="$flags" cargo build --locked --release --target "$host" "$@"; }
for target in "${targets[@]}"; do
    # The service, and all that it stands on, takes some minutes to build.
    if grep -A2 "^name = \"$target\"" Cargo.toml | grep -q surface; then
        build --features surface --bin "$target"
    else
        build --bin "$target"
    fi
done
# Some targets read files, which they write first: in memory, not on a disk.
[ ! -d /dev/shm ] || export TMPDIR=/dev/shm
# Examples to begin with, from the workspace's own build.
corpus="$PWD/corpus"
(cd ../.. && cargo run --locked --quiet -p jcm-tests --bin fuzz_seeds -- "$corpus")

failed=()
for target in "${targets[@]}"; do
    echo "== $target, $seconds s"
    mkdir -p "corpus/$target" "artifacts/$target"
    "target/$host/release/$target" "corpus/$target" -max_total_time="$seconds" \
        -artifact_prefix="artifacts/$target/" -rss_limit_mb=2048 -timeout=10 -max_len=65536 \
        -print_final_stats=1 2>"artifacts/$target.log" || failed+=("$target")
    grep -E "stat::(number_of_executed|average_exec|new_units)|SUMMARY|panicked" "artifacts/$target.log" || true
done
[ ${#failed[@]} -eq 0 ] || { echo "FOUND SOMETHING: ${failed[*]}" >&2; exit 1; }
