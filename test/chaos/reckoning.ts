import { availableParallelism, loadavg } from "node:os";
import type { Verdict } from "../../src/audit/findings.ts";
import { openSession, readValue } from "../lifecycle/facts.ts";
import { checkInvariants, type Finding, WORDS, type Word } from "../lifecycle/invariants.ts";
import { auditRecord } from "./audit.ts";
import type { CampaignOptions } from "./campaign.ts";
import { allowed } from "./patience.ts";
import { readReceiver, readWriters } from "./seen.ts";
import { CONCURRENCY, LEASE_MS, REQUEST_TIMEOUT_MS, type Stage } from "./stage.ts";

/** A fault, or several that overlapped, from the beginning until all had recovered. Milliseconds of the campaign. */
export interface Happened {
	readonly names: readonly string[];
	/** Of those that are not possible here. */
	readonly skipped: readonly string[];
	readonly from: number;
	readonly until: number;
	readonly hitsWriters: boolean;
	/** From the end of the last. Null: not within the time. */
	readonly recoveryMs: number | null;
}

export interface Course extends Pick<CampaignOptions, "seed" | "minutes" | "relays" | "eventsPerSecond" | "only"> {
	readonly happened: readonly Happened[];
	readonly failedWrites: readonly { readonly at: number; readonly what: string }[];
	readonly violations: readonly string[];
	readonly searched: { readonly answersOfRelays: number; readonly tables: number; readonly bytesOfLogs: number };
	readonly mostOverdueMs: number;
	readonly drainMs: number;
	readonly stopMs: number;
}

/** One row of the ledger. */
export interface FaultResult extends Record<Word | "duplicated", number> {
	readonly name: string;
	/** Alone. */
	readonly runs: number;
	/** While others happened as well. */
	readonly together: number;
	readonly skipped: number;
	/** Of those alone, the shortest first. */
	readonly recoveriesMs: readonly number[];
}

export interface CampaignResult extends Omit<Course, "happened" | "failedWrites"> {
	readonly seconds: number;
	readonly postgres: string;
	readonly node: string;
	/** What it ran on, and how many processes wanted a processor at its end: recovery takes longer on a busy machine. */
	readonly machine: { readonly processors: number; readonly load: number };
	readonly interrupted: boolean;
	readonly events: number;
	readonly byStatus: Readonly<Record<string, number>>;
	/** What the writers know of theirs: committed, asynchronous, rolled back, unknown. */
	readonly written: Readonly<Record<string, number>>;
	readonly requests: number;
	/** Committed, and lost by a failover. */
	readonly gone: number;
	/** Sent, no longer there, and listed as such. */
	readonly listed: number;
	/** Attempts and decisions that `audit verify` looked at in the end. What it found is among the violations. */
	readonly audited: { readonly attempts: number; readonly decisions: number };
	readonly totals: Readonly<Record<Word | "duplicated", number>>;
	readonly faults: readonly FaultResult[];
	/** Explained duplicates of one killed relay: the worst case, all cases, and what it may be at most. */
	readonly perKill: {
		readonly worst: number;
		readonly kills: number;
		readonly duplicates: number;
		readonly bound: number;
	};
	readonly complaints: readonly { readonly message: string; readonly count: number; readonly example: string }[];
}

const KILLED = "a relay is killed (SIGKILL)";
export const SEVERAL = "several of them at once";
export const BETWEEN = "between faults";
/** As in `src/relay/dispatcher.ts`: with more results than that unrecorded, a relay sends nothing. */
const UNWRITTEN_PER_SLOT = 4;
const MOST_PREFETCH = 512;
/** An expired lease is found by the next look of any relay; the machine may be busy. */
const OVERDUE_AT_MOST_MS = 30_000;
/** A request that was under way when a fault began is a part of it. */
const EARLIER_MS = REQUEST_TIMEOUT_MS + 200;

/** Joins what the writers and the receiver have written down with what is on record. */
export async function reckon(stage: Stage, course: Course): Promise<CampaignResult> {
	await Promise.all([stage.written.flush(), stage.received.flush()]);
	const [received, { lasting, counts }] = await Promise.all([
		readReceiver(stage.received.path),
		readWriters(stage.written.path),
	]);
	const missing = await missingIds(stage);
	await using db = await openSession(stage.url);
	const report = await checkInvariants(db, received, {
		lasting: lasting.keys(),
		gone: stage.gone,
		missing,
		unfinished: stage.signal.aborted,
	});
	const audit = await auditRecord(stage);
	const { happened, failedWrites, ...rest } = course;
	const whenOf = (id: string) =>
		received.firstAppliedAt.get(id) ?? received.firstRequestAt.get(id) ?? lasting.get(id) ?? -1;
	const by = attribute(happened, report.findings, report.duplicated, whenOf);
	return {
		...rest,
		violations: [
			...course.violations,
			...report.violations,
			...complaintsOfWriters(course),
			...overdue(course),
			...problemsOf(audit),
		],
		seconds: Math.round(stage.now / 1000),
		postgres: await readValue<string>(stage.pool, "SELECT current_setting('server_version')"),
		node: process.version,
		machine: { processors: availableParallelism(), load: Math.round(loadavg()[1] ?? 0) },
		interrupted: stage.signal.aborted,
		events: report.events,
		byStatus: report.byStatus,
		written: counts,
		requests: report.requests,
		gone: stage.gone.size,
		listed: missing.size,
		audited: { attempts: audit.attempts, decisions: audit.decisions },
		totals: { ...countWords(report.findings), duplicated: report.duplicated.length },
		faults: by,
		perKill: perKill(happened, report.duplicated, whenOf),
		complaints: [...stage.fleet.complaints].map(([message, { count, example }]) => ({ message, count, example })),
	};
}

