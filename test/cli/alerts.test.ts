import { expect, test } from "vitest";
import { signatureHeaders } from "../../src/alerts/signature.ts";
import { startReceiver } from "../alerts/receiver.ts";
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
