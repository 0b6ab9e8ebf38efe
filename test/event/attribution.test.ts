import { describe, expect, test } from "vitest";
import { attributeUnexplained, type EarlierAttempt, isLastingDoubt, isSameAgain } from "../../src/event/attribution.ts";
import { ambiguous } from "./outcomes.ts";

function earlier(fields: Partial<EarlierAttempt> = {}): EarlierAttempt {
	return {
		attempt: 1,
		outcome: "ambiguous",
		httpStatus: 200,
		errorCode: "unexpected_body",
		endedMsAgo: 1_000,
		...fields,
	};
}

const page = { ...ambiguous(), httpStatus: 200, errorCode: "unexpected_body" };

describe("an answer that will leave it open the next time too", () => {
	test.each([200, 201, 207, 301, 307, 402, 405, 414, 426, 451, 600, 999])("%i", (httpStatus) => {
		expect(isLastingDoubt({ ...page, httpStatus })).toBe(true);
	});
	test.each([408, 500, 502, 503, 504, 520, 599])("not %i, which says that waiting helps", (httpStatus) => {
		expect(isLastingDoubt({ ...page, httpStatus })).toBe(false);
	});
	test.each([
		["response_too_large", 200],
		["unsolicited_bytes", 200],
		["UND_ERR_HEADERS_OVERFLOW", null],
	])("%s, of which the rest was not read", (errorCode, httpStatus) => {
		expect(isLastingDoubt({ ...page, isWhole: false, httpStatus, errorCode })).toBe(true);
	});
	test("not a 503 whose page is too large: waiting helps", () => {
		expect(isLastingDoubt({ ...page, isWhole: false, httpStatus: 503, errorCode: "response_too_large" })).toBe(false);
	});
	test("not one that was cut off, nor none at all", () => {
		expect(isLastingDoubt({ ...page, isWhole: false })).toBe(false);
		expect(isLastingDoubt({ ...page, httpStatus: null })).toBe(false);
	});
});

describe("the same answer again", () => {
	test.each<[string, EarlierAttempt[], boolean]>([
		["twice before", [earlier(), earlier()], true],
		["once before", [earlier()], false],
		["never before", [], false],
		["another status in between", [earlier({ httpStatus: 302 }), earlier()], false],
		["another code the first time", [earlier(), earlier({ errorCode: "contradictory_response" })], false],
		["not sent in between", [earlier({ outcome: "not_sent", httpStatus: null }), earlier()], false],
	])("%s", (_, before, expected) => {
		expect(isSameAgain(page, before)).toBe(expected);
	});
});

describe("a 401 or 403 without a word", () => {
	const refused = earlier({ outcome: "refused", httpStatus: 403, errorCode: "http_403", endedMsAgo: 1_000 });
	test.each<[string, EarlierAttempt[], number | null, string]>([
		["the first refusal says nothing", [], 10, "unknown"],
		["another was accepted since the last refusal: the row", [refused], 999, "event"],
		["the last accepted one was sent before that", [refused], 1_000, "unknown"],
		["none was ever accepted", [refused], null, "unknown"],
		["it was not refused before but ambiguous", [earlier()], 10, "unknown"],
		["it was refused before, but told to slow down", [{ ...refused, httpStatus: 429 }], 10, "unknown"],
		["401 before", [{ ...refused, httpStatus: 401 }], 10, "event"],
	])("%s", (_, before, acceptedMsAgo, expected) => {
		expect(attributeUnexplained(before, acceptedMsAgo)).toBe(expected);
	});
});
