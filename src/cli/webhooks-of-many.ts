import { loadEntryWebhookToken } from "../config/databases.ts";
import type { DatabaseEntry } from "../config/databases-file.ts";
import type { HttpAddress } from "../config/value.ts";
import { textOf } from "../connection/address.ts";
import { ConfigurationError } from "../errors.ts";
import { type Logger, logEvents, withFields } from "../log.ts";
import { createWebhookMetrics, type WebhookMetrics } from "../metrics/webhooks.ts";
import type { Database } from "../store/database.ts";
import { openReceiptsDatabase, receiveWebhook } from "../store/receipts/receive.ts";
import { type WebhookInbox, WebhookReceiver } from "../webhook/receiver.ts";
import type { WebhookDoor } from "../webhook/webhook-path.ts";
import { startServer } from "./http.ts";

/** A receiver that is served by a command. */
export interface ServedWebhooksOfMany {
	/** Reads the file and the tokens again; when that fails, what was served stays. */
	reload(): Promise<void>;
	/** Prometheus text of each. */
	metrics(): Promise<string[]>;
	close(): Promise<void>;
}

/**
 * Null: no address is set for it.
 *
 * @throws ConfigurationError when no entry has a path, OutboxError when it cannot listen
 */
export async function serveWebhooksOfMany(
	address: HttpAddress | undefined,
	load: () => Promise<readonly DatabaseEntry[]>,
	logger: Logger,
): Promise<ServedWebhooksOfMany | null> {
	if (address === undefined) return null;
	const webhooks = new WebhooksOfMany(address, logger);
	await webhooks.open(await load());
	return {
		reload: async () => {
			try {
				await webhooks.follow(await load());
			} catch (error) {
				logEvents.webhookTokenUnreadable(logger, { reason: error instanceof Error ? error.message : String(error) });
			}
		},
		metrics: () => webhooks.metrics(),
		close: () => webhooks.close(),
	};
}

interface Inbox {
	readonly address: string;
	readonly database: Database;
	readonly metrics: WebhookMetrics;
}

/**
 * Takes the webhooks of many databases on one address: each has a path of its own, and by it they are told apart.
 * Whoever serves a database, its webhooks may come to any process.
 */
class WebhooksOfMany {
	readonly #receiver: WebhookReceiver;
	readonly #logger: Logger;
	readonly #inboxes = new Map<string, Inbox>();

	constructor(address: HttpAddress, logger: Logger) {
		this.#receiver = new WebhookReceiver({ ...address, doors: [], logger });
		this.#logger = logger;
	}

	/** @throws ConfigurationError when no entry has a path, OutboxError when it cannot listen */
	async open(entries: readonly DatabaseEntry[]): Promise<void> {
		const doors = await this.#doorsOf(entries);
		if (doors.length === 0) {
			const message = "expected a webhook_token in an entry of REWARD_OUTBOX_DATABASES_FILE: none has one";
			throw new ConfigurationError([{ variable: "REWARD_OUTBOX_WEBHOOK_ADDR", message }]);
		}
		this.#receiver.replaceDoors(doors);
		await startServer(() => this.#receiver.listen(), "REWARD_OUTBOX_WEBHOOK_ADDR");
	}

	/** Other entries from now on. */
	async follow(entries: readonly DatabaseEntry[]): Promise<void> {
		const changed = this.#receiver.replaceDoors(await this.#doorsOf(entries));
		logEvents.webhookTokenReloaded(this.#logger, { changed });
		const wanted = new Map(entries.map((entry) => [entry.name, entry]));
		for (const [name, { database }] of this.#inboxes) {
			const entry = wanted.get(name);
			if (entry !== undefined && entry.webhookToken !== null) continue;
			this.#inboxes.delete(name);
			await database.end();
		}
	}

	/** Prometheus text of each. */
	metrics(): Promise<string[]> {
		return Promise.all([...this.#inboxes.values()].map(({ metrics }) => metrics.text()));
	}

	async close(): Promise<void> {
		await this.#receiver.close();
		await Promise.all([...this.#inboxes.values()].map(({ database }) => database.end()));
	}

	async #doorsOf(entries: readonly DatabaseEntry[]): Promise<WebhookDoor<WebhookInbox>[]> {
		const doors: WebhookDoor<WebhookInbox>[] = [];
		for (const entry of entries) {
			const token = await loadEntryWebhookToken(entry);
			if (token !== null) doors.push({ token, leadsTo: this.#inboxOf(entry) });
		}
		return doors;
	}

	#inboxOf(entry: DatabaseEntry): WebhookInbox {
		const { database, metrics } = this.#opened(entry);
		return {
			record: (body) => receiveWebhook(database, body),
			observer: metrics.observer,
			logger: withFields(this.#logger, { database: entry.name }),
		};
	}

	/** Connects when something comes. */
	#opened({ name, databaseUrl }: DatabaseEntry): Inbox {
		const address = textOf(databaseUrl);
		const known = this.#inboxes.get(name);
		if (known?.address === address) return known;
		void known?.database.end();
		const inbox = {
			address,
			database: openReceiptsDatabase(databaseUrl),
			metrics: known?.metrics ?? createWebhookMetrics(name),
		};
		this.#inboxes.set(name, inbox);
		return inbox;
	}
}
