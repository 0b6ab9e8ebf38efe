import { EVENT_FIELD_NAMES, EVENT_FIELDS } from "../client/event-fields.ts";

/** The view shows when an event is due, not what was asked for. */
const FIELDS = EVENT_FIELD_NAMES.filter((name) => name !== "deliver_after").map((name) =>
	EVENT_FIELDS[name].type === "jsonb" ? `${name}::text AS ${name}` : name,
);

/** Every event as it was written, for tests of applications. JSON as text: parsing it would change numbers. */
export const WRITTEN_EVENTS = `
SELECT ${FIELDS.join(", ")}
FROM reward_outbox.events
ORDER BY id`;
