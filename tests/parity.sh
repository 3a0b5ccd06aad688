#!/usr/bin/env bash
# Prints what redis_exporter has beside what redwasp has (tests/parity.tsv), and
# how many rows are the same, different on purpose, and open.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"

awk -F '\t' '
    /^#/ { next }
    { printf "%-8s %-11s %s\n", $3, $1, $2; count[$3]++ }
    END { printf "\n%d same, %d different on purpose, %d open\n", count["same"], count["differs"], count["open"] }
' parity.tsv
