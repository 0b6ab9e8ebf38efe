import { randomUUID } from "node:crypto";
import type { Decision } from "../../src/event/decide.ts";
import type { Outcome } from "../../src/event/outcome.ts";
import { type ClaimedEvent, type ClaimRequest, claim } from "../../src/store/claim.ts";
import type { Database } from "../../src/store/database.ts";
import { type ExpiredEvent, expiredEvents } from "../../src/store/expire.ts";
import { giveBack } from "../../src/store/give-back.ts";
import { settleAccepted, settleFailed } from "../../src/store/settle.ts";
import { insertOne, SERVER_ERROR, settlement } from "../store/events.ts";
import type { TestDatabase } from "../support/database.ts";

const ACCEPTED: Outcome = { ...SERVER_ERROR, class: "accepted", httpStatus: 200 };
/** As models/lease.pml has it. */
const MOST_CLAIMS = 3;

/** One event on its way, as a run of models/lease.pml says. Leases are numbered there, and have ids here. */
export class LeaseReplay {
	readonly #database: TestDatabase;
	readonly #id: string;
	readonly #next: Decision;
	/** By number. */
	readonly #leases: string[] = [];
	/** What was claimed under each. */
	readonly #claimed = new Map<number, ClaimedEvent>();
	/** What each relay has found to reap. */
	readonly #found = new Map<number, ExpiredEvent>();

	private constructor(database: TestDatabase, id: string, next: Decision) {
		this.#database = database;
		this.#id = id;
		this.#next = next;
	}

	/** An event alone in its outbox. */
	static async begin(database: TestDatabase, mode: "at_least_once" | "at_most_once"): Promise<LeaseReplay> {
		for (const table of ["claims", "event_states", "attempt_log", "outbox"])
			await database.query(`DELETE FROM reward_outbox.${table}`);
		await database.query("SELECT reward_outbox.set_trigger('payment', jsonb_build_object('mode', $1::text))", [mode]);
		const id = await insertOne(database);
		const next: Decision =
			mode === "at_most_once" ? { next: "uncertain" } : { next: "pending", delayMs: 0, excused: false };
		return new LeaseReplay(database, id, next);
	}

	/** Does what a line of a run says. Returns what there is afterwards, as the model prints it. */
	async step(line: string): Promise<string> {
		const [action = "", ...numbers] = line.split(" ");
		const [relay = 0, lease = 0] = numbers.map(Number);
		await this.#act(action, relay, action === "expire" ? relay : lease);
		return this.#state();
	}

	async #act(action: string, relay: number, lease: number): Promise<void> {
		switch (action) {
			case "claim":
				return this.#claim(lease, this.#database.pool);
			case "claim-lost":
				return this.#claim(lease, this.#database.pool);
			case "claim-undone":
				return this.#claimWithoutCommit(lease);
			case "give-back":
				return void (await giveBack(this.#database.pool, this.#leaseId(lease), null));
			case "accepted":
				return void (await this.#accepted(lease));
			case "failed":
				return void (await this.#failed(lease));
			case "find":
				return this.#find(relay, lease);
			case "reap":
				return void (await this.#reap(relay));
			case "expire":
				return void (await this.#expire(lease));
			case "send":
			case "killed":
				return;
			default:
				throw new Error(`no such step: ${action}`);
		}
	}

	async #claim(lease: number, db: Database): Promise<void> {
		const id = randomUUID();
		this.#leases[lease] = id;
		const request: ClaimRequest = {
			relayNo: 1,
			// New events come under one lease and those that waited under another; here it is the same event.
			headLease: id,
			dueLease: id,
			leaseMs: 3_600_000,
			limit: 10,
			lookForDue: true,
			heldBack: [],
			probing: [],
			known: null,
		};
		const { events } = await claim(db, request);
		if (events.length !== 1) throw new Error(`${events.length} events were claimed, and one was there`);
		this.#claimed.set(lease, events[0] as ClaimedEvent);
	}

	async #claimWithoutCommit(lease: number): Promise<void> {
		const client = await this.#database.pool.connect();
		try {
			await client.query("BEGIN");
			await this.#claim(lease, client as unknown as Database);
			await client.query("ROLLBACK");
		} finally {
			client.release();
		}
	}

	#accepted(lease: number): Promise<unknown> {
		const result = settlement(this.#claimedUnder(lease), ACCEPTED, { next: "delivered" });
		return settleAccepted(this.#database.pool, 1, [result], [this.#leaseId(lease)]);
	}

	#failed(lease: number): Promise<unknown> {
		const result = settlement(this.#claimedUnder(lease), SERVER_ERROR, this.#next);
		return settleFailed(this.#database.pool, [result], [this.#leaseId(lease)]);
	}

	async #find(relay: number, lease: number): Promise<void> {
		const [event, ...more] = await expiredEvents(this.#database.pool, 10);
		if (event?.leaseId !== this.#leaseId(lease) || more.length > 0) throw new Error("another lease has expired");
		this.#found.set(relay, event);
	}

	#reap(relay: number): Promise<unknown> {
		const event = this.#found.get(relay);
		if (event === undefined) throw new Error("nothing was found");
		const result = { event, relayNo: 1, outcome: SERVER_ERROR, decision: this.#next, ageMs: 1, durationMs: null };
		return settleFailed(this.#database.pool, [result], [event.leaseId]);
	}

	#expire(lease: number): Promise<unknown> {
		return this.#database.query(
			"UPDATE reward_outbox.claims SET expires_at = clock_timestamp() - interval '1 second' WHERE lease_id = $1",
			[this.#leaseId(lease)],
		);
	}

	async #state(): Promise<string> {
		const { rows } = await this.#database.query<{ status: string; attempts: number; open: string[]; log: string[] }>(
			`SELECT e.status, e.attempts, ARRAY(SELECT c.lease_id::text FROM reward_outbox.claims c) AS open,
			        ARRAY(SELECT a.attempt || CASE a.outcome WHEN 'accepted' THEN ' accepted' ELSE ' failed' END
			              FROM reward_outbox.attempt_log a) AS log
			 FROM reward_outbox.events e WHERE e.id = $1`,
			[this.#id],
		);
		const [row] = rows;
		if (row === undefined) throw new Error("the event is gone");
		const open = row.open.reduce((sum, id) => sum + 2 ** (this.#leases.indexOf(id) - 1), 0);
		const logged = (what: string) =>
			Array.from({ length: MOST_CLAIMS }, (_, n) => Number(row.log.includes(`${n + 1} ${what}`))).join("");
		const attempts = row.status === "delivered" ? 0 : row.attempts;
		return `${row.status} ${attempts} ${open} ${logged("failed")} ${logged("accepted")}`;
	}

	#leaseId(lease: number): string {
		const id = this.#leases[lease];
		if (id === undefined) throw new Error(`lease ${lease} was never made`);
		return id;
	}

	#claimedUnder(lease: number): ClaimedEvent {
		const event = this.#claimed.get(lease);
		if (event === undefined) throw new Error(`nothing was claimed under lease ${lease}`);
		return event;
	}
}
