import { text } from "./setting.ts";
import { parseFilePath, parseHttpAddress, parsePublicOrigin, parseWebhookToken } from "./value.ts";

/** What the receiver of Reward's webhooks goes by. */
export const WEBHOOK_SETTINGS = {
	webhookAddress: text({
		variable: "REWARD_OUTBOX_WEBHOOK_ADDR",
		meaning: "where Reward's webhooks arrive: docs/receipts.md",
		shownDefault: "none: off",
		parse: parseHttpAddress,
	}),
	webhookToken: text({
		variable: "REWARD_OUTBOX_WEBHOOK_TOKEN",
		meaning: "the secret end of their path, /webhooks/reward/<token>",
		shownDefault: "required by that address, or the file",
		parse: parseWebhookToken,
		isSecret: true,
	}),
	webhookTokenFile: text({
		variable: "REWARD_OUTBOX_WEBHOOK_TOKEN_FILE",
		meaning: "a file with that token; read again on SIGHUP",
		shownDefault: "none",
		parse: parseFilePath,
		// A secret is easily pasted here.
		isSecret: true,
	}),
	webhookPublicUrl: text({
		variable: "REWARD_OUTBOX_WEBHOOK_PUBLIC_URL",
		meaning: "how that address is reached from outside, without the path: doctor sends itself a webhook there",
		shownDefault: "none",
		parse: parsePublicOrigin,
	}),
} as const;
