import { expect, test } from "vitest";
import { keptHeaders } from "../../src/reward/kept-headers.ts";

const asIs = (text: string) => text;

test("of an answer's headers those are kept that help to find out who gave it, bounded and as text for everybody", () => {
	const { responseHeaders } = keptHeaders(
		{
			"set-cookie": "session=secret",
			authorization: "Bearer secret",
			"x-request-id": ["req_1", "req_2"],
			server: `cloud\u00e9\u202e${"x".repeat(1000)}`,
			"retry-after": "30",
			date: "Thu, 26 Nov 2026 05:00:00 GMT",
		},
		asIs,
	);
	expect(Object.keys(responseHeaders ?? {})).toEqual(["retry-after", "server", "x-request-id"]);
	expect(responseHeaders).toMatchObject({ "x-request-id": "req_1, req_2", "retry-after": "30" });
	expect(responseHeaders?.["server"]).toMatch(/^cloud\?\?x{190}\.\.\.$/);
});

test("nothing is kept where there is nothing, and the key never is", () => {
	expect(keptHeaders({ date: "x" }, asIs)).toEqual({});
	const { responseHeaders } = keptHeaders({ via: "1.1 sk_live_abc" }, (text) => text.replace("sk_live_abc", "[key]"));
	expect(responseHeaders).toEqual({ via: "1.1 [key]" });
});
