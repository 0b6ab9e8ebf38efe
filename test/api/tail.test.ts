import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { LiveTail, TAIL_LIMITS } from "../../src/api/live-tail.ts";
import { cancelEvents } from "../../src/store/decide-events.ts";
import { begin, insert, insertOne } from "../store/events.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { bearer, type ConsoleUnderTest, OPERATOR, open, send, startConsole, VIEWER } from "./console-under-test.ts";

const database = useTestDatabase();
const LIMITS = { ...TAIL_LIMITS, pollMs: 30, heartbeatMs: 200 };
let console: ConsoleUnderTest;
beforeAll(async () => {
	console = await startConsole(database.current.url, { tailLimits: LIMITS, requestsPerMinute: 10_000 });
});
afterAll(() => console.close());

interface Message {
	readonly id: string | null;
	readonly event: string | null;
	readonly comment: string | null;
	/** Ids of the events. */
	readonly ids: readonly string[];
	// biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
	readonly data: any;
}

/** Reads a stream message by message. */
async function* messagesOf(response: IncomingMessage): AsyncGenerator<Message> {
	let rest = "";
	response.setEncoding("utf8");
	for await (const chunk of response) {
		const parts = (rest + chunk).split("\n\n");
		rest = parts.pop() ?? "";
		for (const part of parts) {
			const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, "m").exec(part)?.[1] ?? null;
			const data = JSON.parse(field("data") ?? "null");
			const ids = (data?.events ?? []).map(({ id }: { id: string }) => id);
			yield { id: field("id"), event: field("event"), comment: /^: (.*)$/m.exec(part)?.[1] ?? null, data, ids };
		}
	}
}

