import type { Seen } from "../lifecycle/invariants.ts";
import { entriesOf, type ReceiverEntry, type WriterEntry } from "./journal.ts";

/** What the receiver's journal says, as the reckoning needs it; and when. */
export interface Read extends Seen {
	/** By event: when it was applied for the first time. Milliseconds of the campaign. */
	readonly firstAppliedAt: ReadonlyMap<string, number>;
	readonly firstRequestAt: ReadonlyMap<string, number>;
}

const EVENT_PATH = /^\/v1\/triggers\/([^/]*)\/users\/([^/]*)\/events$/;

export async function readReceiver(path: string): Promise<Read> {
	const requests: { idempotencyKey: string; triggerId: string; userId: string; path: string; body: string }[] = [];
	const incomplete = new Map<string, (typeof requests)[number][]>();
	const applications = new Map<string, number>();
	const applied: string[] = [];
	const firstAppliedAt = new Map<string, number>();
	const firstRequestAt = new Map<string, number>();
	for await (const entry of entriesOf<ReceiverEntry>(path)) {
		const { id, at } = entry;
		if (entry.as === "head") {
			const [, triggerId = "", userId = ""] = EVENT_PATH.exec(entry.path) ?? [];
			const request = { idempotencyKey: id, triggerId, userId, path: entry.path, body: "" };
			requests.push(request);
			incomplete.set(id, [...(incomplete.get(id) ?? []), request]);
			if (!firstRequestAt.has(id)) firstRequestAt.set(id, at);
		} else if (entry.as === "request") {
			// Several of one event may be under way at once, and should all say the same.
			const open = incomplete.get(id);
			const request = open?.pop();
			if (request !== undefined) request.body = entry.body;
			if (open?.length === 0) incomplete.delete(id);
		} else {
			applications.set(id, (applications.get(id) ?? 0) + 1);
			applied.push(id);
			if (!firstAppliedAt.has(id)) firstAppliedAt.set(id, at);
		}
	}
	return { requests, applications, applied, firstAppliedAt, firstRequestAt };
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
