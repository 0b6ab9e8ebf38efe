import {
	BULK_LIMITS,
	BULK_RULES,
	BULK_TABLES,
	type BulkLimit,
	type BulkRule,
	type BulkTable,
} from "../measures/watch-bulk.ts";
import { ratios, type Sample, select, valuesOf } from "../samples.ts";
import { median, type Spread, spread } from "../statistics.ts";
import { digits, type Goal, goal, show } from "./goal.ts";
import { markdown } from "./tables.ts";

/** Of the time without a watch, the most that one may take; and what PostgreSQL takes for the same without one. */
const GOALS = [
	["W1", "never", 1.1, "kept"],
	["W2", "hundredth", 1.3, "paired"],
	["W3", "every", 6, "inserted"],
	["W4", "failing", 6, null],
] as const;
/** Of what a plain table pays. */
const MOST_OF_PLAIN = 1.5;

export function judgeWatches(samples: readonly Sample[]): Goal[] {
	const plain = GOALS.map(([id, rule, most, limit]) => {
		const ratio = ofNone(samples, rule, "plain");
		const text = limit === null ? "" : `; ${BULK_LIMITS[limit].name}: ${show(ofNone(samples, limit, "plain"))}x`;
		return goal(id, `UPDATE of many rows, a watch that ${verbOf(rule)}: of none`, `≤ ${most}x`, [
			[`${show(ratio)}x${text}`, ratio, ratio.median <= most],
		]);
	});
	return [...plain, ofPlain(samples, "W5", "partitioned"), ofPlain(samples, "W6", "direct")];
}

function ofPlain(samples: readonly Sample[], id: string, table: BulkTable): Goal {
	const what = table === "direct" ? "written directly to a partition" : "through a partitioned table";
	return goal(
		id,
		`the same ${what}, against the plain case`,
		`≤ ${MOST_OF_PLAIN}x`,
		GOALS.map(([, rule]) => {
			const one = ofNone(samples, rule, table);
			const value = one.median / ofNone(samples, rule, "plain").median;
			return [`${rule} ${digits(value)}x`, one, value <= MOST_OF_PLAIN];
		}),
	);
}

function verbOf(rule: BulkRule): string {
	return rule === "every" ? "makes every row an event" : BULK_RULES[rule].name;
}

/** Processor time where it is known: what else the machine does is not in it. */
function ofNone(samples: readonly Sample[], rule: BulkRule | BulkLimit, table: BulkTable): Spread {
	const [own, none] = [of(samples, rule, table), of(samples, "none", table)];
	const cpu = spread(ratios(own, none, "cpuMs"));
	return cpu.rounds > 0 ? cpu : spread(ratios(own, none, "wallMs"));
}

function of(samples: readonly Sample[], rule: BulkRule | BulkLimit, table: BulkTable): Sample[] {
	return select(samples, "watch", `bulk-${rule}`, { table });
}

export function watchBulkTable(samples: readonly Sample[]): string {
	const rules = Object.keys(BULK_RULES) as BulkRule[];
	const rows = BULK_TABLES.map((table) => [
		table,
		...rules.map((rule) => {
			const ms = digits(median(valuesOf(of(samples, rule, table), "cpuMs")));
			return rule === "none" ? `${ms} ms` : `${ms} ms, ${show(ofNone(samples, rule, table))}x`;
		}),
	]);
	const limits = (Object.keys(BULK_LIMITS) as BulkLimit[]).map((limit) => {
		const ms = digits(median(valuesOf(of(samples, limit, "plain"), "cpuMs")));
		return `* ${BULK_LIMITS[limit].name}: ${ms} ms, ${show(ofNone(samples, limit, "plain"))}x`;
	});
	const count = Number(of(samples, "none", "plain")[0]?.setting["rows"] ?? 0).toLocaleString("en");
	const head = [`UPDATE of ${count} rows, processor time`, ...rules.map((rule) => BULK_RULES[rule].name)];
	return [markdown(head, rows), "What of it is PostgreSQL's, in the plain table:", limits.join("\n")].join("\n\n");
}
