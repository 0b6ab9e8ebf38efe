import { readFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { LiveTail, TAIL_LIMITS } from "../../src/api/live-tail.ts";
import { listEvents, PAGE_BYTES } from "../../src/store/inspect/list-events.ts";
import { startCli } from "../cli/run-cli.ts";
import { openSocket } from "../http/raw-request.ts";
import { insert } from "../store/events.ts";
import { useTestDatabase } from "../support/file-database.ts";

const TOKEN = "a-long-enough-token-for-tests";
const MIB = 1024 * 1024;
/** What a process takes before anybody asks anything is about 120 MiB; the shipped limit of a container is 512. */
const MOST_RESIDENT_MIB = 400;
const LARGE = JSON.stringify({ text: "x".repeat(60_000) });

const database = useTestDatabase();
beforeAll(async () => {
	await insert(database.current.pool, { user: "large", payload: LARGE }, 250);
});

interface Running {
	readonly url: string;
	/** The most memory that the process has had, in MiB. */
	peakMib(): Promise<number>;
}

async function run(args: string[], env: Record<string, string>, begun: string): Promise<Running> {
	const cli = startCli(args, env);
	onTestFinished(() => void cli.child.kill("SIGKILL"));
	const { url } = JSON.parse(await cli.line((text) => text.includes(begun))) as { url: string };
	const peakMib = async () => {
		const status = await readFile(`/proc/${cli.child.pid}/status`, "utf8");
		return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
	};
	return { url, peakMib };
}

function runConsole(): Promise<Running> {
	const env = {
		DATABASE_URL: database.current.url,
		REWARD_OUTBOX_ADMIN_TOKEN: TOKEN,
		REWARD_OUTBOX_HTTP_ADDR: "127.0.0.1:0",
	};
	return run(["console"], env, "http server is listening");
}

/** Connections that send all of it at once and never read. */
async function askWithoutReading(url: string, connections: number, bytes: string): Promise<Socket[]> {
	const sockets = await Promise.all(Array.from({ length: connections }, () => openSocket(url)));
	for (const socket of sockets) {
		socket.pause();
		socket.write(bytes);
		onTestFinished(() => void socket.destroy());
	}
	return sockets;
}

const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;

/** Asked often enough that whatever was sent to the process before is under way, or waits. */
async function healthAnswers(url: string, times = 50): Promise<void> {
	for (let n = 0; n < times; n += 1) expect((await fetch(`${url}/readyz`)).status).toBe(200);
}

describe.runIf(process.platform === "linux")("memory stays bounded and health answers", () => {
	test("when 40 connections send 50 requests for large pages each and never read", { timeout: 60_000 }, async () => {
		const { url, peakMib } = await runConsole();
		await askWithoutReading(url, 40, request("/api/v1/events?limit=200&user=large").repeat(50));
		await healthAnswers(url);
		// Refused after its patience, or answered: by then everything above has had its turn.
		await fetch(`${url}/api/v1/overview`, { headers: { authorization: `Bearer ${TOKEN}` } });
		await healthAnswers(url);
		expect(await peakMib()).toBeLessThan(MOST_RESIDENT_MIB);
	});

	test("when exports and live tails are begun on 100 connections and never read", { timeout: 60_000 }, async () => {
		const { url, peakMib } = await runConsole();
		await askWithoutReading(url, 50, request("/api/v1/events/export?format=csv&user=large").repeat(20));
		await askWithoutReading(url, 50, request("/api/v1/events/tail?user=large").repeat(20));
		for (let n = 0; n < 5; n += 1) {
			await insert(database.current.pool, { user: "large", payload: LARGE }, 50);
			await healthAnswers(url);
		}
		expect(await peakMib()).toBeLessThan(MOST_RESIDENT_MIB);
	});

	test("when the sandbox is asked for what it received on 40 connections and nobody reads", {
		timeout: 60_000,
	}, async () => {
		const { url, peakMib } = await run(["sandbox", "--port", "0"], {}, "sandbox listening");
		const headers = { authorization: "Bearer sk_test_x" };
		const post = () => fetch(`${url}/v1/triggers/t/users/u/events`, { method: "POST", headers, body: LARGE });
		for (let n = 0; n < 400; n += 1) await (await post()).arrayBuffer();
		await askWithoutReading(url, 40, request("/events?limit=10000").repeat(50));
		for (let n = 0; n < 100; n += 1) expect((await post()).status).toBe(200);
		expect(await peakMib()).toBeLessThan(MOST_RESIDENT_MIB);
	});
});

describe("a page", () => {
	test("is bounded by its bytes, and pages together have every event once", async () => {
		const seen: string[] = [];
		let cursor: string | undefined;
		do {
			const page = await listEvents(database.current.pool, {
				filter: { user: "large" },
				limit: 200,
				...(cursor === undefined ? {} : { cursor }),
			});
			expect(JSON.stringify(page.events).length).toBeLessThan(PAGE_BYTES + 200_000);
			expect(page.events.length).toBeGreaterThan(0);
			seen.push(...page.events.map(({ id }) => id));
			cursor = page.nextCursor ?? undefined;
		} while (cursor !== undefined);
		const { rows } = await database.current.query("SELECT id FROM reward_outbox.outbox WHERE user_id = 'large'");
		expect(seen.toSorted()).toEqual(rows.map(({ id }) => id).sort());
	});
});

describe("live streams", () => {
	const watch = (tail: LiveTail, reader: string) =>
		tail.watch({ filter: { user: "nobody" }, reader, after: null, isWelcome: () => true }).resume();

	test("are shared: nobody has more than a share, and when all are taken whoever has most gives one to a newcomer", async () => {
		const tail = new LiveTail(database.current.pool, { ...TAIL_LIMITS, watchers: 5, watchersPerReader: 4 });
		const ends: string[] = [];
		for (let n = 1; n <= 4; n += 1) watch(tail, "anna").once("end", () => ends.push(`anna ${n}`));
		expect(() => watch(tail, "anna")).toThrow("anna watches with 4 pages already");
		watch(tail, "bert");
		const third = watch(tail, "carl");
		await expect.poll(() => ends).toEqual(["anna 1"]);
		expect(third.destroyed).toBe(false);
		// Three, one and one now: bert gets a second one, and after that nobody has fewer than another by two.
		watch(tail, "bert");
		await expect.poll(() => ends).toEqual(["anna 1", "anna 2"]);
		expect(() => watch(tail, "bert")).toThrow("5 pages watch already");
		await tail.close();
	});

	test("that leave too much unread together lose the one with most, and the others go on", async () => {
		const limits = { ...TAIL_LIMITS, pollMs: 20, unreadBytesInAll: 3 * MIB };
		const tail = new LiveTail(database.current.pool, limits);
		const streams = Array.from({ length: 6 }, () =>
			tail.watch({ filter: { user: "large" }, reader: "anna", after: null, isWelcome: () => true }),
		);
		const unread = () =>
			streams.reduce((sum, { readableLength, destroyed }) => sum + (destroyed ? 0 : readableLength), 0);
		await expect.poll(() => tail.dropped).toBeGreaterThan(0);
		expect(unread()).toBeLessThanOrEqual(limits.unreadBytesInAll);
		expect(streams.some(({ destroyed }) => !destroyed)).toBe(true);
		await tail.close();
		for (const stream of streams) stream.destroy();
	});
});
