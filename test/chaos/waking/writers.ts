import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/**
 * Rows a second, for so many seconds: idle, a drip, around the rate from which on a relay polls, a flood, and sudden
 * changes between them.
 */
const PHASES: readonly (readonly [perSecond: number, seconds: number])[] = [
	[30, 3],
	[0, 2],
	[250, 3],
	[350, 3],
	[150, 3],
	[6_000, 6],
	[0, 3],
	[3_000, 4],
	[5, 2],
	[8_000, 5],
	[300, 3],
];
/** Rows of one statement; most applications write one at a time. */
const SIZES = [1, 1, 1, 2, 5, 20, 50] as const;
const CONNECTIONS = 8;
const OPEN_CONNECTIONS = 4;
const INSERT =
	"INSERT INTO reward_outbox.outbox (trigger_id, user_id) SELECT 'paid', 'u' || n FROM generate_series(1, $1::integer) n";

export interface WriterOptions {
	readonly url: string;
	/** Rows of all writers together. */
	readonly rows: number;
	readonly random: () => number;
	readonly onPhase: (rowsSoFar: number, perSecond: number) => void;
}

/**
 * Applications at changing rates, and beside them some whose transactions stay open for seconds. Resolves with the rows
 * written.
 */
export async function writeInPhases(options: WriterOptions): Promise<number> {
	const over = new AbortController();
	const pool = new pg.Pool({
		connectionString: options.url,
		max: CONNECTIONS + OPEN_CONNECTIONS,
		application_name: "application",
	});
	const open = Array.from({ length: OPEN_CONNECTIONS }, () => keepOpen(pool, options.random, over.signal));
	let written = 0;
	try {
		for (let n = 0; written < options.rows; n++) {
			const [perSecond, seconds] = PHASES[n % PHASES.length] as (typeof PHASES)[number];
			options.onPhase(written, perSecond);
			written += await writeAtRate(
				pool,
				options.random,
				Math.min(perSecond * seconds, options.rows - written),
				seconds * 1000,
			);
		}
	} finally {
		over.abort();
		for (const rows of await Promise.all(open)) written += rows;
		await pool.end();
	}
	return written;
}

/** All rows within the time, evenly; as fast as it goes where that is too fast. */
async function writeAtRate(pool: pg.Pool, random: () => number, rows: number, ms: number): Promise<number> {
	const startedAt = performance.now();
	let begun = 0;
	const lane = async () => {
		while (begun < rows) {
			const size = Math.min(SIZES[Math.floor(random() * SIZES.length)] as number, rows - begun);
			begun += size;
			await pool.query({ name: "insert", text: INSERT, values: [size] });
			await sleep(Math.max(0, startedAt + (begun / rows) * ms - performance.now()));
		}
	};
	await Promise.all(Array.from({ length: CONNECTIONS }, lane));
	await sleep(Math.max(0, startedAt + ms - performance.now()));
	return rows;
}

/**
 * One transaction after the other: an insert at its beginning, open for up to five seconds, committed or rolled back.
 */
async function keepOpen(pool: pg.Pool, random: () => number, signal: AbortSignal): Promise<number> {
	let written = 0;
	while (!signal.aborted) {
		const client = await pool.connect();
		try {
			await client.query("BEGIN");
			await client.query(INSERT, [1]);
			await sleep(random() * 5_000, undefined, { signal }).catch(() => {});
			const commits = random() < 0.8;
			await client.query(commits ? "COMMIT" : "ROLLBACK");
			if (commits) written++;
		} finally {
			client.release();
		}
	}
	return written;
}
