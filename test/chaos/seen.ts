import type { Seen, SeenRequest } from "../lifecycle/invariants.ts";
import { entriesOf, type ReceiverEntry, type WriterEntry } from "./journal.ts";

/** What the receiver's journal says, as the reckoning needs it; and when. */
export interface Read extends Seen {
	/** By event: when it was applied for the first time. Milliseconds of the campaign. */
	readonly firstAppliedAt: ReadonlyMap<string, number>;
	readonly firstRequestAt: ReadonlyMap<string, number>;
}

const EVENT_PATH = /^\/v1\/triggers\/([^/]*)\/users\/([^/]*)\/events$/;

/** Reads the journal twice: once for what was applied, and once, when they are gone through, for the requests. */
export async function readReceiver(path: string): Promise<Read> {
	const applications = new Map<string, number>();
	const applied: string[] = [];
	const firstAppliedAt = new Map<string, number>();
	const firstRequestAt = new Map<string, number>();
	for await (const { id, at, as } of entriesOf<ReceiverEntry>(path)) {
		if (as === "head" && !firstRequestAt.has(id)) firstRequestAt.set(id, at);
		if (as !== "applied") continue;
		applications.set(id, (applications.get(id) ?? 0) + 1);
		applied.push(id);
		if (!firstAppliedAt.has(id)) firstAppliedAt.set(id, at);
	}
	return { requests: requestsOf(path), applications, applied, firstAppliedAt, firstRequestAt };
}

async function* requestsOf(path: string): AsyncGenerator<SeenRequest> {
	const incomplete = new Map<string, SeenRequest[]>();
	for await (const entry of entriesOf<ReceiverEntry>(path)) {
		// Several of one event may be under way at once, and should all say the same.
		const open = incomplete.get(entry.id) ?? [];
		if (entry.as === "head") incomplete.set(entry.id, [...open, requestOf(entry.id, entry.path)]);
		if (entry.as !== "request") continue;
		const request = open.pop();
		if (open.length === 0) incomplete.delete(entry.id);
		if (request !== undefined) yield { ...request, body: entry.body };
	}
	for (const open of incomplete.values()) yield* open;
}

function requestOf(id: string, path: string): SeenRequest {
	const [, triggerId = "", userId = ""] = EVENT_PATH.exec(path) ?? [];
	return { idempotencyKey: id, triggerId, userId, path, body: "" };
}

/** What the writers know to be committed, and when they learned of it; and how much they do not know. */
export async function readWriters(
	path: string,
): Promise<{ lasting: Map<string, number>; counts: Record<string, number> }> {
	const lasting = new Map<string, number>();
	const counts: Record<string, number> = {};
	for await (const { at, as, ids } of entriesOf<WriterEntry>(path)) {
		counts[as] = (counts[as] ?? 0) + ids.length;
		if (as === "committed") for (const id of ids) lasting.set(id, at);
	}
	return { lasting, counts };
}
