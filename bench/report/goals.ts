import { CLAIMING_PEERS, PEERS } from "../contenders/all.ts";
import { type Measure, ratios, type Sample, select, valuesOf } from "../samples.ts";
import { median, spread } from "../statistics.ts";
import { p5, p5Rhythm, p5Trouble } from "./application-goals.ts";
import { digits, type Goal, goal, type Part, type Setting, show } from "./goal.ts";
import { judgeWatches } from "./watch-goals.ts";

const AT_ONCE = { sinkMs: 0, concurrency: 64 } as const;
const SLOW = { sinkMs: 50, concurrency: 64 } as const;
/** Two rates this close are the same: nobody is faster. */
const EQUAL = 0.99;
/** From this share of its processors in use on, the machine is the limit. */
const SATURATED = 0.9;
/** MiB of growth over a run that still count as flat. */
const FLAT_MIB = 10;

export function judge(samples: readonly Sample[]): Goal[] {
	const performance = [p1, p2, p3, p4, p5, p5Rhythm, p5Trouble, p6, p7, p8, p9, p10];
	return [...performance.map((judgement) => judgement(samples)), ...judgeWatches(samples)];
}

/** Round by round the best of several contenders, as samples. */
export function bestOf(
	samples: readonly Sample[],
	measure: Measure,
	contenders: readonly string[],
	setting: Setting,
	name: string,
	best: "most" | "least",
): Sample[] {
	const all = contenders.flatMap((contender) => select(samples, measure, contender, setting));
	return [...Map.groupBy(all, (sample) => sample.round)].map(([round, group]) => {
		const values = valuesOf(group, name);
		return {
			measure,
			contender: "best",
			round,
			setting,
			values: { [name]: best === "most" ? Math.max(...values) : Math.min(...values) },
		};
	});
}

function p1(samples: readonly Sample[]): Goal {
	const share = spread(
		ratios(
			select(samples, "drain", "ours", AT_ONCE),
			select(samples, "drain", "bare-undici", AT_ONCE),
			"eventsPerSecond",
		),
	);
	return goal("P1", "drain at 0 ms as a share of bare undici", "≥ 0.6", [[show(share), share, share.median >= 0.6]]);
}

function p2(samples: readonly Sample[]): Goal {
	const ours = select(samples, "drain", "ours", AT_ONCE);
	const peer = spread(
		ratios(ours, bestOf(samples, "drain", PEERS, AT_ONCE, "eventsPerSecond", "most"), "eventsPerSecond"),
	);
	const naive = spread(ratios(ours, select(samples, "drain", "naive", AT_ONCE), "eventsPerSecond"));
	return goal("P2", "the same against the best peer / the naive outbox", "≥ 1.5x / ≥ 10x", [
		[show(peer), peer, peer.median >= 1.5],
		[show(naive), naive, naive.median >= 10],
	]);
}

function p3(samples: readonly Sample[]): Goal {
	const ours = select(samples, "drain", "ours", SLOW);
	const share = spread(
		valuesOf(ours, "eventsPerSecond").map((rate) => rate / ((SLOW.concurrency * 1000) / SLOW.sinkMs)),
	);
	// Without the naive outbox: it sends a hundred at a time, whatever it is told.
	const peer = spread(
		ratios(ours, bestOf(samples, "drain", PEERS, SLOW, "eventsPerSecond", "most"), "eventsPerSecond"),
	);
	return goal(
		"P3",
		"drain at 50 ms: share of concurrency / 50 ms; against the best peer at the same concurrency",
		"≥ 0.9; no peer faster",
		[
			[show(share), share, share.median >= 0.9],
			[`${show(peer)}x`, peer, peer.median >= EQUAL],
		],
	);
}

function p4(samples: readonly Sample[]): Goal {
	const withTotal = (contender: string) =>
		select(samples, "drain", contender, AT_ONCE).map((sample) => {
			const { nodeMicroseconds: node, postgresMicroseconds: postgres } = sample.values;
			return {
				...sample,
				values: { total: typeof node === "number" && typeof postgres === "number" ? node + postgres : null },
			};
		});
	const peers = [...PEERS, "naive"].flatMap(withTotal);
	const best = bestOf(peers, "drain", [...PEERS, "naive"], AT_ONCE, "total", "least");
	const share = spread(ratios(withTotal("ours"), best, "total"));
	return goal("P4", "CPU per event, relay + PostgreSQL, as a share of the best peer's", "≤ 0.6", [
		[show(share), share, share.median <= 0.6],
	]);
}

