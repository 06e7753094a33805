#!/bin/sh
# Builds a fuzz target (libFuzzer with clang++-16 where it is installed, else random inputs) and runs it.
#     native/fuzz/run.sh [SECONDS=600] [CORPUS=build/fuzz-corpus] [TARGET=racing]
# TARGET: racing or driving; the corpus of driving lies in build/fuzz-corpus-driving.
set -eu
seconds=${1:-600}
root=$(cd "$(dirname "$0")/../.." && pwd)
target=${3:-racing}
case $target in
  racing) name=fuzz-corpus ;;
  driving) name=fuzz-corpus-driving ;;
  *) echo "run.sh: no fuzz target '$target'; expected racing or driving" >&2; exit 2 ;;
esac
corpus=${2:-$root/build/$name}
preset=fuzz
if command -v clang++-16 >/dev/null; then preset=fuzz-clang; fi
cd "$root/native"
cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset" --target "fuzz_$target"
if [ "$preset" = fuzz ]; then exec "$root/build/fuzz/fuzz/fuzz_$target" "-seconds=$seconds"; fi
mkdir -p "$corpus"
# Whole drives to begin with: grown from nothing, inputs of that length would take hours.
for i in $(seq 32); do
  if [ ! -e "$corpus/seed-$i" ]; then head -c $((200 + 90 * i)) /dev/urandom >"$corpus/seed-$i"; fi
done
exec "$root/build/fuzz-clang/fuzz/fuzz_$target" "-max_total_time=$seconds" -max_len=4000 -len_control=0 -timeout=60 \
  -artifact_prefix="$corpus/crash-" "$corpus"
