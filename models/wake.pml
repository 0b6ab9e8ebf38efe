/*
 * The wake-up protocol of reward-outbox, for Spin: writers ring (NOTIFY) unless a relay is awake and looks by itself.
 *
 * What is modelled
 *   - A writer takes a transaction id, inserts its row, tests the mark (in before_insert()), and commits or rolls back later.
 *     Its row becomes visible, and its ring is delivered, only with the commit.
 *   - A look sees exactly the rows that are committed at that moment.
 *   - The relay raises the mark when it is busy. To go to sleep it lowers the mark, notes the horizon (the next transaction id), and goes on
 *     looking until every transaction below the horizon has ended; then it looks once more and relies on being rung.
 *   - A snapshot's xmax is the highest COMPLETED transaction id plus one: ids above it may be running, and its xmin does not see them.
 *     So the horizon is a transaction id of the relay's own, taken after the mark is down.
 *   - The relay may die while it is awake or drowsy; the mark goes with its session, and the one that replaces it begins drowsy.
 *
 * What is claimed
 *   When all writers have ended, the relay sleeps and no ring is under way, no committed row is left unread: nobody is missed.
 *
 * Variants that must fail, each leaving out one step:
 *   -DNO_HORIZON    sleeps right after lowering the mark and one look, without waiting for the horizon
 *   -DNO_LAST_LOOK  does not look again after the horizon has passed
 *   -DXMAX_HORIZON  takes the snapshot's xmax for the horizon
 *   -DHORIZON_FIRST notes the horizon before lowering the mark
 *   -DTRUSTING_BIRTH a new relay looks once and relies on rings, without a horizon: its predecessor may have died awake
 */
#define WRITERS 3

bool mark;                   /* the advisory lock: a relay is awake */
bool ring;                   /* a notification waits; several fold into one */
byte next_xid = 1;
byte completed;              /* the highest transaction id that has ended */
bool running[WRITERS + 6];   /* by transaction id: still running */
byte visible;                /* committed rows not yet read */
byte ended;                  /* writers that have committed or rolled back */
bool asleep;

/* A snapshot's xmin: the lowest running transaction id below its xmax, or that xmax. */
inline set_xmin(x) {
	x = 1;
	do
	:: x <= completed && !running[x] -> x++
	:: else -> break
	od
}

inline end_transaction(x) {
	running[x] = false;
	if
	:: x > completed -> completed = x
	:: else
	fi
}

#ifdef XMAX_HORIZON
#define NOTE_HORIZON horizon = completed + 1
#else
#define NOTE_HORIZON atomic { horizon = next_xid; next_xid++; end_transaction(horizon) }
#endif

proctype Writer() {
	byte xid;
	bool rings;
	atomic { xid = next_xid; next_xid++; running[xid] = true }
	/* The row is inserted, then the mark is tested. */
	rings = !mark;
	if
	:: atomic { visible++; end_transaction(xid); ended++; if :: rings -> ring = true :: else fi }
	:: atomic { end_transaction(xid); ended++ }       /* rolled back: nothing is visible, nothing rings */
	fi
}

proctype Relay() {
	byte horizon;
	byte xmin;
	byte deaths = 1;
	byte wakes = 2;                                     /* how often it may become awake: ids are finite here */
	goto drowsy;

awake:
	mark = true;
	do
	:: visible = 0                                  /* looks by itself, any number of times */
	:: break
	:: deaths > 0 -> atomic { deaths--; mark = false }; goto born   /* killed: the mark goes with the session */
	od;
	goto drowsy;

born:
#ifdef TRUSTING_BIRTH
	visible = 0;
	goto sleep;
#endif

drowsy:
#ifdef HORIZON_FIRST
	NOTE_HORIZON;
	mark = false;
#else
	mark = false;
	NOTE_HORIZON;
#endif
#ifdef NO_HORIZON
	visible = 0;
#else
	do
	:: visible = 0
	:: atomic {
		set_xmin(xmin);
		if
		:: xmin >= horizon -> break
		:: else
		fi }
	:: deaths > 0 -> deaths--; goto born
	od;
#ifndef NO_LAST_LOOK
	visible = 0;
#endif
#endif

sleep:
	asleep = true;
	do
	:: atomic { ring -> ring = false; asleep = false }
		visible = 0;
		if
		:: skip                                     /* a low rate: stays asleep, is rung again */
		:: wakes > 0 -> wakes--; goto awake
		fi;
		asleep = true
	od
}

init {
	byte i = 0;
	atomic {
		run Relay();
		do
		:: i < WRITERS -> run Writer(); i++
		:: else -> break
		od
	}
}

ltl nobody_is_missed { [] ((asleep && !ring && ended == WRITERS) -> visible == 0) }
