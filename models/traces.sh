#!/usr/bin/env bash
# Prints runs of lease.pml, one after the other: traces.sh FIRST_SEED LAST_SEED. Needs spin. Those in
# test/models/lease-traces.txt were chosen from seeds 1 to 1500 by test/models/run.ts.
set -euo pipefail
cd "$(dirname "$0")"
for seed in $(seq "$1" "$2"); do
	# Its own remarks begin with a blank, a colon, a number or its name.
	spin -T -u2000 -n"$seed" lease.pml | grep -E '^(event|claim|send|accepted|failed|give-back|find|reap|expire|killed)'
done
