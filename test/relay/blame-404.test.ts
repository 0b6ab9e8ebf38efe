import fc from "fast-check";
import { expect, test } from "vitest";
import { Blame404 } from "../../src/relay/blame-404.ts";

test("a neighbour accepted since puts the blame on the event", () => {
	expect(new Blame404().judge("t", "u", true)).toBe("event");
});

test("three different users refused and none accepted put it on the trigger", () => {
	const blame = new Blame404();
	expect(["u1", "u2", "u3", "u4"].map((user) => blame.judge("t", user, false))).toEqual([
		"unknown",
		"unknown",
		"trigger",
		"trigger",
	]);
});

test("the same user again and again says nothing about the trigger", () => {
	const blame = new Blame404();
	for (let n = 0; n < 100; n++) expect(blame.judge("t", "u1", false)).toBe("unknown");
});

test("an acceptance clears the trigger, and only that trigger", () => {
	const blame = new Blame404();
	for (const trigger of ["t", "other"]) for (const user of ["u1", "u2"]) blame.judge(trigger, user, false);
	blame.accepted("t");
	expect(blame.judge("t", "u3", false)).toBe("unknown");
	expect(blame.judge("other", "u3", false)).toBe("trigger");
});

test("memory is bounded: with more triggers than it remembers, it forgets rather than accuses", () => {
	const blame = new Blame404();
	for (let n = 0; n < 5_000; n++) expect(blame.judge(`t${n}`, "u1", false)).toBe("unknown");
	expect(blame.judge("t0", "u2", false)).toBe("unknown");
});

test("whatever was refused before, a trigger is never blamed for fewer than three users since its last acceptance", () => {
	const step = fc.record({
		trigger: fc.constantFrom("a", "b"),
		user: fc.integer({ min: 0, max: 4 }).map(String),
		accepted: fc.boolean(),
	});
	fc.assert(
		fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
			const blame = new Blame404();
			const users = new Map([
				["a", new Set<string>()],
				["b", new Set<string>()],
			]);
			for (const { trigger, user, accepted } of steps) {
				const refused = users.get(trigger) as Set<string>;
				if (accepted) {
					blame.accepted(trigger);
					refused.clear();
				} else {
					refused.add(user);
					expect(blame.judge(trigger, user, false)).toBe(refused.size >= 3 ? "trigger" : "unknown");
				}
			}
		}),
	);
});
