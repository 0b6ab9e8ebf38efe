import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCli } from "../cli/run-cli.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { answer, delayed, type ScriptedReward, startScriptedReward, success } from "../support/scripted-reward.ts";
import { emitEvents, readValue, until, untilDrained } from "./facts.ts";
import { checkInvariants } from "./invariants.ts";
import { Load } from "./load.ts";
import { AFTER_LEASE_MS, RelayProcess, startListeningRelay, startRelay } from "./relay-process.ts";

const TIMEOUT_MS = 120_000;
const OLD_KEY = "sk_test_of_yesterday";
const NEW_KEY = "sk_test_of_today";
const REFUSED = '{"error":{"code":"invalid_api_key","message":"no such key"}}';

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "reward-outbox-keys-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** As deployments do it: a new file takes the place of the old one in one step. */
async function putKey(name: string, key: string): Promise<string> {
	const file = join(folder, name);
	await writeFile(`${file}.new`, `${key}\n`, { mode: 0o600 });
	await rename(`${file}.new`, file);
	return file;
}

/** A receiver that takes one key, and answers within 20 ms. */
function accepting(reward: ScriptedReward, valid: { key: string }): void {
	reward.respond(({ headers }) =>
		headers.get("authorization") === `Bearer ${valid.key}`
			? delayed(Math.random() * 20, success())
			: answer(401, REFUSED),
	);
}

async function expectAllDeliveredOnce(
	database: TestDatabase,
	reward: ScriptedReward,
	committed: string[],
): Promise<void> {
	await untilDrained(database, AFTER_LEASE_MS);
	const { violations, byStatus, events } = await checkInvariants(database, reward, { lasting: committed });
	expect({ violations, byStatus }).toEqual({ violations: [], byStatus: { delivered: events } });
	expect(reward.duplicates).toBe(0);
	const holdingKey = "SELECT count(*)::integer FROM reward_outbox.attempts a WHERE a::text LIKE '%sk_test_of%'";
	expect(await readValue<number>(database, holdingKey)).toBe(0);
}

describe.concurrent("the key", () => {
	test.for([true, false])("is rotated under load, with SIGHUP: %s", { timeout: TIMEOUT_MS }, async (hangup) => {
		await using database = await createTestDatabase();
		const valid = { key: OLD_KEY };
		await using reward = await startScriptedReward();
		accepting(reward, valid);
		const file = await putKey(`rotated-${hangup}`, OLD_KEY);
		await using relay = await startListeningRelay({
			databaseUrl: database.url,
			reward,
			env: { REWARD_API_KEY_FILE: file },
		});
		await using load = new Load(database.url);
		await reward.waitFor(({ applied }) => applied.length > 100);
		if (hangup) {
			// The file first, then the signal, and only then is the old key revoked.
			await putKey(`rotated-${hangup}`, NEW_KEY);
			relay.signal("SIGHUP");
			await reward.waitFor(({ requests }) => requests.at(-1)?.headers.get("authorization") === `Bearer ${NEW_KEY}`);
			valid.key = NEW_KEY;
		} else {
			// Revoked by surprise: the relay pauses, and finds the new key by itself.
			valid.key = NEW_KEY;
			await relay.logged("sending is paused");
			await putKey(`rotated-${hangup}`, NEW_KEY);
			await relay.logged("sending is resumed");
		}
		const applied = reward.applied.length;
		await reward.waitFor((now) => now.applied.length > applied + 100);
		await expectAllDeliveredOnce(database, reward, await load.stop());
		const { stdout, stderr } = await relay.end("SIGTERM");
		expect(stdout + stderr).not.toContain("sk_test_of");
	});

	test("of one relay is old while another's is good: everything is delivered, and the first one pauses", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward();
		accepting(reward, { key: NEW_KEY });
		const old = await putKey("old", OLD_KEY);
		const good = await putKey("good", NEW_KEY);
		await using paused = await startListeningRelay({
			databaseUrl: database.url,
			reward,
			env: { REWARD_API_KEY_FILE: old },
		});
		await using load = new Load(database.url);
		await paused.logged("sending is paused");
		await using delivering = await startListeningRelay({
			databaseUrl: database.url,
			reward,
			env: { REWARD_API_KEY_FILE: good },
		});
		await reward.waitFor(({ applied }) => applied.length > 100);
		await expectAllDeliveredOnce(database, reward, await load.stop());
		expect(JSON.stringify((await paused.health())["paused"])).toContain("refuses the API key");
		expect((await delivering.health())["paused"]).toBeNull();
		const refusals = "SELECT count(*)::integer FROM reward_outbox.attempts WHERE http_status = 401";
		expect(await readValue<number>(database, refusals)).toBe(reward.requests.length - reward.applied.length);
	});
});

describe("a relay that starts", () => {
	test("on a port that is taken says so and ends", { timeout: TIMEOUT_MS }, async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward();
		const taken = createServer().listen(0, "127.0.0.1");
		await until("the port is taken", () => taken.listening);
		const { port } = taken.address() as { port: number };
		await using relay = startRelay({
			databaseUrl: database.url,
			reward,
			env: { REWARD_OUTBOX_HTTP_ADDR: `127.0.0.1:${port}` },
		});
		const { code, stderr } = await relay.ended;
		taken.close();
		expect(code).toBe(1);
		expect(stderr).toMatch(/^error: .*EADDRINUSE.*\nhint: .*REWARD_OUTBOX_HTTP_ADDR/);
	});
});

test("a relay reads the database's address from a file", { timeout: TIMEOUT_MS }, async () => {
	await using database = await createTestDatabase();
	const address = join(folder, "database.url");
	await writeFile(address, `${database.url}\n`, { mode: 0o600 });
	await using reward = await startScriptedReward();
	await using relay = new RelayProcess(
		startCli(["relay"], {
			DATABASE_URL_FILE: address,
			REWARD_API_KEY: NEW_KEY,
			REWARD_API_URL: reward.url,
			REWARD_OUTBOX_HTTP_ADDR: "127.0.0.1:0",
		}),
	);
	await relay.logged("listener is listening");
	await emitEvents(database.pool, 1);
	await reward.waitFor(({ applied }) => applied.length === 1);
});
