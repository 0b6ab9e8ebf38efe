import { fileWith, text } from "./setting.ts";
import { parseFilePath, parseWebhookUrl } from "./value.ts";

const anchorWebhookUrl = text({
	variable: "REWARD_OUTBOX_ANCHOR_WEBHOOK_URL",
	option: "anchorWebhookUrl",
	meaning: "is told them too (POST), signed as alerts are",
	shownDefault: "none: the log only",
	parse: parseWebhookUrl,
	isSecret: true,
});

/** Where the last hashes of the record are told, besides the log. */
export const ANCHOR_SETTINGS = {
	anchorFile: text({
		variable: "REWARD_OUTBOX_ANCHOR_FILE",
		option: "anchorFile",
		meaning: "a file to which the last hashes of the record are appended, a JSON line a minute at most: docs/audit.md",
		shownDefault: "none: the log only",
		parse: parseFilePath,
	}),
	anchorWebhookUrl,
	anchorWebhookUrlFile: fileWith(anchorWebhookUrl),
} as const;
