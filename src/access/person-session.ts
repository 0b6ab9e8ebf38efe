import { createHmac, timingSafeEqual } from "node:crypto";
import type { Identity } from "./token.ts";

/** Names of people whom a provider vouched for begin with it. No token's does: nobody signs in as another's token. */
export const PERSON_PREFIX = "oidc:";

const MAX_COOKIE_LENGTH = 1024;
const VERSION = "p1";

/** Somebody whom a provider vouched for. */
export interface PersonSession {
	readonly identity: Identity;
	/** Milliseconds since 1970. */
	readonly expiresAt: number;
}

/**
 * The value of the cookie: name, role and expiry, signed. Nothing has to be kept, and every relay with the same
 * settings knows it. The role is the one of when they signed in.
 *
 * @param key of who may sign in how: with another one it ends
 */
export function sealPerson({ identity, expiresAt }: PersonSession, key: Buffer): string {
	const content = `${VERSION}.${Buffer.from(identity.name).toString("base64url")}.${identity.role}.${expiresAt}`;
	return `${content}.${seal(content, key).toString("base64url")}`;
}

/** Whether a cookie is one of a person, still valid or not. */
export function isOfPerson(cookie: string): boolean {
	return cookie.startsWith(`${VERSION}.`);
}

/** What {@link sealPerson} made, if it still holds. Null for everything else. */
export function openPerson(cookie: string, key: Buffer, now: number): PersonSession | null {
	if (cookie.length > MAX_COOKIE_LENGTH) return null;
	const match = /^(p1\.([\w-]{1,800})\.(viewer|operator)\.([1-9][0-9]{0,14}))\.([\w-]{43})$/.exec(cookie);
	if (match === null) return null;
	const [, content = "", name = "", role = "", expiry = "", signature = ""] = match;
	const shown = Buffer.from(signature, "base64url");
	const expected = seal(content, key);
	if (shown.length !== expected.length || !timingSafeEqual(shown, expected)) return null;
	const identity = { name: Buffer.from(name, "base64url").toString(), role: role as Identity["role"] };
	const expiresAt = Number(expiry);
	return expiresAt > now ? { identity, expiresAt } : null;
}

function seal(content: string, key: Buffer): Buffer {
	return createHmac("sha256", key).update(`reward-outbox person ${content}`).digest();
}
