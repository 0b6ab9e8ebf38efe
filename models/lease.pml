/*
 * Leases, fences and settling, for Spin: one event, two relays, and what the database makes of what they say.
 *
 * What is modelled
 *   - The database's side of an event: whether it is pending, sending, delivered or uncertain; its count of attempts; the claims that
 *     name it; which attempts are on record, as failed and under which lease, or as accepted. Each statement is one step, as in PostgreSQL:
 *     claim(), give_back(), settle_accepted(), settle_failed(), expired_leases(). test/models/lease-traces.test.ts replays runs of this
 *     model on the real functions and compares the state after every step.
 *   - A relay claims, sends, and says what came of it. A lease may expire at any time: after a while, or at once because its relay is taken
 *     for dead. From then on its relay does not send (by its own clock, which death.pml is about), and any relay may reap it: in two
 *     steps, with anything in between. Every relay may stand still between any two steps.
 *   - The answer to any statement may be lost, and its COMMIT may have happened or not. What is settled, reaped or given back is then said
 *     again; a claim is given back by the lease that its relay had made up for it.
 *   - A relay may be killed at any time; another one comes in its place and remembers nothing.
 *   - A request that has begun is applied by Reward or not, whatever its relay is told or becomes. When makes no difference: nothing
 *     here learns of it.
 *
 * What is claimed
 *   intent_before_bytes       A request begins only while its claim is on record.
 *   one_at_a_time             No request begins while a claim of another relay names the event as being sent.
 *   once_is_once              In at-most-once mode Reward applies the event at most once.
 *   duplicates_are_explained  When a request begins, every earlier one is on record.
 *   attempts_are_counted      The count of attempts is never behind the requests that were begun.
 *   delivered_is_applied      An event that is marked as delivered was applied.
 *   successes_count           A success that was heard is never undone, and never left out.
 *   nothing_is_orphaned       An event that is being sent is named by a claim: what becomes of its relay, somebody finds it.
 *
 * Variants that must fail, each leaving out one thing:
 *   -DSENDS_UNKNOWN     sends what a claim without an answer may have claimed
 *   -DSENDS_EXPIRED     sends under a lease that has expired
 *   -DREAPS_LIVING      reaps a lease that has not expired
 *   -DCOUNTS_FAILURES   counts an attempt when it has failed, not when it is claimed
 *   -DFREE_RETRY        returns what has expired as if it had not been tried
 *   -DMODE_IGNORED      sends what has expired again, whatever the mode
 *   -DGIVES_BACK_SENT   gives back what was sent when it is told to stop
 *   -DNO_FENCE          has a failure change the event, whoever holds it
 *   -DFORGETS           records no success once the lease has ended
 *   -DSUCCESS_FIRST     records the success before the answer
 *   -DDROPS_EXPIRED     removes an expired claim of which nothing is on record
 *   -DUNDOES            has a failure change an event that was delivered meanwhile
 */
#define RELAYS 2
#define MOST_CLAIMS 3

mtype = { pending, sending, delivered, uncertain };
mtype = { idle, unknown, claimed, inflight, succeeded, failed };

/* The database. Leases and attempts are counted from 1. */
bool at_most_once;
mtype status = pending;
byte attempts;
byte holder;                      /* the lease under which it is being sent; 0: none */
byte leases;                      /* claims that were ever made */
byte attempt_of[MOST_CLAIMS + 1]; /* by lease */
bool open[MOST_CLAIMS + 1];
bool expired[MOST_CLAIMS + 1];
byte failed_under[MOST_CLAIMS + 1]; /* by attempt: the lease under which a failure is on record; 0: none is */
bool accepted[MOST_CLAIMS + 1];     /* by attempt */

/* The relays. */
mtype phase[RELAYS];
byte lease[RELAYS];
byte found[RELAYS];               /* an expired lease that is about to be reaped; 0: none */

/* Reward. */
byte applied;

byte losses = 2;                  /* answers that may get lost */
byte deaths = 1;

byte begun;                       /* requests */
bool sent[MOST_CLAIMS + 1];       /* by lease */
bool without_intent;
bool beside;
bool unexplained;
bool undone;

