#!/usr/bin/env bash
# Checks the models with Spin, and that each broken variant fails. Needs spin and a C compiler.
set -euo pipefail
models=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$models"/*.pml "$work"
cd "$work"

# Makes the verifier of a model, once: verifier MODEL [VARIANT]. Every property here is one of safety. What is
# searched to its end is worth being compiled well; a variant fails soon.
verifier() {
	local name=$1${2:+-$2}
	[ -x "$name" ] && return
	spin ${2:+"-D$2"} -a "$1.pml" >/dev/null
	cc "$([ -n "${2:-}" ] && echo -O0 || echo -O2)" -DSAFETY -o "$name" pan.c 2>/dev/null
}
# Prints the number of errors Spin finds: errors MODEL PROPERTY [VARIANT].
errors() {
	verifier "$1" "${3:-}"
	"./$1${3:+-$3}" -m200000 -N "$2" 2>&1 | sed -n 's/.*errors: \([0-9]*\).*/\1/p'
}

failed=0
holds() { # MODEL PROPERTY
	if [ "$(errors "$1" "$2")" = 0 ]; then echo "ok    $2"; else echo "FAIL  $2 does not hold"; failed=1; fi
}
caught() { # MODEL PROPERTY VARIANT...
	local model=$1 property=$2 variant
	shift 2
	for variant in "$@"; do
		if [ "$(errors "$model" "$property" "$variant")" != 0 ]; then
			echo "ok    $property: $variant is caught"
		else
			echo "FAIL  $property: $variant is not caught"
			failed=1
		fi
	done
}

holds wake nobody_is_missed
caught wake nobody_is_missed NO_WAIT NO_LAST_LOOK EARLY_UNLOCK NO_QUEUE DEAF_TO_LOSS
holds wake nobody_pays
caught wake nobody_pays ASKS_FOREVER

holds death nothing_is_sent_late
caught death nothing_is_sent_late SENDS_ON WORD_RENEWS HASTY
holds death duplicates_are_explained
caught death duplicates_are_explained FREE_RETRY
holds death once_is_once
caught death once_is_once FREE_RETRY
holds death the_living_are_not_dead
caught death the_living_are_not_dead SESSION_ONLY YOUNG_JUDGE SILENCE_ONLY
holds death the_dead_are_found_soon
caught death the_dead_are_found_soon LEASE_ONLY
holds death successes_count
caught death successes_count NO_FENCE FORGETS

# All of its properties in one search.
holds lease all_of_it
caught lease intent_before_bytes SENDS_UNKNOWN SENDS_EXPIRED REAPS_LIVING
caught lease one_at_a_time SENDS_EXPIRED NO_FENCE
caught lease once_is_once FREE_RETRY MODE_IGNORED GIVES_BACK_SENT
caught lease duplicates_are_explained FREE_RETRY GIVES_BACK_SENT NO_FENCE
caught lease attempts_are_counted COUNTS_FAILURES GIVES_BACK_SENT
caught lease delivered_is_applied SUCCESS_FIRST
caught lease successes_count FORGETS UNDOES
caught lease nothing_is_orphaned DROPS_EXPIRED
exit $failed
