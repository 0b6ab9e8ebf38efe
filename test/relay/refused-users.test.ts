import fc from "fast-check";
import { expect, test } from "vitest";
import { RefusedUsers } from "../../src/relay/refused-users.ts";

test("a neighbour accepted since puts the blame on the event", () => {
	expect(new RefusedUsers().attribute("t", "u", true)).toBe("event");
});

test("three different users refused and none accepted put it on the trigger", () => {
	const refused = new RefusedUsers();
	expect(["u1", "u2", "u3", "u4"].map((user) => refused.attribute("t", user, false))).toEqual([
		"unknown",
		"unknown",
		"trigger",
		"trigger",
	]);
});

test("the same user again and again says nothing about the trigger", () => {
	const refused = new RefusedUsers();
	for (let n = 0; n < 100; n++) expect(refused.attribute("t", "u1", false)).toBe("unknown");
});

test("an acceptance clears the trigger, and only that trigger", () => {
	const refused = new RefusedUsers();
	for (const trigger of ["t", "other"]) for (const user of ["u1", "u2"]) refused.attribute(trigger, user, false);
	refused.accepted("t");
	expect(refused.attribute("t", "u3", false)).toBe("unknown");
	expect(refused.attribute("other", "u3", false)).toBe("trigger");
});

test("memory is bounded: with more triggers than it remembers, it forgets the oldest rather than accuses", () => {
	const refused = new RefusedUsers();
	for (let n = 0; n < 12_000; n++) expect(refused.attribute(`t${n}`, "u1", false)).toBe("unknown");
	for (const user of ["u2", "u3"]) {
		expect(refused.attribute("t0", user, false)).toBe("unknown");
		expect(refused.attribute("t11999", user, false)).toBe(user === "u2" ? "unknown" : "trigger");
	}
});

test("whatever was refused before, a trigger is never blamed for fewer than three users since its last acceptance", () => {
	const step = fc.record({
		trigger: fc.constantFrom("a", "b"),
		user: fc.integer({ min: 0, max: 4 }).map(String),
		accepted: fc.boolean(),
	});
	fc.assert(
		fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
			const attribution = new RefusedUsers();
			const users = new Map([
				["a", new Set<string>()],
				["b", new Set<string>()],
			]);
			for (const { trigger, user, accepted } of steps) {
				const refused = users.get(trigger) as Set<string>;
				if (accepted) {
					attribution.accepted(trigger);
					refused.clear();
				} else {
					refused.add(user);
					expect(attribution.attribute(trigger, user, false)).toBe(refused.size >= 3 ? "trigger" : "unknown");
				}
			}
		}),
	);
});
