import { expect, test } from "vitest";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { accept, claimAll } from "../store/events.ts";
import { createBlankDatabase } from "../support/blank-database.ts";
import { exported, verdictOf } from "./records.ts";

test.each([
	["LATIN1", "convert_to('\u00e4', 'LATIN1')", "\u00e4"],
	["WIN1252", "'\\x81'", "\\x81"],
	["SQL_ASCII", "'\\xe4'", "\\xe4"],
	["EUC_JP", "'\\xf5a1'", "\\xf5a1"],
])(
	"in %s, what has no character in UTF-8 is digested as it is shown",
	{ timeout: 60_000 },
	async (encoding, bytes, shown) => {
		await using database = await createBlankDatabase({ encoding });
		await migrateToLatest(database.url);
		await database.query(
			`INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload, metadata, idempotency_key)
		 SELECT 'payment', 'u', '{"value": 1.10}', jsonb_build_object('name', t.text), t.text
		 FROM (SELECT convert_from(${bytes}, '${encoding}') AS text) t`,
		);
		await accept(database, await claimAll(database), undefined, 1);
		const lines = await exported(database);
		expect(JSON.parse(lines.find((line) => line.includes('"attempt"')) as string)).toMatchObject({
			idempotency_key: shown,
		});
		expect(verdictOf(lines)).toMatchObject({ ok: true, attempts: 1 });
	},
);
