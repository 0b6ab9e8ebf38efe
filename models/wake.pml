/*
 * How a relay is woken, for Spin: writers notify only while a relay asks to be notified.
 *
 * What is modelled
 *   - The wake lock: shared by writers until the end of their transaction, exclusive for the relay that asks. A writer only tries:
 *     it fails while the lock is held exclusively, and while somebody waits to hold it exclusively (PostgreSQL's queue).
 *   - A writer inserts its row and tries the lock: it got it: it says nothing. It did not: it notifies. Its row becomes visible, and
 *     then its notification is delivered and its lock released, with the commit; prepared transactions are no different.
 *   - A look sees exactly the rows that are committed at that moment. A notification leads to a look.
 *   - The relay's modes and steps are those of the code: wake-steps.pml is made from WAKE_STEPS in src/relay/wake-mode.ts, and
 *     test/relay/wake-mode.test.ts fails when it is not what the code says.
 *   - The session that holds the lock may be lost at any time, and with it the lock: the relay hears of it later than others.
 *   - A stranger may hold the lock, shared or exclusively, for as long as it likes: any role can take an advisory lock.
 *   - A second relay takes over when the first one dies.
 *
 * What is claimed
 *   nobody_is_missed   When all writers have ended, the relay listens, its session is there, and no notification is under way, no
 *                      committed row is left unread.
 *   nobody_pays        While the relay polls or stands by, and no stranger holds the lock, no writer that begins notifies.
 *
 * Variants that must fail, each leaving out one step:
 *   -DNO_WAIT        takes the lock for granted as soon as it is asked for
 *   -DNO_LAST_LOOK   does not look once more when the lock is granted
 *   -DEARLY_UNLOCK   writers give the lock back at once, not at the end of their transaction
 *   -DNO_QUEUE       a lock that is waited for does not keep writers from getting it, and the relay does not wait for them
 *   -DDEAF_TO_LOSS   goes on listening when the lock's session is lost
 *   -DASKS_FOREVER   keeps the lock while it polls
 */
#define WRITERS 3

mtype = { standby, polling, draining, listening };

mtype mode = standby;
byte shared;              /* writers that hold the lock */
bool exclusive;           /* the relay's session holds it */
bool waiting;             /* the relay's session waits for it */
bool stranger_shared;
bool stranger_exclusive;
bool notification;        /* under way; several fold into one */
bool look;                /* the relay is going to look */
bool lost;                /* the session is gone, and the relay has not heard of it yet */
byte visible;             /* committed rows not yet read */
byte ended;               /* writers that have committed or rolled back */
bool wrongly_notified;    /* a writer notified although nobody asked */

#ifdef NO_QUEUE
#define IS_FREE (!exclusive && !stranger_exclusive)
#define MAY_BE_HELD (waiting && !stranger_shared && !stranger_exclusive)
#else
#define IS_FREE (!exclusive && !waiting && !stranger_exclusive)
#define MAY_BE_HELD (waiting && shared == 0 && !stranger_shared && !stranger_exclusive)
#endif

#ifdef NO_WAIT
#define REQUEST exclusive = true
#else
#define REQUEST waiting = true
#endif
#ifdef ASKS_FOREVER
#define RELEASE skip
#else
#define RELEASE exclusive = false; waiting = false
#endif

#include "wake-steps.pml"

proctype Writer() {
	bool silent;
	/* The row is inserted, and the lock tried. */
	atomic {
		silent = IS_FREE;
		if
		:: silent -> shared++
		:: else ->
			if
			:: (mode == polling || mode == standby) && !exclusive && !waiting && !stranger_exclusive -> wrongly_notified = true
			:: else
			fi
		fi
#ifdef ASKS_FOREVER
		if
		:: !silent && mode == polling -> wrongly_notified = true
		:: else
		fi
#endif
	}
#ifdef EARLY_UNLOCK
	atomic { if :: silent -> shared-- :: else fi }
#endif
	if
	:: visible++;                                     /* committed: first the row is there, */
		atomic {                                      /* then the notification, and the lock is free */
			if :: !silent -> notification = true :: else fi;
#ifndef EARLY_UNLOCK
			if :: silent -> shared-- :: else fi;
#endif
			ended++
		}
	:: atomic {                                       /* rolled back */
#ifndef EARLY_UNLOCK
			if :: silent -> shared-- :: else fi;
#endif
			ended++ }
	fi
}

/* Somebody else's session. */
proctype Stranger() {
	if
	:: atomic { IS_FREE -> stranger_shared = true }; stranger_shared = false
	:: atomic { shared == 0 && !exclusive && !waiting -> stranger_exclusive = true }; stranger_exclusive = false
	:: skip
	fi
}

proctype Relay() {
	byte wakes = 2;                                   /* how often it may become busy */
	byte losses = 1;                                  /* how often a session is lost, or a relay dies */
	do
	:: atomic { look -> look = false; visible = 0 }
	/* a look now and then: by the poll, and while draining */
	:: atomic { mode == draining || mode == polling -> visible = 0 }
	/* woken */
	:: atomic { notification -> notification = false; look = true }
	:: atomic { on_chosen() }
#ifdef NO_WAIT
	:: atomic { mode == draining -> on_held() }
#else
	:: atomic { MAY_BE_HELD -> waiting = false; exclusive = true; on_held();
#ifdef NO_LAST_LOOK
		look = false
#endif
		}
#endif
	:: atomic { wakes > 0 -> wakes--; on_busy() }
	:: atomic { on_quiet() }
	/* Another relay asks; it is the same one here, so it will be chosen again. */
	:: atomic { wakes > 0 -> wakes--; on_dismissed() }
	/* The session is gone, by itself or because its relay has died, */
	:: atomic { losses > 0 && (exclusive || waiting) -> losses--; exclusive = false; waiting = false; lost = true }
	/* and that is heard of; or another relay takes over. */
#ifdef DEAF_TO_LOSS
	:: atomic { lost -> lost = false }
#else
	:: atomic { lost -> lost = false; on_lost() }
#endif
	od
}

init {
	byte i = 0;
	atomic {
		run Relay();
		run Stranger();
		do
		:: i < WRITERS -> run Writer(); i++
		:: else -> break
		od
	}
}

ltl nobody_is_missed { [] ((mode == listening && !look && !notification && !lost && ended == WRITERS) -> visible == 0) }
ltl nobody_pays { [] (!wrongly_notified) }
