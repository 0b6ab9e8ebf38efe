import {
	createReplicationSemaphoreConcurrencyController,
	getDisabledLogger,
	initializeReplicationMessageListener,
} from "pg-transactional-outbox";
import { database, handler, listener, parallel, settings } from "./pgto-settings.ts";

const [shutdown] = initializeReplicationMessageListener(
	{ ...listener, settings: { ...settings, dbPublication: "bench_publication", dbReplicationSlot: database.database } },
	handler,
	getDisabledLogger(),
	{ concurrencyStrategy: createReplicationSemaphoreConcurrencyController(parallel) },
);
process.on("SIGTERM", () => void shutdown().finally(() => process.exit()));
