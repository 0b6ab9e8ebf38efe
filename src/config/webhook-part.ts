import type { EnvironmentReader } from "./environment.ts";
import { reportBothSet } from "./http-part.ts";
import { SETTINGS } from "./settings.ts";
import type { HttpAddress } from "./value.ts";

export interface WebhookConfig {
	/** Where Reward's webhooks arrive; left out: they are not received. */
	readonly webhookAddress?: HttpAddress;
	/** The end of their path. A secret: whoever knows it can make up receipts. */
	readonly webhookToken?: string;
	/** A file that holds it; see `loadWebhookToken`. */
	readonly webhookTokenFile?: string;
	/** How the address is reached from outside. */
	readonly webhookPublicUrl?: URL;
}

/** Where Reward's webhooks arrive, and by which path. */
export function webhookPart(reader: EnvironmentReader): WebhookConfig {
	const webhookAddress = reader.read(SETTINGS.webhookAddress);
	const webhookToken = reader.read(SETTINGS.webhookToken);
	const webhookTokenFile = reader.read(SETTINGS.webhookTokenFile);
	const webhookPublicUrl = reader.read(SETTINGS.webhookPublicUrl);
	reportBothSet(reader, SETTINGS.webhookToken, SETTINGS.webhookTokenFile);
	// Of many databases each has its own.
	if (
		reader.has(SETTINGS.webhookAddress) &&
		!reader.has(SETTINGS.databasesFile) &&
		![SETTINGS.webhookToken, SETTINGS.webhookTokenFile].some(reader.has, reader)
	) {
		const make = `openssl rand -hex 16 makes one; ${SETTINGS.webhookTokenFile.variable} may name a file with it`;
		reader.report(SETTINGS.webhookToken, `missing; ${SETTINGS.webhookAddress.variable} needs it (${make})`);
	}
	return {
		...(webhookAddress === undefined ? {} : { webhookAddress }),
		...(webhookToken === undefined ? {} : { webhookToken }),
		...(webhookTokenFile === undefined ? {} : { webhookTokenFile }),
		...(webhookPublicUrl === undefined ? {} : { webhookPublicUrl }),
	};
}
