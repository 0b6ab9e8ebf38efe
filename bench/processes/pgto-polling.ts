import { getDisabledLogger, initializePollingMessageListener } from "pg-transactional-outbox";
import { handler, listener, parallel, settings } from "./pgto-settings.ts";

const [shutdown] = initializePollingMessageListener(
	{
		...listener,
		settings: {
			...settings,
			nextMessagesFunctionName: "next_outbox_messages",
			nextMessagesBatchSize: parallel,
			nextMessagesPollingIntervalInMs: 25,
			// Its handlers now and then find their row locked by the next look, and wait for this time to try again.
			nextMessagesLockInMs: 1_000,
		},
	},
	handler,
	getDisabledLogger(),
	// The default takes one message at a time for the first `batch size` looks.
	{ batchSizeStrategy: async () => parallel },
);
process.on("SIGTERM", () => void shutdown().finally(() => process.exit()));
