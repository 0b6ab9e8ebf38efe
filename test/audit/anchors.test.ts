import { mkdtempDisposable, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { type Anchor, anchorOf } from "../../src/audit/anchors.ts";
import { createLogger } from "../../src/log.ts";
import { relayDatabase, startRelay, until, untilAll } from "../relay/running.ts";
import { accept, claimAll, insert } from "../store/events.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { verified } from "./records.ts";

const temporary = () => mkdtempDisposable(join(tmpdir(), "reward-outbox-anchors-"));

function logger() {
	const lines: string[] = [];
	const stream = { write: (line: string) => lines.push(line) };
	return { lines, logger: createLogger({ level: "info", stream, pretty: false }) };
}

test("a relay tells the last hashes to its log, to a file and to a webhook, also of a relay that died before it could", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward();
	await using folder = await temporary();
	const bodies: string[] = [];
	const server = createServer(async (request, response) => {
		bodies.push(await text(request));
		response.writeHead(204).end();
	}).listen(0, "127.0.0.1");
	await using _closing = { [Symbol.asyncDispose]: async () => void server.close() };
	// Settled, and killed before it told anybody.
	await insert(database.pool);
	await accept(database, await claimAll(database), undefined, 77);
	const { lines, logger: log } = logger();
	const anchorFile = join(folder.path, "anchors.ndjson");
	const anchorWebhookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	await using relay = await startRelay(database, reward, { logger: log, anchorFile, anchorWebhookUrl });
	await insert(database.pool, {}, 3);
	await untilAll(database, { delivered: 4 });
	await relay.stop();
	const inFile = (await readFile(anchorFile, "utf8")).trim().split("\n").map(anchorOf) as Anchor[];
	for (const told of [inFile, bodies.map(anchorOf), lines.map(anchorOf).filter((anchor) => anchor !== null)]) {
		const chains = told.flatMap((anchor) => anchor?.heads.map(({ chain }) => chain));
		expect(chains).toEqual(expect.arrayContaining(["relay-77", expect.stringMatching(/^relay-\d$/)]));
	}
	expect(await verified(database, inFile)).toMatchObject({ ok: true, attempts: 4 });
	await database.query("DELETE FROM reward_outbox.chain_entries WHERE chain = 'relay-77'");
	await database.query("DELETE FROM reward_outbox.attempt_log WHERE relay_no = 77");
	await database.query("UPDATE reward_outbox.chains SET told_through = 0");
	const { findings } = await verified(database, inFile);
	// The event itself is there, and nothing says what became of it.
	expect(findings).toMatchObject([{ code: "state_removed" }, { code: "tail_cut", chain: "relay-77" }]);
});

test("what a relay records it chains a moment later, without being stopped or asked", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward();
	await using _relay = await startRelay(database, reward);
	await insert(database.pool, {}, 30);
	await until("all is chained", async () => {
		const { attempts, pending } = await verified(database);
		return attempts === 30 && pending === 0;
	});
	expect(await verified(database)).toMatchObject({ ok: true, attempts: 30, problems: 0 });
});

test("what a place did not take is told again, and said", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward();
	await using folder = await temporary();
	await insert(database.pool);
	const { lines, logger: log } = logger();
	const anchorFile = join(folder.path, "not", "there");
	await using relay = await startRelay(database, reward, { logger: log, anchorFile });
	await untilAll(database, { delivered: 1 });
	await relay.stop();
	expect(lines.join("")).toContain('"error_code":"ENOENT"');
	const toldThrough = async () => {
		const { rows } = await database.query("SELECT max(told_through)::integer AS told FROM reward_outbox.chains");
		return rows[0]?.["told"];
	};
	expect(await toldThrough()).toBe(0);
	await database.query("UPDATE reward_outbox.alert_turn SET taken_at = '-infinity'");
	await using _next = await startRelay(database, reward, { anchorFile: join(folder.path, "there") });
	await until("it is told", async () => (await toldThrough()) > 0);
});

test("two relays and people at once: every chain is whole, and nothing is left out", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward();
	await using _one = await startRelay(database, reward);
	await using _other = await startRelay(database, reward);
	for (let round = 0; round < 10; round += 1) {
		await Promise.all([
			insert(database.pool, {}, 20),
			...["a", "b", "c"].map((trigger) =>
				database.query("SELECT reward_outbox.set_trigger($1, '{\"max_attempts\": 5}', 'Eve')", [trigger]),
			),
		]);
	}
	await untilAll(database, { delivered: 200 });
	await until("nothing is left for later", async () => {
		await database.query("SELECT FROM reward_outbox.chain_heads(10)");
		return (await verified(database)).pending === 0;
	});
	expect(await verified(database)).toMatchObject({ ok: true, attempts: 200, decisions: 31 });
});
