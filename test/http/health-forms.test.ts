import { afterEach, describe, expect, test } from "vitest";
import { rawRequest } from "./raw-request.ts";
import { closeServers, get, send, start, startWithoutToken, TOKEN } from "./server-under-test.ts";

afterEach(closeServers);

/** The head of a request as load balancers, orchestrators and scrapers write it; `PATH` stands for the path. */
const FORMS: Readonly<Record<string, string>> = {
	"HTTP/1.1 with an address": "GET PATH HTTP/1.1\r\nHost: 10.1.2.3:8787\r\nConnection: close\r\n",
	"HTTP/1.1 with an IPv6 address": "GET PATH HTTP/1.1\r\nHost: [fd00::1]:8787\r\nConnection: close\r\n",
	"HTTP/1.1 by a container's name": "GET PATH HTTP/1.1\r\nHost: reward-outbox_relay_1:8787\r\nConnection: close\r\n",
	"HTTP/1.1 by a service's name": "GET PATH HTTP/1.1\r\nHost: relay.shop.svc.cluster.local\r\nConnection: close\r\n",
	"HTTP/1.1 with a Host that is none": "GET PATH HTTP/1.1\r\nHost: *, what/ever\r\nConnection: close\r\n",
	"HTTP/1.1 with an empty Host": "GET PATH HTTP/1.1\r\nHost:\r\nConnection: close\r\n",
	"HTTP/1.1 without Host": "GET PATH HTTP/1.1\r\nConnection: close\r\n",
	"HTTP/1.0 without Host": "GET PATH HTTP/1.0\r\n",
	"HTTP/1.0 with a Host": "GET PATH HTTP/1.0\r\nHost: relay\r\n",
	"an address sent whole": "GET http://relay:8787PATH HTTP/1.1\r\nHost: relay:8787\r\nConnection: close\r\n",
	"an address sent whole, HTTP/1.0": "GET http://10.1.2.3PATH HTTP/1.0\r\n",
	HEAD: "HEAD PATH HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n",
	"HEAD, HTTP/1.0": "HEAD PATH HTTP/1.0\r\n",
	"OPTIONS, as HAProxy does": "OPTIONS PATH HTTP/1.0\r\n",
	"a query": "GET PATH?token=x&check=1 HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n",
	"a slash at the end": "GET PATH/ HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n",
	"a wish to upgrade":
		"GET PATH HTTP/1.1\r\nHost: relay\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
	"an expectation": "GET PATH HTTP/1.1\r\nHost: relay\r\nConnection: close\r\nExpect: something\r\n",
	"a wrong token, a foreign origin": `GET PATH HTTP/1.1\r\nHost: relay\r\nConnection: close\r\nAuthorization: Basic eDp4\r\nOrigin: null\r\nSec-Fetch-Site: cross-site\r\n`,
	"what proxies add":
		"GET PATH HTTP/1.1\r\nHost: relay\r\nConnection: close\r\nX-Forwarded-For: unknown\r\nX-Forwarded-Host: a, b\r\nVia: 1.0 x\r\n",
	"an empty body": "GET PATH HTTP/1.1\r\nHost: relay\r\nConnection: close\r\nContent-Length: 0\r\n",
};

describe.each(["/livez", "/readyz"])("%s answers everybody", (path) => {
	test.each(Object.keys(FORMS))("%s", async (form) => {
		const { url } = await startWithoutToken();
		const answer = await rawRequest(url, `${FORMS[form]?.replace("PATH", path)}\r\n`);
		expect(answer).toMatch(/^HTTP\/1\.1 200 /);
		const body = answer.slice(answer.indexOf("\r\n\r\n") + 4);
		expect(body).toMatch(form.startsWith("HEAD") ? /^$/ : /^\{"(?:live|ready)":true/);
	});
});

describe("elsewhere", () => {
	const authorization = `Authorization: Bearer ${TOKEN}\r\nConnection: close\r\n`;

	test("a foreign name is refused with the variable that would allow it", async () => {
		const { body, status } = await get(await start(), "/metrics", { host: "relay" });
		expect(status).toBe(403);
		expect(JSON.parse(body)).toMatchObject({
			detail: expect.stringContaining("REWARD_OUTBOX_ALLOWED_HOSTS"),
			hint: expect.stringContaining("REWARD_OUTBOX_ALLOWED_HOSTS"),
		});
	});

	test.each([
		[400, "GET /metrics HTTP/1.1\r\n"],
		[400, "GET /metrics HTTP/1.0\r\n"],
		[403, "GET /metrics HTTP/1.1\r\nHost:\r\n"],
		[403, "GET http://evil.example/metrics HTTP/1.1\r\nHost: localhost\r\n"],
		[200, "GET http://localhost/metrics HTTP/1.1\r\nHost: localhost\r\n"],
		[403, "GET /metrics HTTP/1.1\r\nHost: evil.localhost\r\n"],
	])("%i is the answer to %j", async (status, head) => {
		const answer = await rawRequest((await start()).url, `${head}${authorization}\r\n`);
		expect(answer).toContain(`HTTP/1.1 ${status} `);
	});

	test.each(["/metrics", "/livez", "/nothing"])("two Host headers on %s are malformed", async (path) => {
		const { url } = await start();
		for (const second of ["Host: localhost", "HOST: evil.example"]) {
			const head = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${second}\r\n${authorization}\r\n`;
			expect(await rawRequest(url, head)).toContain("HTTP/1.1 400 ");
		}
	});

	test("OPTIONS of what is not health is a wrong method", async () => {
		const server = await start();
		const answer = await send(server, "OPTIONS", "/metrics", { authorization: `Bearer ${TOKEN}` });
		expect([answer.status, answer.headers.allow]).toEqual([405, "GET, HEAD"]);
	});
});
