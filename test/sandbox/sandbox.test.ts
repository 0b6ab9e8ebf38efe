import { request as rawRequest } from "node:http";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { type SandboxOptions, startSandbox } from "../../src/sandbox/sandbox.ts";
import { request, senderTo } from "../reward/sending.ts";
import { answer, hang, startScriptedReward, success } from "../support/scripted-reward.ts";

interface Listed {
	readonly total: number;
	readonly duplicates: number;
	readonly webhooks_given_up: number;
	readonly events: readonly Record<string, unknown>[];
}

const EVENT_PATH = "/v1/triggers/successful_payment/users/user123/events";
const AUTHORIZED = { authorization: "Bearer sk_test_1", "content-type": "application/json" };

async function listed(url: string, query = ""): Promise<Listed> {
	return (await (await fetch(`${url}/events${query}`)).json()) as Listed;
}

/** Sends exactly this path: `fetch` would normalise it. */
async function post(url: string, path: string, body: string, headers: Record<string, string> = AUTHORIZED) {
	const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; body: string }>();
	const { hostname, port } = new URL(url);
	rawRequest({ hostname, port, path, method: "POST", headers }, async (response) => {
		resolve({ status: response.statusCode, body: (await response.setEncoding("utf8").toArray()).join("") });
	})
		.on("error", reject)
		.end(body);
	return await promise;
}

describe("the sandbox", () => {
	test("says what it is", async () => {
		await using sandbox = await startSandbox();
		expect(await (await fetch(`${sandbox.url}/`)).text()).toContain("the reward-outbox sandbox, not Reward");
	});

	test("answers as documented and lists what it received, the newest last", async () => {
		await using sandbox = await startSandbox();
		expect(await post(sandbox.url, EVENT_PATH, '{"value": 1.10}')).toEqual({ status: 200, body: '{"success":true}' });
		expect(await post(sandbox.url, EVENT_PATH, "{}")).toMatchObject({ status: 200 });
		const { total, events } = await listed(sandbox.url);
		expect(total).toBe(2);
		expect(events.map(({ sequence, body }) => [sequence, body])).toEqual([
			[1, '{"value": 1.10}'],
			[2, "{}"],
		]);
		expect(events[0]).toMatchObject({ trigger_id: "successful_payment", user_id: "user123", idempotency_key: null });
		expect((await listed(sandbox.url, "?limit=1")).events).toMatchObject([{ sequence: 2 }]);
		expect((await listed(sandbox.url, "?limit=0")).events).toEqual([]);
	});

	test("takes what the sender sends, whatever the ids", async () => {
		await using sandbox = await startSandbox();
		await using sender = await senderTo(sandbox.url);
		const ids = ["a/b", "../../x", "%2F", "👩‍👧", "اسم", " x ", "?#&+", "a\\b"];
		for (const userId of ids)
			expect(await sender.send(request({ userId, triggerId: userId }))).toMatchObject({ class: "accepted" });
		const { events } = await listed(sandbox.url);
		expect(events.map(({ user_id }) => user_id)).toEqual(ids);
		expect(events.map(({ trigger_id }) => trigger_id)).toEqual(ids);
	});

	test("does not deduplicate, but counts", async () => {
		await using sandbox = await startSandbox();
		for (const key of ["k1", "k2", "k1", "k1"])
			await post(sandbox.url, EVENT_PATH, "{}", { ...AUTHORIZED, "idempotency-key": key });
		await post(sandbox.url, EVENT_PATH, "{}");
		await post(sandbox.url, EVENT_PATH, "{}");
		const { total, duplicates, events } = await listed(sandbox.url);
		expect([total, duplicates]).toEqual([6, 2]);
		expect(events.map(({ duplicate_of }) => duplicate_of)).toEqual([null, null, 1, 1, null, null]);
	});

	test.each<[string, string, Record<string, string>, number, string]>([
		["no key", "{}", {}, 401, "unauthorized"],
		["a key of another kind", "{}", { authorization: "Bearer pk_1" }, 401, "unauthorized"],
		["another scheme", "{}", { authorization: "Basic sk_test_1" }, 401, "unauthorized"],
		["no JSON", "{", AUTHORIZED, 400, "invalid_json"],
		["no body", "", AUTHORIZED, 400, "invalid_json"],
		["an array", "[]", AUTHORIZED, 400, "invalid_body"],
		["null", "null", AUTHORIZED, 400, "invalid_body"],
		["a value that is a string", '{"value":"1"}', AUTHORIZED, 400, "invalid_field"],
		["a value that is null", '{"value":null}', AUTHORIZED, 400, "invalid_field"],
		["too much", `{"a":"${"x".repeat(1_100_000)}"}`, AUTHORIZED, 413, "body_too_large"],
	])("refuses %s in the documented form", async (_, body, headers, status, code) => {
		await using sandbox = await startSandbox();
		const refused = await post(sandbox.url, EVENT_PATH, body, headers);
		expect(refused.status).toBe(status);
		expect(JSON.parse(refused.body)).toMatchObject({ error: { code, message: expect.any(String) } });
		expect((await listed(sandbox.url)).total).toBe(0);
	});

	test.each([
		"/v1/triggers/a/users//events",
		"/v1/triggers/a/users/b/c/events",
		"/v1/users/b",
		"/v1/triggers/a/users/../events/",
	])("knows no %s", async (path) => {
		await using sandbox = await startSandbox();
		expect((await post(sandbox.url, path, "{}")).status).toBe(404);
	});

	test("refuses ids that are not UTF-8", async () => {
		await using sandbox = await startSandbox();
		expect((await post(sandbox.url, "/v1/triggers/a/users/%ff/events", "{}")).status).toBe(400);
	});

	test("lets in only the keys it was given", async () => {
		await using sandbox = await startSandbox({ apiKeys: ["sk_test_good"] });
		expect((await post(sandbox.url, EVENT_PATH, "{}")).status).toBe(401);
		expect((await post(sandbox.url, EVENT_PATH, "{}", { authorization: "Bearer sk_test_good" })).status).toBe(200);
	});

	test("takes its time when told to", async () => {
		await using sandbox = await startSandbox({ latencyMs: 80 });
		const start = performance.now();
		await Promise.all([1, 2, 3].map(() => post(sandbox.url, EVENT_PATH, "{}")));
		expect(performance.now() - start).toBeGreaterThanOrEqual(79);
	});

	test("says which port is taken", async () => {
		const other = createServer();
		await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
		const { port } = other.address() as { port: number };
		await expect(startSandbox({ port })).rejects.toThrow(`127.0.0.1:${port} (EADDRINUSE)`);
		await new Promise((resolve) => other.close(resolve));
	});

	test("closes twice, and with requests in flight", async () => {
		const sandbox = await startSandbox({ latencyMs: 60_000 });
		const pending = post(sandbox.url, EVENT_PATH, "{}").catch((error: Error) => error.message);
		await expect.poll(async () => (await listed(sandbox.url)).total).toBe(1);
		await sandbox.close();
		await sandbox.close();
		expect(await pending).toContain("socket hang up");
	});
});

