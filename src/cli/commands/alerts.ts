import { type Command, Option } from "commander";
import type { AlertMessage } from "../../alerts/message.ts";
import type { Environment } from "../../config/environment.ts";
import type { AlertConfig } from "../../config.ts";
import type { CommandContext } from "../context.ts";
import { printJson, printLine } from "../output.ts";

interface TestFlags {
	readonly severity: AlertMessage["severity"];
	readonly over?: true;
	readonly json?: true;
}

const TIMEOUT_MS = 10_000;

const EXAMPLES = `
It takes the relay's variables (REWARD_OUTBOX_ALERT_…, REWARD_OUTBOX_CONSOLE_URL, HTTPS_PROXY, NO_PROXY), says which database the alert would be
about, and asks no database. PagerDuty and Opsgenie open an alert that stays open: --over ends it. A dead man's switch is not
pinged, since that would say that a relay lives.

Examples:
  $ reward-outbox alerts test
  $ reward-outbox alerts test --severity critical     does it wake somebody?
  $ reward-outbox alerts test --over                  end it`;

export function registerAlerts(program: Command, context: CommandContext): void {
	const alerts = program
		.command("alerts")
		.summary("try whether alerts arrive")
		.description("What needs a person is told to REWARD_OUTBOX_ALERT_WEBHOOK_URL: docs/alerts.md.");
	alerts
		.command("test")
		.summary("send one alert")
		.description("Sends one alert, as a relay with this environment would, and says whether the receiver took it.")
		.addOption(
			new Option("--severity <severity>", "how urgent it says it is")
				.choices(["warning", "critical"])
				.default("warning"),
		)
		.option("--over", "send that it is over")
		.option("--json", "print one JSON document")
		.addHelpText("after", EXAMPLES)
		.action((flags: TestFlags) => runTest(flags, context));
}

async function runTest(flags: TestFlags, context: CommandContext): Promise<void> {
	const [{ alertTarget }, { createAlertWebhook }, { loadConfig }, { proxyFor }, { packageVersion }] = await Promise.all(
		[
			import("../../alerts/target.ts"),
			import("../../alerts/webhook.ts"),
			import("../../config/load.ts"),
			import("../../config/proxy-part.ts"),
			import("../../version.ts"),
		],
	);
	const config = await loadConfig(context.env, ["alerts", "proxy"]);
	const target = alertTarget(config);
	if (target === null) throw await nobodyToTell();
	const post = createAlertWebhook(target, `reward-outbox/${packageVersion()}`, {
		proxy: proxyFor(target.url, config),
		timeoutMs: TIMEOUT_MS,
	});
	const message = await testMessage(flags, config, context.env);
	const problem = await post(message, context.takeStopSignal());
	if (problem !== null) throw await notTaken(problem);
	const { status, severity, dedup_key } = message;
	if (flags.json) printJson(context, { taken: true, format: target.format, status, severity, dedup_key });
	else printLine(context, `the receiver took it (${target.format}, ${status}, ${severity}); see whether it arrives`);
}

async function testMessage(flags: TestFlags, config: AlertConfig, env: Environment): Promise<AlertMessage> {
	const [{ consoleLink }, { databaseName }] = await Promise.all([
		import("../../alerts/link.ts"),
		import("../../config/database-name.ts"),
	]);
	const now = new Date().toISOString();
	const database = databaseName(env) ?? "no database named";
	return {
		status: flags.over ? "over" : "firing",
		code: "test",
		subject: null,
		severity: flags.severity,
		title: "This is a test of the alerts of reward-outbox: nothing is wrong",
		remedy: "Nothing has to be done. To end it: reward-outbox alerts test --over",
		since: now,
		database,
		relay: "reward-outbox alerts test",
		at: now,
		dedup_key: `reward-outbox-test-${database}`.slice(0, 200),
		link: consoleLink(config.consoleUrl, "test"),
	};
}

async function nobodyToTell(): Promise<Error> {
	const { ConfigurationError } = await import("../../errors.ts");
	return new ConfigurationError(
		[{ variable: "REWARD_OUTBOX_ALERT_WEBHOOK_URL", message: "missing; nobody is told anything without it" }],
		{ hint: "give it the address that relays have, or set REWARD_OUTBOX_ALERT_FORMAT to pagerduty or opsgenie" },
	);
}

async function notTaken(problem: string): Promise<Error> {
	const { OutboxError } = await import("../../errors.ts");
	return new OutboxError("alert_not_taken", `the receiver did not take it: ${problem}`, { hint: hintFor(problem) });
}

/** What the codes of a receiver mean, for somebody who has just set it up. */
function hintFor(problem: string): string {
	if (problem === "http_401" || problem === "http_403") {
		return "it does not accept the key, a header or the signature: REWARD_OUTBOX_ALERT_KEY, _HEADERS, _SIGNING_SECRET";
	}
	if (problem === "http_404" || problem === "http_410")
		return "REWARD_OUTBOX_ALERT_WEBHOOK_URL is not, or no longer, its address";
	if (problem === "http_400" || problem === "http_422") {
		return "it does not understand this format: REWARD_OUTBOX_ALERT_FORMAT, _TEMPLATE; PagerDuty says so of a wrong key too";
	}
	if (/^http_3/.test(problem))
		return "redirects are not followed: give REWARD_OUTBOX_ALERT_WEBHOOK_URL its final address";
	if (/^http_/.test(problem)) return "it answers, and not with 2xx: ask those who run it";
	return "it cannot be reached from here: the host in REWARD_OUTBOX_ALERT_WEBHOOK_URL, DNS, a firewall, HTTPS_PROXY or NO_PROXY";
}
