import { createHmac, timingSafeEqual } from "node:crypto";
import type { Token } from "./token.ts";
import type { TokenBook } from "./token-book.ts";

export const SESSION_COOKIE = "reward_outbox_session";

/** How long a browser stays signed in. Milliseconds. */
export const SESSION_MS = 12 * 3_600_000;

const VERSION = "v1";
const MAX_COOKIE_LENGTH = 512;

/** A browser that is signed in. */
export interface Session {
	readonly token: Token;
	/** Milliseconds since 1970. */
	readonly expiresAt: number;
}

/**
 * The value of the cookie: name and expiry, signed with the token itself. So nothing has to be kept, every relay with
 * the same tokens knows it, and it ends with its token: taken away, changed, or given another role.
 */
export function sealSession({ token, expiresAt }: Session): string {
	const content = `${VERSION}.${Buffer.from(token.name).toString("base64url")}.${expiresAt}`;
	return `${content}.${seal(content, token).toString("base64url")}`;
}

/** What {@link sealSession} made, if it still holds. Null for everything else. */
export function openSession(cookie: string, tokens: TokenBook, now: number): Session | null {
	const match = /^(v1\.([\w-]{1,100})\.([1-9][0-9]{0,14}))\.([\w-]{43})$/.exec(cookie.slice(0, MAX_COOKIE_LENGTH));
	if (match === null || cookie.length > MAX_COOKIE_LENGTH) return null;
	const [, content = "", name = "", expiry = "", signature = ""] = match;
	const token = tokens.named(Buffer.from(name, "base64url").toString());
	if (token === null) return null;
	const shown = Buffer.from(signature, "base64url");
	const expected = seal(content, token);
	if (shown.length !== expected.length || !timingSafeEqual(shown, expected)) return null;
	const expiresAt = Number(expiry);
	return expiresAt > now ? { token, expiresAt } : null;
}

function seal(content: string, token: Token): Buffer {
	const key = createHmac("sha256", token.secret).update(`reward-outbox session ${token.role}`).digest();
	return createHmac("sha256", key).update(content).digest();
}
