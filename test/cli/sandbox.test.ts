import { describe, expect, test } from "vitest";
import { startCli } from "./run-cli.ts";

const FREE_PORT = ["sandbox", "--port", "0"];

async function startSandbox(...more: string[]) {
	const cli = startCli([...FREE_PORT, ...more]);
	const line = await cli.line((text) => text.includes("sandbox listening"));
	const started: { url: string; level: string; time: string } = JSON.parse(line);
	return { ...cli, ...started };
}

describe("reward-outbox sandbox", () => {
	test.each(["SIGTERM", "SIGINT"] as const)("logs where it listens, serves, and ends with 0 on %s", async (signal) => {
		const { url, child, ended, level, time } = await startSandbox();
		expect(level).toBe("info");
		expect(new Date(time).toISOString()).toBe(time);
		const response = await fetch(`${url}/v1/triggers/t/users/u/events`, {
			method: "POST",
			headers: { authorization: "Bearer sk_test_x", "content-type": "application/json" },
			body: '{"value":1}',
		});
		expect(response.status).toBe(200);
		expect(await response.json()).toEqual({ success: true });
		child.kill(signal);
		expect(await ended).toMatchObject({ code: 0, stderr: "" });
	});

	test("every line of its log is JSON, also with --json", async () => {
		const { child, ended } = await startSandbox("--json");
		child.kill("SIGTERM");
		const { stdout } = await ended;
		const lines = stdout.trimEnd().split("\n");
		expect(lines.map((line) => typeof JSON.parse(line).msg)).toEqual(lines.map(() => "string"));
	});

	test("a port that is taken ends with 1, one line and a hint", async () => {
		const { url, child, ended } = await startSandbox();
		const second = await startCli(["sandbox", "--port", new URL(url).port]).ended;
		expect(second.code).toBe(1);
		expect(second.stderr).toMatch(/^error: .*EADDRINUSE.*\nhint: .+\n$/);
		child.kill("SIGTERM");
		await ended;
	});

	test("ends with 0 when nobody reads its log any more", async () => {
		const { child, ended, url } = await startSandbox();
		child.stdout?.destroy();
		await fetch(`${url}/v1/triggers/t/users/u/events`, { method: "POST" }).catch(() => {});
		child.kill("SIGTERM");
		expect((await ended).code).toBe(0);
	});
});
