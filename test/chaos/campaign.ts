import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { seededRandom } from "../../src/sandbox/chance.ts";
import { readValue, startAgain, until } from "../lifecycle/facts.ts";
import { checkInvariants, type InvariantReport } from "../lifecycle/invariants.ts";
import type { PostgresServer } from "../support/postgres-server.ts";
import { type ScriptedReward, startScriptedReward, success } from "../support/scripted-reward.ts";
import { badWeather } from "./bad-weather.ts";
import { Fleet } from "./fleet.ts";
import { AT_MOST_ONCE, type Written, writeUntil } from "./writers.ts";

/**
 * `kill-one`: one relay at a time, in turn. `kill-all`: all at once. `freeze`: one is frozen past its lease, in turn,
 * and another one killed. `restarts`: as kill-one, and PostgreSQL goes down every few seconds, in a different way each
 * time.
 */
export const MODES = ["kill-one", "kill-all", "freeze", "restarts"] as const;
export type Mode = (typeof MODES)[number];

export interface CampaignOptions {
	readonly mode: Mode;
	readonly seconds: number;
	readonly relays: number;
	readonly seed: number;
	readonly eventsPerSecond: number;
	/** Between two kills. */
	readonly killEveryMs: number;
	/** Migrated. `restarts` needs one of its own, with `server`. */
	readonly databaseUrl: string;
	readonly server?: PostgresServer;
}

export interface CampaignReport extends InvariantReport {
	readonly written: Written;
	readonly kills: number;
	readonly restarts: number;
	/** From the last fault until nothing was pending or being sent. */
	readonly drainMs: number;
	/** The longest that an expired lease was left lying. */
	readonly mostOverdueMs: number;
	/** From each return of PostgreSQL to the next request. */
	readonly resumedMs: readonly number[];
	readonly stopMs: number;
	readonly complaints: Fleet["complaints"];
}

const REQUEST_TIMEOUT_MS = 1_000;
const LEASE_MS = 6_100;
const RESTART_EVERY_MS = 7_000;
/** Longer than a lease and reaping. */
const FREEZE_MS = LEASE_MS + 2_500;
const DRAIN_LIMIT_MS = 90_000;

