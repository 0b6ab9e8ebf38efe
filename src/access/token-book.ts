import { createHash, timingSafeEqual } from "node:crypto";
import type { Token } from "./token.ts";

/** The tokens that are valid now. They can be replaced while the server runs. */
export class TokenBook {
	#entries: readonly { readonly token: Token; readonly digest: Buffer }[] = [];

	constructor(tokens: readonly Token[]) {
		this.replace(tokens);
	}

	get isEmpty(): boolean {
		return this.#entries.length === 0;
	}

	replace(tokens: readonly Token[]): void {
		this.#entries = tokens.map((token) => ({ token, digest: digest(token.secret) }));
	}

	/**
	 * The token that was presented; null: there is no such one. All are compared, by digests of one length: the time it
	 * takes tells nothing.
	 */
	find(presented: string): Token | null {
		const shown = digest(presented);
		let found: Token | null = null;
		for (const entry of this.#entries) if (timingSafeEqual(entry.digest, shown)) found = entry.token;
		return found;
	}

	named(name: string): Token | null {
		return this.#entries.find(({ token }) => token.name === name)?.token ?? null;
	}
}

function digest(text: string): Buffer {
	return createHash("sha256").update(text).digest();
}
