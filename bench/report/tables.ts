import { CONTENDERS, nameOf } from "../contenders/all.ts";
import { CONSOLE_SCHEMES } from "../measures/console.ts";
import { TROUBLES } from "../measures/trouble.ts";
import { WATCH_SCHEMES } from "../measures/watch.ts";
import { SCHEMES } from "../measures/writer-schemes.ts";
import { ratios, type Sample, select, settingsOf, valuesOf } from "../samples.ts";
import { median, spread } from "../statistics.ts";
import { keptShare, troubleShare } from "./application-goals.ts";
import { digits, show } from "./goal.ts";

export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
	const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
	return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function present(samples: readonly Sample[]): string[] {
	const ids = new Set(samples.map(({ contender }) => contender));
	return CONTENDERS.map(({ id }) => id).filter((id) => ids.has(id));
}

export function drainTable(samples: readonly Sample[]): string {
	const all = samples.filter(({ measure }) => measure === "drain");
	const settings = [
		{ sinkMs: 0, concurrency: 64 },
		{ sinkMs: 50, concurrency: 64 },
		{ sinkMs: 50, concurrency: 400 },
	];
	const rows = present(all).map((id) => [
		nameOf(id),
		...settings.map((setting) => {
			const own = select(all, "drain", id, setting);
			if (own.length === 0) return "–";
			const share = spread(ratios(select(all, "drain", "ours", setting), own, "eventsPerSecond"));
			return `${Math.round(median(valuesOf(own, "eventsPerSecond"))).toLocaleString("en")}/s${id === "ours" ? "" : `; ours ${show(share)}x`}`;
		}),
	]);
	return markdown(["drain of waiting events", "0 ms sink, 64 in flight", "50 ms, 64", "50 ms, 400"], rows);
}

export function costTable(samples: readonly Sample[]): string {
	const all = samples.filter(({ measure, setting }) => measure === "drain" && setting["sinkMs"] === 0);
	const rows = present(all).map((id) => {
		const own = select(all, "drain", id);
		const cell = (name: string) => digits(median(valuesOf(own, name)));
		return [nameOf(id), cell("nodeMicroseconds"), cell("postgresMicroseconds"), cell("walBytes")];
	});
	return markdown(
		["cost of one event (drain at 0 ms)", "Node, µs of CPU", "PostgreSQL, µs of CPU", "WAL, bytes"],
		rows,
	);
}

export function latencyTable(samples: readonly Sample[]): string {
	const all = samples.filter(({ measure }) => measure === "latency");
	const rows = present(all).map((id) => [
		nameOf(id),
		...[200, 1_000].flatMap((rate) => {
			const own = select(all, "latency", id, { rate });
			const cell = (name: string) => digits(median(valuesOf(own, name)));
			const missing = Math.max(0, ...valuesOf(own, "missing"));
			return [
				`${cell("p50Ms")} / ${cell("p99Ms")}${missing > 0 ? ` (${missing} missing)` : ""}`,
				`${cell("insertP50Ms")} / ${cell("insertP99Ms")}`,
			];
		}),
	]);
	return markdown(["p50 / p99, ms", "200/s: received", "its INSERT", "1,000/s: received", "its INSERT"], rows);
}

export function idleTable(samples: readonly Sample[]): string {
	const all = samples.filter(({ measure }) => measure === "idle");
	const rows = present(all).map((id) => [
		nameOf(id),
		show(spread(valuesOf(select(all, "idle", id), "p50Ms"))),
		show(spread(valuesOf(select(all, "idle", id), "p99Ms"))),
	]);
	return markdown(["one event on an idle system, ms", "p50", "p99"], rows);
}

export function writersTable(samples: readonly Sample[]): string {
	const all = samples.filter(({ measure }) => measure === "writers");
	const settings = settingsOf(all);
	const rows = SCHEMES.map((scheme) => [
		scheme.name,
		...settings.map((setting) => {
			const own = select(all, "writers", scheme.id, setting);
			if (own.length === 0) return "–";
			const rate = Math.round(median(valuesOf(own, "transactionsPerSecond"))).toLocaleString("en");
			const kept = scheme.yardstick === null ? `${rate}/s` : show(keptShare(all, scheme, setting));
			const cores = median(valuesOf(own, "relayCores"));
			return `${kept}; p99 ${digits(median(valuesOf(own, "p99Ms")))} ms${cores >= 0.05 ? `; relay ${digits(cores)} cores` : ""}`;
		}),
	]);
	return markdown(["share of a plain outbox table's throughput", ...settings.map(headOf)], rows);
}

export function trickleTable(samples: readonly Sample[]): string {
	const all = samples.filter(({ measure }) => measure === "trickle");
	const rows = settingsOf(all).flatMap((setting) =>
		["plain", "ours"].map((id) => {
			const own = select(all, "trickle", id, setting);
			const cell = (name: string) => digits(median(valuesOf(own, name)));
			const rate = (name: string) => `${Math.round(median(valuesOf(own, name))).toLocaleString("en")}/s`;
			return [
				`${id === "plain" ? "plain outbox table" : "reward-outbox, delivering"}${diskOf(setting)}`,
				cell("insertBeforeP50Ms"),
				`${rate("burstFirstPerSecond")}; p99 ${cell("burstFirstP99Ms")} ms`,
				rate("burstPerSecond"),
				cell("insertAfterP50Ms"),
			];
		}),
	);
	return markdown(
		[
			"60/s, then 32 writers, then 60/s",
			"INSERT p50, ms",
			"the burst's first second",
			"later",
			"INSERT p50 afterwards, ms",
		],
		rows,
	);
}

