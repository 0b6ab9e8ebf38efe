import { expect } from "vitest";
import type { TestDatabase } from "../support/database.ts";
import type { ScriptedReward } from "../support/scripted-reward.ts";

export interface InvariantOptions {
	/** Events may still be pending: the run was stopped on purpose. Nothing may be `sending` in any case. Default false. */
	readonly unfinished?: boolean;
	/** The events of an ordering key were committed one after the other, in the order of insertion. Default true. */
	readonly committedInOrder?: boolean;
}

interface Row {
	readonly id: string;
	readonly trigger_id: string;
	readonly user_id: string;
	readonly body: string;
	readonly status: string;
	readonly ordering_key: string | null;
	readonly at_most_once: boolean;
	readonly resolved: boolean;
	/** Outcomes by attempt, e.g. `["ambiguous"], ["accepted"]`. */
	readonly attempts: readonly (readonly string[])[];
}

const ENDED = ["delivered", "dead", "cancelled", "uncertain"];

/**
 * What must hold after every campaign, whatever was done to the relays: checks the record against what the receiver saw.
 * All relays must have stopped, or have nothing left to do.
 */
export async function expectInvariants(
	database: TestDatabase,
	reward: ScriptedReward,
	options: InvariantOptions = {},
): Promise<void> {
	const rows = await readRows(database);
	const requests = Map.groupBy(reward.requests, (request) => request.idempotencyKey);
	const applications = (row: Row) => reward.applications.get(row.id) ?? 0;
	const broken: string[] = [];
	const must = (holds: boolean, invariant: string, row: Row, what: string) => {
		if (!holds)
			broken.push(
				`${invariant}: event ${row.id} (${row.status}, attempts ${JSON.stringify(row.attempts)}, applied ${applications(row)} times) ${what}`,
			);
	};

	for (const row of rows) {
		must(
			ENDED.includes(row.status) || (options.unfinished === true && row.status === "pending"),
			"I1",
			row,
			"has not come to an end",
		);
		if (row.status === "delivered" && !row.resolved) {
			must(applications(row) >= 1, "I1", row, "was never applied");
			must(row.attempts.flat().includes("accepted"), "I9", row, "is delivered without an accepted attempt");
		}
		must(
			!row.attempts.flat().includes("accepted") || applications(row) >= 1,
			"I9",
			row,
			"has an accepted attempt, but nothing was applied",
		);
		// Every request has its row, every application but the last was followed by another attempt only because it was in doubt.
		must(
			(requests.get(row.id)?.length ?? 0) <= row.attempts.length,
			"I3",
			row,
			`was sent ${requests.get(row.id)?.length} times`,
		);
		const inDoubt = row.attempts.filter((outcomes) => outcomes.includes("ambiguous")).length;
		must(applications(row) - 1 <= inDoubt, "I3", row, "has a duplicate that nothing explains");
		must(!row.at_most_once || applications(row) <= 1, "I4", row, "was to be applied at most once");
	}
	broken.push(...phantoms(rows, requests));
	if (options.committedInOrder !== false) broken.push(...disorder(rows, reward));
	expect(broken.slice(0, 10)).toEqual([]);
}

/** I2: each request is of a committed event, and says what that event says. */
function phantoms(rows: readonly Row[], requests: ReadonlyMap<string, ScriptedReward["requests"]>): string[] {
	const byId = new Map(rows.map((row) => [row.id, row]));
	const broken: string[] = [];
	for (const [key, sent] of requests) {
		const row = byId.get(key);
		if (row === undefined) broken.push(`I2: a request with the key "${key}" belongs to no committed event`);
		for (const request of row === undefined ? [] : sent) {
			const complete = request.body.length > 0;
			if (
				request.triggerId !== row?.trigger_id ||
				request.userId !== row.user_id ||
				(complete && request.body.toString() !== row.body)
			) {
				broken.push(
					`I2: the request for event ${key} is not what was written: ${request.path} ${request.body.toString().slice(0, 200)}`,
				);
			}
		}
	}
	return broken;
}

/** I10: of each ordering key, first applications come in the order of insertion. */
function disorder(rows: readonly Row[], reward: ScriptedReward): string[] {
	const place = new Map<string, number>();
	reward.applied.forEach((id, n) => {
		if (!place.has(id)) place.set(id, n);
	});
	const broken: string[] = [];
	for (const [key, ordered] of Map.groupBy(rows, (row) => row.ordering_key)) {
		if (key === null) continue;
		const places = ordered.map((row) => place.get(row.id)).filter((n) => n !== undefined);
		if (places.some((n, at) => at > 0 && n < (places[at - 1] as number)))
			broken.push(`I10: the events of key "${key}" were applied in the order ${places.join(", ")}`);
	}
	return broken;
}

/** In the order of insertion. */
async function readRows(database: TestDatabase): Promise<Row[]> {
	const { rows } = await database.query<Row>(`
		SELECT e.id, e.trigger_id, e.user_id, e.payload::text AS body, e.status, e.ordering_key, coalesce(t.mode = 'at_most_once', false) AS at_most_once,
		       EXISTS (SELECT FROM reward_outbox.operations p WHERE p.event_id = e.id AND p.action = 'resolve') AS resolved,
		       coalesce((SELECT json_agg(a.outcomes ORDER BY a.attempt)
		                 FROM (SELECT attempt, json_agg(outcome) AS outcomes FROM reward_outbox.attempts WHERE event_id = e.id GROUP BY attempt) a), '[]') AS attempts
		FROM reward_outbox.events e JOIN reward_outbox.outbox o USING (id)
		LEFT JOIN reward_outbox.triggers t ON t.trigger_id = e.trigger_id
		ORDER BY o.seq`);
	return rows;
}
