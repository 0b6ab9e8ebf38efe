import { describe, expect, test } from "vitest";
import { alertRequest } from "../../src/alerts/format.ts";
import { ALERT_FORMATS } from "../../src/alerts/format-names.ts";
import type { AlertMessage } from "../../src/alerts/message.ts";
import { signatureHeaders, signingKey } from "../../src/alerts/signature.ts";
import { type AlertTarget, alertTarget } from "../../src/alerts/target.ts";
import type { AlertConfig } from "../../src/config/alert-part.ts";

const FIRING: AlertMessage = {
	status: "firing",
	code: "trigger_paused",
	subject: "pay & <win>",
	severity: "critical",
	title: "The trigger pay & <win> is paused",
	remedy: "reward-outbox triggers resume 'pay & <win>'",
	since: "2026-03-01T10:00:05.123Z",
	database: "shop",
	relay: "relay-7",
	at: "2026-03-01T10:01:09.456Z",
	dedup_key: "reward-outbox-c0ffee",
	link: "https://outbox.example.com/console/triggers",
};
const OVER: AlertMessage = { ...FIRING, status: "over" };
const SENT_AT = new Date("2026-03-01T10:01:10Z");
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const URL_OF_HOOK = new URL("https://hooks.example.com/services/T0/B0/xyz");

function target(config: AlertConfig): AlertTarget {
	const found = alertTarget(config);
	if (found === null) throw new Error("nobody to tell");
	return found;
}

function sent(message: AlertMessage, config: AlertConfig) {
	const request = alertRequest(message, target(config), "reward-outbox/1", SENT_AT);
	return { ...request, url: request.url.href, body: JSON.parse(request.body) };
}

describe("generic", () => {
	test("is the documented JSON, field by field", () => {
		const { url, body, headers } = sent(FIRING, { alertWebhookUrl: URL_OF_HOOK });
		expect({ url, body }).toEqual({ url: URL_OF_HOOK.href, body: FIRING });
		expect(headers).toEqual({ "content-type": "application/json", "user-agent": "reward-outbox/1" });
	});

	test("with a template, is what the template says, whatever is in the fields", () => {
		const title = 'a "quoted" title\nwith {{remedy}} and \\ in it';
		const alertTemplate = JSON.stringify({
			text: "[{{ severity }}] {{title}}",
			about: "{{subject}}",
			tags: ["{{code}}", 7, true, null, { status: "{{status}}" }],
			"{{title}}": "names stay",
		});
		const { body } = sent({ ...FIRING, title, subject: null }, { alertWebhookUrl: URL_OF_HOOK, alertTemplate });
		expect(body).toEqual({
			text: `[critical] ${title}`,
			about: null,
			tags: ["trigger_paused", 7, true, null, { status: "firing" }],
			"{{title}}": "names stay",
		});
	});

	test("sends the headers it is given along", () => {
		const alertHeaders = { authorization: "Bearer t", "user-agent": "mine" };
		expect(sent(FIRING, { alertWebhookUrl: URL_OF_HOOK, alertHeaders }).headers).toMatchObject(alertHeaders);
	});
});

describe("slack", () => {
	const config = { alertWebhookUrl: URL_OF_HOOK, alertFormat: "slack" } as const;

	test("gets blocks, with its control characters escaped and nothing that becomes a mention", () => {
		const title = "<!channel> & co";
		const { body } = sent({ ...FIRING, title }, config);
		expect(body.text).toBe("Critical: shop: &lt;!channel&gt; &amp; co");
		const [header, what, remedy, link, context] = body.blocks;
		const mrkdwn = (text: string) => ({ type: "mrkdwn", text, verbatim: true });
		expect(header).toEqual({
			type: "header",
			text: { type: "plain_text", text: "🔴 critical: trigger_paused in shop" },
		});
		expect(what).toEqual({ type: "section", text: mrkdwn("&lt;!channel&gt; &amp; co") });
		expect(remedy.text.text).toBe("reward-outbox triggers resume 'pay &amp; &lt;win&gt;'");
		expect(link).toEqual({ type: "section", text: mrkdwn(`<${FIRING.link}|Open the console>`) });
		expect(context).toEqual({
			type: "context",
			elements: [mrkdwn("trigger_paused · database shop · since 2026-03-01T10:00:05.123Z · told by relay-7")],
		});
	});

	test("is told the end without a remedy, and nothing of a console that nobody named", () => {
		const { body } = sent({ ...OVER, link: null }, config);
		expect(body.text).toMatch(/^Over: shop: /);
		expect(body.blocks.map(({ type }: { type: string }) => type)).toEqual(["header", "section", "context"]);
	});
});

test("teams gets an adaptive card in a message, whose texts are shown as they are", () => {
	const { body } = sent(FIRING, { alertWebhookUrl: URL_OF_HOOK, alertFormat: "teams" });
	expect(body.type).toBe("message");
	const [{ contentType, content }] = body.attachments;
	expect(contentType).toBe("application/vnd.microsoft.card.adaptive");
	expect(content).toMatchObject({
		$schema: "http://adaptivecards.io/schemas/adaptive-card.json",
		type: "AdaptiveCard",
		actions: [{ type: "Action.OpenUrl", title: "Open the console", url: FIRING.link }],
	});
	expect(content.body[0].inlines[0]).toMatchObject({
		text: "critical: trigger_paused in shop",
		color: "Attention",
		weight: "Bolder",
	});
	expect(content.body.every(({ type }: { type: string }) => type === "RichTextBlock")).toBe(true);
	expect(sent({ ...OVER, link: null }, { alertWebhookUrl: URL_OF_HOOK, alertFormat: "teams" }).body).not.toHaveProperty(
		"attachments.0.content.actions",
	);
});

