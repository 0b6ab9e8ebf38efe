/**
 * `npm run conformance -- [--seeds 100] [--seed 1] [--steps 60] [--version 14|…|18]`: plays random histories of calls
 * on the simulated database and on the real functions in a PostgreSQL of its own. Exits 1 at the first one on which
 * they differ, and prints what is left of it when everything was taken out that it does not need.
 */
import { parseArgs } from "node:util";
import { openDatabase } from "../../../src/store/database.ts";
import { migrateToLatest } from "../../../src/store/migrate.ts";
import type { PostgresMajor } from "../../support/postgres-binaries.ts";
import { type PostgresServerOptions, startPostgres } from "../../support/postgres-server.ts";
import { conform, describe } from "./conform.ts";
import { prepareDatabase } from "./real-side.ts";

const PROGRESS_MS = 10_000;

const { values } = parseArgs({
	options: {
		seeds: { type: "string", default: "100" },
		seed: { type: "string", default: "1" },
		steps: { type: "string", default: "60" },
		version: { type: "string" },
	},
});
const [seeds, first, steps] = [values.seeds, values.seed, values.steps].map(Number) as [number, number, number];
if (![seeds, first, steps].every((number) => Number.isSafeInteger(number) && number > 0)) {
	console.error("--seeds, --seed and --steps take whole numbers above 0");
	process.exit(2);
}
let isInterrupted = false;
process.once("SIGINT", () => {
	isInterrupted = true;
});
process.exitCode = await run();

async function run(): Promise<number> {
	await using server = await startPostgres(serverOptions());
	await migrateToLatest(server.url);
	const db = openDatabase({ url: server.url, applicationName: "conformance", maxConnections: 12 });
	try {
		await prepareDatabase(db);
		return await playAll((seed) => conform(db, seed, steps));
	} finally {
		await db.end();
	}
}

async function playAll(playOne: (seed: number) => ReturnType<typeof conform>): Promise<number> {
	const begunAt = performance.now();
	let played = 0;
	const say = () => console.log(`${played} histories of ${steps} calls, ${seconds(performance.now() - begunAt)}`);
	const progress = setInterval(say, PROGRESS_MS);
	try {
		for (; played < seeds && !isInterrupted; played++) {
			const failure = await playOne(first + played);
			if (failure === null) continue;
			console.error(describe(failure));
			return 1;
		}
		say();
		return 0;
	} finally {
		clearInterval(progress);
	}
}

function serverOptions(): PostgresServerOptions {
	return values.version === undefined ? {} : { version: Number(values.version) as PostgresMajor };
}

function seconds(ms: number): string {
	return `${(ms / 1_000).toFixed(0)} s`;
}
