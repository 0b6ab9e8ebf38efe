import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { readValue, until } from "../lifecycle/facts.ts";
import { HAS_PGBOUNCER, type PgBouncer, startPgBouncer } from "../platforms/pgbouncer.ts";
import { BadLine } from "../support/bad-line.ts";
import { FalseClock } from "../support/false-clock.ts";
import { freePort } from "../support/free-port.ts";
import { urlFor } from "../support/login.ts";
import type { PostgresServerOptions } from "../support/postgres-server.ts";
import { type CheckedOut, checkOutOlder, previousVersion } from "../support/previous-version.ts";
import { delayed, type Script, type ScriptedReward, startScriptedReward, success } from "../support/scripted-reward.ts";
import { Switchboard } from "../support/switchboard.ts";
import { Fleet, type Slot } from "./fleet.ts";
import { Journal, type ReceiverEntry, type WriterEntry } from "./journal.ts";
import { allowed } from "./patience.ts";
import { Primary } from "./primary.ts";
import { AT_MOST_ONCE } from "./writers.ts";

export interface StageOptions {
	readonly relays: number;
	readonly version?: PostgresServerOptions["version"];
	/** 0: nothing is mounted, and no disk gets full. */
	readonly diskMegabytes: number;
	/** For journals and logs. */
	readonly folder: string;
	/** Ends all waiting. */
	readonly signal: AbortSignal;
}

/** Of `/readyz`. */
interface RelayHealth {
	readonly paused?: { readonly code: string } | null;
	readonly listener?: { readonly mode: string };
}

export const REQUEST_TIMEOUT_MS = 2_500;
export const LEASE_MS = 7_600;
export const CONCURRENCY = 32;
/** The role of all relays, and its password. */
export const RELAY_ROLE = "chaos_relay";
const PROBE = "probe";
const STARTS_WITHIN_MS = 120_000;

/**
 * Everything that a campaign plays on: a PostgreSQL with a name that leads to it, relays with a line each to it and one
 * to the receiver, the last one by way of a pooler, the first one with a clock that can be set. All of it is gone at
 * the end.
 */
export class Stage implements AsyncDisposable {
	readonly startedAt = performance.now();
	readonly apiKey = `sk_test_canary_${Math.random().toString(36).slice(2)}`;
	readonly token = `token-canary-${Math.random().toString(36).slice(2)}`;
	readonly #options: StageOptions;
	readonly #everything = new AsyncDisposableStack();
	readonly #appliedProbes = new Set<string>();
	#poolerPort: number | null = null;
	/** Requests whose head has come. */
	requests = 0;
	/** Events that a failover lost, although they were committed. */
	readonly gone = new Set<string>();
	readonly written: Journal<WriterEntry>;
	readonly received: Journal<ReceiverEntry>;
	readonly clock = FalseClock.find();
	readonly ports: number[] = [];
	readonly lines: BadLine[] = [];
	primary!: Primary;
	board!: Switchboard;
	pool!: pg.Pool;
	reward!: ScriptedReward;
	rewardLine!: BadLine;
	pooler: PgBouncer | null = null;
	/** Another version of the code, to be deployed beside this one. */
	older: CheckedOut | null = null;
	fleet!: Fleet;

	static async build(options: StageOptions): Promise<Stage> {
		const stage = new Stage(options);
		try {
			await stage.#buildDatabase();
			await stage.#buildReceiver();
			await stage.#buildRelays();
			return stage;
		} catch (error) {
			await stage[Symbol.asyncDispose]();
			throw error;
		}
	}

