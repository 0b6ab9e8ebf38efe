import fc from "fast-check";
import pg from "pg";
import { expect, test } from "vitest";
import { useTestDatabase } from "../support/file-database.ts";
import { from as copyFrom } from "./copy.ts";
import { watch } from "./rules.ts";

const database = useTestDatabase();

type Write =
	| { readonly kind: "insert" | "upsert" | "copy"; readonly rows: readonly (readonly [number, number, string])[] }
	| {
			readonly kind: "update";
			readonly low: number;
			readonly high: number;
			readonly shift: number;
			readonly word: string;
	  }
	| { readonly kind: "delete"; readonly low: number; readonly high: number }
	| { readonly kind: "swap" };

const id = fc.integer({ min: 1, max: 8 });
const word = fc.constantFrom("new", "paid", "sent");
const rows = fc.array(fc.tuple(id, fc.integer({ min: 0, max: 3 }), word), { minLength: 1, maxLength: 6 });
const write: fc.Arbitrary<Write> = fc.oneof(
	fc.record({ kind: fc.constantFrom("insert" as const, "upsert" as const, "copy" as const), rows }),
	fc.record({ kind: fc.constant("update" as const), low: id, high: id, shift: fc.integer({ min: -1, max: 1 }), word }),
	fc.record({ kind: fc.constant("delete" as const), low: id, high: id }),
	fc.constant({ kind: "swap" as const }),
);

// A third of the rows cannot be captured: divided by zero.
const CONDITION = "TG_OP = 'DELETE' OR NEW.word = 'paid' OR OLD.word = 'paid'";
const PAYLOAD =
	"jsonb_build_object('op', TG_OP, 'new', NEW.id, 'old', OLD.id, 'words', concat_ws('>', OLD.word, NEW.word), 'x', 12 / coalesce(NEW.n, OLD.n))";

const SETUP = `
DROP TABLE IF EXISTS written; TRUNCATE reward_outbox.outbox, reward_outbox.watch_errors; DROP TABLE IF EXISTS reference;
CREATE TABLE written (id int, n int, word text, CONSTRAINT written_key PRIMARY KEY (id) DEFERRABLE INITIALLY DEFERRED);
CREATE UNIQUE INDEX written_id ON written (id, n, word);
CREATE TABLE reference (seq int GENERATED ALWAYS AS IDENTITY, payload jsonb, failed text);
CREATE OR REPLACE FUNCTION refer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF ${CONDITION} THEN
    INSERT INTO reference (payload) VALUES (${PAYLOAD});
  END IF;
  RETURN NULL;
EXCEPTION WHEN division_by_zero THEN
  INSERT INTO reference (failed) VALUES (TG_OP || coalesce(NEW.id, OLD.id));
  RETURN NULL;
END $$;
CREATE TRIGGER refer AFTER INSERT OR UPDATE OR DELETE ON written FOR EACH ROW EXECUTE FUNCTION refer()`;

test.each([
	["statement paired", PAYLOAD],
	["row paired", `${PAYLOAD} || jsonb_build_object('whole', to_jsonb(NEW))`],
])(
	"whatever is written, capture by %s triggers is what one row by row would be",
	{ timeout: 120_000 },
	async (shape, payload) => {
		const client = new pg.Client(database.current.url);
		await client.connect();
		try {
			await fc.assert(
				fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 12 }), async (writes) => {
					await client.query(SETUP.replaceAll(PAYLOAD, payload));
					await watch(client, {
						name: "all",
						table_name: "written",
						operations: "{INSERT,UPDATE,DELETE}",
						condition: CONDITION,
						trigger_id: "t",
						user_id: "coalesce(NEW.id, OLD.id)::text",
						payload,
					});
					const rule = await client.query("SELECT shape FROM reward_outbox.watch_rules WHERE name = 'all'");
					expect(rule.rows).toEqual([{ shape }]);
					// What a constraint refuses is a statement that never was; anything else would be our fault.
					for (const one of writes)
						await perform(client, one).catch((error: pg.DatabaseError) =>
							expect(["23505", "21000"]).toContain(error.code),
						);
					const events = await client.query("SELECT payload FROM reward_outbox.outbox ORDER BY payload::text");
					const expected = await client.query(
						"SELECT payload FROM reference WHERE payload IS NOT NULL ORDER BY payload::text",
					);
					expect(events.rows).toEqual(expected.rows);
					const failures = await client.query(
						"SELECT operation || (key ->> 'id') AS failed FROM reward_outbox.watch_errors ORDER BY 1",
					);
					const failed = await client.query("SELECT failed FROM reference WHERE failed IS NOT NULL ORDER BY 1");
					expect(failures.rows).toEqual(failed.rows);
				}),
				{ numRuns: 60 },
			);
		} finally {
			await client.end();
		}
	},
);

async function perform(client: pg.Client, write: Write): Promise<void> {
	switch (write.kind) {
		case "insert":
		case "upsert": {
			const values = write.rows.map(([key, n, text]) => `(${key}, ${n}, '${text}')`).join(", ");
			const conflict =
				write.kind === "upsert" ? "ON CONFLICT (id, n, word) DO UPDATE SET word = 'paid', n = written.n + 1" : "";
			return void (await client.query(`INSERT INTO written VALUES ${values} ${conflict}`));
		}
		case "copy":
			return copyFrom(client, "COPY written FROM STDIN", write.rows.map((row) => `${row.join("\t")}\n`).join(""));
		case "update":
			return void (await client.query("UPDATE written SET id = id + $3, word = $4 WHERE id BETWEEN $1 AND $2", [
				write.low,
				write.high,
				write.shift,
				write.word,
			]));
		case "delete":
			return void (await client.query("DELETE FROM written WHERE id BETWEEN $1 AND $2", [write.low, write.high]));
		case "swap":
			return void (await client.query(
				"UPDATE written SET id = 9 - id, word = CASE word WHEN 'new' THEN 'paid' ELSE 'new' END",
			));
	}
}
