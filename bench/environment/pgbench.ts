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
}

export interface WriterResult {
	readonly transactionsPerSecond: number;
	readonly p50Ms: number;
	readonly p99Ms: number;
}

/** Null: there is none. */
export async function findPgbench(): Promise<string | null> {
	return await execFile("pgbench", ["--version"]).then(
		() => "pgbench",
		() => null,
	);
}

export async function runPgbench(pgbench: string, load: WriterLoad): Promise<WriterResult> {
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
	return await timed(pgbench, load, async (directory) => {
		if (extra === null) return ["--builtin=tpcb-like"];
		const { stderr } = await execFile(pgbench, ["--show-script=tpcb-like"]);
		await writeFile(join(directory, "script.sql"), stderr.replace(/^END;$/m, `${extra}\nEND;`));
		return ["--file=script.sql", `--scale=${scale}`];
	});
}

async function timed(
	pgbench: string,
	load: Omit<WriterLoad, "script">,
	prepare: (directory: string) => Promise<readonly string[]>,
): Promise<WriterResult> {
	const directory = await mkdtemp(join(tmpdir(), "reward-outbox-bench-"));
	try {
		const what = await prepare(directory);
		const { stdout } = await execFile(
			pgbench,
			[
				...[...what, "--log", "--log-prefix=log"],
				...[
					`--client=${load.writers}`,
					"--jobs=2",
					`--time=${Math.max(1, Math.round(load.seconds))}`,
					load.databaseUrl,
				],
			],
			{ cwd: directory, env: environment() },
		);
		const rate = /tps = ([\d.]+)/.exec(stdout)?.[1];
		const latencies = await readLatencies(directory);
		return { transactionsPerSecond: Number(rate), p50Ms: quantile(latencies, 0.5), p99Ms: quantile(latencies, 0.99) };
	} finally {
		await rm(directory, { recursive: true, force: true });
	}
}

function environment(): NodeJS.ProcessEnv {
	return { ...process.env, PGOPTIONS: "" };
}

/** The third column of pgbench's log: microseconds of one transaction. */
async function readLatencies(directory: string): Promise<number[]> {
	const files = (await readdir(directory)).filter((name) => name.startsWith("log."));
	const texts = await Promise.all(files.map((name) => readFile(join(directory, name), "utf8")));
	return texts.flatMap((text) => text.trimEnd().split("\n")).map((line) => Number(line.split(" ", 3)[2]) / 1000);
}