/** Each of those that overlapped counts. */
export function countFaults({ faults }: Pick<CampaignResult, "faults">): number {
	return faults.reduce((sum, { name, runs, together }) => sum + together + (name === SEVERAL ? 0 : runs), 0);
}

async function missingIds({ pool }: Stage): Promise<Set<string>> {
	const { rows } = await pool.query<{ id: string }>("SELECT event_id AS id FROM reward_outbox.missing_events");
	return new Set(rows.map(({ id }) => id));
}

function countWords(findings: readonly Finding[]): Record<Word, number> {
	const counts = Object.fromEntries(WORDS.map((word) => [word, 0])) as Record<Word, number>;
	for (const { word } of findings) counts[word]++;
	return counts;
}

function rowOf({ names }: Happened): string {
	return names.length > 1 ? SEVERAL : (names[0] ?? BETWEEN);
}

/** What is found belongs to the fault during which the event was sent for the first time. */
function attribute(
	happened: readonly Happened[],
	findings: readonly Finding[],
	duplicated: readonly string[],
	whenOf: (id: string) => number,
): FaultResult[] {
	const nameOf = (id: string) => {
		const fault = during(happened, whenOf(id));
		return fault === undefined ? BETWEEN : rowOf(fault);
	};
	const found = Map.groupBy(findings, ({ eventId }) => nameOf(eventId));
	const twice = Map.groupBy(duplicated, nameOf);
	const runs = Map.groupBy(happened, rowOf);
	const struck = happened.flatMap(({ names, skipped }) => [...names, ...skipped]);
	const names = new Set([...struck, ...runs.keys(), ...found.keys(), ...twice.keys()]);
	return [...names].sort().map((name) => {
		const own = name === BETWEEN ? [] : (runs.get(name) ?? []);
		return {
			name,
			runs: own.length,
			together: happened.filter((one) => rowOf(one) === SEVERAL && one.names.includes(name)).length,
			skipped: happened.filter(({ skipped }) => skipped.includes(name)).length,
			...countWords(found.get(name) ?? []),
			duplicated: twice.get(name)?.length ?? 0,
			recoveriesMs: own.flatMap(({ recoveryMs }) => recoveryMs ?? []).sort((a, b) => a - b),
		};
	});
}

function during(happened: readonly Happened[], at: number): Happened | undefined {
	return happened.findLast(({ from, until }) => from - EARLIER_MS <= at && at <= until);
}

function perKill(
	happened: readonly Happened[],
	duplicated: readonly string[],
	whenOf: (id: string) => number,
): CampaignResult["perKill"] {
	const kills = happened.filter((one) => rowOf(one) === KILLED);
	const each = Map.groupBy(duplicated, (id) => during(happened, whenOf(id)));
	const counts = kills.map((kill) => each.get(kill)?.length ?? 0);
	return {
		worst: Math.max(0, ...counts),
		kills: kills.length,
		duplicates: counts.reduce((sum, count) => sum + count, 0),
		bound: CONCURRENCY * (1 + UNWRITTEN_PER_SLOT) + MOST_PREFETCH,
	};
}

/** A business transaction never fails because of a relay: only while PostgreSQL itself is not there. */
function complaintsOfWriters({ failedWrites, happened }: Course): string[] {
	const excused = happened.filter(({ hitsWriters }) => hitsWriters);
	const ours = failedWrites.filter(({ at }) => !excused.some(({ from, until }) => from <= at && at <= until + 2_000));
	return [...Map.groupBy(ours, ({ what }) => what)].map(
		([what, list]) => `I6: ${list.length} business transactions failed: ${what}`,
	);
}

function problemsOf({ problems, findings }: Verdict): string[] {
	const shown = findings.slice(0, 5).map(({ code, message }) => `record: ${code}: ${message}`);
	return problems > shown.length ? [...shown, `record: and ${problems - shown.length} more`] : shown;
}

function overdue({ mostOverdueMs }: Course): string[] {
	if (mostOverdueMs <= allowed(OVERDUE_AT_MOST_MS)) return [];
	return [`I7: a lease of ${LEASE_MS} ms was left lying for ${Math.round(mostOverdueMs)} ms after its end`];
}
