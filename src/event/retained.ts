/** What a policy says how long to keep, under its names in the database. */
export const RETAINED = [
	"delivered",
	"dead",
	"cancelled",
	"payload",
	"response_body",
	"receipts",
	"idempotency_keys",
] as const;

export type Retained = (typeof RETAINED)[number];
