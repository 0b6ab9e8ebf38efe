import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type {
	FastifyBaseLogger,
	FastifyInstance,
	FastifyReply,
	FastifyRequest,
	RawReplyDefaultExpression,
	RawRequestDefaultExpression,
	RawServerDefault,
} from "fastify";
import type { Access } from "../access/access.ts";
import type { Identity } from "../access/token.ts";
import { ProblemError } from "../http/problem.ts";
import type { Logger } from "../log.ts";
import type { Provider } from "../oidc/provider.ts";
import { type ConsoleRights, ConsoleRightsError, ping } from "../store/console-database.ts";
import type { Database } from "../store/database.ts";
import type { BackfillRunner } from "./backfill-runner.ts";
import type { BulkRunner } from "./bulk-runner.ts";
import type { LiveTail } from "./live-tail.ts";
import type { SearchQueue } from "./search-queue.ts";
import type { SignInRecord } from "./sign-in-record.ts";

/** A Fastify that knows the types of requests and answers from their schemas. */
export type ApiServer = FastifyInstance<
	RawServerDefault,
	RawRequestDefaultExpression<RawServerDefault>,
	RawReplyDefaultExpression<RawServerDefault>,
	FastifyBaseLogger,
	TypeBoxTypeProvider
>;

/** What the routes work with. */
export interface ConsoleParts {
	readonly database: Database;
	/** For every look that may take long. */
	readonly searches: SearchQueue;
	readonly access: Access;
	/** With whom people sign in besides tokens; null: nobody. */
	readonly provider: Provider | null;
	readonly signIns: SignInRecord;
	readonly tail: LiveTail;
	readonly bulk: BulkRunner;
	readonly backfills: BackfillRunner;
	/** What the console's database user may do; null: nobody has asked yet. */
	readonly rights: () => ConsoleRights | null;
	/** The relays' limit of attempts, as far as this process knows it. */
	readonly defaultMaxAttempts: number;
	readonly logger: Logger;
	/** Consoles of other databases are served beside this one. */
	readonly isOneOfMany: boolean;
}

/** Who asks. Every route but login and logout is behind the guard, so somebody does. */
export function whoAsks(request: FastifyRequest): Identity {
	const { identity } = request.admission;
	if (identity === null) throw new ProblemError({ status: 401, code: "unauthorized", detail: "sign in first" });
	return identity;
}

/** Aborted when nobody waits for the answer any more. */
export function abandonment({ raw }: FastifyReply): AbortSignal {
	const gone = new AbortController();
	raw.once("close", () => gone.abort());
	return gone.signal;
}

/** @throws ProblemError when the console's database user can only read */
export async function mustBeAbleToAct({ database, rights }: ConsoleParts): Promise<void> {
	if (rights() === null) await ping(database);
	const known = rights();
	if (known?.may !== "read") return;
	const { message, hint } = new ConsoleRightsError(known);
	throw new ProblemError({ status: 403, code: "database_role", detail: message, hint });
}
