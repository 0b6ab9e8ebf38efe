import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { signatureHeaders } from "../../src/alerts/signature.ts";
import { startReceiver } from "../alerts/receiver.ts";
import { startProxy, startTlsReceiver } from "../support/proxy.ts";
import { runCli } from "./run-cli.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

test("alerts test sends one alert, signed and with the headers it was given, and says that it was taken", async () => {
	await using receiver = await startReceiver();
	const { code, stdout, stderr } = await runCli(["alerts", "test", "--severity", "critical", "--json"], {
		DATABASE_URL: "postgres://app:pw@127.0.0.1:1/shop",
		REWARD_OUTBOX_ALERT_WEBHOOK_URL: receiver.url.href,
		REWARD_OUTBOX_ALERT_HEADERS: '{"X-Team": "points and vouchers"}',
		REWARD_OUTBOX_ALERT_SIGNING_SECRET: SECRET,
		REWARD_OUTBOX_CONSOLE_URL: "https://outbox.example.com",
	});
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
	const [alert, ...others] = receiver.received;
	expect(others).toEqual([]);
	expect(alert?.body).toMatchObject({
		status: "firing",
		code: "test",
		severity: "critical",
		database: "shop",
		link: "https://outbox.example.com/console",
	});
	expect(JSON.parse(stdout)).toMatchObject({ taken: true, format: "generic", dedup_key: alert?.body["dedup_key"] });
	const { headers, text = "" } = alert ?? {};
	expect(headers?.["x-team"]).toBe("points and vouchers");
	const [id, at] = [String(headers?.["webhook-id"]), new Date(Number(headers?.["webhook-timestamp"]) * 1000)];
	expect(headers).toMatchObject(signatureHeaders(SECRET, id, at, text));
});

test("what was opened by a test is ended by it", async () => {
	await using receiver = await startReceiver();
	const env = {
		REWARD_OUTBOX_ALERT_FORMAT: "pagerduty",
		REWARD_OUTBOX_ALERT_KEY: "r0uting",
		REWARD_OUTBOX_ALERT_WEBHOOK_URL: receiver.url.href,
		PGDATABASE: "shop",
	};
	for (const args of [[], ["--over"]]) {
		const { code, stdout } = await runCli(["alerts", "test", ...args], env);
		expect(code).toBe(0);
		expect(stdout).toContain("the receiver took it (pagerduty");
	}
	const dedup_key = "reward-outbox-test-shop";
	expect(receiver.received.map(({ body }) => body)).toMatchObject([
		{ event_action: "trigger", dedup_key },
		{ event_action: "resolve", dedup_key },
	]);
});

test.each<[number, string]>([
	[403, "it does not accept the key, a header or the signature"],
	[404, "is not, or no longer, its address"],
	[400, "it does not understand this format"],
	[302, "redirects are not followed"],
	[500, "ask those who run it"],
])("a receiver that answers %i makes it end with 1 and a hint", async (status, hint) => {
	await using receiver = await startReceiver();
	receiver.answer = (response) => response.writeHead(status).end();
	const env = { REWARD_OUTBOX_ALERT_WEBHOOK_URL: receiver.url.href };
	const { code, stdout, stderr } = await runCli(["alerts", "test"], env);
	expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
	expect(stderr).toContain(`the receiver did not take it: http_${status}`);
	expect(stderr).toContain(hint);
	expect(stderr).not.toContain("secret");
});

test("a receiver that is not there, and one that nobody named", async () => {
	const away = await runCli(["alerts", "test"], { REWARD_OUTBOX_ALERT_WEBHOOK_URL: "http://127.0.0.1:1/very-secret" });
	expect(away.code).toBe(1);
	expect(away.stderr).toMatch(/did not take it: ECONNREFUSED\nhint: it cannot be reached/);
	expect(away.stderr).not.toContain("secret");
	const none = await runCli(["alerts", "test"]);
	expect(none.code).toBe(2);
	expect(none.stderr).toContain("REWARD_OUTBOX_ALERT_WEBHOOK_URL: missing");
});

