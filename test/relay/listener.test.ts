import { expect, test } from "vitest";
import { reconnect } from "../../src/composition/retrying.ts";
import { Listener, type ListenerOptions } from "../../src/relay/listener.ts";
import { type ListenerMode, notify } from "../../src/store/relays.ts";
import { subscribe } from "../../src/store/subscription.ts";
import { systemClock } from "../../src/timing/system-clock.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

/** A listener on a real connection, stopped at the end of its scope. */
function listenTo(database: TestDatabase, options: Partial<ListenerOptions> = {}) {
	const modes: ListenerMode[] = [];
	let heard = 0;
	const listener = new Listener({
		clock: systemClock,
		reconnect,
		subscribe: (channels) => subscribe(database.url, channels, "session_of_the_test"),
		probeChannel: "probe_of_the_test",
		notify: (channel) => notify(database.pool, channel),
		onNotified: () => {
			heard++;
		},
		onMode: (mode) => modes.push(mode),
		onSession() {},
		...options,
	});
	listener.start();
	return { listener, modes, heard: () => heard, [Symbol.asyncDispose]: () => listener.stop() };
}

test("it listens once it has heard its own probe, and looks at the table once before anybody notifies", async () => {
	await using database = await createTestDatabase();
	await using to = listenTo(database);
	await expect.poll(() => to.listener.mode).toBe("listening");
	expect(to.heard()).toBe(1);
	await notify(database.pool, "reward_outbox");
	await expect.poll(to.heard).toBe(2);
});

test("it asks for its first look when it listens already: what is written in between is notified", async () => {
	await using database = await createTestDatabase();
	const order: string[] = [];
	await using to = listenTo(database, {
		subscribe: async (channels) => {
			const subscription = await subscribe(database.url, channels, "session_of_the_test");
			order.push("listens");
			return subscription;
		},
		onNotified: () => void order.push("looks"),
	});
	await expect.poll(() => to.listener.mode).toBe("listening");
	expect(order).toEqual(["listens", "looks"]);
});

test("a session that is ended is replaced, and what was written in between is looked for", async () => {
	await using database = await createTestDatabase();
	await using to = listenTo(database);
	await expect.poll(() => to.listener.sessionId).not.toBeNull();
	await expect.poll(() => to.listener.mode).toBe("listening");
	const first = to.listener.sessionId;
	await database.query("SELECT pg_terminate_backend($1)", [first]);
	await expect.poll(() => to.modes.slice(1)).toEqual(["connecting", "listening"]);
	await expect.poll(() => to.listener.sessionId).not.toBe(first);
	expect(to.heard()).toBe(2);
});

test("one whose probes do not come back says that it is deaf, and goes on trying", async () => {
	await using database = await createTestDatabase();
	let probes = 0;
	const swallow = async () => {
		probes++;
	};
	await using to = listenTo(database, { notify: swallow, probeTimeoutMs: 20 });
	await expect.poll(() => to.listener.mode).toBe("deaf");
	await expect.poll(() => probes).toBeGreaterThan(2);
	expect(to.modes).toEqual(["deaf"]);
});

test("stopping does not wait for a server that does not answer, and ends for good", async () => {
	await using database = await createTestDatabase();
	const { listener, modes } = listenTo(database, { subscribe: () => new Promise(() => {}) });
	await listener.stop();
	await listener.stop();
	listener.start();
	expect(modes).toEqual([]);
	expect(listener.mode).toBe("connecting");
});