export function troubleTable(samples: readonly Sample[]): string {
	const all = samples.filter(({ measure }) => measure === "trouble");
	const settings = settingsOf(all);
	const rows = TROUBLES.map(({ id, name }) => [
		name,
		...settings.map((setting) => {
			const own = select(all, "trouble", id, setting);
			const times = show(spread(valuesOf(own, "p99Ms")));
			return own.length === 0 ? "–" : id === "steady" ? times : `${times}; ${show(troubleShare(all, id, setting))}x`;
		}),
	]);
	const head = settings.map((setting) => `${setting["rate"]}/s${diskOf(setting)}`);
	return markdown(["p99 of the application's transaction, ms", ...head], rows);
}

function headOf(setting: Sample["setting"]): string {
	return `${setting["writers"]} writers${diskOf(setting)}`;
}

function diskOf({ delayMs }: Sample["setting"]): string {
	return Number(delayMs) > 0 ? `, fsync + ${delayMs} ms` : "";
}

export function watchTable(samples: readonly Sample[]): string {
	const rows = WATCH_SCHEMES.map(({ id, name }) => {
		const own = select(samples, "watch", id);
		const cell = (value: string) => `${Math.round(median(valuesOf(own, value))).toLocaleString("en")}/s`;
		const share = spread(ratios(own, select(samples, "watch", "none"), "transactionsPerSecond"));
		return [
			name,
			cell("transactionsPerSecond"),
			id === "none" ? "–" : show(share),
			digits(median(valuesOf(own, "p99Ms"))),
		];
	});
	return markdown(["pgbench -b tpcb-like, relay awake", "transactions", "of those without", "p99, ms"], rows);
}

export function consoleTable(samples: readonly Sample[]): string {
	const { rate, recorded } = samples.find(({ measure }) => measure === "console")?.setting ?? {};
	const rows = CONSOLE_SCHEMES.map(({ id, name }) => {
		const own = select(samples, "console", id);
		const quiet = select(samples, "console", "quiet");
		const cell = (value: string) => digits(median(valuesOf(own, value)));
		const of = (value: string) => (id === "quiet" ? "–" : `${show(spread(ratios(own, quiet, value)))}x`);
		const sum = (value: string) => valuesOf(own, value).reduce((total, count) => total + count, 0);
		return [
			name,
			`${cell("p50Ms")} / ${cell("p99Ms")}`,
			`${of("p50Ms")} / ${of("p99Ms")}`,
			cell("insertP50Ms"),
			...(id === "quiet"
				? ["–", "–"]
				: [cell("answersPerSecond"), `${sum("cutOff")} / ${sum("putOff")} / ${sum("wrong")}`]),
			`${Math.round(median(valuesOf(own, "machineBusy")) * 100)} %`,
			`${cell("relayCores")} / ${cell("postgresCores")}`,
		];
	});
	return markdown(
		[
			`${rate} inserts/s, ${Number(recorded).toLocaleString("en")} on record`,
			"received, p50 / p99, ms",
			"of those when nobody asks",
			"INSERT p50, ms",
			"answers/s",
			"cut off / put off / wrong",
			"machine busy",
			"cores: relay / PostgreSQL",
		],
		rows,
	);
}

export function ageingTable(samples: readonly Sample[]): string {
	const all = samples.filter(({ measure }) => measure === "ageing");
	const rows = present(all).map((id) => {
		const own = select(all, "ageing", id);
		const before = own.filter(({ setting }) => setting["pinnedSeconds"] === 0).at(-1);
		const last = own.at(-1);
		const cell = (sample: Sample | undefined, name: string) => digits(sample?.values[name] ?? Number.NaN);
		return [
			`${nameOf(id)} (${last?.setting["pinnedSeconds"]} s)`,
			`${cell(before, "p50Ms")} / ${cell(before, "p99Ms")}`,
			`${cell(last, "p50Ms")} / ${cell(last, "p99Ms")}`,
			id === "ours" ? `${cell(before, "claimMeanMs")} → ${cell(last, "claimMeanMs")}` : "–",
			id === "ours" ? `${cell(before, "claimP99Ms")} → ${cell(last, "claimP99Ms")}` : "–",
		];
	});
	return markdown(
		["500/s with a snapshot pinned", "p50 / p99 before, ms", "at the end, ms", "claim mean, ms", "claim p99, ms"],
		rows,
	);
}

export function recordTable(samples: readonly Sample[]): string {
	const rows = select(samples, "record", "ours").map(({ setting, values }) => [
		Number(setting["delivered"]) > 0
			? `${Number(setting["delivered"]).toLocaleString("en")} delivered on record`
			: `${Number(setting["pending"]).toLocaleString("en")} pending`,
		...["claimMeanMs", "claimP99Ms", "memoryMostMiB", "memoryGrowthMiB"].map((name) =>
			digits(values[name] ?? Number.NaN),
		),
	]);
	return markdown(["our relay with", "claim mean, ms", "claim p99, ms", "memory at most, MiB", "growth, MiB"], rows);
}

export function scaleTable(samples: readonly Sample[]): string {
	const all = select(samples, "scale", "ours");
	const groups = [...Map.groupBy(all, ({ setting }) => `${setting["concurrency"]}/${setting["relays"]}`).values()];
	const rows = groups.map((group) => {
		const { relays, concurrency } = (group[0] as Sample).setting;
		const percent = (name: string) => `${Math.round(median(valuesOf(group, name)) * 100)} %`;
		return [
			`${relays} x ${concurrency} in flight`,
			`${Math.round(median(valuesOf(group, "eventsPerSecond"))).toLocaleString("en")}/s`,
			percent("ofPossible"),
			percent("machineBusy"),
			digits(median(valuesOf(group, "postgresCores"))),
		];
	});
	return markdown(
		["relays, 50 ms sink", "events", "of what the sink allows", "machine busy", "PostgreSQL, cores"],
		rows,
	);
}
