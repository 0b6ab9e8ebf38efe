import type { IncomingHttpHeaders } from "node:http";
import { FailedLogins } from "./failed-logins.ts";
import { openSession, SESSION_COOKIE, SESSION_MS, type Session, sealSession } from "./session.ts";
import type { Identity, Token } from "./token.ts";
import { TokenBook } from "./token-book.ts";

/** Why somebody is not let in. */
export type NoEntry =
	/** `nothing`: neither a token nor a cookie was shown. */
	| { readonly kind: "refused"; readonly by: "nothing" | "token" | "session" }
	/** Too many wrong tokens. */
	| { readonly kind: "throttled"; readonly retryAfterMs: number };

/** What comes of what a request shows. */
export type Entry =
	| {
			readonly kind: "token" | "session";
			readonly identity: Identity;
			/** Milliseconds since 1970; null: it does not end. */
			readonly expiresAt: number | null;
	  }
	| NoEntry;

export interface AccessOptions {
	readonly tokens: readonly Token[];
	/** Milliseconds since 1970: sessions end by it. */
	readonly wallClock: () => number;
	/** Milliseconds; only differences matter. */
	readonly clock: () => number;
	/** Told of wrong tokens, as long as they are not throttled. */
	readonly onFailure?: (address: string, by: "login" | "bearer") => void;
}

/** Who is let in: by a token with every request, or by a session that a token began. */
export class Access {
	readonly #tokens: TokenBook;
	readonly #failures: FailedLogins;
	readonly #wallClock: () => number;
	readonly #onFailure: NonNullable<AccessOptions["onFailure"]>;

	constructor(options: AccessOptions) {
		this.#tokens = new TokenBook(options.tokens);
		this.#failures = new FailedLogins(options.clock);
		this.#wallClock = options.wallClock;
		this.#onFailure = options.onFailure ?? (() => {});
	}

	/** From now on these are the tokens. Who has one of the old ones that stayed the same notices nothing. */
	replaceTokens(tokens: readonly Token[]): void {
		this.#tokens.replace(tokens);
	}

	/** Who sends this request. A header counts before a cookie: who sends one means it. */
	enter(headers: Pick<IncomingHttpHeaders, "authorization" | "cookie">, address: string): Entry {
		if (headers.authorization !== undefined) return this.#enterByToken(headers.authorization, address);
		const cookie = cookieNamed(SESSION_COOKIE, headers.cookie);
		if (cookie === null) return { kind: "refused", by: "nothing" };
		const session = openSession(cookie, this.#tokens, this.#wallClock());
		if (session === null) return { kind: "refused", by: "session" };
		return { kind: "session", identity: identityOf(session.token), expiresAt: session.expiresAt };
	}

	/**
	 * Begins a session. A right token does, whatever was tried from the same address: else one who guesses would shut out
	 * all others.
	 */
	signIn(presented: string, address: string): { readonly session: Session; readonly cookie: string } | NoEntry {
		const token = this.#tokens.find(presented);
		if (token === null) return this.#refuse(address, presented, "login");
		const session = { token, expiresAt: this.#wallClock() + SESSION_MS };
		return { session, cookie: sealSession(session) };
	}

	#enterByToken(header: string, address: string): Entry {
		const presented = /^Bearer +([!-~]+)$/i.exec(header)?.[1];
		const token = presented === undefined ? null : this.#tokens.find(presented);
		if (token !== null) return { kind: "token", identity: identityOf(token), expiresAt: null };
		return this.#refuse(address, presented ?? "", "bearer");
	}

	#refuse(address: string, presented: string, by: "login" | "bearer"): NoEntry {
		const retryAfterMs = this.#failures.waitMs(address, presented);
		if (retryAfterMs > 0) return { kind: "throttled", retryAfterMs };
		this.#failures.failed(address, presented);
		this.#onFailure(address, by);
		return { kind: "refused", by: "token" };
	}
}

function identityOf({ name, role }: Token): Identity {
	return { name, role };
}

/** The cookie's value; null: it is not there. Sent twice, the first counts. */
function cookieNamed(name: string, header: string | undefined): string | null {
	for (const pair of (header ?? "").split(";")) {
		const [key, value] = pair.trim().split("=", 2);
		if (key === name && value !== undefined) return value;
	}
	return null;
}
