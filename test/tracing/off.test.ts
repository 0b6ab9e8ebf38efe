import { expect, test } from "vitest";
import { activeTraceContext } from "../../src/client/open-telemetry.ts";
import { withTrace } from "../../src/client/trace-metadata.ts";
import { isTracingRegistered } from "../../src/composition/tracing.ts";
import { runInlineProgram } from "../support/inline-program.ts";

const LOADED = `
import { registerHooks } from "node:module";
const loaded = [];
registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
const { createRelay } = await import(process.argv[1]);
await createRelay({ databaseUrl: "postgres://127.0.0.1:1/none", rewardApiKey: "sk_test_abc" });
console.log(JSON.stringify(loaded));
`;

// The API itself may be there: prom-client loads it, for exemplars.
test("without an SDK a relay loads nothing of its tracing", async () => {
	const relay = new URL("../../src/composition/index.ts", import.meta.url).href;
	const { stdout } = await runInlineProgram(LOADED, [relay]);
	const loaded = JSON.parse(stdout) as string[];
	expect(loaded).toContain(relay);
	expect(loaded.filter((url) => /\/src\/tracing\//.test(url))).toEqual([]);
});

test("without an SDK metadata stays as it is", () => {
	expect(isTracingRegistered()).toBe(false);
	expect(activeTraceContext()).toBeNull();
	expect(withTrace(null, undefined)).toBeNull();
	expect(withTrace('{"a": 1}', { a: 1 })).toBe('{"a": 1}');
});
