import type { GeneralMessageHandler } from "pg-transactional-outbox";
import { assignment } from "./assignment.ts";
import { deliver, type Job } from "./deliver.ts";

const url = new URL(assignment.databaseUrl);

export const database = {
	host: url.hostname,
	port: Number(url.port),
	user: decodeURIComponent(url.username),
	password: decodeURIComponent(url.password),
	database: url.pathname.slice(1),
};

/**
 * A connection for each message under way: its transaction stays open during the request. Bounded by what the server
 * allows.
 */
export const parallel = Math.min(assignment.concurrency, 100);

export const listener = {
	outboxOrInbox: "outbox" as const,
	dbListenerConfig: database,
	dbHandlerConfig: { ...database, max: parallel },
};

export const settings = {
	dbSchema: "public",
	dbTable: "outbox",
	enableMaxAttemptsProtection: false,
	enablePoisonousMessageProtection: false,
};

export const handler: GeneralMessageHandler = {
	handle: async (message) => await deliver(message.payload as Job, message.id),
};
