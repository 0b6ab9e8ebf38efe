import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideDatabase, type Evidence, type Identity } from "../../src/event/which-database.ts";

const HERE: Identity = { systemIdentifier: "7", databaseOid: 16384, outboxOid: 16500, timeline: "00000001" };
const ELSEWHERE = { systemIdentifier: "8", databaseOid: 16385, outboxOid: 16501, timeline: "00000002" };

const SOUND: Evidence = {
	recorded: HERE,
	found: HERE,
	isOriginal: true,
	hasForeignEvents: false,
	idsWentBack: false,
	doubt: null,
	isEmpty: false,
	wasUsed: true,
	memory: "complete",
	awaited: [],
	unheard: [],
};
const DOUBT = { code: "went_back", reason: "noticed before" } as const;
const found = (change: Partial<Identity>) => ({ found: { ...HERE, ...change } });
const newTimeline = found({ timeline: ELSEWHERE.timeline });

describe("what follows from the evidence", () => {
	test.each<[string, Partial<Evidence>, string]>([
		["nothing has changed", {}, "continue"],
		["a relay has just started, and nothing has changed", { memory: "none" }, "continue"],
		["a relay misses what it remembers", { memory: "missing" }, "stop went_back"],
		["a relay misses what it remembers, in an empty database", { memory: "missing", isEmpty: true }, "stop went_back"],
		["another relay missed something before", { doubt: DOUBT }, "stop went_back"],
		[
			"a relay that remembers nothing comes where another missed something",
			{ doubt: DOUBT, memory: "none" },
			"stop went_back",
		],
		["transaction ids went back", { idsWentBack: true }, "stop went_back"],
		[
			"transaction ids went back, and a relay has just started",
			{ idsWentBack: true, memory: "none" },
			"stop went_back",
		],
		["another cluster", { ...found({ systemIdentifier: "8" }), memory: "none" }, "stop not_adopted"],
		["another cluster in which nothing is missing", found({ systemIdentifier: "8" }), "stop not_adopted"],
		[
			"another cluster that no relay used",
			{ ...found({ systemIdentifier: "8" }), memory: "none", wasUsed: false },
			"stop not_adopted",
		],
		[
			"another cluster, and nothing in it",
			{ ...found({ systemIdentifier: "8" }), memory: "none", isEmpty: true },
			"adopt",
		],
		["a copy of the database", { ...found({ databaseOid: 1 }), memory: "none" }, "stop not_adopted"],
		[
			"a copy of a template that no relay used",
			{ ...found({ databaseOid: 1 }), memory: "none", wasUsed: false },
			"adopt",
		],
		["a dump restored in place of the tables", { ...found({ outboxOid: 1 }), memory: "none" }, "stop not_adopted"],
		["a record that was loaded", { isOriginal: false, memory: "none" }, "stop not_adopted"],
		[
			"a record that was loaded where no relay was",
			{ isOriginal: false, memory: "none", wasUsed: false },
			"stop not_adopted",
		],
		["events that were loaded", { hasForeignEvents: true, memory: "none", wasUsed: false }, "stop not_adopted"],
		["events that were loaded, and a relay that goes on", { hasForeignEvents: true }, "stop not_adopted"],
		[
			"a new timeline, seen by a relay that has just started",
			{ ...newTimeline, memory: "none" },
			"stop failover_unconfirmed",
		],
		["a new timeline that lost nothing", newTimeline, "follow"],
		["a new timeline that lost something", { ...newTimeline, memory: "missing" }, "stop went_back"],
		[
			"a new timeline, and another relay has yet to look",
			{ ...newTimeline, awaited: ["b"] },
			"wait failover_unconfirmed",
		],
		[
			"a new timeline, and another relay does not come back",
			{ ...newTimeline, unheard: ["b"] },
			"stop failover_unconfirmed",
		],
		["a new timeline, and nothing in it", { ...newTimeline, memory: "none", isEmpty: true }, "adopt"],
		["a server that hides cluster and log now", found({ systemIdentifier: "hidden", timeline: "hidden" }), "continue"],
		[
			"a server that hid them before",
			{ recorded: { ...HERE, systemIdentifier: "hidden", timeline: "hidden" } },
			"continue",
		],
		[
			"a dump on servers that hide everything",
			{
				recorded: { ...HERE, systemIdentifier: "hidden", timeline: "hidden" },
				...found({ systemIdentifier: "hidden", timeline: "hidden" }),
				isOriginal: false,
				memory: "none",
			},
			"stop not_adopted",
		],
	])("%s", (_, change, expected) => {
		const verdict = decideDatabase({ ...SOUND, ...change });
		expect("code" in verdict ? `${verdict.kind} ${verdict.code}` : verdict.kind).toBe(expected);
	});
});

