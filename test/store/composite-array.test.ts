import { expect, test } from "vitest";
import { type CompositeValue, compositeArray } from "../../src/store/composite-array.ts";
import { createTestDatabase } from "../support/database.ts";

/** What is a delimiter, a quote, a blank, or a word to PostgreSQL somewhere in an array of rows. */
const TEXTS = ["", " ", "a b", ",", "(", ")", "{}", '"', '""', "\\", '\\"', "null", "NULL", "\n", "é😀", "-1", "'"];

test.each(["on", "off"])("texts, numbers and nulls arrive as they were, with array_nulls %s", async (arrayNulls) => {
	await using database = await createTestDatabase();
	const session = await database.pool.connect();
	try {
		await session.query("CREATE TYPE pg_temp.pair AS (n integer, t text)");
		await session.query(`SET array_nulls = ${arrayNulls}`);
		const rows: CompositeValue[][] = [[null, null], ...TEXTS.map((text, n) => [n, text])];
		const read = await session.query({
			text: "SELECT r.n, r.t FROM unnest($1::pg_temp.pair[]) r",
			values: [compositeArray(rows)],
			rowMode: "array",
		});
		expect(read.rows).toEqual(rows);
		const none = await session.query("SELECT cardinality($1::pg_temp.pair[]) AS n", [compositeArray([])]);
		expect(none.rows).toEqual([{ n: 0 }]);
	} finally {
		session.release(true);
	}
});
