import type { DatabaseConfig, WebhookConfig } from "../config.ts";
import type { Logger } from "../log.ts";
import type { WebhookObserver } from "../webhook/receiver.ts";

/** A receiver of webhooks that is served by a command. */
export interface ServedWebhooks {
	/** Reads the token again; when that fails, the old one stays. */
	reloadToken(): Promise<void>;
	/** Whether the database answers, so that webhooks can be kept. */
	isReady(): Promise<boolean>;
	close(): Promise<void>;
}

/** Null: no address is set for it. @throws OutboxError when it cannot listen */
export async function serveWebhooks(
	config: DatabaseConfig & WebhookConfig,
	token: string | null,
	logger: Logger,
	observer: WebhookObserver = () => {},
): Promise<ServedWebhooks | null> {
	if (config.webhookAddress === undefined || token === null) return null;
	const [{ WebhookReceiver }, { answers, openReceiptsDatabase, receiveWebhook }, { startServer }] = await Promise.all([
		import("../webhook/receiver.ts"),
		import("../store/receipts/receive.ts"),
		import("./http.ts"),
	]);
	const database = openReceiptsDatabase(config.databaseUrl);
	const record = (body: Uint8Array) => receiveWebhook(database, body);
	const door = (of: string) => [{ token: of, leadsTo: { record, observer, logger } }];
	const receiver = new WebhookReceiver({ ...config.webhookAddress, doors: door(token), logger });
	await startServer(() => receiver.listen(), "REWARD_OUTBOX_WEBHOOK_ADDR");
	return {
		reloadToken: () => reloadToken(config, (of) => receiver.replaceDoors(door(of)), logger),
		isReady: () => answers(database),
		close: async () => {
			await receiver.close();
			await database.end();
		},
	};
}

async function reloadToken(config: WebhookConfig, replace: (token: string) => boolean, logger: Logger): Promise<void> {
	const [{ loadWebhookToken }, { logEvents }] = await Promise.all([
		import("../config/secret-file.ts"),
		import("../log.ts"),
	]);
	try {
		const token = await loadWebhookToken(config);
		if (token !== null) logEvents.webhookTokenReloaded(logger, { changed: replace(token) });
	} catch (error) {
		logEvents.webhookTokenUnreadable(logger, { reason: error instanceof Error ? error.message : String(error) });
	}
}
