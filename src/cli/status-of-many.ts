import { setTimeout as sleep } from "node:timers/promises";
import { eachAtOnce } from "../at-once.ts";
import type { DatabaseEntry } from "../config/databases-file.ts";
import type { Overview } from "../store/inspect/overview.ts";
import { attentionInWords } from "../words/attention.ts";
import { counted } from "../words/counts.ts";
import type { CommandContext } from "./context.ts";
import { databasesOf, fleetConfig } from "./many-databases.ts";
import { formatDuration, printJsonLines, printLine } from "./output.ts";
import { type Cell, type Column, printTable } from "./table.ts";
import { printedText } from "./written-at-once.ts";

/** Databases that are asked at the same time, and how long one may take: one that is down must not hold up the rest. */
const AT_ONCE = 16;
const ANSWERS_WITHIN_MS = 10_000;

export interface StatusOfManyFlags {
	readonly watchMs: number | null;
	readonly json: boolean;
}

/** What one database answered. */
interface Answer {
	readonly entry: DatabaseEntry;
	readonly overview: Overview | null;
	/** What is wrong with it; null: nothing. */
	readonly error: { readonly code: string | null; readonly message: string } | null;
}

/** A line for each database of the file. Ends with 1 when one of them could not be read. */
export async function statusOfMany(flags: StatusOfManyFlags, context: CommandContext): Promise<void> {
	const config = await fleetConfig(context.env);
	if (flags.watchMs === null) {
		const answers = await askAll(await databasesOf(context.env, config));
		print(answers, flags, context);
		if (answers.some(({ error }) => error !== null)) context.failQuietly();
		return;
	}
	const signal = context.takeStopSignal();
	while (!signal.aborted) {
		print(await askAll(await databasesOf(context.env, config)), flags, context);
		await sleep(flags.watchMs, undefined, { signal }).catch(() => {});
	}
}

async function askAll(entries: readonly DatabaseEntry[]): Promise<readonly Answer[]> {
	const { redactSecrets } = await import("../redact.ts");
	return eachAtOnce(entries, AT_ONCE, async (entry) => {
		try {
			return { entry, overview: await ask(entry), error: null };
		} catch (cause) {
			const { code } = cause as { code?: unknown };
			const message = cause instanceof Error ? cause.message || String(code ?? cause.name) : String(cause);
			return {
				entry,
				overview: null,
				error: { code: typeof code === "string" ? code : null, message: redactSecrets(message) },
			};
		}
	});
}

async function ask({ databaseUrl }: DatabaseEntry): Promise<Overview> {
	const [{ openDatabase }, { checkSchema }, { readOverview }] = await Promise.all([
		import("../store/database.ts"),
		import("../store/schema.ts"),
		import("../store/inspect/overview.ts"),
	]);
	const db = openDatabase({
		url: databaseUrl,
		applicationName: "reward-outbox status",
		maxConnections: 1,
		statementTimeoutMs: ANSWERS_WITHIN_MS,
	});
	try {
		await checkSchema(db);
		return await readOverview(db);
	} finally {
		await db.end();
	}
}

function print(answers: readonly Answer[], { json, watchMs }: StatusOfManyFlags, context: CommandContext): void {
	if (json) {
		printJsonLines(context, answers.map(asJson));
		return;
	}
	context.stdout.write(
		printedText(context, (out) => {
			printTable(out, COLUMNS, answers.map(rowOf));
			const failed = answers.filter(({ error }) => error !== null).length;
			printLine(out, `${counted(answers.length, "database")}${failed === 0 ? "" : `, ${failed} could not be read`}`);
			if (watchMs !== null) printLine(out, "");
		}),
	);
}

function asJson({ entry, overview, error }: Answer): object {
	const about = { database: entry.name, paused: entry.isPaused, ok: error === null };
	return overview === null ? { ...about, error } : { ...about, ...overview, attention: attentionInWords(overview) };
}

const COLUMNS: readonly Column[] = [
	{ header: "DATABASE", shrinksTo: 16 },
	{ header: "PENDING", align: "right" },
	{ header: "DUE FOR", align: "right" },
	{ header: "SENDING", align: "right", rank: 3 },
	{ header: "UNCERTAIN", align: "right", rank: 2 },
	{ header: "DEAD", align: "right" },
	{ header: "SENT/MIN", align: "right", rank: 1 },
	{ header: "RELAYS", align: "right" },
	{ header: "NEEDS", isProse: true, cap: 600 },
];

function rowOf({ entry, overview, error }: Answer): readonly Cell[] {
	if (overview === null) {
		return [entry.name, null, null, null, null, null, null, null, `cannot be read: ${error?.message}`];
	}
	const { events, oldest_due_age_seconds: age, attempts, relays } = overview;
	return [
		entry.name,
		events.pending,
		age > 0 ? formatDuration(age * 1000) : null,
		events.sending,
		events.uncertain,
		events.dead,
		attempts.last_minute.accepted,
		relays.length,
		needsOf(entry, overview),
	];
}

/** The first thing that needs a person; `status --database` tells the rest. */
function needsOf({ isPaused }: DatabaseEntry, overview: Overview): string {
	const needs = [...(isPaused ? ["paused in the file"] : []), ...attentionInWords(overview).map(({ title }) => title)];
	const [first = ""] = needs;
	return needs.length > 1 ? `${first} (and ${needs.length - 1} more)` : first;
}