describe("failures", () => {
	async function run(options: SandboxOptions, count = 200) {
		await using sandbox = await startSandbox(options);
		await using sender = await senderTo(sandbox.url);
		const ends: string[] = [];
		for (let n = 0; n < count; n++) {
			const before = (await listed(sandbox.url, "?limit=0")).total;
			const outcome = await sender.send(request());
			const applied = (await listed(sandbox.url, "?limit=0")).total - before;
			ends.push(`${outcome.httpStatus ?? "reset"} ${outcome.class} ${applied}`);
		}
		return ends;
	}

	test("are the same for the same seed, and others for another", async () => {
		const [first, again, other] = [
			await run({ failRate: 0.5, seed: 7 }),
			await run({ failRate: 0.5, seed: 7 }),
			await run({ failRate: 0.5, seed: 8 }),
		];
		expect(again).toEqual(first);
		expect(other).not.toEqual(first);
		expect(new Set(first)).toEqual(
			new Set(["200 accepted 1", "500 ambiguous 0", "503 ambiguous 0", "reset ambiguous 0", "reset ambiguous 1"]),
		);
	});

	test("come never at 0 and always at 1", async () => {
		expect(new Set(await run({ failRate: 0 }, 30))).toEqual(new Set(["200 accepted 1"]));
		expect(await run({ failRate: 1 }, 30)).not.toContain("200 accepted 1");
	});
});

describe("webhooks", () => {
	test("tell what was applied, in the documented form", async () => {
		await using receiver = await startScriptedReward();
		await using sandbox = await startSandbox({ webhookUrl: new URL(`${receiver.url}/hook?x=1`) });
		await post(sandbox.url, "/v1/triggers/t%2F1/users/%F0%9F%91%A9/events", '{"value": 2.99}');
		await post(sandbox.url, EVENT_PATH, "{}");
		await receiver.waitFor(({ applied }) => applied.length === 2);
		expect(receiver.requests[0]?.path).toBe("/hook?x=1");
		const [first, second] = receiver.requests.map(({ body }) => JSON.parse(body.toString()));
		expect(first).toEqual({
			id: expect.stringMatching(/^we_[0-9a-z]{26}$/),
			type: "trigger_event.created",
			time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
			data: { user: { id: "👩" }, value: 2.99, trigger: { id: "t/1" } },
		});
		expect(second.data).toEqual({ user: { id: "user123" }, trigger: { id: "successful_payment" } });
		expect(second.id).not.toBe(first.id);
	});

	test("are tried again until they are acknowledged", async () => {
		await using receiver = await startScriptedReward();
		receiver.enqueue(answer(500), answer(302, "", { location: "/" }), success());
		await using sandbox = await startSandbox({ webhookUrl: new URL(receiver.url) });
		await post(sandbox.url, EVENT_PATH, "{}");
		await receiver.waitFor(({ applied }) => applied.length === 1);
		const bodies = new Set(receiver.requests.map(({ body }) => body.toString()));
		expect([receiver.requests.length, bodies.size]).toEqual([3, 1]);
	});

	test("never hold up an answer, and end with the sandbox", async () => {
		await using receiver = await startScriptedReward({ script: hang() });
		const sandbox = await startSandbox({ webhookUrl: new URL(receiver.url) });
		for (let n = 0; n < 40; n++) expect((await post(sandbox.url, EVENT_PATH, "{}")).status).toBe(200);
		await receiver.waitFor(({ requests }) => requests.length === 8);
		await sandbox.close();
		await receiver.waitFor(({ openConnections }) => openConnections === 0);
	});
});
