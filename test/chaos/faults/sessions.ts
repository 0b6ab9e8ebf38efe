import { RELAY_ROLE, type Stage } from "../stage.ts";
import type { Fault } from "./fault.ts";

const OF_RELAYS = `FROM pg_stat_activity WHERE usename = '${RELAY_ROLE}'`;

/** Everything that relays do in the database, once or for a while. */
export const SESSION_FAULTS: readonly Fault[] = [
	{
		name: "some backends of relays are terminated",
		weight: 3,
		mayCoincide: true,
		hitsWriters: false,
		strike: async (stage, chance) => {
			// Which ones, the seed does not know: sessions come and go by themselves.
			await stage.pool.query(`SELECT pg_terminate_backend(pid) ${OF_RELAYS} ORDER BY random() LIMIT $1`, [
				1 + chance.below(4),
			]);
			return undefined;
		},
	},
	{
		name: "all backends of relays are terminated",
		weight: 2,
		mayCoincide: true,
		hitsWriters: false,
		strike: async (stage) => {
			await terminateSessionsOfRelays(stage);
			return undefined;
		},
	},
	{
		name: "statements of relays are cancelled for a second",
		weight: 2,
		mayCoincide: true,
		hitsWriters: false,
		strike: async (stage) => {
			const cancel = `SELECT pg_cancel_backend(pid) ${OF_RELAYS} AND state = 'active'`;
			for (let n = 0; n < 40 && !stage.signal.aborted; n++) {
				await stage.pool.query(cancel);
				await stage.wait(25);
			}
			return undefined;
		},
	},
];

/** So that they take up what has been set for them meanwhile. */
export async function terminateSessionsOfRelays(stage: Stage): Promise<void> {
	await stage.pool.query(`SELECT pg_terminate_backend(pid) ${OF_RELAYS}`);
}
