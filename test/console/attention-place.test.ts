import { expect, test } from "vitest";
import { placeOf } from "../../src/console/app/pages/overview/attention-place.ts";
import { ATTENTION_CODES } from "../../src/event/attention-entry.ts";

test("what needs a person leads to where something is done about it, but for what is done at the relay or the database", () => {
	const elsewhere = ATTENTION_CODES.filter((code) => placeOf({ code, subject: null }) === null);
	expect(elsewhere).toEqual(["not_adopted", "no_relay", "relay_paused", "deaf_listener"]);
	expect(placeOf({ code: "trigger_held_back", subject: "a b" })).toEqual(["/triggers?find=a+b", "Go to the trigger"]);
	expect(placeOf({ code: "unknown_triggers", subject: null })).toEqual(["/triggers", "Show the triggers"]);
	expect(placeOf({ code: "of a newer server", subject: null })).toBeNull();
});
