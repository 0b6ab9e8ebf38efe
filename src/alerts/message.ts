import type { AttentionCode } from "../event/attention-entry.ts";

/** What a receiver is told. It never holds a payload or a user: triggers and relays are named, no event is. */
export interface AlertMessage {
	readonly status: "firing" | "over";
	/** `test`: sent by `reward-outbox alerts test`. */
	readonly code: AttentionCode | "test";
	/** The relay, trigger or watch; null: the outbox as a whole. */
	readonly subject: string | null;
	readonly severity: "critical" | "warning";
	readonly title: string;
	readonly remedy: string;
	/** ISO 8601. */
	readonly since: string;
	readonly database: string;
	/** Who sends it. */
	readonly relay: string;
	/** ISO 8601: when it was decided, by the database's clock. */
	readonly at: string;
	/** The same for a `firing` and its `over`, and for nothing else anywhere. */
	readonly dedup_key: string;
	/** The page of the console about it; null: nobody said where the console is. */
	readonly link: string | null;
}

/** The fields, in the order of the documentation. */
export const MESSAGE_FIELDS = [
	"status",
	"code",
	"subject",
	"severity",
	"title",
	"remedy",
	"since",
	"database",
	"relay",
	"at",
	"dedup_key",
	"link",
] as const satisfies (keyof AlertMessage)[];

/** One line that says all: for what shows only one. */
export function headline({ status, severity, database, title }: AlertMessage): string {
	return `${status === "over" ? "Over" : severity === "critical" ? "Critical" : "Warning"}: ${database}: ${title}`;
}

/** What a person wants to know beside title and remedy. */
export function particulars({ code, database, relay, since }: AlertMessage): string {
	return `${code} · database ${database} · since ${since} · told by ${relay}`;
}
