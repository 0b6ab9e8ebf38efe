import { type ConstructorOptions, PgBoss } from "pg-boss";
import { type Contender, peerCommand } from "./contender.ts";
import { BENCH_QUEUE } from "./pg-boss-queue.ts";

const INSERT_AT_ONCE = 5_000;

export const pgBoss: Contender = {
	id: "pg-boss",
	name: "pg-boss, batches of 1000",
	configuration: "batches of 1000, 2 local workers, LISTEN/NOTIFY on, burst on full batches, undici Pool.request",
	expected: { at0ms: 11_000, at50ms: 1_200 },
	prepare: (connectionString) =>
		withBoss({ connectionString, max: 2 }, async (boss) => {
			await boss.createQueue(BENCH_QUEUE, { notify: true });
		}),
	async fill(client, events) {
		const db = { executeSql: (text: string, values?: unknown[]) => client.query(text, values) };
		await withBoss({ db }, async (boss) => {
			for (let first = 0; first < events; first += INSERT_AT_ONCE) {
				const jobs = Array.from({ length: Math.min(INSERT_AT_ONCE, events - first) }, (_, i) => ({
					data: { trigger: "bench", user: `u${first + i}`, payload: { value: 19.99 } },
				}));
				await boss.insert(BENCH_QUEUE, jobs);
			}
		});
	},
	insertion: { kind: "pg-boss" },
	finishedSql: "SELECT NOT EXISTS (SELECT FROM pgboss.job WHERE name = 'deliver' AND state < 'completed') AS finished",
	recordedSql: "SELECT count(*)::integer AS recorded FROM pgboss.job WHERE name = 'deliver' AND state = 'completed'",
	command: (assignment) => peerCommand("pg-boss.ts", assignment),
};

async function withBoss(database: ConstructorOptions, work: (boss: PgBoss) => Promise<void>): Promise<void> {
	const boss = new PgBoss({ ...database, supervise: false, schedule: false });
	boss.on("error", () => {});
	await boss.start();
	try {
		await work(boss);
	} finally {
		await boss.stop({ graceful: false });
	}
}
