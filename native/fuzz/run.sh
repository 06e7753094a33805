#!/bin/sh
# Builds the fuzz target (libFuzzer with clang++-16 where it is installed, else random inputs) and runs it.
#     native/fuzz/run.sh [SECONDS=600] [CORPUS=build/fuzz-corpus]
set -eu
seconds=${1:-600}
root=$(cd "$(dirname "$0")/../.." && pwd)
corpus=${2:-$root/build/fuzz-corpus}
preset=fuzz
if command -v clang++-16 >/dev/null; then preset=fuzz-clang; fi
cd "$root/native"
cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset"
if [ "$preset" = fuzz ]; then exec "$root/build/fuzz/fuzz/fuzz_racing" "-seconds=$seconds"; fi
mkdir -p "$corpus"
# Whole drives to begin with: grown from nothing, inputs of that length would take hours.
for i in $(seq 32); do
  if [ ! -e "$corpus/seed-$i" ]; then head -c $((200 + 90 * i)) /dev/urandom >"$corpus/seed-$i"; fi
done
exec "$root/build/fuzz-clang/fuzz/fuzz_racing" "-max_total_time=$seconds" -max_len=4000 -len_control=0 -timeout=60 \
  -artifact_prefix="$corpus/crash-" "$corpus"
