#!/usr/bin/env bash
# Checks the model of the wake-up protocol with Spin, and that each broken variant fails. Needs spin and a C compiler.
set -euo pipefail
model=$(cd "$(dirname "$0")" && pwd)/wake.pml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Prints the number of errors Spin finds.
errors() {
	spin "$@" -a "$model" >/dev/null
	cc -O2 -o pan pan.c 2>/dev/null
	./pan -a -m200000 -N nobody_is_missed 2>&1 | sed -n 's/.*errors: \([0-9]*\).*/\1/p'
}

failed=0
found=$(errors)
if [ "$found" = 0 ]; then echo "ok    nobody is missed"; else echo "FAIL  the protocol misses somebody"; failed=1; fi
for variant in NO_HORIZON NO_LAST_LOOK HORIZON_FIRST XMAX_HORIZON TRUSTING_BIRTH; do
	found=$(errors "-D$variant")
	if [ "$found" != 0 ]; then echo "ok    $variant is caught"; else echo "FAIL  $variant is not caught"; failed=1; fi
done
exit $failed
