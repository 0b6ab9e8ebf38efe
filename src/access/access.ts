import type { IncomingHttpHeaders } from "node:http";
import { FailedLogins } from "./failed-logins.ts";
import { isOfPerson, openPerson, type PersonSession, sealPerson } from "./person-session.ts";
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

/** How somebody tried to come in. */
export type WayIn = "login" | "bearer" | "oidc";

export interface AccessOptions {
	readonly tokens: readonly Token[];
	/** What sessions of people are signed with; left out: tokens are the only way in. A secret. */
	readonly peopleKey?: Buffer;
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
	readonly #peopleKey: Buffer | null;
	readonly #failures: FailedLogins;
	readonly #wallClock: () => number;
	readonly #onFailure: NonNullable<AccessOptions["onFailure"]>;

	constructor(options: AccessOptions) {
		this.#tokens = new TokenBook(options.tokens);
		this.#peopleKey = options.peopleKey ?? null;
		this.#failures = new FailedLogins(options.clock);
		this.#wallClock = options.wallClock;
		this.#onFailure = options.onFailure ?? (() => {});
	}

	/** Whether any token is valid. */
	get takesTokens(): boolean {
		return !this.#tokens.isEmpty;
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
		if (isOfPerson(cookie)) return this.#enterAsPerson(cookie);
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

	/** Begins the session of somebody whom a provider vouched for. Null: nobody is let in that way. */
	admit(identity: Identity): { readonly session: PersonSession; readonly cookie: string } | null {
		if (this.#peopleKey === null) return null;
		const session = { identity, expiresAt: this.#wallClock() + SESSION_MS };
		return { session, cookie: sealPerson(session, this.#peopleKey) };
	}

	/**
	 * No provider vouched for somebody. That keeps nobody waiting: there is nothing to guess here. Whether it is worth
	 * telling: like wrong tokens it must not fill the log.
	 */
	notVouchedFor(address: string, why: string): boolean {
		const isTold = this.#failures.waitMs(address, why) === 0;
		this.#failures.failed(address, why);
		return isTold;
	}

	#enterAsPerson(cookie: string): Entry {
		const session = this.#peopleKey === null ? null : openPerson(cookie, this.#peopleKey, this.#wallClock());
		if (session === null) return { kind: "refused", by: "session" };
		return { kind: "session", identity: session.identity, expiresAt: session.expiresAt };
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
		const [key, ...value] = pair.trim().split("=");
		if (key === name && value.length > 0) return value.join("=");
	}
	return null;
}
