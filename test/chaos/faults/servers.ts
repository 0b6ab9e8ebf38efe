import pg from "pg";
import { readValue, startAgain, until } from "../../lifecycle/facts.ts";
import { adoptWithoutTail, awaitFollowing } from "../operator.ts";
import { allowed } from "../patience.ts";
import type { Fault } from "./fault.ts";

/** A smart shutdown waits for its clients, who do not go by themselves. Then patience is at an end. */
const PATIENCE_MS = 1_500;
const SYNCHRONOUS_WITHIN_MS = 20_000;

export const SERVER_FAULTS: readonly Fault[] = [
	restart("PostgreSQL is stopped (smart, then fast) and started", 1, async (stage) => {
		const stopped = stage.primary.server.stop("smart");
		await stage.wait(PATIENCE_MS);
		await stage.primary.server.stop("fast");
		await stopped;
		await startAgain(stage.primary.server);
		return undefined;
	}),
	restart("PostgreSQL is stopped (fast) and started", 2, async (stage, chance) => {
		await stage.primary.server.stop("fast");
		await stage.wait(chance.between(0, 3_000));
		await startAgain(stage.primary.server);
		return undefined;
	}),
	restart("PostgreSQL is stopped (immediate) and started", 2, async (stage) => {
		await stage.primary.server.stop("immediate");
		await startAgain(stage.primary.server);
		return undefined;
	}),
	restart("PostgreSQL loses power", 2, async (stage) => {
		await stage.primary.server.kill();
		await startAgain(stage.primary.server);
		return undefined;
	}),
	restart("the database's disk is full", 1, async (stage, chance) => {
		const ms = chance.between(500, 3_000);
		const { disk, server } = stage.primary;
		if (disk === null) return { skipped: "nothing may be mounted here" };
		await disk.fill();
		await stage.wait(ms);
		await disk.free();
		// Full in the middle of its log, a server ends itself.
		await startAgain(server);
		return undefined;
	}),
	failover("failover to a synchronous standby", 1, async (stage, chance) => {
		const standby = await stage.primary.prepareStandby();
		await stage.pool.query("ALTER SYSTEM SET synchronous_standby_names = '*'");
		await stage.pool.query("SELECT pg_reload_conf()");
		const isSynchronous = "SELECT count(*)::integer FROM pg_stat_replication WHERE sync_state = 'sync'";
		await until(
			"the standby is synchronous",
			async () => (await readValue<number>(stage.pool, isSynchronous)) === 1,
			allowed(SYNCHRONOUS_WITHIN_MS),
		);
		await stage.wait(chance.between(300, 2_000));
		await stage.primary.failOver(standby, stage.board, promote);
		return { note: await awaitFollowing(stage) };
	}),
	failover("failover to an asynchronous standby that has lost the last seconds", 1, async (stage, chance) => {
		const standby = await stage.primary.prepareStandby();
		standby.line.cut();
		const from = stage.now;
		let until = from;
		await stage.wait(chance.between(200, 1_500));
		await stage.primary.failOver(standby, stage.board, (url) => {
			until = stage.now;
			return promote(url);
		});
		return { note: await adoptWithoutTail(stage, { from, until }) };
	}),
];

function restart(name: string, weight: number, strike: Fault["strike"]): Fault {
	return { name, weight, mayCoincide: true, hitsWriters: true, strike };
}

/** What is asked of relays afterwards takes relays that are there. */
function failover(name: string, weight: number, strike: Fault["strike"]): Fault {
	return { name, weight, mayCoincide: false, hitsWriters: true, strike };
}

async function promote(url: string): Promise<void> {
	const client = new pg.Client({ connectionString: url });
	client.on("error", () => {});
	await client.connect();
	try {
		await client.query("SELECT pg_promote(true, 60)");
		await client.query("ALTER SYSTEM RESET synchronous_standby_names");
		await client.query("SELECT pg_reload_conf()");
	} finally {
		await client.end();
	}
}