async function watchTail(query = "", headers: Record<string, string> = {}, target = console) {
	const response = await open(target, "GET", `/api/v1/events/tail${query}`, { ...bearer(VIEWER), ...headers });
	onTestFinished(() => void response.destroy());
	expect(response.statusCode).toBe(200);
	expect(response.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
	const messages = messagesOf(response);
	/** The next message of a kind. */
	const next = async (event: string): Promise<Message> => {
		for (;;) {
			const { value, done } = await messages.next();
			if (done) throw new Error(`the stream ended before ${event}`);
			if (value.event === event) return value;
		}
	};
	const comment = async (matches: RegExp): Promise<void> => {
		for (;;) {
			const { value, done } = await messages.next();
			if (done) throw new Error(`the stream ended before ${matches}`);
			if (matches.test(value.comment ?? "")) return;
		}
	};
	return { response, messages, next, comment };
}

describe("the live tail", () => {
	test("begins with the newest events, goes on with new ones, and tells what changes", async () => {
		const old = await insert(database.current.pool, { user: "tail" }, 60);
		const tail = await watchTail("?user=tail");
		const first = await tail.next("events");
		expect(first.ids).toEqual(old.toSorted().reverse().slice(0, 50));
		const fresh = await insertOne(database.current.pool, { user: "tail" });
		await insertOne(database.current.pool, { user: "somebody else" });
		expect((await tail.next("events")).ids).toEqual([fresh]);
		await cancelEvents(database.current.pool, [fresh], { actor: "a", reason: "r" });
		const changed = await tail.next("changed");
		expect(changed.data.events).toMatchObject([{ id: fresh, status: "cancelled" }]);
	});

	test("tells of an event that no longer matches", async () => {
		const id = await insertOne(database.current.pool, { user: "leaver" });
		const tail = await watchTail("?user=leaver&status=pending");
		expect((await tail.next("events")).ids).toEqual([id]);
		await cancelEvents(database.current.pool, [id], { actor: "a", reason: "r" });
		expect((await tail.next("changed")).data.events).toMatchObject([{ id, status: "cancelled" }]);
	});

	test("shows an event when it is committed, though later ones were before", async () => {
		const tail = await watchTail("?user=late");
		await tail.next("events");
		const transaction = await begin(database.current);
		const late = await insertOne(transaction, { user: "late" });
		const early = await insertOne(database.current.pool, { user: "late" });
		expect((await tail.next("events")).ids).toEqual([early]);
		await transaction.query("COMMIT");
		transaction.release();
		expect((await tail.next("events")).ids).toEqual([late]);
	});

	test("resumes behind the last event that was seen", async () => {
		const [seen] = await insert(database.current.pool, { user: "resume" });
		const before = await watchTail("?user=resume");
		const { id } = await before.next("events");
		before.response.destroy();
		const missed = await insertOne(database.current.pool, { user: "resume" });
		const after = await watchTail("?user=resume", { "last-event-id": id as string });
		expect((await after.next("events")).ids).toEqual([missed]);
		expect((await after.next("changed")).ids).toEqual([seen]);
	});

	test("says between which times events are missing, when more came during an interruption than are sent", async () => {
		const [seen] = await insert(database.current.pool, { user: "flooded" });
		const before = await watchTail("?user=flooded");
		const { id } = await before.next("events");
		before.response.destroy();
		const missed = (await insert(database.current.pool, { user: "flooded" }, 395)).toSorted();
		const after = await watchTail(`?user=flooded&last_event_id=${id}`);
		const gap = await after.next("gap");
		const { ids } = await after.next("events");
		expect(ids).toEqual(missed.toReversed().slice(0, 100));
		expect(gap.data.above).toBe(seen);
		const { since, until } = gap.data;
		const search = `/api/v1/events/export?format=jsonl&user=flooded&since=${since}&until=${until}`;
		const { text: body } = await send(console, "GET", search, bearer(VIEWER));
		for (const id of missed.slice(0, 295)) expect(body).toContain(id);
	});

	test("says nothing of a gap where none is", async () => {
		await insert(database.current.pool, { user: "few" });
		const before = await watchTail("?user=few");
		const { id } = await before.next("events");
		before.response.destroy();
		const missed = (await insert(database.current.pool, { user: "few" }, 100)).toSorted().reverse();
		const after = await watchTail("?user=few", { "last-event-id": id as string });
		const { value } = await after.messages.next();
		const first = value?.event === null ? (await after.messages.next()).value : value;
		expect(first?.event).toBe("events");
		expect(first?.ids).toEqual(missed);
	});

	test("is never silent for long", async () => {
		const tail = await watchTail("?user=nobody");
		await tail.comment(/still here/);
	});

	test("ends when its token is taken away, and not for those who stay", async () => {
		const stays = await watchTail("?user=stays", bearer(OPERATOR));
		const goes = await watchTail("?user=stays");
		await goes.next("events");
		console.access.replaceTokens([OPERATOR]);
		try {
			await goes.comment(/session has ended/);
			expect((await goes.messages.next()).done).toBe(true);
			const id = await insertOne(database.current.pool, { user: "stays" });
			await stays.next("events");
			expect((await stays.next("events")).ids).toEqual([id]);
		} finally {
			console.access.replaceTokens([OPERATOR, VIEWER]);
		}
	});
});

test("numbers in payloads arrive as they were written", async () => {
	await insertOne(database.current.pool, { user: "exact", payload: '{"value": 12345678901234567890.10}' });
	const response = await open(console, "GET", "/api/v1/events/tail?user=exact", bearer(VIEWER));
	response.setEncoding("utf8");
	let said = "";
	for await (const chunk of response) {
		said += chunk;
		if (said.includes('"events":[{')) break;
	}
	expect(said).toContain("12345678901234567890.10");
});

describe("limits", () => {
	test("no more may watch than allowed, and who leaves makes room", async () => {
		await using own = await startConsole(database.current.url, { tailLimits: { ...LIMITS, watchers: 2 } });
		const one = await watchTail("", {}, own);
		await watchTail("", {}, own);
		const refused = await send(own, "GET", "/api/v1/events/tail", bearer(VIEWER));
		expect([refused.status, refused.json.code]).toEqual([503, "too_many_watchers"]);
		one.response.destroy();
		await expect.poll(() => own.console.tail.watchers).toBe(1);
		await watchTail("", {}, own);
	});

	test("who reads too slowly is dropped, and told so", async () => {
		const tail = new LiveTail(database.current.pool, { ...LIMITS, unreadBytes: 50_000 });
		const stream = tail.watch({ filter: { user: "flood" }, reader: "victor", after: null, isWelcome: () => true });
		// Nobody reads: the sockets in between would take in megabytes.
		while (tail.dropped === 0) {
			await insertOne(database.current.pool, { user: "flood", payload: JSON.stringify({ text: "x".repeat(60_000) }) });
		}
		const said = await text(stream);
		expect(said).toMatch(/: dropped: it reads too slowly\n\n$/);
		expect(said.length).toBeLessThan(50_000 + LIMITS.messageBytes);
		await tail.close();
		expect(tail.watchers).toBe(0);
	});
});

test("nobody watches, nobody asks: and the end of the server ends the streams properly", async () => {
	const own = await startConsole(database.current.url, { tailLimits: LIMITS });
	const tail = await watchTail("?user=nobody", {}, own);
	await tail.next("events");
	const closed = own.close();
	await tail.comment(/server is stopping/);
	expect((await tail.messages.next()).done).toBe(true);
	await closed;
	const { rows } = await database.current.query(
		"SELECT count(*)::integer AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'reward-outbox console' AND state = 'active'",
	);
	expect(rows).toEqual([{ n: 0 }]);
});
