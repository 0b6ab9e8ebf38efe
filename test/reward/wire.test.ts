import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { startScriptedReward, success } from "../support/scripted-reward.ts";
import { KEY, request, senderTo } from "./sending.ts";

describe("a request on the wire", () => {
	test("is the documented one, and nothing more", async () => {
		await using reward = await startScriptedReward();
		await using sender = await senderTo(reward.url);
		const sent = request();
		expect((await sender.send(sent)).class).toBe("accepted");
		const [received] = reward.requests;
		expect(received?.method).toBe("POST");
		expect(received?.path).toBe("/v1/triggers/successful_payment/users/user123/events");
		expect(received?.rawHeaders).toEqual([
			...["host", `127.0.0.1:${reward.port}`],
			...["connection", "keep-alive"],
			...["Authorization", `Bearer ${KEY}`],
			...["Content-Type", "application/json"],
			...["Accept-Encoding", "identity"],
			...["Idempotency-Key", sent.eventId],
			...["User-Agent", "reward-outbox/test"],
			...["content-length", "16"],
		]);
		expect(received?.body.toString()).toBe('{"value": 19.99}');
	});

	test.each([
		'{"value": 1.10}',
		'{"value": 1e400}',
		'{"value": 123456789012345678901234567890.00}',
		'{"name": "Zoë 👩‍👧 \\u0000"}',
		`{"long": "${"é".repeat(32_000)}"}`,
	])("has the payload's bytes as they are", async (body) => {
		await using reward = await startScriptedReward();
		await using sender = await senderTo(reward.url);
		expect((await sender.send(request({ body }))).class).toBe("accepted");
		expect(reward.requests[0]?.body.equals(Buffer.from(body))).toBe(true);
	});

	test("reaches exactly the user it is for, whatever the id looks like", async () => {
		await using reward = await startScriptedReward();
		await using sender = await senderTo(reward.url);
		const ids = fc.oneof(
			fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }),
			fc.constantFrom("a/b", "../../x", "a%2Fb", "?q=1#f", " lead", "trail ", "👩‍👧", "اسم", "\\..\\", "+&="),
		);
		const allowed = ids.filter((id) => id !== "." && id !== ".." && !/\p{Cc}/u.test(id));
		await fc.assert(
			fc.asyncProperty(allowed, allowed, async (triggerId, userId) => {
				expect((await sender.send(request({ triggerId, userId }))).class).toBe("accepted");
				expect(reward.requests.at(-1)).toMatchObject({ triggerId, userId });
			}),
			{ numRuns: 60 },
		);
	});

	test.each(["", ".", "..", "a\nb", "x".repeat(513)])("is never made for the id %j", async (userId) => {
		await using reward = await startScriptedReward();
		await using sender = await senderTo(reward.url);
		const outcome = await sender.send(request({ userId }));
		expect(outcome).toMatchObject({ class: "refused", fault: "event", errorCode: "invalid_id", httpStatus: null });
		expect(reward.connections).toBe(0);
	});

	test("that cannot be a header is not sent", async () => {
		await using reward = await startScriptedReward();
		await using sender = await senderTo(reward.url);
		const outcome = await sender.send(request({ eventId: "a\r\nX-Evil: 1" }));
		expect(outcome).toMatchObject({ class: "not_sent", errorCode: "UND_ERR_INVALID_ARG" });
		expect(reward.requests).toHaveLength(0);
	});

	test("never shares a connection with another one at the same time, and no more are open than there may be", async () => {
		await using reward = await startScriptedReward();
		await using sender = await senderTo(reward.url, { connections: 3 });
		let inFlight = 0;
		let most = 0;
		reward.respond(async () => {
			most = Math.max(most, ++inFlight);
			await new Promise(setImmediate);
			inFlight--;
			return success();
		});
		const outcomes = await Promise.all(Array.from({ length: 60 }, () => sender.send(request())));
		expect(outcomes.every((outcome) => outcome.class === "accepted")).toBe(true);
		expect(most).toBeLessThanOrEqual(3);
		expect(reward.duplicates).toBe(0);
	});

	test("takes the API key that is current when it is sent", async () => {
		await using reward = await startScriptedReward();
		let key = "sk_test_first";
		const { loadCredentials } = await import("../../src/reward/credentials.ts");
		const { createRewardSender } = await import("../../src/reward/undici-sender.ts");
		const credentials = await loadCredentials(() => key);
		const options = { connections: 1, timeoutMs: 5_000, userAgent: "x" };
		const sender = createRewardSender({ origin: new URL(reward.url), credentials, ...options });
		await sender.send(request());
		key = "sk_test_second";
		await credentials.reload();
		await sender.send(request());
		await sender.close();
		const keys = reward.requests.map(({ headers }) => headers.get("authorization"));
		expect(keys).toEqual(["Bearer sk_test_first", "Bearer sk_test_second"]);
	});
});
