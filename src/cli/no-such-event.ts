import { OutboxError } from "../errors.ts";

export function noSuchEvent(id: string): OutboxError {
	return new OutboxError("no_such_event", `there is no event ${id}`, {
		hint: "it may have been pruned, or its transaction was rolled back; reward-outbox events list --user finds others",
	});
}