describe("pagerduty", () => {
	const config = { alertFormat: "pagerduty", alertKey: "0123456789abcdef0123456789abcdef" } as const;

	test("gets a trigger event at its own address", () => {
		const { url, body } = sent(FIRING, config);
		expect(url).toBe("https://events.pagerduty.com/v2/enqueue");
		const { status: _, severity, dedup_key, link, at, ...details } = FIRING;
		expect(body).toEqual({
			routing_key: config.alertKey,
			event_action: "trigger",
			dedup_key,
			client: "reward-outbox",
			client_url: link,
			links: [{ href: link, text: "Open the console" }],
			payload: {
				summary: `Critical: shop: ${FIRING.title}`,
				source: "shop",
				severity,
				timestamp: at,
				component: "reward-outbox",
				group: "shop",
				class: "trigger_paused",
				custom_details: details,
			},
		});
	});

	test("gets a resolve event with the same key when it is over", () => {
		const { body } = sent(OVER, { ...config, alertWebhookUrl: new URL("https://events.eu.pagerduty.com/v2/enqueue") });
		expect(body).toEqual({
			routing_key: config.alertKey,
			event_action: "resolve",
			dedup_key: FIRING.dedup_key,
		});
	});
});

describe("opsgenie", () => {
	const config = { alertFormat: "opsgenie", alertKey: "eb243592-faa2-4ba2-a551-1afdf565c889" } as const;

	test("gets a new alert, with the key in a header", () => {
		const { url, body, headers } = sent(FIRING, config);
		expect(url).toBe("https://api.opsgenie.com/v2/alerts");
		expect(headers["authorization"]).toBe(`GenieKey ${config.alertKey}`);
		expect(body).toEqual({
			message: `Critical: shop: ${FIRING.title}`,
			alias: FIRING.dedup_key,
			description: `${FIRING.title}\n\n${FIRING.remedy}\n\n${FIRING.link}`,
			entity: FIRING.subject,
			source: "reward-outbox",
			priority: "P1",
			tags: ["reward-outbox", "critical", "trigger_paused"],
			details: {
				code: "trigger_paused",
				subject: FIRING.subject,
				database: "shop",
				relay: "relay-7",
				since: FIRING.since,
				console: FIRING.link,
			},
		});
		expect(sent({ ...FIRING, severity: "warning" }, config).body.priority).toBe("P3");
	});

	test("is asked to close it by its alias", () => {
		const alertWebhookUrl = new URL("https://api.eu.opsgenie.com/v2/alerts/");
		const { url } = sent({ ...OVER, dedup_key: "a/b c" }, { ...config, alertWebhookUrl });
		expect(url).toBe("https://api.eu.opsgenie.com/v2/alerts/a%2Fb%20c/close?identifierType=alias");
	});
});

test("no text is longer than its receiver takes, and no character is cut in two", () => {
	const long = { ...FIRING, title: "🎁&".repeat(20_000), remedy: "r".repeat(50_000), database: "d".repeat(63) };
	const alertKey = "k";
	const slack = sent(long, { alertWebhookUrl: URL_OF_HOOK, alertFormat: "slack" }).body;
	expect(slack.blocks[0].text.text.length).toBeLessThanOrEqual(150);
	expect(Math.max(slack.text.length, slack.blocks[1].text.text.length)).toBeLessThanOrEqual(3000);
	const teams = alertRequest(long, target({ alertWebhookUrl: URL_OF_HOOK, alertFormat: "teams" }), "r", SENT_AT);
	expect(Buffer.byteLength(teams.body)).toBeLessThan(28 * 1024);
	expect(sent(long, { alertFormat: "pagerduty", alertKey }).body.payload.summary.length).toBe(1024);
	const opsgenie = sent(long, { alertFormat: "opsgenie", alertKey }).body;
	expect([opsgenie.message.length, opsgenie.description.length]).toEqual([130, 15_000]);
	for (const text of [slack.text, slack.blocks[1].text.text, opsgenie.message]) expect(text.isWellFormed()).toBe(true);
});

describe("signed as Standard Webhooks has it", () => {
	test("the example that all libraries are tried with comes out right", () => {
		const sentAt = new Date(1_614_265_330_000);
		expect(signatureHeaders(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", sentAt, '{"test": 2432232314}')).toEqual({
			"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
			"webhook-timestamp": "1614265330",
			"webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		});
	});

	test.each(ALERT_FORMATS)("%s: over the bytes that are sent, with the same id for every attempt", (alertFormat) => {
		const signed = target({ alertWebhookUrl: URL_OF_HOOK, alertFormat, alertKey: "k", alertSigningSecret: SECRET });
		const [first, again, over] = [FIRING, FIRING, OVER].map((message, n) =>
			alertRequest(message, signed, "r", new Date(SENT_AT.getTime() + n * 60_000)),
		);
		const { "webhook-id": id = "", "webhook-signature": signature } = first?.headers ?? {};
		expect(signature).toBe(signatureHeaders(SECRET, id, SENT_AT, first?.body ?? "")["webhook-signature"]);
		expect(again?.headers["webhook-id"]).toBe(id);
		expect(again?.headers["webhook-timestamp"]).not.toBe(first?.headers["webhook-timestamp"]);
		expect(over?.headers["webhook-id"]).not.toBe(id);
	});

	test.each(["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_not base64 at all, and long"])(
		"%j is no secret",
		(secret) => expect(signingKey(secret)).toBeNull(),
	);
});
