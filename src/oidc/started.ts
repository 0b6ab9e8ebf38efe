import { createHmac, timingSafeEqual } from "node:crypto";

/** How long somebody may take to sign in at the provider. */
export const STARTED_MS = 600_000;

/** What is remembered of somebody who was sent to the provider, in a cookie of the browser. */
export interface Started {
	readonly state: string;
	readonly nonce: string;
	/** Of PKCE. */
	readonly verifier: string;
	/** The page to go to afterwards. */
	readonly next: string;
	/** Milliseconds since 1970. */
	readonly expiresAt: number;
}

const MAX_COOKIE_LENGTH = 4096;

export function sealStarted(started: Started, key: Buffer): string {
	const content = Buffer.from(JSON.stringify(started)).toString("base64url");
	return `${content}.${seal(content, key)}`;
}

/** What {@link sealStarted} made, if it still holds. Null for everything else. */
export function openStarted(cookie: string, key: Buffer, now: number): Started | null {
	const [content = "", signature = "", ...rest] = cookie.slice(0, MAX_COOKIE_LENGTH).split(".");
	if (rest.length > 0) return null;
	const [shown, expected] = [Buffer.from(signature), Buffer.from(seal(content, key))];
	if (shown.length !== expected.length || !timingSafeEqual(shown, expected)) return null;
	const started = JSON.parse(Buffer.from(content, "base64url").toString()) as Started;
	return started.expiresAt > now ? started : null;
}

function seal(content: string, key: Buffer): string {
	return createHmac("sha256", key).update(`reward-outbox started ${content}`).digest("base64url");
}
