#!/usr/bin/env bash
# Keeps a component of each language for a version of the contract that is
# released: tests/golden.sh VERSION. What is kept is never made again.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

version=${1:?which version of the contract?}
folder=tests/testdata/contract/$version
example=examples/plugins/orders
redwasp=$PWD/target/debug/redwasp
export PATH=$PWD/target/tools/bin:$PATH

if [ -e "$folder" ]; then
    printf 'golden: %s is there: what was released is never made again\n' "$folder" >&2
    exit 1
fi
cargo build --locked -p redwasp
mkdir -p "$folder"
cp wit/*.wit "$folder/"
cp "$example/recording.json" "$folder/recording.json"
for language in rust javascript python go c; do
    [ "$language" != javascript ] || (cd "$example/$language" && npm ci --no-audit --no-fund)
    "$redwasp" plugin build "$example/$language"
    gzip -9 -n <"$example/$language/orders.wasm" >"$folder/$language.wasm.gz"
done
"$redwasp" plugin replay "$example/rust/orders.wasm" "$folder/recording.json" >"$folder/page.prom"