/** Runs one campaign to its end: bad weather, then sunshine until everything has drained, then the reckoning. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
	await using reward = await startScriptedReward({ script: badWeather(options.seed) });
	const pool = new pg.Pool({ connectionString: options.databaseUrl, max: 3, application_name: "chaos" });
	pool.on("error", () => {});
	await pool.query("SELECT reward_outbox.set_trigger($1, $2)", [AT_MOST_ONCE, { mode: "at_most_once" }]);
	const fleet = new Fleet(options.relays, {
		databaseUrl: options.databaseUrl,
		reward,
		env: {
			LOG_LEVEL: "error",
			REWARD_OUTBOX_REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS),
			REWARD_OUTBOX_LEASE_MS: String(LEASE_MS),
		},
	});
	try {
		return await new Campaign(options, reward, pool, fleet).run();
	} finally {
		await fleet.abandon();
		await pool.end();
	}
}

class Campaign {
	readonly #options: CampaignOptions;
	readonly #reward: ScriptedReward;
	readonly #pool: pg.Pool;
	readonly #fleet: Fleet;
	readonly #over = new AbortController();
	readonly #random: () => number;
	readonly #resumedMs: number[] = [];
	#restarts = 0;
	#mostOverdueMs = 0;

	constructor(options: CampaignOptions, reward: ScriptedReward, pool: pg.Pool, fleet: Fleet) {
		this.#options = options;
		this.#reward = reward;
		this.#pool = pool;
		this.#fleet = fleet;
		this.#random = seededRandom(options.seed + 77);
	}

	async run(): Promise<CampaignReport> {
		const { databaseUrl: url, seed, eventsPerSecond, seconds } = this.#options;
		const { signal } = this.#over;
		const writing = writeUntil({ url, seed, eventsPerSecond, writers: 6, signal });
		const watching = this.#watchLeases();
		// The first kill comes when there is something to lose.
		await this.#reward.waitFor((reward) => reward.applied.length > 0, DRAIN_LIMIT_MS);
		const faults = [this.#faults(), ...(this.#options.mode === "restarts" ? [this.#restartPostgres()] : [])];
		await sleep(seconds * 1000);
		this.#over.abort();
		const [written] = await Promise.all([writing, watching, ...faults]);
		this.#reward.respond(success());
		const drainMs = await this.#drain();
		const stopMs = await this.#fleet.stop();
		const report = await checkInvariants(this.#pool, this.#reward, { lasting: written.lasting });
		const { mode } = this.#options;
		return {
			...report,
			violations: [...report.violations, ...this.#fleet.deserters, ...complaintsOfWriters(written, mode)],
			written,
			kills: this.#fleet.kills,
			restarts: this.#restarts,
			drainMs,
			mostOverdueMs: this.#mostOverdueMs,
			resumedMs: this.#resumedMs,
			stopMs,
			complaints: this.#fleet.complaints,
		};
	}

	async #faults(): Promise<void> {
		const { mode, killEveryMs } = this.#options;
		const thaws = new Set<() => void>();
		for (let n = 0; await this.#pause(killEveryMs * (0.7 + this.#random() * 0.6)); n++) {
			// A process takes a while to start on a busy machine; killing it before it has done anything would test nothing.
			await this.#untilRegistered();
			if (mode === "kill-all") await this.#fleet.replaceAll();
			else if (mode !== "freeze") await this.#fleet.replace(n);
			else if (thaws.size === 0) {
				const thaw = this.#fleet.freeze(0);
				thaws.add(thaw);
				void this.#pause(FREEZE_MS).then(() => {
					thaw();
					thaws.delete(thaw);
				});
			} else await this.#fleet.replace(1 + (n % (this.#options.relays - 1)));
		}
		for (const thaw of thaws) thaw();
	}

	async #restartPostgres(): Promise<void> {
		const { server } = this.#options;
		if (server === undefined) throw new Error("restarts need a server of their own");
		const ways = [() => server.stop("immediate"), () => server.kill(), () => server.stop("fast")];
		for (let n = 0; await this.#pause(RESTART_EVERY_MS); n++) {
			await (ways[n % ways.length] as () => Promise<void>)();
			await startAgain(server);
			this.#restarts++;
			const backAt = performance.now();
			await this.#untilRequested();
			this.#resumedMs.push(performance.now() - backAt);
		}
	}

	/** Until every relay ever started has become known to the database, or the campaign is over. */
	async #untilRegistered(): Promise<void> {
		const registered = "SELECT count(*)::integer FROM reward_outbox.relays";
		const all = async () =>
			this.#over.signal.aborted || (await readValue<number>(this.#pool, registered)) >= this.#fleet.started;
		await until("all relays have registered", all, DRAIN_LIMIT_MS);
	}

	/** Until another request has come, or the campaign is over. */
	async #untilRequested(): Promise<void> {
		const before = this.#reward.requests.length;
		const seen = this.#reward.waitFor(({ requests }) => requests.length > before, DRAIN_LIMIT_MS);
		const over = new Promise((resolve) => this.#over.signal.addEventListener("abort", resolve, { once: true }));
		seen.catch(() => {});
		if (!this.#over.signal.aborted) await Promise.race([seen, over]);
	}

	/** False: the campaign is over. */
	#pause(ms: number): Promise<boolean> {
		return sleep(ms, true, { signal: this.#over.signal }).catch(() => false);
	}

	async #watchLeases(): Promise<void> {
		while (await this.#pause(500)) {
			const overdue = await readValue<number>(
				this.#pool,
				"SELECT coalesce(max(date_part('epoch', clock_timestamp() - expires_at)) * 1000, 0) FROM reward_outbox.claims",
			).catch(() => 0);
			this.#mostOverdueMs = Math.max(this.#mostOverdueMs, overdue);
		}
	}

	async #drain(): Promise<number> {
		const startedAt = performance.now();
		const open = "SELECT count(*)::integer FROM reward_outbox.events WHERE status IN ('pending', 'sending')";
		// What did not drain shows in the reckoning, event by event.
		await until("all is drained", async () => (await readValue<number>(this.#pool, open)) === 0, DRAIN_LIMIT_MS).catch(
			() => {},
		);
		return performance.now() - startedAt;
	}
}

/** A business transaction never fails because of the relay: with PostgreSQL up all the time, none fails at all. */
function complaintsOfWriters(written: Written, mode: Mode): string[] {
	if (mode === "restarts") return [];
	return [...written.errors].map(([what, count]) => `I6: ${count} business transactions failed: ${what}`);
}
