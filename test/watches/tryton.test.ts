import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { runCli } from "../cli/run-cli.ts";
import { useTestDatabase } from "../support/file-database.ts";

const database = useTestDatabase();
const query = (text: string) => database.current.query(text);

/** The part of Tryton's table that matters, as Tryton 6.0 makes it. */
const SALE_SALE = `
CREATE TABLE public.sale_sale (
  id serial PRIMARY KEY CHECK (id >= 0), party integer NOT NULL, state varchar NOT NULL, number varchar, sale_date date,
  create_uid integer, create_date timestamp(6), write_uid integer, write_date timestamp(6),
  tax_amount_cache numeric, total_amount_cache numeric, untaxed_amount_cache numeric);
CREATE TABLE public.party_party (id serial PRIMARY KEY, code varchar)`;

const PAGE = (await readFile(join(import.meta.dirname, "../../docs/legacy.md"), "utf8")).split(
	"## A real application: Tryton",
)[1] as string;

function block(language: string): string {
	const found = new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "s").exec(PAGE);
	return found?.[1] ?? "";
}

/** What Tryton's server sends, as the page has it from its log, for a sale of this number. */
async function confirm(id: number): Promise<void> {
	const statements = block("sql")
		.split(";\n")
		.filter((text) => text.trim() !== "");
	expect(statements).toHaveLength(4);
	// One transaction, as there.
	await query(statements.map((text) => text.replace('"id" IN (1)', `"id" IN (${id})`)).join(";\n"));
}

/** The page's command as a shell splits it. */
function rule(): string[] {
	const text = block("sh").replaceAll("\\\n", " ");
	return [...text.matchAll(/"([^"]*)"|(\S+)/gs)].map((match) => match[1] ?? (match[2] as string)).slice(1);
}

const events = async () =>
	(await query("SELECT user_id, payload::text, idempotency_key FROM reward_outbox.events ORDER BY created_at")).rows;
const insert = (id: number) =>
	query(
		`INSERT INTO "sale_sale" AS "a" ("create_uid", "create_date", "party", "state") VALUES (1, CURRENT_TIMESTAMP, ${id + 1}, 'draft')`,
	);

beforeAll(() => query(SALE_SALE));

test("a confirmed sale of Tryton is an event with its total, once, and those of before come by a backfill", {
	timeout: 60_000,
}, async () => {
	await insert(1);
	await confirm(1);
	expect(await runCli(rule(), { DATABASE_URL: database.current.url })).toMatchObject({ code: 0 });
	await insert(2);
	await confirm(2);
	expect(await events()).toEqual([
		{ user_id: "party-3", payload: '{"value": 19.90}', idempotency_key: "sale-2-confirmed" },
	]);
	await query(`UPDATE "sale_sale" AS "a" SET "state" = 'draft' WHERE (("a"."id" IN (2)))`);
	await confirm(2);
	await query(`UPDATE "sale_sale" AS "a" SET "state" = 'processing' WHERE (("a"."id" IN (2)))`);
	expect(await events()).toHaveLength(1);
	const asked = ["watches", "backfill", "sale_confirmed", "--since", "30d", "--column", "create_date", "--yes"];
	expect((await runCli(asked, { DATABASE_URL: database.current.url })).stdout).toContain(
		"2 rows: 1 became events, 1 were already",
	);
	expect(await events()).toContainEqual({
		user_id: "party-2",
		payload: '{"value": 19.90}',
		idempotency_key: "sale-1-confirmed",
	});
	expect((await query("SELECT FROM reward_outbox.watch_errors")).rowCount).toBe(0);
});