	private constructor(options: StageOptions) {
		this.#options = options;
		this.written = new Journal(`${options.folder}/writers.jsonl`, this.startedAt);
		this.received = new Journal(`${options.folder}/receiver.jsonl`, this.startedAt);
		if (this.clock !== null) this.#everything.defer(() => this.clock?.[Symbol.dispose]());
		this.#everything.defer(async () => {
			await this.written.close();
			await this.received.close();
		});
	}

	/** Milliseconds since it was built. */
	get now(): number {
		return Math.round(performance.now() - this.startedAt);
	}

	get signal(): AbortSignal {
		return this.#options.signal;
	}

	/** The database as its superuser sees it, under the name that leads to whichever server is the right one. */
	get url(): string {
		return this.board.through(this.primary.server.url);
	}

	/** Until then, or until all is to end. */
	async wait(ms: number): Promise<void> {
		await sleep(ms, undefined, { signal: this.signal }).catch(() => {});
	}

	/** Until all relays look for events: killing one that has done nothing would try nothing. */
	async untilRelaysAreUp(): Promise<void> {
		const up = async () =>
			this.signal.aborted || (await this.health()).every(({ listener }) => listener?.mode !== "connecting");
		await until("all relays have said that they are there", up, allowed(STARTS_WITHIN_MS));
	}

	/** What each relay says of itself. Rejects when one is not there. */
	health(): Promise<RelayHealth[]> {
		const asked = this.ports.map(async (port) =>
			(await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) })).json(),
		);
		return Promise.all(asked) as Promise<RelayHealth[]>;
	}

	/** An event of our own, by which to tell that delivery goes on. Tries until the database takes it. */
	async emitProbe(): Promise<string> {
		const emit = () => readValue<string>(this.pool, "SELECT reward_outbox.emit($1, 'campaign')", [PROBE]);
		for (;;) {
			const id = await emit().catch(() => null);
			if (id !== null) {
				this.written.write({ as: "committed", ids: [id] });
				return id;
			}
			if (this.signal.aborted) throw new Error("interrupted");
			await this.wait(50);
		}
	}

	/** Whether the receiver has applied a probe within the time. */
	async applied(probe: string, withinMs: number): Promise<boolean> {
		const isOver = () => this.signal.aborted || this.#appliedProbes.has(probe);
		await until("the probe was applied", isOver, withinMs).catch(() => {});
		return this.#appliedProbes.has(probe);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.#everything.disposeAsync();
	}

	async #buildDatabase(): Promise<void> {
		const { diskMegabytes, version } = this.#options;
		this.primary = this.#everything.use(await Primary.start(diskMegabytes, version));
		await migrateToLatest(this.primary.server.url);
		this.board = this.#everything.use(await Switchboard.start(this.primary.server.port));
		this.pool = new pg.Pool({
			connectionString: this.url,
			max: 4,
			application_name: "chaos",
			connectionTimeoutMillis: 5_000,
			query_timeout: 30_000,
		});
		this.pool.on("error", () => {});
		this.#everything.defer(() => this.pool.end());
		await this.pool.query(`CREATE ROLE ${RELAY_ROLE} LOGIN PASSWORD '${RELAY_ROLE}' IN ROLE reward_outbox_relay`);
		await this.pool.query("SELECT reward_outbox.set_trigger($1, $2)", [AT_MOST_ONCE, { mode: "at_most_once" }]);
	}

	async #buildReceiver(): Promise<void> {
		const witness = {
			head: ({ idempotencyKey: id, path }: { idempotencyKey: string; path: string }) => {
				this.requests++;
				this.received.write({ as: "head", id, path });
			},
			request: ({ idempotencyKey: id, body }: { idempotencyKey: string; body: Buffer }) =>
				this.received.write({ as: "request", id, body: body.toString() }),
			applied: ({ idempotencyKey: id, triggerId }: { idempotencyKey: string; triggerId: string }) => {
				this.received.write({ as: "applied", id });
				if (triggerId === PROBE) this.#appliedProbes.add(id);
			},
		};
		this.reward = this.#everything.use(await startScriptedReward({ script: FAIR_WEATHER, witness }));
		this.rewardLine = this.#everything.use(await BadLine.start(this.reward.port));
	}

	async #buildRelays(): Promise<void> {
		const { relays, folder } = this.#options;
		const byName = urlFor(this.url, RELAY_ROLE, RELAY_ROLE);
		if (HAS_PGBOUNCER) await this.startPooler();
		const version = previousVersion();
		if (version !== null) this.older = this.#everything.use(await checkOutOlder(version));
		for (let slot = 0; slot < relays; slot++) {
			const isPooled = this.pooler !== null && slot === relays - 1;
			const port = Number(new URL(isPooled ? (this.pooler as PgBouncer).through(byName) : byName).port);
			this.lines.push(this.#everything.use(await BadLine.start(port)));
			this.ports.push(await freePort());
		}
		this.fleet = new Fleet(relays, this.#slot(byName), folder, this.apiKey);
		this.#everything.defer(() => this.fleet.abandon());
		await this.untilRelaysAreUp();
	}

	/** At the same port each time. */
	async startPooler(): Promise<void> {
		const port = this.#poolerPort === null ? {} : { listen_port: String(this.#poolerPort) };
		// Else it takes fifteen seconds until it tries again, whatever relays do.
		const settings = { server_login_retry: "1", ...port };
		this.pooler = await startPgBouncer(Number(new URL(this.url).port), [RELAY_ROLE], settings);
		if (this.#poolerPort === null) this.#everything.defer(() => this.pooler?.[Symbol.asyncDispose]());
		this.#poolerPort = Number(new URL(this.pooler.through(this.url)).port);
	}

	#slot(byName: string): Slot {
		return (slot) => {
			const isPooled = this.pooler !== null && slot === this.lines.length - 1;
			return {
				databaseUrl: (this.lines[slot] as BadLine).through(byName),
				reward: { url: `http://127.0.0.1:${this.rewardLine.port}` },
				env: {
					LOG_LEVEL: "info",
					REWARD_API_KEY: this.apiKey,
					REWARD_OUTBOX_ADMIN_TOKEN: this.token,
					REWARD_OUTBOX_HTTP_ADDR: `127.0.0.1:${this.ports[slot]}`,
					REWARD_OUTBOX_REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS),
					REWARD_OUTBOX_LEASE_MS: String(LEASE_MS),
					REWARD_OUTBOX_CONCURRENCY: String(CONCURRENCY),
					...(isPooled ? { DATABASE_LISTEN_URL: byName } : {}),
					...(slot === 0 ? this.clock?.env : {}),
				},
			};
		};
	}
}

/** Everything succeeds, within 30 ms mostly. */
export const FAIR_WEATHER: Script = () => delayed(Math.random() * (Math.random() < 0.02 ? 500 : 30), success());
