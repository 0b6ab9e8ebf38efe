import { expect, test } from "vitest";
import { startCli } from "../cli/run-cli.ts";
import { relayDatabase, untilAll } from "../relay/running.ts";
import { insert } from "../store/events.ts";
import { checkOut, previousVersion } from "../support/previous-version.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { API_KEY, RelayProcess, SHORT_TIMES } from "./relay-process.ts";

const previous = previousVersion();

test.skipIf(previous === null)(
	"the previous version's relay delivers from a database with this version's functions",
	async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		await using code = await checkOut(previous as string);
		// As a later version would leave them: another text of the functions is on record.
		await database.query(
			"UPDATE reward_outbox.migrations SET checksum = repeat('0', 64), version = '999.0.0' WHERE name = 'functions'",
		);
		await insert(database, {}, 20);
		const env = {
			DATABASE_URL: database.url,
			REWARD_API_URL: reward.url,
			REWARD_API_KEY: API_KEY,
			REWARD_OUTBOX_HTTP_ADDR: "127.0.0.1:0",
			...SHORT_TIMES,
		};
		await using relay = new RelayProcess(startCli(["relay"], env, code.program));
		await untilAll(database, { delivered: 20 });
		expect(reward.applied).toHaveLength(20);
		expect((await relay.end("SIGTERM")).code).toBe(0);
	},
);