/** Every combination of everything that matters: all of them are decided, and the promises hold in all. */
function* everything(): Generator<Evidence> {
	const booleans = [false, true];
	const texts = (here: string, there: string) => [here, there, "hidden"];
	for (const systemIdentifier of texts("7", "8"))
		for (const timeline of texts("00000001", "00000002"))
			for (const databaseOid of [16384, 16385])
				for (const outboxOid of [16500, 16501])
					for (const memory of ["none", "complete", "missing"] as const)
						for (const others of ["none", "awaited", "unheard"])
							for (const bits of Array.from({ length: 64 }, (_, n) => n))
								yield {
									recorded: HERE,
									found: { systemIdentifier, timeline, databaseOid, outboxOid },
									memory,
									awaited: others === "awaited" ? ["b"] : [],
									unheard: others === "unheard" ? ["b"] : [],
									isOriginal: booleans[bits & 1] as boolean,
									hasForeignEvents: booleans[(bits >> 1) & 1] as boolean,
									idsWentBack: booleans[(bits >> 2) & 1] as boolean,
									doubt: (bits >> 3) & 1 ? DOUBT : null,
									isEmpty: booleans[(bits >> 4) & 1] as boolean,
									wasUsed: booleans[(bits >> 5) & 1] as boolean,
								};
}

test("in every combination of evidence, something is sent only where nothing speaks against it", () => {
	let seen = 0;
	for (const evidence of everything()) {
		seen += 1;
		const { kind } = decideDatabase(evidence);
		const { found: there, isEmpty, wasUsed } = evidence;
		const moved = ["systemIdentifier", "timeline"].some(
			(name) => there[name as "timeline"] === ELSEWHERE[name as "timeline"],
		);
		const loaded =
			there.databaseOid !== HERE.databaseOid ||
			there.outboxOid !== HERE.outboxOid ||
			!evidence.isOriginal ||
			evidence.hasForeignEvents;
		if (evidence.doubt !== null || evidence.memory === "missing") expect(kind).toBe("stop");
		if (kind === "continue")
			expect({ moved, loaded, back: evidence.idsWentBack }).toEqual({ moved: false, loaded: false, back: false });
		if (kind === "follow")
			expect(evidence).toMatchObject({ memory: "complete", awaited: [], unheard: [], isOriginal: true });
		if (kind === "adopt") expect(isEmpty || !wasUsed).toBe(true);
		if (kind === "adopt" && !isEmpty)
			expect(evidence).toMatchObject({ isOriginal: true, hasForeignEvents: false, idsWentBack: false });
	}
	expect(seen).toBe(20_736);
});

test("a stop says why, in words that do not depend on who looks", () => {
	fc.assert(
		fc.property(fc.constantFrom(...everything()), (evidence) => {
			const verdict = decideDatabase(evidence);
			if (verdict.kind === "stop" || verdict.kind === "wait") expect(verdict.reason.length).toBeGreaterThan(10);
			expect(decideDatabase(evidence)).toEqual(verdict);
		}),
	);
});
