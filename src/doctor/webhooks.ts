import { randomBytes } from "node:crypto";
import type { WebhookConfig } from "../config.ts";
import { WEBHOOK_PATH } from "../webhook/webhook-path.ts";
import { type Check, fail, ok, reasonOf, warn } from "./check.ts";

const TIMEOUT_MS = 10_000;
const FIX =
	"check that a relay or reward-outbox webhook runs, and that the proxy in front of it passes /webhooks/reward/ on unchanged";

/**
 * Whether Reward's webhooks would arrive: one is sent by the way that they take. It is kept as a test, and confirms
 * nothing.
 */
export async function checkWebhooks(config: WebhookConfig, token: string | null): Promise<Check[]> {
	const { webhookAddress, webhookPublicUrl: url } = config;
	if (url === undefined || token === null) {
		if (webhookAddress === undefined)
			return [ok("webhooks", "not received: nothing is compared with what Reward recorded")];
		const fix = "set REWARD_OUTBOX_WEBHOOK_PUBLIC_URL to the address that Reward was given, without the path";
		return token === null ? [] : [warn("webhooks", "whether they arrive from outside is not known", fix)];
	}
	const startedAt = performance.now();
	const failure = await postTest(url, token);
	if (failure !== null) return [fail("webhooks", `a webhook sent to ${url.origin} did not arrive: ${failure}`, FIX)];
	const took = Math.round(performance.now() - startedAt);
	return [ok("webhooks", `a webhook sent to ${url.origin} is on record (${took} ms)`)];
}

/** Null: it was acknowledged by a receiver of ours. Otherwise why not, without the path: that is a secret. */
async function postTest(url: URL, token: string): Promise<string | null> {
	const id = `reward_outbox_test_${randomBytes(12).toString("hex")}`;
	try {
		const response = await fetch(`${url.href.replace(/\/$/, "")}${WEBHOOK_PATH}${token}`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ id, type: "reward_outbox.test", time: new Date().toISOString(), data: {} }),
			redirect: "manual",
			signal: AbortSignal.timeout(TIMEOUT_MS),
		});
		const answer = (await response.text()).slice(0, 100);
		if (response.status !== 200) return `HTTP ${response.status}`;
		return answer.includes('"received":"recorded"') ? null : "something else than a receiver of ours answered";
	} catch (error) {
		return reasonOf((error as Error).cause ?? error).replaceAll(token, "<token>");
	}
}
