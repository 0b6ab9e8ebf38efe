import { createHash, createHmac } from "node:crypto";
import type { AlertMessage } from "./message.ts";

const PREFIX = "whsec_";

/** The bytes of a secret in the form of Standard Webhooks: `whsec_` and base64; null: it is none. */
export function signingKey(secret: string): Buffer | null {
	if (!secret.startsWith(PREFIX)) return null;
	const encoded = secret.slice(PREFIX.length);
	const key = Buffer.from(encoded, "base64");
	const isCanonical = key.toString("base64").replaceAll("=", "") === encoded.replaceAll("=", "");
	return isCanonical && key.length >= 24 && key.length <= 64 ? key : null;
}

/** The same for every attempt at one message, so that a receiver can tell a repetition. */
export function messageId({ dedup_key, status, at }: AlertMessage): string {
	return `msg_${createHash("sha256")
		.update(JSON.stringify([dedup_key, status, at]))
		.digest("hex")
		.slice(0, 32)}`;
}

/** The headers of Standard Webhooks: HMAC-SHA256 over id, seconds since 1970 and the body, joined by full stops. */
export function signatureHeaders(secret: string, id: string, sentAt: Date, body: string): Record<string, string> {
	const key = signingKey(secret);
	if (key === null) throw new TypeError("not a secret of Standard Webhooks");
	const timestamp = String(Math.floor(sentAt.getTime() / 1000));
	const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
	return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}
