import type { Clock } from "../../../src/timing/clock.ts";
import { SqlError } from "../database/tables.ts";
import type { SimulatedServer } from "./server.ts";

/** What becomes of one call on its way to the database and back. Milliseconds; Infinity: never. */
export interface Fate {
	/** Until the server executes it. */
	readonly thereMs: number;
	/** From then on, until the answer is back. */
	readonly backMs: number;
	/**
	 * From the call on, until the caller gives up and takes the connection for lost. It may be executed later all the
	 * same.
	 */
	readonly givesUpAfterMs: number;
	/** The server refuses it with this SQLSTATE, and does nothing. */
	readonly refusedWith?: string;
}

/** Between a relay and its database: the one place where the two can be kept apart. */
export interface Edge {
	/** Of the world, and not of a relay: it goes on while one stands still. */
	readonly clock: Clock;
	/** @param call the name of a function of the store, or `notify`, `listen`, `notification`, `wake_lock` */
	fate(call: string): Fate;
}

/** As the driver tells it: says nothing about whether the statement was executed. */
export class ConnectionLost extends Error {
	readonly code = "ECONNRESET";

	constructor() {
		super("Connection terminated unexpectedly");
	}
}

/** How long claim() and the others wait for the turn. */
const LOCK_TIMEOUT_MS = 10_000;

export interface Call<Result> {
	readonly name: string;
	/** It waits for the turn to claim. */
	readonly takesTurn: boolean;
	/** One transaction: all of it, or by throwing nothing. */
	readonly execute: () => Result;
}

/** Sends a call over the edge. */
export function send<Result>(edge: Edge, server: SimulatedServer, call: Call<Result>): Promise<Result> {
	const { thereMs, backMs, givesUpAfterMs, refusedWith } = edge.fate(call.name);
	return new Promise<Result>((resolve, reject) => {
		const giveUp = later(edge.clock, givesUpAfterMs, () => reject(new ConnectionLost()));
		const answer = (settle: () => void) =>
			later(edge.clock, backMs, () => {
				giveUp();
				settle();
			});
		later(edge.clock, thereMs, () => {
			if (!server.isUp) return answer(() => reject(new ConnectionLost()));
			if (refusedWith !== undefined) return answer(() => reject(new SqlError(refusedWith, "refused on purpose")));
			whenFree(edge.clock, server, call, answer, resolve, reject);
		});
	});
}

function whenFree<Result>(
	clock: Clock,
	server: SimulatedServer,
	{ takesTurn, execute }: Call<Result>,
	answer: (settle: () => void) => void,
	resolve: (result: Result) => void,
	reject: (error: unknown) => void,
): void {
	const run = () => {
		if (!server.isUp) return answer(() => reject(new ConnectionLost()));
		try {
			const result = execute();
			answer(() => resolve(result));
		} catch (error) {
			answer(() => reject(error));
		}
	};
	if (!takesTurn || !server.turnIsHeld) {
		run();
		return;
	}
	const timedOut = () => {
		stopWaiting();
		answer(() => reject(new SqlError("55P03", "canceling statement due to lock timeout")));
	};
	const cancel = later(clock, LOCK_TIMEOUT_MS, timedOut);
	const stopWaiting = server.waitForTurn(() => {
		cancel();
		run();
	});
}

function later(clock: Clock, ms: number, fire: () => void): () => void {
	return ms === Number.POSITIVE_INFINITY ? () => {} : clock.after(ms, fire);
}
