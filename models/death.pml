/*
 * How the death of a relay is found, and what becomes of what it held, for Spin.
 *
 * What is modelled
 *   - A relay claims an event under a lease, sends it, and writes down what came of it. Another relay, the judge, takes the first one for dead
 *     when the session with which it listened is gone and it has said nothing for DEAD ticks (dead_relays()); then, or when the
 *     lease has expired, it reaps the attempt as ambiguous, and the event goes by its mode: sent again by the judge, or uncertain.
 *   - A relay sends only while its last word is less than SEND_WITHIN ticks old by its own clock, which goes on while it is frozen;
 *     what it had claimed before a longer silence it gives back (src/relay/presence.ts).
 *   - A request that has begun may be applied by Reward at any later time, or never.
 *   - A success is recorded however late; a failure only while the lease is the relay's.
 *   - What may happen, two of it: the relay is killed; loses its session and may open another; is cut off from the database; is frozen;
 *     PostgreSQL is down for a while, and all sessions are gone. Cut off, the server keeps its session for as long as it likes.
 *   - A tick passes only when everybody who could has done what is due: a relay that can says something every tick, a judge that may
 *     judges. Times are in ticks of about 0.8 s.
 *
 * What is claimed
 *   nothing_is_sent_late      No request begins after its attempt was reaped: a relay is worth its requests in flight at most.
 *   duplicates_are_explained  When an event is sent again, the attempt before it is on record.
 *   once_is_once              In at-most-once mode Reward applies an event at most once.
 *   the_living_are_not_dead   A relay that runs is not taken for dead as long as it has its session, or has not been kept from speaking.
 *   the_dead_are_found_soon   What a killed relay held is reaped DEAD + 1 ticks later at most.
 *   successes_count           An event whose success was written down stays delivered; a late failure changes nothing.
 *
 * Variants that must fail, each leaving out one thing:
 *   -DSENDS_ON       sends for as long as the lease lasts
 *   -DWORD_RENEWS    goes on sending what it had claimed before a silence, as soon as it has said something again
 *   -DHASTY          takes for dead before a relay must have stopped sending
 *   -DSESSION_ONLY   takes for dead who has lost its session, without waiting
 *   -DYOUNG_JUDGE    judges at once after a restart of PostgreSQL, when nobody has had time to come back
 *   -DSILENCE_ONLY   takes for dead who is silent, although its session is there
 *   -DLEASE_ONLY     waits for the lease to expire
 *   -DFREE_RETRY     returns what a dead relay held as if it had not been tried
 *   -DNO_FENCE       records failures whoever holds the lease
 *   -DFORGETS        records no success once the lease has ended
 */
#define SEND_WITHIN 2
#ifdef HASTY
#define DEAD 1
#else
#define DEAD 3
#endif
#define LEASE 6
#define OLD 6

mtype = { pending, sending, delivered, uncertain };
mtype = { nothing, claimed, inflight, succeeded, failed };

bool at_most_once;
mtype status = pending;
mtype attempt = nothing;  /* the relay's */
mtype second = nothing;   /* the judge's */
bool leased;              /* the relay holds the lease */
bool on_record;           /* the relay's attempt is */
bool written_off;
byte applied;             /* how often Reward has applied the event */
bool success_written;

bool running = true;      /* the relay is there */
bool frozen;
bool reaches = true;      /* it reaches the database */
bool up = true;           /* PostgreSQL answers */
bool session = true;      /* the server has its session */
bool hindered;            /* since its last word something has kept the relay, and nobody else, from saying more */
byte word;                /* ticks since it last said something, as the database knows */
byte own_word;            /* the same by its own clock */
byte lease_age;
byte judge_age = OLD;     /* how long the judge has had its session */
byte dead_for;

bool sent_late;
bool unexplained;
bool wronged;
bool forgotten;
bool undone;

#define CAN_SPEAK (running && !frozen && reaches && up)
#ifdef SESSION_ONLY
#define SEEMS_DEAD (!session)
#else
#ifdef SILENCE_ONLY
#define SEEMS_DEAD (word >= DEAD)
#else
#ifdef YOUNG_JUDGE
#define SEEMS_DEAD (!session && word >= DEAD)
#else
#define SEEMS_DEAD (!session && word >= DEAD && judge_age >= DEAD)
#endif
#endif
#endif
#ifdef LEASE_ONLY
#define IS_DUE (up && leased && lease_age >= LEASE)
#else
#define IS_DUE (up && leased && (SEEMS_DEAD || lease_age >= LEASE))
#endif
#ifdef SENDS_ON
#define MAY_SEND (lease_age < LEASE - 1)
#else
#define MAY_SEND (own_word < SEND_WITHIN && lease_age < LEASE - 1)
#endif
#ifdef NO_FENCE
#define MAY_FAIL (true)
#else
#define MAY_FAIL (leased)
#endif
#ifdef FORGETS
#define MAY_SUCCEED (leased)
#else
#define MAY_SUCCEED (true)
#endif

