import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { runCli, startCli } from "../cli/run-cli.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { webhook } from "../webhook/webhooks.ts";
import { readValue, until } from "./facts.ts";
import { databasesFile, type Entry, startFleet, testDatabases, untilReady } from "./fleet-process.ts";

const TIMEOUT_MS = 120_000;
const RECEIPTS = "SELECT count(*)::integer FROM reward_outbox.receipts";
const ADDRESS = { REWARD_OUTBOX_WEBHOOK_ADDR: "127.0.0.1:0" };

function newToken(): string {
	return randomBytes(16).toString("hex");
}

async function post(origin: string, token: string): Promise<number> {
	const headers = { "content-type": "application/json" };
	return (await fetch(`${origin}/webhooks/reward/${token}`, { method: "POST", headers, body: webhook() })).status;
}

describe("Reward's webhooks for many databases", () => {
	test("come to the database whose path they are sent to, on one address, and count with its name", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using databases = await testDatabases(3);
		const [first, second, without] = databases.entries as [Entry, Entry, Entry];
		const [one, other, later] = [newToken(), newToken(), newToken()];
		await using file = await databasesFile();
		await file.put("second.token", `${other}\n`);
		const entries = [{ ...first, webhook_token: one }, { ...second, webhook_token_file: "second.token" }, without];
		await file.write(entries);
		await using reward = await startScriptedReward();
		const env = { ...ADDRESS, REWARD_OUTBOX_ADMIN_TOKEN: "token-of-this-test" };
		await using relay = startFleet(file, { reward, env });
		await untilReady(relay, 3);
		const { url } = await relay.logged("webhook receiver is listening");
		const origin = String(url);
		expect([await post(origin, one), await post(origin, one), await post(origin, other)]).toEqual([200, 200, 200]);
		expect(await post(origin, later)).toBe(404);
		const counts = async () => await Promise.all(databases.all.map((one) => readValue<number>(one, RECEIPTS)));
		expect(await counts()).toEqual([2, 1, 0]);
		const headers = { authorization: "Bearer token-of-this-test" };
		const { url: http } = await relay.logged("http server is listening");
		const text = await (await fetch(`${http}/metrics`, { headers })).text();
		expect(text).toContain('reward_outbox_webhooks_total{result="recorded",database="shop-0"} 2');
		expect(text).toContain('reward_outbox_webhooks_total{result="recorded",database="shop-1"} 1');
		expect(text.match(/^# TYPE reward_outbox_webhooks_total /gm)).toHaveLength(1);

		await file.put("second.token", `${later}\n`);
		await file.write([without, entries[1] as Entry]);
		relay.signal("SIGHUP");
		await until("the new path leads there", async () => (await post(origin, later)) === 200);
		expect([await post(origin, other), await post(origin, one)]).toEqual([404, 404]);
		// Only the path has changed: its relay went on.
		expect(await relay.logged("file with the databases was read again")).toMatchObject({ removed: 1, unchanged: 2 });
		expect((await relay.end("SIGTERM")).code).toBe(0);
	});

	test("are taken by reward-outbox webhook as well, of all databases or of one", { timeout: TIMEOUT_MS }, async () => {
		await using databases = await testDatabases(2);
		const [first, second] = databases.entries as [Entry, Entry];
		const [one, other] = [newToken(), newToken()];
		await using file = await databasesFile([
			{ ...first, webhook_token: one },
			{ ...second, webhook_token: other },
		]);
		const env = { ...ADDRESS, REWARD_OUTBOX_DATABASES_FILE: file.path };
		for (const [args, expected] of [
			[[], [200, 200]],
			[
				["--database", "shop-1"],
				[404, 200],
			],
		] as const) {
			const cli = startCli(["webhook", ...args], env);
			const line = await cli.line((text) => text.includes("webhook receiver is listening"));
			const origin = (JSON.parse(line) as { url: string }).url;
			expect([await post(origin, one), await post(origin, other)]).toEqual(expected);
			cli.child.kill("SIGTERM");
			expect((await cli.ended).code).toBe(0);
		}
		expect(await readValue<number>(databases.at(0), RECEIPTS)).toBe(1);
		expect(await readValue<number>(databases.at(1), RECEIPTS)).toBe(2);
	});

	test("need a path of their own, and one that nobody guesses", { timeout: TIMEOUT_MS }, async () => {
		await using databases = await testDatabases(2);
		const [first, second] = databases.entries as [Entry, Entry];
		const token = newToken();
		await using file = await databasesFile([
			{ ...first, webhook_token: token },
			{ ...second, webhook_token: token },
		]);
		const env = { ...ADDRESS, REWARD_OUTBOX_DATABASES_FILE: file.path };
		const same = await runCli(["webhook"], env);
		expect([same.code, same.stderr]).toEqual([
			2,
			expect.stringContaining("shop-1.webhook_token: expected one of its own, got that of shop-0"),
		]);
		await file.write([{ ...first, webhook_token: "short" }, second]);
		const short = await runCli(["webhook"], env);
		expect([short.code, short.stderr]).toEqual([2, expect.stringContaining("shop-0.webhook_token: expected 32")]);
		await file.write([first, second]);
		const none = await runCli(["webhook"], env);
		expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("expected a webhook_token in an entry")]);
		expect(JSON.stringify([same, short, none])).not.toContain(token);
	});
});