function p6(samples: readonly Sample[]): Goal {
	const [ours, bare] = [select(samples, "idle", "ours"), select(samples, "idle", "bare-listen")];
	const [p50, p99] = [spread(ratios(ours, bare, "p50Ms")), spread(ratios(ours, bare, "p99Ms"))];
	return goal("P6", "commit → request, idle: p50 / p99 against a bare LISTEN + claim + POST", "≤ 1.3x / ≤ 2x", [
		[show(p50), p50, p50.median <= 1.3],
		[show(p99), p99, p99.median <= 2],
	]);
}

function p7(samples: readonly Sample[]): Goal {
	const parts = [200, 1_000].flatMap((rate): Part[] => {
		const ours = select(samples, "latency", "ours", { rate });
		const against = (name: string) =>
			spread(ratios(ours, bestOf(samples, "latency", CLAIMING_PEERS, { rate }, name, "least"), name));
		const [p50, p99] = [against("p50Ms"), against("p99Ms")];
		const insert = spread(ratios(ours, select(samples, "latency", "plain", { rate }), "insertP50Ms"));
		return [
			[`${rate}/s: p50 ${show(p50)}`, p50, p50.median <= 0.6],
			[`p99 ${show(p99)}`, p99, p99.median <= 0.6],
			[`INSERT ${show(insert)}`, insert, insert.median <= 1.3],
		];
	});
	return goal(
		"P7",
		"insert acknowledged → request, of the p50 and p99 of the best peer that commits a claim first; INSERT of a plain one's",
		"≤ 0.6, ≤ 0.6; ≤ 1.3",
		parts,
	);
}

function p8(samples: readonly Sample[]): Goal {
	const intervals = select(samples, "ageing", "ours");
	const last = intervals.at(-1);
	const records = select(samples, "record", "ours");
	const limit = (value: number | null | undefined, name: string): Part[] =>
		value === null || value === undefined ? [] : [[`${name}: ${digits(value)} ms`, spread([value]), value < 5]];
	return goal("P8", "claim p99 with a snapshot pinned; with much on record; with much pending", "< 5 ms each", [
		...limit(last?.values["claimP99Ms"], `pinned ${last?.setting["pinnedSeconds"]} s at 500/s`),
		...records.flatMap(({ setting, values }) =>
			limit(
				values["claimP99Ms"],
				Number(setting["delivered"]) > 0
					? `${millions(setting["delivered"])} delivered`
					: `${millions(setting["pending"])} pending`,
			),
		),
	]);
}

function p9(samples: readonly Sample[]): Goal {
	const all = select(samples, "scale", "ours");
	const parts = [
		...Map.groupBy(all, ({ setting }) => `${setting["concurrency"]}/${setting["relays"]}`).values(),
	].flatMap((group): Part[] => {
		const { relays, concurrency } = (group[0] as Sample).setting;
		if (relays === 1) return [];
		const one = select(samples, "scale", "ours", { relays: 1, concurrency: concurrency as number });
		const share = spread(ratios(group, one, "eventsPerSecond").map((ratio) => ratio / Number(relays)));
		const busy = median(valuesOf(group, "machineBusy"));
		const saturated = busy >= SATURATED;
		const met = share.median >= 0.9 || saturated;
		return [
			[
				`${relays} relays x ${concurrency}: ${show(share)} n${saturated && share.median < 0.9 ? " (machine full)" : ""}`,
				share,
				met,
			],
		];
	});
	return goal(
		"P9",
		"2, 4, 8 relays, 50 ms sink, as a share of n times one",
		"≥ 0.9 n until the machine is full",
		parts,
	);
}

function p10(samples: readonly Sample[]): Goal {
	const pending = select(samples, "record", "ours").filter(({ setting }) => Number(setting["pending"]) > 0);
	const most = spread(valuesOf(pending, "memoryMostMiB"));
	const growth = spread(valuesOf(pending, "memoryGrowthMiB"));
	return goal("P10", "memory of a relay with 1 M pending: most; growth", "< 150 MiB; flat", [
		[`${show(most)} MiB`, most, most.median < 150],
		[`${show(growth)} MiB`, growth, growth.median <= FLAT_MIB],
	]);
}

function millions(value: unknown): string {
	return `${Number(value) / 1e6} M`;
}
