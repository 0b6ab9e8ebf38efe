import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ADMIN_NAME } from "../access/token.ts";
import { createRelay, type RelayHandle } from "../composition/index.ts";
import { DELIVERY_DEFAULTS } from "../config.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { type Database, openDatabase } from "../store/database.ts";
import { type Outline, PURCHASE_BY_HAND } from "../store/demo-shop.ts";
import { migrateToLatest } from "../store/migrate.ts";
import { createDemoDatabase } from "./database.ts";
import type { Narrator } from "./narrator.ts";
import { nextPurchase, sell, tellStory, untilDelivered } from "./story.ts";
import { compare } from "./verdict.ts";

export interface DemoOptions {
	/** End when the story is told; otherwise go on selling until the signal. */
	readonly once: boolean;
	/** DATABASE_URL, or null: only used where no PostgreSQL is brought along. */
	readonly databaseUrl: string | null;
	readonly narrator: Narrator;
	/** Shows how every event went. */
	readonly showTable: (outlines: readonly Outline[]) => void;
	/** Ends the demo, at any time. */
	readonly signal: AbortSignal;
}

const FAIL_RATE = 0.25;
/** With it the story's first requests meet a 500, a reset and a 503, and none that is applied and then reset. */
const SEED = 8875;
const DELIVERY_TIMEOUT_MS = 60_000;
const PAUSE_MS = 1_500;

/**
 * Runs the demo: PostgreSQL, sandbox and relay, a shop that sells, and the proof of what arrived.
 *
 * @throws OutboxError when something was lost, or was sent and should not have been; AbortError when the signal ended
 *   it.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
	// In the order of their making; undone in the other one, whatever happens.
	const undo: (() => Promise<unknown>)[] = [];
	try {
		await perform(options, undo);
	} finally {
		for (const close of undo.reverse()) await close();
	}
}

async function perform(options: DemoOptions, undo: (() => Promise<unknown>)[]): Promise<void> {
	const { narrator, signal } = options;
	narrator.heading("reward-outbox: an event is sent if and only if its transaction commits");
	const database = await createDemoDatabase(options.databaseUrl, signal);
	undo.push(() => database.close());
	await migrateToLatest(database.url);
	const db = openDatabase({
		url: database.url,
		applicationName: "reward-outbox demo shop",
		maxConnections: 2,
		onIdleError: () => {},
	});
	undo.push(() => db.end());
	const sandbox = await startSandbox({ failRate: FAIL_RATE, seed: SEED });
	undo.push(() => sandbox.close());
	const relay = await createRelay({
		databaseUrl: database.url,
		rewardApiKey: "sk_test_demo",
		rewardApiUrl: sandbox.url,
		backoffBaseMs: 500,
		backoffCapMs: 3_000,
		logger: narrator.logger(),
	});
	undo.push(() => relay.stop(5_000));
	await relay.start();
	introduce(narrator, database, sandbox.url);
	if (!options.once) await openConsole(narrator, database.url, relay, undo);

	signal.throwIfAborted();
	await tellStory(db, narrator);
	narrator.heading("What the relay does with them:");
	const outlines = await untilDelivered(db, DELIVERY_TIMEOUT_MS, signal);
	narrator.heading("Where they stand (SELECT * FROM reward_outbox.events):");
	options.showTable(outlines);
	narrator.heading("The proof:");
	await compare(sandbox.url, outlines, narrator);
	if (!options.once) await goOn(db, options, database.url, outlines.length);
}

function introduce(narrator: Narrator, database: { url: string; description: string }, sandboxUrl: string): void {
	narrator.line(database.description);
	narrator.line(`  psql ${database.url}`);
	narrator.line(
		`Reward is played by the sandbox, which fails about one request in ${1 / FAIL_RATE} (it is not Reward)`,
	);
	narrator.line(`  curl ${sandboxUrl}/events`);
	narrator.line("The relay runs in this process");
}

/** With a token made for this run; it shows nothing but this demo. */
async function openConsole(
	narrator: Narrator,
	databaseUrl: string,
	{ health, metrics }: RelayHandle,
	undo: (() => Promise<unknown>)[],
): Promise<void> {
	const { startConsoleServer } = await import("../api/serve.ts");
	const secret = randomBytes(18).toString("base64url");
	const server = await startConsoleServer({
		host: "127.0.0.1",
		port: 0,
		tokens: [{ name: ADMIN_NAME, role: "operator", secret }],
		databaseUrl,
		defaultMaxAttempts: DELIVERY_DEFAULTS.maxAttempts,
		health,
		metrics,
		logger: narrator.logger(),
	});
	undo.push(() => server.close());
	narrator.line(`The console: ${server.url}/console/`);
	narrator.line(`  sign in with the token ${secret}`);
}

async function goOn(db: Database, { narrator, signal }: DemoOptions, url: string, told: number): Promise<void> {
	narrator.heading("Your turn. Write an event from any language; for instance:");
	narrator.code(`psql ${url} <<'SQL'\n${PURCHASE_BY_HAND}\nSQL`);
	narrator.heading("The shop goes on selling; Ctrl-C ends the demo and deletes everything.");
	try {
		for (let orderNo = told + 2; ; orderNo++) {
			await sleep(PAUSE_MS, undefined, { signal });
			await sell(db, narrator, nextPurchase(orderNo));
		}
	} catch (error) {
		if (!signal.aborted) throw error;
	}
	narrator.heading("Stopping: what is in flight is finished, then everything is deleted.");
}
