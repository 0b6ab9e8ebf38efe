import fc from "fast-check";
import { expect, test } from "vitest";
import { answers, startHostileReceiver, SUCCESS_ANSWER as success } from "../fuzz/answers.ts";
import { until } from "../relay/running.ts";
import { answer, raw, startScriptedReward } from "../support/scripted-reward.ts";
import { request, senderTo } from "./sending.ts";

const CASES = 20_000;
const AT_ONCE = 48;

test(`of ${CASES} hostile answers none passes for a success of a request that it was not meant for`, async () => {
	const list = fc.sample(answers, CASES);
	using hostile = await startHostileReceiver(list);
	await using sender = await senderTo(hostile.url, { connections: AT_ONCE, timeoutMs: 250 });
	const wrong: string[] = [];
	let sent = 0;
	let accepted = 0;
	await Promise.all(
		Array.from({ length: AT_ONCE }, async () => {
			while (sent++ < CASES) {
				const event = request();
				const outcome = await sender.send(event);
				if (outcome.class !== "accepted") continue;
				accepted++;
				if (!hostile.applied.has(event.eventId)) wrong.push(event.eventId);
			}
		}),
	);
	expect(wrong).toEqual([]);
	expect(accepted).toBeGreaterThan(CASES / 10);
}, 180_000);

test("connections are used again once a receiver has shown that it says nothing unasked, until it does", async () => {
	await using reward = await startScriptedReward();
	await using sender = await senderTo(reward.url, { connections: 16 });
	const isShared = () => (reward.requests.at(-1)?.onConnection ?? 0) > 1;
	const sendSome = async () => {
		const outcomes = await Promise.all(Array.from({ length: 8 }, () => sender.send(request())));
		expect(outcomes.every((outcome) => outcome.class === "accepted")).toBe(true);
	};
	await sendSome();
	expect(isShared()).toBe(false);
	await until("connections are shared", async () => {
		await sendSome();
		return isShared();
	});
	reward.enqueue(raw(`${success}${success}`, { applies: true }));
	const outcome = await sender.send(request());
	expect(outcome).toMatchObject({ class: "ambiguous", errorCode: "unsolicited_bytes", httpStatus: 200 });
	await sendSome();
	expect(reward.requests.slice(-8).every(({ onConnection }) => onConnection === 1)).toBe(true);
});

test("bytes on an idle connection close it, and the next request has another", async () => {
	await using reward = await startScriptedReward();
	await using sender = await senderTo(reward.url, { connections: 16 });
	await until("connections are shared", async () => {
		await Promise.all(Array.from({ length: 8 }, () => sender.send(request())));
		return (reward.requests.at(-1)?.onConnection ?? 0) > 1;
	});
	reward.enqueue({
		applies: true,
		act: (socket) => {
			socket.write(success, () => setTimeout(() => socket.write(success), 50));
		},
	});
	await sender.send(request());
	const before = reward.openConnections;
	await reward.waitFor(({ openConnections }) => openConnections < before);
	reward.respond(answer(400));
	expect((await sender.send(request())).class).toBe("refused");
	expect(reward.requests.at(-1)?.onConnection).toBe(1);
});
