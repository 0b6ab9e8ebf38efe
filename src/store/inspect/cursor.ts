import { UsageError } from "../../errors.ts";

const VERSION = 1;
const BYTES = 17;

/** Where a page ended, for the reader to hand back as it is. */
export function cursorAfter(eventId: string): string {
	return Buffer.concat([Buffer.of(VERSION), Buffer.from(eventId.replaceAll("-", ""), "hex")]).toString("base64url");
}

/** The id a page ended with. @throws UsageError for anything that {@link cursorAfter} did not make */
export function eventIdOfCursor(cursor: string): string {
	const bytes = Buffer.from(cursor.slice(0, 100), "base64url");
	// Decoding ignores what it does not understand: only what encodes to the same text again was a cursor.
	if (bytes.length !== BYTES || bytes[0] !== VERSION || bytes.toString("base64url") !== cursor) {
		throw new UsageError("the cursor is not one of this list's", {
			hint: "leave --cursor out to begin with the newest events",
		});
	}
	const hex = bytes.toString("hex", 1);
	return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
