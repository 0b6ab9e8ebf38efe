import { horizonMs, type Others, type ReceiptHabits, reconcile, type Send } from "../../src/event/reconcile.ts";
import { MOST_RISK } from "../../src/event/silence.ts";
import { seededRandom } from "../../src/sandbox/chance.ts";

const HOUR = 3_600_000;
const MONTH = 30 * 24 * HOUR;

/** What of requests in doubt became of them, under one policy. */
export interface Fate {
	/** Applied twice. */
	readonly doubled: number;
	/** Counted as delivered although not applied: a made-up receipt. */
	readonly wronglyClosed: number;
	/** Nothing followed: for a person. */
	readonly left: number;
}

/** What becomes of doubtful requests in a month, by the rules that relays go by, with webhooks that misbehave. */
export interface Simulated {
	/** Requests of which nobody knew, */
	readonly doubtful: number;
	/** and those of them that were applied. */
	readonly applied: number;
	readonly atOnce: Fate;
	readonly afterEvidence: Fate;
	readonly confirm: Fate;
	readonly confirmAndResend: Fate;
	/** If whatever is silent were sent again, however likely it was applied. */
	readonly resendAll: Fate;
}

/** As in the sandbox: four failures that are equally likely. Two are the same to the sender. */
const ENDINGS = [
	{ error_code: "http_500", http_status: 500, applied: false },
	{ error_code: "http_503", http_status: 503, applied: false },
	{ error_code: "reset", http_status: null, applied: false },
	{ error_code: "reset", http_status: null, applied: true },
] as const;

interface Request {
	readonly event: string;
	readonly key: number;
	readonly at: number;
	/** Null: accepted. */
	readonly ended: (typeof ENDINGS)[number] | null;
	/** When its receipt came; null: it was not applied, or that was lost. */
	readonly heardAt: number | null;
}

/**
 * 2 % of requests are ambiguous, a quarter of those applied. Of webhooks 5 % are lost, 5 % come twice (and are one
 * receipt), all come within an hour; for each hundred events one is made up, for a customer and a price that there are.
 */
export function simulate(seed: number, events = 100_000, customers = 20_000, prices = 5): Simulated {
	const random = seededRandom(seed);
	const key = () => Math.floor(random() * customers * prices);
	const requests = Array.from({ length: events }, (_, n): Request => {
		const ended = random() < 0.02 ? (ENDINGS[Math.floor(random() * ENDINGS.length)] as (typeof ENDINGS)[number]) : null;
		const at = Math.floor(random() * MONTH);
		const isHeard = (ended?.applied ?? true) && random() >= 0.05;
		// Most within seconds, some after up to an hour.
		const delay = random() < 0.95 ? random() * 5_000 : random() * HOUR;
		return { event: `e${n}`, key: key(), at, ended, heardAt: isHeard ? at + delay : null };
	});
	const receipts = new Map<number, number[]>();
	const receive = (of: number, at: number) => receipts.set(of, [...(receipts.get(of) ?? []), at]);
	for (const { key: of, heardAt } of requests) if (heardAt !== null) receive(of, heardAt);
	for (let n = 0; n < events / 100; n += 1) receive(key(), Math.floor(random() * MONTH));
	return outcome(requests, receipts);
}

interface Decided {
	readonly request: Request;
	readonly confirmed: boolean;
	/** Not confirmed: how likely at most it was applied all the same. Null: nothing follows from silence. */
	readonly risk: number | null;
}

function outcome(requests: readonly Request[], receipts: ReadonlyMap<number, number[]>): Simulated {
	const habits = habitsOf(requests);
	const byKey = Map.groupBy(requests, ({ key }) => key);
	const doubtful = requests.filter(({ ended }) => ended !== null);
	const others = othersBy(requests, doubtful);
	const decided = doubtful.map((request) => {
		const around = others(request.ended?.error_code);
		return decide(request, byKey.get(request.key) ?? [], receipts.get(request.key) ?? [], habits, around);
	});
	const wasApplied = ({ request }: Decided) => request.ended?.applied === true;
	const confirmed = decided.filter((one) => one.confirmed);
	const silent = decided.filter((one) => !one.confirmed);
	const wronglyClosed = confirmed.filter((one) => !wasApplied(one)).length;
	const resent = (most: number): Fate => {
		const again = silent.filter(({ risk }) => risk !== null && risk <= most);
		return { doubled: again.filter(wasApplied).length, wronglyClosed, left: silent.length - again.length };
	};
	const applied = decided.filter(wasApplied).length;
	return {
		doubtful: doubtful.length,
		applied,
		atOnce: { doubled: applied, wronglyClosed: 0, left: 0 },
		afterEvidence: { doubled: silent.filter(wasApplied).length, wronglyClosed, left: 0 },
		confirm: { doubled: 0, wronglyClosed, left: silent.length },
		confirmAndResend: resent(MOST_RISK),
		resendAll: resent(1),
	};
}

function habitsOf(requests: readonly Request[]): ReceiptHabits {
	const sorted = requests.flatMap(({ at, heardAt }) => (heardAt === null ? [] : [heardAt - at])).sort((a, b) => a - b);
	const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? null;
	return { measured: 500, unexplained: 5, median_ms: at(0.5), p99_ms: at(0.99) };
}

/** As relays learn it: from 500 accepted neighbours, and from up to 1,000 doubts that ended the same way. */
function othersBy(requests: readonly Request[], doubtful: readonly Request[]): (code: string | undefined) => Others {
	const counted = (of: readonly Request[]) => [of.length, of.filter(({ heardAt }) => heardAt !== null).length] as const;
	const [accepted, confirmed] = counted(requests.filter(({ ended }) => ended === null).slice(0, 500));
	const alike = Map.groupBy(doubtful, ({ ended }) => ended?.error_code);
	return (code) => {
		const [ended, heard] = counted((alike.get(code as never) ?? []).slice(0, 1_000));
		return { around: { accepted, confirmed }, alike: { ended, heard } };
	};
}

/** Looks whenever something may have changed: when a receipt of the key comes, and when none can come any more. */
function decide(
	request: Request,
	alike: readonly Request[],
	received: readonly number[],
	habits: ReceiptHabits,
	others: Others,
): Decided {
	const over = request.at + horizonMs(habits) + 1;
	const looks = [...received.filter((at) => at >= request.at && at < over), over].toSorted((a, b) => a - b);
	for (const now of looks) {
		const sends = alike
			.filter(({ at }) => at <= now)
			.map(({ event: event_id, at, ended }): Send => ({ event_id, attempt: 1, accepted: ended === null, at }))
			.toSorted((a, b) => a.at - b.at);
		const known = received.filter((at) => at <= now).toSorted((a, b) => a - b);
		const evidence = { trigger_id: "paid", whole: true, sends, receipts: known, ended: request.ended, now };
		const { verdict, risk } = reconcile(request.event, evidence, habits, others);
		if (verdict === "confirmed" || verdict === "not_recorded")
			return { request, confirmed: verdict === "confirmed", risk };
	}
	return { request, confirmed: false, risk: null };
}
