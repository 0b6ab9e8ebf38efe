import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { createRelay } from "../../src/composition/index.ts";
import { createReconciler } from "../../src/composition/reconciling.ts";
import { seededRandom } from "../../src/sandbox/chance.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { adoptUnused } from "../../src/store/identity.ts";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { openReceiptsDatabase, receiveWebhook } from "../../src/store/receipts/receive.ts";
import { WebhookReceiver } from "../../src/webhook/receiver.ts";
import { startPostgres } from "../support/postgres-server.ts";
import { webhook } from "../webhook/webhooks.ts";
import { Courier, type Weather } from "./courier.ts";
import { setClock, takeOverClock } from "./database-clock.ts";
import { POLICY_NAMES, type PolicyOutcome, readOutcomes, setPolicies } from "./policies.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const TOKEN = "simulated-0123456789abcdef0123456789";
const PRICES = ["2.99", "9.90", "19.99", "49.00", "120.00"];
const WEATHER: Weather = {
	lost: 0.05,
	doubled: 0.05,
	atLeastMs: 10 * MINUTE_MS,
	mostlyMs: 5 * MINUTE_MS,
	slow: 0.05,
	atMostMs: HOUR_MS,
};
const AMBIGUOUS = 0.02;
const FORGED = 0.01;
/** Between two batches of events. Of our time, like the next ones. */
const STEP_MS = 100;
const COLLECT_EVERY_MS = 1_000;
const LOOK_EVERY_MS = 5_000;
const LOOK_AT_LEAST_MS = 100;

export interface SimulationOptions {
	readonly seed: number;
	/** Of all policies together. */
	readonly events: number;
	readonly customers: number;
	/** Events are written for so long, */
	readonly hours: number;
	/** and then nothing but receipts comes for so long. */
	readonly hoursAfter: number;
	/** How much faster than ours the database's clock goes. */
	readonly speed: number;
}

export interface SimulationResult {
	readonly outcomes: readonly PolicyOutcome[];
	readonly webhooks: Courier["counts"] & { readonly forged: number };
}

/**
 * The real relay, reconciler, receiver and PostgreSQL with the sandbox, and between the sandbox and the receiver what
 * happens to webhooks. The database's clock goes faster, and with it everything that is decided by it: how long
 * receipts take, the horizon, retries that wait.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
	await using server = await startPostgres({ settings: { shared_buffers: "256MB" } });
	await takeOverClock(server.url);
	await migrateToLatest(server.url);
	const pool = new pg.Pool({ connectionString: server.url, max: 3 });
	const receipts = openReceiptsDatabase(server.url);
	const inbox = { record: (body: Uint8Array) => receiveWebhook(receipts, body), observer: ignore, logger: SILENT };
	const doors = [{ token: TOKEN, leadsTo: inbox }];
	const receiver = new WebhookReceiver({ host: "127.0.0.1", port: 0, doors, logger: SILENT });
	try {
		// PostgreSQL's own ids are of the server's clock.
		await pool.query("ALTER TABLE reward_outbox.outbox ALTER COLUMN id SET DEFAULT reward_outbox.new_event_id()");
		await adoptUnused(pool, "simulation");
		await setPolicies(pool);
		const target = `${await receiver.listen()}/webhooks/reward/${TOKEN}`;
		return await withReward(options, target, server.url, pool);
	} finally {
		await receiver.close();
		await receipts.end();
		await pool.end();
	}
}

const ignore = () => {};
const SILENT = { info: ignore, warn: ignore, error: ignore, debug: ignore, trace: ignore, fatal: ignore } as never;

async function withReward(
	options: SimulationOptions,
	target: string,
	databaseUrl: string,
	pool: pg.Pool,
): Promise<SimulationResult> {
	const { seed, speed } = options;
	const courier = new Courier({ target, weather: WEATHER, speed, random: seededRandom(seed + 1) });
	await using sandbox = await startSandbox({ failRate: AMBIGUOUS, seed, webhookUrl: await courier.listen() });
	const relay = await createRelay({
		databaseUrl,
		rewardApiKey: "sk_test_of_the_simulation",
		rewardApiUrl: sandbox.url,
		logger: null,
		// By the database's clock, on which an answer takes minutes.
		leaseMs: 24 * HOUR_MS,
		pollIntervalMs: 200,
	});
	// Relays look every five seconds, which on this clock are minutes or hours: one that looks as often as they do by it.
	const reconciler = createReconciler(pool, "simulation", Math.max(LOOK_AT_LEAST_MS, LOOK_EVERY_MS / speed), SILENT);
	await relay.start();
	reconciler.start();
	const applications = new Applications(sandbox);
	try {
		await setClock(databaseUrl, speed);
		const forged = await write(options, pool, courier, applications);
		await applications.collectFor((options.hoursAfter * HOUR_MS) / speed);
		await courier.settled();
		applications.collect();
		const outcomes = await readOutcomes(pool, applications.byEvent);
		return { outcomes, webhooks: { ...courier.counts, forged } };
	} finally {
		await reconciler.stop();
		await relay.stop(5_000);
		await courier.close();
	}
}

const WRITE = `
INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload)
SELECT e ->> 0, e ->> 1, jsonb_build_object('value', (e ->> 2)::numeric)
FROM jsonb_array_elements($1::jsonb) e`;

/** Writes events at a steady rate, and makes up receipts among them. Returns how many of these. */
async function write(
	{ seed, events, customers, hours, speed }: SimulationOptions,
	pool: pg.Pool,
	courier: Courier,
	applications: Applications,
): Promise<number> {
	const random = seededRandom(seed + 2);
	const key = () =>
		[
			POLICY_NAMES[Math.floor(random() * POLICY_NAMES.length)] as string,
			`customer${Math.floor(random() * customers)}`,
			PRICES[Math.floor(random() * PRICES.length)] as string,
		] as const;
	const lastsMs = (hours * HOUR_MS) / speed;
	const begunAt = performance.now();
	let [written, forged] = [0, 0];
	while (written < events) {
		const due = Math.min(events, Math.ceil((events * (performance.now() - begunAt)) / lastsMs));
		const batch = Array.from({ length: due - written }, key);
		if (batch.length > 0) await pool.query(WRITE, [JSON.stringify(batch)]);
		written = due;
		for (; forged < due * FORGED; forged += 1) {
			const [trigger, user, value] = key();
			courier.forge(webhook({ id: `forged ${forged}`, trigger, user, value }));
		}
		await applications.collectFor(STEP_MS);
	}
	return forged;
}

/** How often each event was applied. The sandbox remembers the latest ones only, so they are collected in time. */
class Applications {
	readonly byEvent = new Map<string, number>();
	readonly #sandbox: Sandbox;
	#collected = 0;
	#collectedAt = performance.now();

	constructor(sandbox: Sandbox) {
		this.#sandbox = sandbox;
	}

	async collectFor(ms: number): Promise<void> {
		const until = performance.now() + ms;
		for (let now = performance.now(); now < until; now = performance.now()) {
			if (now - this.#collectedAt > COLLECT_EVERY_MS) this.collect();
			await sleep(Math.min(STEP_MS, until - now));
		}
	}

	collect(): void {
		this.#collectedAt = performance.now();
		for (const { sequence, idempotencyKey: id } of this.#sandbox.received()) {
			if (sequence <= this.#collected || id === null) continue;
			this.#collected = sequence;
			this.byEvent.set(id, (this.byEvent.get(id) ?? 0) + 1);
		}
	}
}
