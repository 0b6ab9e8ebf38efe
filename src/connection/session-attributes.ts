import { OutboxError } from "../errors.ts";

/** What a server says of itself. */
export interface ServerRole {
	readonly isStandby: boolean;
	readonly isReadOnly: boolean;
}

/** Asks a server for its {@link ServerRole}, whatever its settings. */
export const ROLE_OF_SERVER = `
SELECT pg_catalog.pg_is_in_recovery() AS "isStandby",
       pg_catalog.current_setting('transaction_read_only')::boolean AS "isReadOnly"`;

const RULES: Readonly<Record<string, (server: ServerRole) => boolean>> = {
	any: () => true,
	"read-write": ({ isStandby, isReadOnly }) => !isStandby && !isReadOnly,
	"read-only": ({ isStandby, isReadOnly }) => isStandby || isReadOnly,
	primary: ({ isStandby }) => !isStandby,
	standby: ({ isStandby }) => isStandby,
	"prefer-standby": ({ isStandby }) => isStandby,
};

/** Whether a server will do for target_session_attrs. @throws OutboxError when that is none of libpq's */
export function fits(attributes: string, server: ServerRole): boolean {
	const rule = RULES[attributes];
	if (rule !== undefined) return rule(server);
	throw new OutboxError("connection_target", `target_session_attrs=${attributes} is none of PostgreSQL's`, {
		hint: Object.keys(RULES).join(", "),
	});
}
