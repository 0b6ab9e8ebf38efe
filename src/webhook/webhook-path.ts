import { createHash, timingSafeEqual } from "node:crypto";

/** What stands in front of the token. */
export const WEBHOOK_PATH = "/webhooks/reward/";
/** Longer ones are no token; nothing is computed of them. */
const MAX_LENGTH = 1024;

/** A token, and what it leads to. */
export interface WebhookDoor<T> {
	readonly token: string;
	readonly leadsTo: T;
}

/** Knows the paths by which webhooks come, and nothing of which a part of one could be told. */
export class WebhookPaths<T> {
	#doors: readonly { readonly digest: Buffer; readonly leadsTo: T }[];

	constructor(doors: readonly WebhookDoor<T>[]) {
		this.#doors = doors.map(asDigest);
	}

	/** From now on only these count. True: their tokens are others. */
	replace(doors: readonly WebhookDoor<T>[]): boolean {
		const before = this.#doors;
		this.#doors = doors.map(asDigest);
		return this.#doors.length !== before.length || !this.#doors.every(({ digest }) => isAmong(digest, before));
	}

	/** What a URL leads to; null: nothing. Takes the same time wherever the first difference is, and whichever it is. */
	find(url: string): T | null {
		const [path = ""] = url.split("?", 1);
		if (!path.startsWith(WEBHOOK_PATH) || path.length > MAX_LENGTH) return null;
		const presented = digestOf(path.slice(WEBHOOK_PATH.length));
		const found = this.#doors.filter(({ digest }) => timingSafeEqual(digest, presented));
		return found[0]?.leadsTo ?? null;
	}
}

function asDigest<T>({ token, leadsTo }: WebhookDoor<T>): { readonly digest: Buffer; readonly leadsTo: T } {
	return { digest: digestOf(token), leadsTo };
}

function isAmong(digest: Buffer, doors: readonly { readonly digest: Buffer }[]): boolean {
	return doors.some((door) => door.digest.equals(digest));
}

function digestOf(token: string): Buffer {
	return createHash("sha256").update(token).digest();
}