test("secrets may stand in files, and what is wrong with one is said without showing it", async () => {
	await using receiver = await startReceiver();
	const folder = await mkdtemp(join(tmpdir(), "reward-outbox-alerts-"));
	try {
		const file = async (name: string, text: string) => {
			await writeFile(join(folder, name), text, { mode: 0o600 });
			return join(folder, name);
		};
		const url = await file("url", `${receiver.url.href}\n`);
		const env = {
			REWARD_OUTBOX_ALERT_WEBHOOK_URL_FILE: url,
			REWARD_OUTBOX_ALERT_HEADERS_FILE: await file("headers", '{\n  "X-Team": "s3cret-team"\n}\n'),
			REWARD_OUTBOX_ALERT_SIGNING_SECRET_FILE: await file("signing", SECRET),
			REWARD_OUTBOX_ALERT_TEMPLATE_FILE: await file("template", '{"said": "{{title}}"}'),
		};
		const sent = await runCli(["alerts", "test"], env);
		expect({ code: sent.code, stderr: sent.stderr }).toEqual({ code: 0, stderr: "" });
		const [{ headers, body } = { headers: {}, body: {} }] = receiver.received;
		expect(headers).toMatchObject({ "x-team": "s3cret-team", "webhook-signature": expect.stringMatching(/^v1,/) });
		expect(body).toEqual({ said: expect.stringContaining("test of the alerts") });

		const wrong = await runCli(["alerts", "test"], {
			...env,
			REWARD_OUTBOX_ALERT_HEADERS_FILE: await file("broken", '{"X-Team": "s3cret-team"'),
			REWARD_OUTBOX_ALERT_SIGNING_SECRET: SECRET,
			REWARD_OUTBOX_ALERT_TEMPLATE_FILE: join(folder, "nothing"),
		});
		expect(wrong.code).toBe(2);
		expect(wrong.stderr).toMatch(
			/REWARD_OUTBOX_ALERT_HEADERS_FILE: what is in ".*broken" is not usable: expected a JSON/,
		);
		expect(wrong.stderr).toContain(
			"REWARD_OUTBOX_ALERT_SIGNING_SECRET_FILE: expected either REWARD_OUTBOX_ALERT_SIGNING_SECRET or",
		);
		expect(wrong.stderr).toMatch(/REWARD_OUTBOX_ALERT_TEMPLATE_FILE: cannot read ".*nothing"/);
		expect(wrong.stderr).not.toMatch(/s3cret|whsec_/);

		// The address is missing because its file is of no use: one problem, not two.
		const alone = await runCli(["alerts", "test"], {
			REWARD_OUTBOX_ALERT_WEBHOOK_URL_FILE: join(folder, "nothing"),
			REWARD_OUTBOX_ALERT_FORMAT: "slack",
		});
		expect(alone.stderr.match(/REWARD_OUTBOX_/g)?.length).toBe(1);
	} finally {
		await rm(folder, { recursive: true });
	}
});

test("alerts go by the proxy, unless NO_PROXY names the receiver", async () => {
	await using receiver = await startTlsReceiver();
	await using proxy = await startProxy();
	const env = {
		REWARD_OUTBOX_ALERT_WEBHOOK_URL: `https://reward.test:${receiver.port}/hook`,
		HTTPS_PROXY: proxy.url.href,
		NODE_EXTRA_CA_CERTS: receiver.file,
	};
	const sent = await runCli(["alerts", "test"], env);
	expect({ code: sent.code, stderr: sent.stderr }).toEqual({ code: 0, stderr: "" });
	expect(proxy.asked.map(({ target }) => target)).toEqual([`reward.test:${receiver.port}`]);
	const direct = await runCli(["alerts", "test"], { ...env, NO_PROXY: "reward.test" });
	expect(direct.code).toBe(1);
	expect(direct.stderr).toContain("HTTPS_PROXY or NO_PROXY");
	expect(proxy.asked.length).toBe(1);
});