inline older(age) { if :: age < OLD -> age++ :: else fi }

/* After a failure, or an attempt of which nothing is known. */
inline by_its_mode() {
	if
	:: at_most_once -> status = uncertain
	:: else -> status = pending
	fi
}

proctype Relay() {
	do
	:: atomic { CAN_SPEAK && session && status == pending && attempt == nothing && !written_off && !on_record ->
		status = sending; attempt = claimed; leased = true; lease_age = 0; word = 0; own_word = 0 }
	:: atomic { running && !frozen && attempt == claimed && MAY_SEND ->
		attempt = inflight;
		if :: written_off -> sent_late = true :: else fi }
	/* What Reward does with a request does not depend on who still waits for its answer. */
	:: atomic { attempt == inflight && applied < 3 -> applied++; attempt = succeeded }
	:: atomic { attempt == inflight && applied < 3 -> applied++; attempt = failed }
	:: atomic { attempt == inflight -> attempt = failed }
	:: atomic { CAN_SPEAK && attempt == succeeded && MAY_SUCCEED ->
		attempt = nothing; on_record = true; leased = false; status = delivered; success_written = true }
#ifdef FORGETS
	:: atomic { CAN_SPEAK && attempt == succeeded && !MAY_SUCCEED -> attempt = nothing; undone = true }
#endif
	:: atomic { CAN_SPEAK && attempt == failed && MAY_FAIL && status != delivered ->
		if :: !leased -> undone = true :: else fi;
		attempt = nothing; on_record = true; leased = false; by_its_mode() }
	:: atomic { CAN_SPEAK && attempt == failed && !leased -> attempt = nothing }
	/* It says that it lives, on a new session if the old one is gone. */
	:: atomic { CAN_SPEAK && (word > 0 || !session) ->
#ifndef WORD_RENEWS
		/* After a silence that was too long it may have been reaped: it is given back. */
		if
		:: attempt == claimed && own_word >= SEND_WITHIN ->
			attempt = nothing;
			if :: leased -> leased = false; status = pending :: else fi
		:: else
		fi;
#endif
		session = true; word = 0; own_word = 0; hindered = false }
	od
}

proctype Judge() {
	do
	:: atomic { IS_DUE ->
		if
		:: running && !hindered && lease_age < LEASE -> wronged = true
		:: running && session && lease_age < LEASE -> wronged = true
		:: else
		fi;
		leased = false; written_off = true;
#ifndef FREE_RETRY
		on_record = true;
#endif
#ifdef FREE_RETRY
		status = pending
#else
		by_its_mode()
#endif
	}
	:: atomic { written_off && status == pending && second == nothing ->
		status = sending; second = inflight;
		if :: !on_record -> unexplained = true :: else fi }
	:: atomic { second == inflight && applied < 3 -> applied++; second = succeeded; status = delivered }
	od
}

proctype Clock() {
	byte ticks = 0;
	do
	:: atomic { ticks < 9 && !IS_DUE && !(CAN_SPEAK && (word > 0 || !session)) ->
		ticks++;
		older(word); older(own_word); older(lease_age); older(judge_age);
		if
		:: !running && up && judge_age >= DEAD && leased && dead_for < OLD -> dead_for++
		:: else
		fi;
		if :: dead_for > DEAD + 1 -> forgotten = true :: else fi
	}
	:: ticks == 9 -> break
	od
}

proctype Faults() {
	byte left = 2;
	do
	:: atomic { left > 0 && running -> left--; running = false; session = false; hindered = true }
	:: atomic { left > 0 && session -> left--; session = false }
	:: atomic { left > 0 && reaches -> left--; reaches = false; hindered = true }
	:: atomic { !reaches && session -> session = false }      /* the server has noticed */
	:: atomic { !reaches -> reaches = true }
	:: atomic { left > 0 && !frozen -> left--; frozen = true; hindered = true }
	:: atomic { frozen -> frozen = false }
	:: atomic { left > 0 && up -> left--; up = false; session = false }
	:: atomic { !up -> up = true; judge_age = 0 }
	:: break
	od
}

init {
	atomic {
		if :: at_most_once = true :: at_most_once = false fi;
		run Relay(); run Judge(); run Clock(); run Faults()
	}
}

ltl nothing_is_sent_late { [] !sent_late }
ltl duplicates_are_explained { [] !unexplained }
ltl once_is_once { [] (at_most_once -> applied < 2) }
ltl the_living_are_not_dead { [] !wronged }
ltl the_dead_are_found_soon { [] !forgotten }
ltl successes_count { [] (!undone && (success_written -> status == delivered)) }
