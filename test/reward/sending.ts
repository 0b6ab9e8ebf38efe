import type { RewardRequest } from "../../src/event/event.ts";
import { type KeySource, loadCredentials } from "../../src/reward/credentials.ts";
import type { Sender } from "../../src/reward/sender.ts";
import { createRewardSender } from "../../src/reward/undici-sender.ts";

export const KEY = "sk_test_verysecretkey";

/** A real sender that closes itself at the end of its scope. */
export async function senderTo(
	url: string,
	options: { timeoutMs?: number; connections?: number; key?: KeySource } = {},
): Promise<Sender & AsyncDisposable> {
	const sender = createRewardSender({
		origin: new URL(url),
		credentials: await loadCredentials(options.key ?? KEY),
		connections: options.connections ?? 4,
		timeoutMs: options.timeoutMs ?? 5_000,
		userAgent: "reward-outbox/test",
	});
	return {
		send: (request) => sender.send(request),
		close: () => sender.close(),
		[Symbol.asyncDispose]: () => sender.close(),
	};
}

let sent = 0;

/** A request with an id of its own. */
export function request(fields: Partial<RewardRequest> = {}): RewardRequest {
	const eventId = `0190b6f2-0000-7000-8000-${String(++sent).padStart(12, "0")}`;
	return { eventId, triggerId: "successful_payment", userId: "user123", body: '{"value": 19.99}', ...fields };
}
