import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { freePort } from "../support/free-port.ts";
import { type ScriptedReward, startScriptedReward } from "../support/scripted-reward.ts";
import { emitEvents, until, untilDrained } from "./facts.ts";
import { API_KEY } from "./relay-process.ts";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
const TOKEN = "a-token-of-the-log-tests-0123456789abcdef";
/** A line each: several times what a pipe holds. */
const EVENTS = 600;

interface Running extends AsyncDisposable {
	readonly child: ChildProcess;
	metric(name: string): Promise<number>;
	/** Its exit code after SIGTERM. */
	end(): Promise<number | null>;
}

/** The real relay with that stdout. */
async function startRelay(
	database: TestDatabase,
	reward: ScriptedReward,
	stdout: "pipe" | number | ChildProcess["stdin"],
): Promise<Running> {
	const port = await freePort();
	const child = spawn(process.execPath, [CLI, "relay"], {
		env: {
			PATH: process.env["PATH"],
			DATABASE_URL: database.url,
			REWARD_API_URL: reward.url,
			REWARD_API_KEY: API_KEY,
			REWARD_OUTBOX_ADMIN_TOKEN: TOKEN,
			REWARD_OUTBOX_HTTP_ADDR: `127.0.0.1:${port}`,
			REWARD_OUTBOX_SHUTDOWN_GRACE_MS: "5000",
		},
		stdio: ["ignore", stdout, "ignore"],
	});
	const ended = once(child, "exit");
	return {
		child,
		metric: async (name) => {
			const headers = { authorization: `Bearer ${TOKEN}` };
			const text = await (await fetch(`http://127.0.0.1:${port}/metrics`, { headers })).text();
			return Number(
				text
					.split("\n")
					.find((line) => line.startsWith(`${name} `))
					?.split(" ")[1],
			);
		},
		end: async () => {
			child.kill("SIGTERM");
			return (await ended)[0] as number | null;
		},
		[Symbol.asyncDispose]: async () => {
			child.kill("SIGKILL");
			await ended;
		},
	};
}

async function delivers(database: TestDatabase, reward: ScriptedReward): Promise<void> {
	await emitEvents(database.pool, EVENTS);
	await untilDrained(database);
	expect(reward.duplicates).toBe(0);
}

describe.concurrent("delivery goes on, and the relay ends in order, while its log", () => {
	test("goes to a device that is full; the lines are counted", { timeout: 60_000 }, async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward();
		await using full = await open("/dev/full", "w");
		await using relay = await startRelay(database, reward, full.fd);
		await delivers(database, reward);
		expect(await relay.metric("reward_outbox_log_lines_dropped_total")).toBeGreaterThan(EVENTS);
		expect(await relay.end()).toBe(0);
	});

	test("goes to a pipe that nobody reads", { timeout: 60_000 }, async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward();
		await using relay = await startRelay(database, reward, "pipe");
		await delivers(database, reward);
		expect(await relay.end()).toBe(0);
	});

	test("goes to a reader that was stopped", { timeout: 60_000 }, async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward();
		const reader = spawn("cat", { stdio: ["pipe", "ignore", "ignore"] });
		reader.kill("SIGSTOP");
		try {
			await using relay = await startRelay(database, reward, reader.stdin);
			await delivers(database, reward);
			expect(await relay.end()).toBe(0);
		} finally {
			reader.kill("SIGKILL");
		}
	});

	test("goes to a reader that is gone; the lines are counted", { timeout: 60_000 }, async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward();
		await using relay = await startRelay(database, reward, "pipe");
		await once(relay.child.stdout as NodeJS.ReadableStream, "data");
		relay.child.stdout?.destroy();
		await delivers(database, reward);
		await until("it is counted", async () => (await relay.metric("reward_outbox_log_lines_dropped_total")) > 0);
		expect(await relay.end()).toBe(0);
	});
});
