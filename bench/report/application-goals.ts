import { TROUBLES } from "../measures/trouble.ts";
import { SCHEMES, type Scheme } from "../measures/writer-schemes.ts";
import { ratios, type Sample, select, settingsOf } from "../samples.ts";
import { type Spread, spread } from "../statistics.ts";
import { type Goal, goal, type Part, type Setting, show } from "./goal.ts";

/** Two p99 of a few thousand transactions each differ by as much. */
const NOISE = 1.25;

export function p5(samples: readonly Sample[]): Goal {
	const all = samples.filter(({ measure }) => measure === "writers");
	const settings = settingsOf(all);
	const states = SCHEMES.filter(({ goal }) => goal !== undefined).map((scheme): Part => {
		const shares = settings.map((setting) => keptShare(all, scheme, setting)).filter(({ rounds }) => rounds > 0);
		const worst = shares.reduce(
			(least, share) => (share.median < least.median ? share : least),
			shares[0] ?? spread([]),
		);
		return [`${scheme.name.replace("… ", "")}: ${show(worst)}`, worst, worst.median >= (scheme.goal as number)];
	});
	const notified = settings
		.filter(({ delayMs, writers }) => Number(delayMs) > 0 && Number(writers) >= 32)
		.map((setting) =>
			spread(
				ratios(
					select(all, "writers", "ours-absent", setting),
					select(all, "writers", "notify", setting),
					"transactionsPerSecond",
				),
			),
		)
		.map((times): Part => [`${show(times)}x NOTIFY`, times, times.median >= 5]);
	return goal(
		"P5",
		"writer throughput kept of a plain outbox table, the worst of all writers and disks; of a NOTIFY trigger at 32 and 64 writers, fsync + 1 ms",
		"≥ 0.9 in each; ≥ 5x",
		[...states, ...notified],
	);
}

/** What a scheme keeps of its yardstick's throughput. */
export function keptShare(samples: readonly Sample[], scheme: Scheme, setting: Setting): Spread {
	if (scheme.yardstick === null) return spread([]);
	return spread(
		ratios(
			select(samples, "writers", scheme.id, setting),
			select(samples, "writers", scheme.yardstick, setting),
			"transactionsPerSecond",
		),
	);
}

/** P5 where events come seldom, or at once many. */
export function p5Rhythm(samples: readonly Sample[]): Goal {
	const delays = [
		...new Set(samples.flatMap(({ measure, setting }) => (measure === "trickle" ? [setting["delayMs"]] : []))),
	];
	const parts = delays.flatMap((delayMs = 0): Part[] => {
		const of = (id: string, name: string) => ({ own: select(samples, "trickle", id, { delayMs }), name });
		const ratio = (name: string) => spread(ratios(of("ours", name).own, of("plain", name).own, name));
		const [before, after, first] = [
			ratio("insertBeforeP50Ms"),
			ratio("insertAfterP50Ms"),
			ratio("burstFirstPerSecond"),
		];
		const disk = delayMs === 0 ? "" : `, fsync + ${delayMs} ms`;
		return [
			[`before ${show(before)}${disk}`, before, before.median <= 1.3],
			[`after ${show(after)}${disk}`, after, after.median <= 1.3],
			[`first second of the burst ${show(first)}${disk}`, first, first.median >= 0.5],
		];
	});
	return goal(
		"P5b",
		"at 60/s: the INSERT's p50 as a multiple of a plain one's, before and after a burst; throughput in the burst's first second",
		"≤ 1.3x; ≥ 0.5",
		parts,
	);
}

/** P5 while something happens to the relay. */
export function p5Trouble(samples: readonly Sample[]): Goal {
	const all = samples.filter(({ measure }) => measure === "trouble");
	const settings = settingsOf(all);
	const parts = TROUBLES.slice(1).map(({ id, name }): Part => {
		const shares = settings.map((setting) => troubleShare(all, id, setting)).filter(({ rounds }) => rounds > 0);
		const worst = shares.reduce((most, share) => (share.median > most.median ? share : most), shares[0] ?? spread([]));
		return [`${name.replace(/^the /, "")}: ${show(worst)}x`, worst, worst.median <= NOISE];
	});
	return goal(
		"P5c",
		"p99 of the application's transaction, of what it is when nothing happens, the worst of all rates and disks",
		"unchanged within noise: ≤ 1.25x",
		parts,
	);
}

export function troubleShare(samples: readonly Sample[], id: string, setting: Setting): Spread {
	return spread(
		ratios(select(samples, "trouble", id, setting), select(samples, "trouble", "steady", setting), "p99Ms"),
	);
}
