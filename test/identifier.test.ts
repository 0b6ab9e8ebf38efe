import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InvalidEventError } from "../src/client/errors.ts";
import { checkIdentifier, checkKey } from "../src/client/identifier.ts";
import { isIdentifier, isKey, MOST_BYTES } from "../src/identifier.ts";
import { eventPath } from "../src/reward/path.ts";
import { createTestDatabase, type TestDatabase } from "./support/database.ts";

const MIGRATIONS = join(import.meta.dirname, "../migrations");

const TEXTS: readonly string[] = [
	"",
	".",
	"..",
	"...",
	"a",
	" a ",
	"../x",
	"a\tb",
	"a\u0080b",
	"\u007f",
	"a".repeat(MOST_BYTES),
	"a".repeat(MOST_BYTES + 1),
	"é".repeat(MOST_BYTES / 2),
	`${"é".repeat(MOST_BYTES / 2)}a`,
	"😀".repeat(MOST_BYTES / 4),
	"a\0b",
	"\ud800",
];

describe("the rules of ids and keys are the same", () => {
	let database: TestDatabase;
	beforeAll(async () => {
		database = await createTestDatabase();
	});
	afterAll(() => database.drop());

	/** A driver would send the latter as another character. */
	const isSent = (text: string) => !text.includes("\0") && text.isWellFormed();

	async function taken(domain: string, text: string): Promise<boolean> {
		if (!isSent(text)) return false;
		return database.query(`SELECT $1::reward_outbox.${domain}`, [text]).then(
			() => true,
			() => false,
		);
	}

	function passes(check: () => unknown): boolean {
		try {
			check();
			return true;
		} catch (error) {
			expect(error).toBeInstanceOf(InvalidEventError);
			return false;
		}
	}

	test.each(TEXTS.map((text) => [text.length > 20 ? `${text.slice(0, 4)}… (${text.length})` : text, text]))(
		"for %j in the database, in emit(), in the path and wherever ids are typed",
		async (_, text) => {
			expect({
				trigger: await taken("valid_trigger_id", text),
				user: await taken("valid_user_id", text),
				emit: passes(() => checkIdentifier("user", text)),
				path: eventPath("t", text) !== null,
			}).toEqual({
				trigger: isIdentifier(text),
				user: isIdentifier(text),
				emit: isIdentifier(text),
				path: isIdentifier(text),
			});
			expect({
				idempotency: await taken("valid_idempotency_key", text),
				ordering: await taken("valid_ordering_key", text),
				emit: passes(() => checkKey("idempotencyKey", text)),
			}).toEqual({ idempotency: isKey(text), ordering: isKey(text), emit: isKey(text) });
		},
	);

	test("wherever the migrations say how many bytes they have", () => {
		const files = readdirSync(MIGRATIONS, { recursive: true, encoding: "utf8" }).filter((file) =>
			file.endsWith(".sql"),
		);
		const texts = files.map((file) => readFileSync(join(MIGRATIONS, file), "utf8")).join("\n");
		const said = [...texts.matchAll(/octet_length\([^\n]*\) (?:NOT )?BETWEEN 1 AND (\d+)|1 to (\d+) bytes/g)];
		expect(said.length).toBeGreaterThan(10);
		// The other is of a webhook's id, which Reward makes.
		expect(new Set(said.map(([, limit, words]) => Number(limit ?? words)))).toEqual(new Set([MOST_BYTES, 200]));
	});
});
