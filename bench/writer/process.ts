// The application: inserts events at a rate, whatever the database does (open loop), and notes when each was
// acknowledged.
import { setTimeout as sleep } from "node:timers/promises";
import { now } from "../clock.ts";
import { type Inserter, openInserter } from "./inserters.ts";
import type { WriterRequest } from "./messages.ts";

const TICK_MS = 1;

process.on("message", (request: WriterRequest) => void run(request));
process.on("disconnect", () => process.exit());

async function run(request: WriterRequest): Promise<void> {
	const inserter = await openInserter(request.insertion, request.databaseUrl, request.connections);
	process.send?.({ type: "opened" });
	const dueAt = schedule(request);
	const sentAt = new Float64Array(request.events).fill(Number.NaN);
	const acknowledgedAt = new Float64Array(request.events).fill(Number.NaN);
	const inserts: Promise<void>[] = [];
	for (let next = 0; next < request.events; ) {
		const time = now();
		for (; next < request.events && (dueAt[next] as number) <= time; next++) {
			inserts.push(insert(inserter, request.firstEvent + next, next, sentAt, acknowledgedAt));
		}
		await sleep(TICK_MS);
	}
	await Promise.all(inserts);
	process.send?.({ type: "written", dueAt, sentAt, acknowledgedAt });
	// It stays until it is stopped: by ending itself it could be gone before a large message has arrived.
	await inserter.close();
}

async function insert(
	inserter: Inserter,
	event: number,
	index: number,
	sentAt: Float64Array,
	acknowledgedAt: Float64Array,
): Promise<void> {
	await inserter.insert(`u${event}`, () => {
		sentAt[index] = now();
	});
	acknowledgedAt[index] = now();
}

function schedule({ events, rate, even }: WriterRequest): Float64Array {
	const random = seeded(events);
	const dueAt = new Float64Array(events);
	let time = now() + 20;
	for (let i = 0; i < events; i++) {
		time += (1000 / rate) * (even ? 1 : -Math.log(1 - random()));
		dueAt[i] = time;
	}
	return dueAt;
}

/** The same moments for every contender. */
function seeded(seed: number): () => number {
	let state = seed >>> 0 || 1;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
}
