import { execFile as execFileCallback } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { quantile } from "../statistics.ts";

const execFile = promisify(execFileCallback);

export interface WriterLoad {
	readonly databaseUrl: string;
	readonly writers: number;
	readonly seconds: number;
	/** pgbench's language. */
	readonly script: string;
	/**
	 * Transactions a second, at random moments, however long each takes. Absent: each writer begins the next when one has
	 * ended.
	 */
	readonly ratePerSecond?: number;
	/** The processors that the writers may use, as taskset takes them. Absent: all. */
	readonly processors?: string;
}

/** One transaction of an application. */
export interface Transaction {
	/** When it ended, in milliseconds since 1970. */
	readonly endedAt: number;
	/** How long it took, from when it should have begun. */
	readonly ms: number;
	/** How long of that it waited for a writer to be free. */
	readonly lagMs: number;
}

export interface WriterResult {
	readonly transactionsPerSecond: number;
	readonly p50Ms: number;
	readonly p99Ms: number;
}

/** @param settleMs what begins earlier than this after the first is left out */
export function summarize(transactions: readonly Transaction[], settleMs = 0): WriterResult {
	const begins = transactions.map(({ endedAt, ms }) => endedAt - ms);
	const from = begins.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY) + settleMs;
	const to = transactions.reduce((most, { endedAt }) => Math.max(most, endedAt), 0);
	const counted = transactions.filter((_, i) => (begins[i] as number) >= from);
	const times = counted.map(({ ms }) => ms);
	return {
		transactionsPerSecond: (counted.length / (to - from)) * 1000,
		p50Ms: quantile(times, 0.5),
		p99Ms: quantile(times, 0.99),
	};
}

/** Null: there is none. */
export async function findPgbench(): Promise<string | null> {
	return await execFile("pgbench", ["--version"]).then(
		() => "pgbench",
		() => null,
	);
}

export async function runPgbench(pgbench: string, load: WriterLoad): Promise<Transaction[]> {
	return await timed(pgbench, load, async (directory) => {
		await writeFile(join(directory, "script.sql"), load.script);
		return ["--no-vacuum", "--protocol=prepared", "--file=script.sql"];
	});
}

/** pgbench's own tables and rows. */
export async function initializeTpcb(pgbench: string, databaseUrl: string, scale: number): Promise<void> {
	await execFile(pgbench, ["--initialize", "--quiet", `--scale=${scale}`, databaseUrl], { env: environment() });
}

export interface TpcbLoad extends Omit<WriterLoad, "script"> {
	readonly scale: number;
	/** A statement more in its transaction, last; null: as pgbench has it. */
	readonly extra: string | null;
}

/** pgbench's own transaction. It empties pgbench_history first. */
export async function runTpcb(pgbench: string, { extra, scale, ...load }: TpcbLoad): Promise<WriterResult> {
	const transactions = await timed(pgbench, load, async (directory) => {
		if (extra === null) return ["--builtin=tpcb-like"];
		const { stderr } = await execFile(pgbench, ["--show-script=tpcb-like"]);
		await writeFile(join(directory, "script.sql"), stderr.replace(/^END;$/m, `${extra}\nEND;`));
		return ["--file=script.sql", `--scale=${scale}`];
	});
	return summarize(transactions);
}

async function timed(
	pgbench: string,
	load: Omit<WriterLoad, "script">,
	prepare: (directory: string) => Promise<readonly string[]>,
): Promise<Transaction[]> {
	const directory = await mkdtemp(join(tmpdir(), "reward-outbox-bench-"));
	try {
		const what = await prepare(directory);
		const command = [
			...(load.processors === undefined ? [] : ["taskset", "--cpu-list", load.processors]),
			...[pgbench, ...what, "--log", "--log-prefix=log", `--client=${load.writers}`],
			...(load.ratePerSecond === undefined ? [] : [`--rate=${load.ratePerSecond}`]),
			...[`--jobs=${Math.min(2, load.writers)}`, `--time=${Math.max(1, Math.round(load.seconds))}`, load.databaseUrl],
		];
		await execFile(command[0] as string, command.slice(1), { cwd: directory, env: environment() });
		return await readTransactions(directory);
	} finally {
		await rm(directory, { recursive: true, force: true });
	}
}

function environment(): NodeJS.ProcessEnv {
	return { ...process.env, PGOPTIONS: "" };
}

/**
 * Columns of pgbench's log: client, number, microseconds, script, second and microsecond of its end, microseconds of
 * lag.
 */
async function readTransactions(directory: string): Promise<Transaction[]> {
	const files = (await readdir(directory)).filter((name) => name.startsWith("log."));
	const texts = await Promise.all(files.map((name) => readFile(join(directory, name), "utf8")));
	return texts
		.flatMap((text) => text.trimEnd().split("\n"))
		.map((line) => line.split(" ").map(Number))
		.map(([, , microseconds = 0, , second = 0, microsecond = 0, lag = 0]) => ({
			endedAt: second * 1000 + microsecond / 1000,
			ms: microseconds / 1000,
			lagMs: lag / 1000,
		}));
}
