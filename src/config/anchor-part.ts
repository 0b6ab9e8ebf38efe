import type { SettingsReader } from "./reader.ts";
import { SETTINGS } from "./settings.ts";

export interface AnchorConfig {
	/** The last hashes of the record are appended there. */
	readonly anchorFile?: string;
	/** Is told them. A secret. */
	readonly anchorWebhookUrl?: URL;
}

/** Where the last hashes of the record are told. */
export function anchorPart(reader: SettingsReader): AnchorConfig {
	const anchorFile = reader.read(SETTINGS.anchorFile);
	const anchorWebhookUrl = reader.read(SETTINGS.anchorWebhookUrl);
	return {
		...(anchorFile === undefined ? {} : { anchorFile }),
		...(anchorWebhookUrl === undefined ? {} : { anchorWebhookUrl }),
	};
}
