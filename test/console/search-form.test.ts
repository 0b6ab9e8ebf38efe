import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EventRow } from "../../src/api/schema/events.ts";
import { draftOf, filterInWords, filterOf, readDraft } from "../../src/console/app/pages/events/filter.ts";
import { gapsByRow, MOST_ROWS, mergeRows } from "../../src/console/app/pages/events/merge-rows.ts";
import { metadataAsTyped, readMetadata } from "../../src/console/app/pages/events/metadata.ts";

describe("metadata as it is typed", () => {
	test.for([
		["order_id=4711", '{"order_id":4711}'],
		['order_id="4711"', '{"order_id":"4711"}'],
		["order_id=12345678901234567890 rate=1.10", '{"order_id":12345678901234567890,"rate":1.10}'],
		['shop="Berlin Mitte", paid=true', '{"shop":"Berlin Mitte","paid":true}'],
		["code=007", '{"code":"007"}'],
		['{"a": {"b": [1, 2]}}', '{"a":{"b":[1,2]}}'],
	])("%s is %s", ([typed, json]) => {
		expect(readMetadata(typed as string)).toEqual({ json });
	});

	test.for(["order_id", "a=1 b", "={}", '{"a": }'])("%s is refused with what is wrong", (typed) => {
		expect(readMetadata(typed)).toEqual({ problem: expect.any(String) });
	});

	test("what an address holds is shown so that it means the same when it is sent again", () => {
		const key = fc.stringMatching(/^[\w.-]{1,12}$/).filter((name) => name !== "__proto__");
		const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.integer()));
		fc.assert(
			fc.property(fc.dictionary(key, value, { minKeys: 1 }), (metadata) => {
				const json = JSON.stringify(metadata);
				const read = readMetadata(metadataAsTyped(json));
				expect(read !== null && "json" in read && JSON.parse(read.json)).toEqual(JSON.parse(json));
			}),
		);
	});
});

describe("the filter", () => {
	const typed = (fields: Partial<ReturnType<typeof draftOf>>) => readDraft({ ...draftOf({}), ...fields });

	test("keeps ids as they are typed, blanks included", () => {
		expect(typed({ user: " user 1 " }).query.user).toBe(" user 1 ");
	});

	test.for([
		["2h", "2h"],
		["30 min", "30m"],
		["2026-03-01T10:00Z", "2026-03-01T10:00Z"],
		["2026-03-01 10:00", new Date("2026-03-01T10:00").toISOString()],
		["2026-03-01", new Date("2026-03-01T00:00").toISOString()],
	])("takes the time %s as %s: without a zone it is the viewer's", ([text, meant]) => {
		expect(typed({ since: text as string }).query.since).toBe(meant);
	});

	test.for(["yesterday", "2026-02-30", "2026-13-01", "2 fortnights"])("refuses the time %s", (text) => {
		expect(typed({ until: text }).problems.until).toMatch(/write 2h/);
	});

	test("says in words what it lets through", () => {
		expect(filterInWords({})).toBe("all events");
		expect(filterInWords(filterOf({ status: "dead", user: "u", cursor: "x" }))).toBe("status dead, user u");
	});
});

describe("the rows of the live tail", () => {
	const row = (id: number, status = "pending") => ({ id: String(id), status }) as EventRow;
	const ids = (rows: readonly EventRow[]) => rows.map(({ id }) => Number(id));
	const gap = (above: number) => ({ above: String(above), since: "", until: "" });

	test("new ones are put in their order, known ones are replaced where they stand", () => {
		const merged = mergeRows([row(4), row(1)], [row(5), row(3), row(1, "delivered")]);
		expect(ids(merged)).toEqual([5, 4, 3, 1]);
		expect(merged[3]?.status).toBe("delivered");
	});

	test("a gap stands above the newest row that was there before it, or below all", () => {
		const rows = [row(9), row(5), row(4)];
		expect(gapsByRow(rows, [gap(5), gap(2)])).toEqual(
			new Map([
				["5", [gap(5)]],
				["", [gap(2)]],
			]),
		);
	});

	test("are bounded", () => {
		const rows = Array.from({ length: 400 }, (_, index) => row(1000 + index));
		expect(mergeRows(rows, [row(2000)])).toHaveLength(MOST_ROWS);
	});
});
