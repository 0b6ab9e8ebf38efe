import { expect, test } from "vitest";
import { heartbeat, registerRelay } from "../../src/store/relays.ts";
import { createTestDatabase } from "../support/database.ts";

const KEY = { code: "key_refused", reason: "the key" } as const;

test("a relay's heartbeat says how it listens, since when it is paused and when it stopped", async () => {
	await using database = await createTestDatabase();
	const relayNo = await registerRelay(database.pool, { name: "r", version: "1.2.3", concurrency: 64 });
	const row = async () =>
		(await database.query("SELECT * FROM reward_outbox.relays WHERE relay_no = $1", [relayNo])).rows[0];
	expect(await row()).toMatchObject({
		name: "r",
		version: "1.2.3",
		concurrency: 64,
		listener: "connecting",
		paused_since: null,
		stopped_at: null,
	});
	await heartbeat(database.pool, { relayNo, listener: "listening", pause: KEY, holding: null, stopped: false });
	const paused = await row();
	expect(paused).toMatchObject({
		listener: "listening",
		paused_since: expect.any(Date),
		paused_code: "key_refused",
		paused_reason: "the key",
	});
	await heartbeat(database.pool, { relayNo, listener: "deaf", pause: KEY, holding: null, stopped: false });
	expect(await row()).toMatchObject({ listener: "deaf", paused_since: paused?.["paused_since"] });
	await heartbeat(database.pool, { relayNo, listener: "deaf", pause: null, holding: null, stopped: true });
	expect(await row()).toMatchObject({
		paused_since: null,
		paused_code: null,
		paused_reason: null,
		stopped_at: expect.any(Date),
	});
});
