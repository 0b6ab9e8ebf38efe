import { horizonMs, type ReceiptHabits, reconcile, type Send } from "../../src/event/reconcile.ts";
import { seededRandom } from "../../src/sandbox/chance.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What becomes of doubtful requests in a month, by the rules that relays go by, with webhooks that misbehave. */
export interface Simulated {
	readonly events: number;
	/** Requests of which nobody knew, */
	readonly doubtful: number;
	/** and those of them that were applied: with at-least-once each is applied twice. */
	readonly doubledAtLeastOnce: number;
	/** Confirmed although not applied: a made-up receipt. */
	readonly wronglyConfirmed: number;
	readonly confirmed: number;
	/** Sent again although applied: a lost receipt. */
	readonly doubledByResending: number;
	readonly resent: number;
	/** Nothing followed: for a person. */
	readonly left: number;
}

interface Request {
	readonly event: string;
	readonly key: number;
	readonly at: number;
	readonly accepted: boolean;
	readonly applied: boolean;
}

/**
 * 2 % of requests are ambiguous, half of those applied. Of webhooks 5 % are lost, 5 % come twice (and are one receipt),
 * all come within an hour; for each hundred events one is made up, for a customer and a price that there are.
 */
export function simulate(seed: number, events = 100_000, customers = 20_000, prices = 5): Simulated {
	const random = seededRandom(seed);
	const keys = customers * prices;
	const key = () => Math.floor(random() * keys);
	const requests: Request[] = Array.from({ length: events }, (_, n) => {
		const accepted = random() >= 0.02;
		return {
			event: `e${n}`,
			key: key(),
			at: Math.floor(random() * 30 * DAY),
			accepted,
			applied: accepted || random() < 0.5,
		};
	});
	const receipts = new Map<number, number[]>();
	const receive = (of: number, at: number) => receipts.set(of, [...(receipts.get(of) ?? []), at]);
	const delays: number[] = [];
	for (const { key: of, at, applied } of requests) {
		if (!applied || random() < 0.05) continue;
		// Most within seconds, some after up to an hour.
		const delay = random() < 0.95 ? random() * 5_000 : random() * HOUR;
		delays.push(delay);
		receive(of, at + delay);
	}
	for (let n = 0; n < events / 100; n += 1) receive(key(), Math.floor(random() * 30 * DAY));
	const sorted = delays.toSorted((a, b) => a - b);
	const habits: ReceiptHabits = {
		measured: 500,
		unexplained: 5,
		median_ms: sorted[Math.floor(sorted.length / 2)] ?? null,
		p99_ms: sorted[Math.floor(sorted.length * 0.99)] ?? null,
	};
	return outcome(requests, receipts, habits);
}

function outcome(
	requests: readonly Request[],
	receipts: ReadonlyMap<number, number[]>,
	habits: ReceiptHabits,
): Simulated {
	const byKey = Map.groupBy(requests, ({ key }) => key);
	const doubtful = requests.filter(({ accepted }) => !accepted);
	const count = { wronglyConfirmed: 0, confirmed: 0, doubledByResending: 0, resent: 0, left: 0 };
	for (const request of doubtful) {
		const verdict = decided(request, byKey.get(request.key) ?? [], receipts.get(request.key) ?? [], habits);
		if (verdict === "confirmed") {
			count.confirmed += 1;
			if (!request.applied) count.wronglyConfirmed += 1;
		} else if (verdict === "not_recorded") {
			count.resent += 1;
			if (request.applied) count.doubledByResending += 1;
		} else count.left += 1;
	}
	const doubledAtLeastOnce = doubtful.filter(({ applied }) => applied).length;
	return { events: requests.length, doubtful: doubtful.length, doubledAtLeastOnce, ...count };
}

/** Looks whenever something may have changed: when a receipt of the key comes, and when none can come any more. */
function decided(request: Request, alike: readonly Request[], received: readonly number[], habits: ReceiptHabits) {
	const over = request.at + horizonMs(habits) + 1;
	const looks = [...received.filter((at) => at >= request.at && at < over), over].toSorted((a, b) => a - b);
	for (const now of looks) {
		const sends = alike
			.filter(({ at }) => at <= now)
			.map(({ event: event_id, at, accepted }): Send => ({ event_id, attempt: 1, accepted, at }))
			.toSorted((a, b) => a.at - b.at);
		const known = received.filter((at) => at <= now).toSorted((a, b) => a - b);
		const evidence = { trigger_id: "paid", whole: true, sends, receipts: known, now };
		const { verdict } = reconcile(request.event, evidence, habits, { accepted: 200, confirmed: 190 });
		if (verdict === "confirmed" || verdict === "not_recorded") return verdict;
	}
	return null;
}
