import type { Mutant } from "../mutant.ts";

/** Where others come in: writers, watched tables, people, programs, the log. */
export const EDGES: readonly Mutant[] = [
	{
		name: "key-of-another-event-taken",
		invariant: "I14",
		breaks: "an event whose key was used for something else is dropped, and nobody is told",
		file: "migrations/functions/emit.sql",
		edits: [["IF earlier.same THEN", "IF earlier.id IS NOT NULL THEN"]],
		tests: ["store/emit.test.ts"],
	},
	{
		name: "captured-twin-of-another-user",
		invariant: "I14",
		breaks: "of two captured events with one key and different users one is dropped as a duplicate",
		file: "migrations/functions/twin_read_before.sql",
		edits: [["IF twin.other_trigger OR twin.other_user THEN", "IF false THEN"]],
		tests: ["watches/keys.test.ts"],
	},
	{
		name: "captured-twin-sent",
		invariant: "I3",
		breaks: "two captured events with one key are both sent",
		file: "migrations/functions/has_twin.sql",
		edits: [
			["RETURN EXISTS", "RETURN false AND EXISTS"],
			["OR EXISTS", "OR false AND EXISTS"],
		],
		tests: ["watches/keys.test.ts"],
	},
	{
		name: "missed-change-not-counted",
		invariant: "I14",
		breaks: "a change that could neither be captured nor recorded is in no number",
		file: "migrations/functions/record_capture_error.sql",
		edits: [["PERFORM reward_outbox.count_miss();", ""]],
		tests: ["watches/errors.test.ts"],
	},
	{
		name: "failing-rule-fails-the-writer",
		invariant: "I6",
		breaks: "a watch whose expression fails makes the business statement fail",
		file: "migrations/functions/watch_statement_steps.sql",
		edits: [
			["EXCEPTION WHEN OTHERS OR assert_failure THEN %3$s", "EXCEPTION WHEN OTHERS OR assert_failure THEN RAISE; %3$s"],
		],
		tests: ["watches/errors.test.ts"],
	},
	{
		name: "cancel-swallowed-by-a-rule",
		invariant: "I6",
		breaks: "a serialization failure is hidden from the application's transaction",
		file: "migrations/functions/watch_step.sql",
		edits: [["WHEN 'doomed' THEN $part$IF SQLSTATE = '40001'", "WHEN 'doomed' THEN $part$IF SQLSTATE = '40P99'"]],
		tests: ["watches/errors.test.ts"],
	},
	{
		name: "rule-runs-for-a-new-owner",
		invariant: "I13",
		breaks: "a rule goes on with the rights of somebody whose table it was",
		file: "migrations/functions/watch_step.sql",
		edits: [
			[
				"RAISE EXCEPTION 'the table does not belong to %% any more, with whose rights rule %% was made: make '",
				"RAISE DEBUG 'the table does not belong to %% any more, with whose rights rule %% was made: make '",
			],
		],
		tests: ["watches/escalation.test.ts"],
	},
	{
		name: "captures-under-any-name",
		invariant: "I13",
		breaks: "a table's owner writes events under the name of another's rule",
		file: "migrations/functions/capture.sql",
		edits: [["WITH CASCADED CHECK OPTION", ""]],
		tests: ["watches/escalation.test.ts"],
	},
	{
		name: "writer-reads-others",
		invariant: "I13",
		breaks: "a writer reads the events of other transactions",
		file: "migrations/functions/new_events.sql",
		edits: [["AND o.xid = pg_current_xact_id_if_assigned()", ""]],
		tests: ["store/insert-forms.test.ts"],
	},
	{
		name: "key-tells-of-the-first-event",
		invariant: "I13",
		breaks: "a mere writer learns the id of an event by guessing its key",
		file: "migrations/functions/emit.sql",
		edits: [["WHEN has_table_privilege(caller, 'reward_outbox.events', 'SELECT') THEN", "WHEN true THEN"]],
		tests: ["store/emit.test.ts"],
	},
	{
		name: "writer-reads-the-outbox",
		invariant: "I13",
		breaks: "a writer reads every payload",
		file: "migrations/functions/privileges.sql",
		edits: [
			[
				"SELECT (id) ON reward_outbox.outbox TO reward_outbox_writer;",
				"SELECT ON reward_outbox.outbox TO reward_outbox_writer;",
			],
		],
		tests: ["store/privileges.test.ts"],
	},
	{
		name: "search-path-left-open",
		invariant: "I13",
		breaks: "whoever calls emit() has it run functions of their own",
		file: "migrations/functions/emit.sql",
		edits: [
			[
				"LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$",
				"LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$",
			],
		],
		tests: ["store/search-path.test.ts"],
	},
	{
		name: "control-characters-let-in",
		invariant: "I2",
		breaks: "an id is written that no request can carry",
		file: "migrations/0002_outbox.sql",
		edits: [
			[
				'CONSTRAINT "user_id must not contain control characters" CHECK (NOT reward_outbox.has_control_characters(VALUE));',
				'CONSTRAINT "user_id must not contain control characters" CHECK (true);',
			],
		],
		tests: ["store/inputs.test.ts"],
	},
	{
		name: "viewer-decides",
		invariant: "I13",
		breaks: "whoever may only look retries and cancels",
		file: "src/http/guard.ts",
		edits: [['if (role === "operator" || !changes(request)) return null;', "if (role.length > 0) return null;"]],
		tests: ["api/access.test.ts"],
	},
	{
		name: "other-sites-decide",
		invariant: "I13",
		breaks: "a page on another site acts with the cookie of somebody who is signed in",
		file: "src/http/guard.ts",
		edits: [
			[
				'return !isForeign && (site === undefined || site === "same-origin" || site === "none") ? null : CROSS_SITE;',
				"return isForeign && site === null ? CROSS_SITE : null;",
			],
		],
		tests: ["http/hostile-clients.test.ts"],
	},
	{
		name: "any-host",
		invariant: "I13",
		breaks: "a name that somebody points at this address is served",
		file: "src/http/guard.ts",
		edits: [
			[
				"return host !== null && isOwnHost(host, options, request) ? null : FOREIGN_HOST;",
				"return host !== null || isOwnHost(named, options, request) ? null : FOREIGN_HOST;",
			],
		],
		tests: ["http/hostile-clients.test.ts"],
	},
	{
		name: "token-in-the-url",
		invariant: "I11",
		breaks: "a token that stands in a URL is taken, and ends up in logs",
		file: "src/http/guard.ts",
		edits: [["if (TOKEN_PARAMETERS.some((name) => name in request.query)) {", "if (false as boolean) {"]],
		tests: ["http/server.test.ts"],
	},
	{
		name: "key-in-a-log-line",
		invariant: "I11",
		breaks: "what looks like a key is logged as it is",
		file: "src/log.ts",
		edits: [["options.stream.write(format(redactSecrets(line)))", "options.stream.write(format(line))"]],
		tests: ["log.test.ts"],
	},
	{
		name: "password-in-a-message",
		invariant: "I11",
		breaks: "the password of a URL is shown in an error",
		file: "src/redact.ts",
		edits: [["let redacted = redactUrls(text);", "let redacted = text;"]],
		tests: ["config/secrets.test.ts"],
	},
	{
		name: "user-in-a-log-line",
		invariant: "I11",
		breaks: "who was rewarded stands in the log",
		file: "src/relay/trip.ts",
		edits: [
			[
				"trigger_id: event.triggerId, relay: settings.name,",
				"trigger_id: event.triggerId, ...{ user_id: event.userId }, relay: settings.name,",
			],
		],
		tests: ["observability/logs.test.ts"],
	},
	{
		name: "dropped-lines-not-counted",
		invariant: "I14",
		breaks: "a log with a gap in it does not say so",
		file: "src/log-buffer.ts",
		edits: [
			[
				"if (this.#pendingBytes + line.length > MOST_BYTES) { this.#dropped++; return; }",
				"if (this.#pendingBytes + line.length > MOST_BYTES) return;",
			],
		],
		tests: ["log-buffer.test.ts"],
	},
	{
		name: "log-without-bound",
		invariant: "I8",
		breaks: "a reader that does not read fills the memory",
		file: "src/log-buffer.ts",
		edits: [["if (this.#pendingBytes + line.length > MOST_BYTES) {", "if (false as boolean) {"]],
		tests: ["log-buffer.test.ts"],
	},
];
