import { describe, expect, test } from "vitest";
import {
	attributeDoubt,
	attributeUnexplained,
	type EarlierAttempt,
	isDoubtful,
	isHopelessDoubt,
	isLastingDoubt,
} from "../../src/event/attribution.ts";
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
		expect(isLastingDoubt({ ...page, isWhole: false, httpStatus: null, errorCode: "malformed_response" })).toBe(false);
		expect(isLastingDoubt({ ...page, isWhole: false })).toBe(false);
		expect(isLastingDoubt({ ...page, httpStatus: null })).toBe(false);
	});
});

describe("an answer, whatever it is", () => {
	test.each([
		[200, "UND_ERR_SOCKET", true],
		[200, "deadline", true],
		[102, "deadline", true],
		[null, "malformed_response", true],
		[null, "UND_ERR_HEADERS_OVERFLOW", true],
		[null, "deadline", false],
		[null, "ECONNRESET", false],
		[null, "lease_expired", false],
		[500, "UND_ERR_SOCKET", false],
		[408, "http_408", false],
	])("HTTP %s, %s: %s", (httpStatus, errorCode, expected) => {
		expect(isDoubtful({ httpStatus, errorCode })).toBe(expected);
	});
});

describe("asking again finds out nothing more", () => {
	const cut = earlier({ errorCode: "UND_ERR_SOCKET" });
	const reset = earlier({ httpStatus: null, errorCode: "ECONNRESET" });
	const other = earlier({ httpStatus: 202 });
	const refused = earlier({ outcome: "refused" });
	test.each<[string, EarlierAttempt[], boolean]>([
		["the same twice before", [earlier(), earlier()], true],
		["once before", [earlier()], false],
		["never before", [], false],
		["something else before that", [earlier(), earlier(), other], true],
		["refused twice with the same words", [refused, refused], false],
		["refused again and again, which leaves nothing open", [refused, refused, refused, refused], false],
		["another status in between", [earlier({ httpStatus: 302 }), earlier()], false],
		["another code the first time", [earlier(), earlier({ errorCode: "contradictory_response" })], false],
		["not sent in between", [earlier({ outcome: "not_sent", httpStatus: null }), earlier()], false],
		["two kinds by turns, three before", [other, earlier(), other], false],
		["two kinds by turns, four before", [other, earlier(), other, earlier()], true],
		["four of any kind, with the network failing in between", [cut, reset, other, reset, cut, cut], true],
		["however often the network fails", [reset, reset, reset, reset, reset, reset], false],
	])("%s", (_, before, expected) => {
		expect(isHopelessDoubt(page, before)).toBe(expected);
	});

	test("a cut answer is not the same again: the fifth of them tells", () => {
		const now = { ...page, isWhole: false, errorCode: "UND_ERR_SOCKET" };
		expect(isHopelessDoubt(now, [cut, cut])).toBe(false);
		expect(isHopelessDoubt(now, [cut, cut, cut, cut])).toBe(true);
	});

	test("nor does what is no answer, after however many of them", () => {
		expect(isHopelessDoubt({ ...page, httpStatus: null, errorCode: "deadline" }, [cut, cut, cut, cut])).toBe(false);
	});

	test.each<[string, EarlierAttempt[], number | null, string]>([
		["others were accepted since: the event", [earlier()], 999, "event"],
		["none was, since: the trigger", [earlier()], 1_000, "trigger"],
		["none ever was: the trigger", [earlier()], null, "trigger"],
		["it was asked once only: the trigger", [], 10, "trigger"],
	])("%s", (_, before, acceptedMsAgo, expected) => {
		expect(attributeDoubt(before, acceptedMsAgo)).toBe(expected);
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