#define ON_RECORD(a) (failed_under[a] > 0 || accepted[a])
#ifdef REAPS_LIVING
#define REAPABLE(l) (open[l] && !ON_RECORD(attempt_of[l]))
#else
#define REAPABLE(l) (open[l] && expired[l] && !ON_RECORD(attempt_of[l]))
#endif
/* Once it is delivered nobody counts its attempts any more. */
#define STATE printf(" | %e %d %d %d%d%d %d%d%d\n", status, (status == delivered -> 0 : attempts), open[1] + 2 * open[2] + 4 * open[3], \
	failed_under[1] > 0, failed_under[2] > 0, failed_under[3] > 0, accepted[1], accepted[2], accepted[3])

/* end_leases(): of which every attempt is on record. */
inline end_lease(l) {
	if :: ON_RECORD(attempt_of[l]) -> open[l] = false :: else fi
}

inline claim() {
	leases++;
	lease[me] = leases;
	status = sending;
	holder = leases;
#ifndef COUNTS_FAILURES
	attempts++;
	attempt_of[leases] = attempts;
#else
	attempt_of[leases] = attempts + 1;
#endif
	open[leases] = true
}

inline give_back(l) {
	if
	:: open[l] && !ON_RECORD(attempt_of[l]) ->
		open[l] = false;
		if :: holder == l -> holder = 0; status = pending; attempts-- :: else fi
	:: else
	fi
}

inline settle_accepted(l) {
	if
#ifdef FORGETS
	:: !accepted[attempt_of[l]] && open[l] ->
#else
	:: !accepted[attempt_of[l]] && (open[l] || failed_under[attempt_of[l]] == l) ->
#endif
		accepted[attempt_of[l]] = true; holder = 0; status = delivered
	:: else
	fi;
	end_lease(l)
}

/* What is ambiguous goes by the mode. */
inline settle_failed(l) {
	if
#ifdef NO_FENCE
	:: true ->
#else
	:: open[l] && !ON_RECORD(attempt_of[l]) ->
#endif
		if :: failed_under[attempt_of[l]] == 0 -> failed_under[attempt_of[l]] = l :: else fi;
		if
#ifdef UNDOES
		:: true ->
#else
		:: holder == l ->
#endif
#ifdef COUNTS_FAILURES
			attempts++;
#endif
			holder = 0;
			if :: at_most_once -> status = uncertain :: else -> status = pending fi
#ifdef NO_FENCE
		:: holder != l && status != delivered -> if :: at_most_once -> status = uncertain :: else -> status = pending fi
#endif
		:: else
		fi
	:: else
	fi;
	end_lease(l)
}

inline reap(l) {
#ifdef FREE_RETRY
	if :: holder == l -> holder = 0; status = pending :: else fi;
	open[l] = false
#else
#ifdef MODE_IGNORED
	settle_failed(l);
	if :: status == uncertain -> status = pending :: else fi
#else
	settle_failed(l)
#endif
#endif
}

inline find(l) {
#ifdef DROPS_EXPIRED
	open[l] = false;
#endif
	found[me] = l;
	printf("find %d %d\n", me, l)
}

/* A request begins. */
inline send() {
	if :: !open[lease[me]] -> without_intent = true :: else fi;
	if :: holder != lease[me] && status == sending -> beside = true :: else fi;
	l = 1;
	do
	:: l <= leases ->
		if :: sent[l] && !ON_RECORD(attempt_of[l]) -> unexplained = true :: else fi;
		if :: sent[l] && l != lease[me] && attempt_of[l] == attempt_of[lease[me]] -> unexplained = true :: else fi;
		l++
	:: else -> break
	od;
	sent[lease[me]] = true;
	l = 0;
	begun++
}

