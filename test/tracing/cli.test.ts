import { expect, onTestFinished, test } from "vitest";
import { startCli } from "../cli/run-cli.ts";
import { readText, tableRows } from "../observability/documented.ts";
import { createTestDatabase } from "../support/database.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";

test("the command line traces with the SDK that node --import brings, and sends the last spans before it ends", async () => {
	await using database = await createTestDatabase();
	await using reward = await startScriptedReward();
	const relay = startCli(["relay"], {
		DATABASE_URL: database.url,
		REWARD_API_URL: reward.url,
		REWARD_API_KEY: "sk_test_tracing",
		REWARD_OUTBOX_HTTP_ADDR: "127.0.0.1:0",
		NODE_OPTIONS: `--import=${new URL("otel.ts", import.meta.url).href}`,
	});
	onTestFinished(() => void relay.child.kill("SIGKILL"));
	await relay.line((line) => line.includes("listener is listening"));
	const trace = "0af7651916cd43dd8448eb211c80319c";
	await database.query("INSERT INTO reward_outbox.outbox (trigger_id, user_id, metadata) VALUES ('t', 'u', $1)", [
		{ traceparent: `00-${trace}-b7ad6b7169203331-01` },
	]);
	await relay.line((line) => line.includes("event delivered"));
	relay.child.kill("SIGTERM");
	const { code, stderr } = await relay.ended;
	expect(code).toBe(0);
	const spans = stderr
		.split("\n")
		.filter((line) => line.startsWith("{"))
		.map((line) => JSON.parse(line));
	expect(spans).toEqual([
		{ span: "reward_outbox claim", trace },
		{ span: "POST /v1/triggers/{trigger}/users/{user}/events", trace },
		{ span: "reward_outbox settle", trace },
	]);
});

test("docs/tracing.md names the spans and attributes that there are", async () => {
	const source = (
		await Promise.all(["attributes", "trace-relay"].map((name) => readText(`src/tracing/${name}.ts`)))
	).join("\n");
	const used = new Set(
		[...source.matchAll(/"((?:reward_outbox|http|server|url|network|error)\.[a-z_.]+)"/g)].map(([, name]) => name),
	);
	const told = tableRows((await readText("docs/tracing.md")).split("## The spans")[1] ?? "").flatMap(([name = ""]) =>
		[...name.matchAll(/`([^`]+)`/g)].map(([, word]) => word as string),
	);
	expect(told.filter((name) => name.includes(".")).sort()).toEqual([...used].sort());
});
