import { type RawBuilder, sql } from "kysely";
import type { EventFilter } from "./filter.ts";

// What no index knows: each event has to be looked at.

type Examined = Pick<EventFilter, "httpStatus" | "errorCode" | "error" | "text" | "run">;

/** Whether a filter asks for something that only a look at each event tells. */
export function hasExamined({ httpStatus, errorCode, error, text, run }: Examined): boolean {
	return [httpStatus, errorCode, error, text, run].some((part) => part !== undefined);
}

/** The condition on an event `o` of the outbox. */
export function examined({ httpStatus, errorCode, error, text, run }: Examined): RawBuilder<boolean> {
	const conditions = [
		...(text === undefined ? [] : [inWhateverCase(text)]),
		...(run === undefined
			? []
			: [sql`EXISTS (SELECT FROM reward_outbox.operations d WHERE d.event_id = o.id AND d.run_no = ${run}::bigint)`]),
		...(hasCause({ httpStatus, errorCode, error }) ? [lastAttempt({ httpStatus, errorCode, error })] : []),
	];
	return sql<boolean>`(${sql.join(conditions, sql` AND `)})`;
}

/** By the rules of the database's language and by those of ASCII: in Turkish, "INFO" in small letters is not "info". */
function inWhateverCase(text: string) {
	return sql<boolean>`(strpos(lower(o.payload::text), lower(${text}::text)) > 0
		OR strpos(lower(o.payload::text COLLATE "C"), lower(${text}::text COLLATE "C")) > 0)`;
}

interface Cause {
	readonly httpStatus: number | undefined;
	readonly errorCode: string | undefined;
	readonly error: string | undefined;
}

const NONE = "-";

function hasCause(cause: Cause): boolean {
	return Object.values(cause).some((part) => part !== undefined);
}

/** The attempt with the highest number is the one that a cause is about. */
function lastAttempt({ httpStatus, errorCode, error }: Cause) {
	const shape = sql`reward_outbox.message_shape(l.error_message)`;
	const conditions = [
		...(httpStatus === undefined
			? []
			: [httpStatus === 0 ? sql`l.http_status IS NULL` : sql`l.http_status = ${httpStatus}::integer`]),
		...(errorCode === undefined
			? []
			: [errorCode === NONE ? sql`l.error_code IS NULL` : sql`l.error_code = ${errorCode}::text`]),
		...(error === undefined
			? []
			: [error === NONE ? sql`l.error_message IS NULL` : sql`${shape} = reward_outbox.message_shape(${error}::text)`]),
	];
	return sql`coalesce((
		SELECT ${sql.join(conditions, sql` AND `)}
		FROM reward_outbox.attempt_log l
		WHERE l.event_id = o.id
		ORDER BY l.attempt DESC, l.started_at DESC
		LIMIT 1), false)`;
}
