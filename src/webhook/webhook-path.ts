import { createHash, timingSafeEqual } from "node:crypto";

/** What stands in front of the token. */
export const WEBHOOK_PATH = "/webhooks/reward/";
/** Longer ones are no token; nothing is computed of them. */
const MAX_LENGTH = 1024;

/** Knows the one path by which webhooks come, and nothing of which a part of it could be told. */
export class WebhookPath {
	#digest: Buffer;

	constructor(token: string) {
		this.#digest = digestOf(token);
	}

	/** From now on only this token counts. True: it is another one. */
	replace(token: string): boolean {
		const digest = digestOf(token);
		const changed = !digest.equals(this.#digest);
		this.#digest = digest;
		return changed;
	}

	/** Takes the same time wherever the first difference is. */
	matches(url: string): boolean {
		const [path = ""] = url.split("?", 1);
		if (!path.startsWith(WEBHOOK_PATH) || path.length > MAX_LENGTH) return false;
		return timingSafeEqual(digestOf(path.slice(WEBHOOK_PATH.length)), this.#digest);
	}
}

function digestOf(token: string): Buffer {
	return createHash("sha256").update(token).digest();
}