proctype Relay(byte me) {
	byte l;
	do
	/* A claim: its answer comes, or is lost after the COMMIT, or there was none. */
	:: atomic { phase[me] == idle && status == pending && leases < MOST_CLAIMS ->
		claim(); phase[me] = claimed; printf("claim %d %d", me, lease[me]); STATE }
	:: atomic { phase[me] == idle && status == pending && leases < MOST_CLAIMS && losses > 0 ->
		losses--; claim(); phase[me] = unknown; printf("claim-lost %d %d", me, lease[me]); STATE }
	:: atomic { phase[me] == idle && status == pending && leases < MOST_CLAIMS && losses > 0 ->
		losses--; leases++; lease[me] = leases; phase[me] = unknown;
		printf("claim-undone %d %d", me, lease[me]); STATE }
	/* What was not sent is given back, and so is what may have been claimed; from then on it is not sent any more. */
	:: atomic { phase[me] == claimed || phase[me] == unknown ->
		give_back(lease[me]); phase[me] = idle; printf("give-back %d %d", me, lease[me]); STATE }
	:: atomic { (phase[me] == claimed || phase[me] == unknown) && losses > 0 ->
		losses--; give_back(lease[me]); phase[me] = unknown; printf("give-back %d %d", me, lease[me]); STATE }
#ifdef GIVES_BACK_SENT
	:: atomic { phase[me] == inflight -> applied++; give_back(lease[me]); phase[me] = idle }
#endif
#ifdef SENDS_UNKNOWN
	:: atomic { phase[me] == unknown && !expired[lease[me]] -> send(); phase[me] = inflight }
#endif
#ifdef SENDS_EXPIRED
	:: atomic { phase[me] == claimed -> send(); phase[me] = inflight }
#else
	:: atomic { phase[me] == claimed && !expired[lease[me]] -> send(); phase[me] = inflight; printf("send %d %d\n", me, lease[me]) }
#endif
#ifdef SUCCESS_FIRST
	:: atomic { phase[me] == claimed && !expired[lease[me]] -> settle_accepted(lease[me]); send(); phase[me] = inflight }
#endif
	/* Its answer. */
	:: atomic { phase[me] == inflight -> applied++; phase[me] = succeeded }
	:: atomic { phase[me] == inflight -> applied++; phase[me] = failed }
	:: atomic { phase[me] == inflight -> phase[me] = failed }
	/* What is settled is said again until an answer comes. */
	:: atomic { phase[me] == succeeded ->
		settle_accepted(lease[me]); phase[me] = idle;
		if :: status != delivered -> undone = true :: else fi;
		printf("accepted %d %d", me, lease[me]); STATE }
	:: atomic { phase[me] == succeeded && losses > 0 ->
		losses--; settle_accepted(lease[me]); printf("accepted %d %d", me, lease[me]); STATE }
	:: atomic { phase[me] == failed ->
		settle_failed(lease[me]); phase[me] = idle; printf("failed %d %d", me, lease[me]); STATE }
	:: atomic { phase[me] == failed && losses > 0 ->
		losses--; settle_failed(lease[me]); printf("failed %d %d", me, lease[me]); STATE }
	/* Reaping looks, and then writes; what happens in between is not known to it. */
	:: atomic { found[me] == 0 && REAPABLE(1) -> find(1) }
	:: atomic { found[me] == 0 && REAPABLE(2) -> find(2) }
	:: atomic { found[me] == 0 && REAPABLE(3) -> find(3) }
	:: atomic { found[me] > 0 -> reap(found[me]); printf("reap %d %d", me, found[me]); STATE; found[me] = 0 }
	/* Killed; another one comes in its place. */
	:: atomic { deaths > 0 && (phase[me] != idle || found[me] > 0) ->
		deaths--;
		if :: phase[me] == inflight -> applied++ :: true fi;
		phase[me] = idle; found[me] = 0; printf("killed %d\n", me) }
	od
}

proctype Time() {
	do
	:: atomic { open[1] && !expired[1] -> expired[1] = true; printf("expire 1\n") }
	:: atomic { open[2] && !expired[2] -> expired[2] = true; printf("expire 2\n") }
	:: atomic { open[3] && !expired[3] -> expired[3] = true; printf("expire 3\n") }
	od
}

init {
	atomic {
		if :: at_most_once = true :: at_most_once = false fi;
		phase[0] = idle; phase[1] = idle;
		printf("event %d\n", at_most_once);
		run Relay(0); run Relay(1); run Time()
	}
}

#define INTENT (!without_intent)
#define ALONE (!beside)
#define ONCE (!at_most_once || applied < 2)
#define EXPLAINED (!unexplained)
#define COUNTED (begun <= attempts)
#define APPLIED (status != delivered || applied > 0)
#define SUCCESSES (!undone && ((!accepted[1] && !accepted[2] && !accepted[3]) || status == delivered))
#define FOUND (status != sending || open[1] || open[2] || open[3])

ltl all_of_it { [] (INTENT && ALONE && ONCE && EXPLAINED && COUNTED && APPLIED && SUCCESSES && FOUND) }
ltl intent_before_bytes { [] INTENT }
ltl one_at_a_time { [] ALONE }
ltl once_is_once { [] ONCE }
ltl duplicates_are_explained { [] EXPLAINED }
ltl attempts_are_counted { [] COUNTED }
ltl delivered_is_applied { [] APPLIED }
ltl successes_count { [] SUCCESSES }
ltl nothing_is_orphaned { [] FOUND }
