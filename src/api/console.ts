import cookie from "@fastify/cookie";
import swagger from "@fastify/swagger";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import type { Access } from "../access/access.ts";
import type { Address } from "../connection/address.ts";
import { type Logger, logEvents } from "../log.ts";
import type { Provider } from "../oidc/provider.ts";
import { type ConsoleRights, grantHint, openConsoleDatabase, ping } from "../store/console-database.ts";
import type { Database } from "../store/database.ts";
import { AnswerSlots } from "./answer-slots.ts";
import { BackfillRunner } from "./backfill-runner.ts";
import { BulkRunner } from "./bulk-runner.ts";
import { answerFailure } from "./failure.ts";
import { LiveTail, type LiveTailLimits, TAIL_LIMITS } from "./live-tail.ts";
import { NAMED_SCHEMAS, openApiOptions } from "./openapi.ts";
import { addPages, isPagePath, PAGE_FOLDERS } from "./pages.ts";
import { limitRequests, REQUESTS_PER_MINUTE } from "./request-limit.ts";
import { backfillBeginRoute, backfillRoutes, backfillRunRoutes } from "./routes/backfills.ts";
import { bulkRoutes, runRoutes } from "./routes/bulk.ts";
import { decisionRoutes, eventRoutes } from "./routes/events.ts";
import { failureRoutes } from "./routes/failures.ts";
import { oidcRoutes } from "./routes/oidc.ts";
import { operationRoutes } from "./routes/operations.ts";
import { overviewRoutes } from "./routes/overview.ts";
import { preferenceRoutes } from "./routes/preferences.ts";
import { receiptRoutes } from "./routes/receipts.ts";
import { retentionRoutes } from "./routes/retention.ts";
import { sessionRoutes } from "./routes/session.ts";
import { exportRoute, tailRoute } from "./routes/streams.ts";
import { statisticsRoute, triggerRoutes } from "./routes/triggers.ts";
import { watchDecisionRoutes, watchRoutes } from "./routes/watches.ts";
import { writeRoute } from "./routes/write.ts";
import { SearchQueue } from "./search-queue.ts";
import { type ApiServer, abandonment, type ConsoleParts } from "./server.ts";
import { SignInRecord } from "./sign-in-record.ts";
import { compileValidator } from "./validation.ts";
import { answerText } from "./wire.ts";

declare module "fastify" {
	interface FastifyContextConfig {
		/** Small, or bounded in a way of its own: it takes no slot of the answers. */
		takesNoSlot?: boolean;
	}
	interface FastifyRequest {
		/** The body as it was sent, for numbers that must not be rounded. Empty: there was none. */
		bodyText: string;
	}
}

export interface ConsoleOptions {
	/** The console's own connection. */
	readonly databaseUrl: Address;
	readonly access: Access;
	/** With whom people sign in besides tokens. Default: nobody. */
	readonly provider?: Provider | null;
	/** The relays' limit of attempts, as far as this process knows it. */
	readonly defaultMaxAttempts: number;
	readonly logger: Logger;
	/** Where the built pages are. Default: where they are built. */
	readonly pageFolders?: readonly string[];
	/** Default {@link TAIL_LIMITS}. */
	readonly tailLimits?: LiveTailLimits;
	/** Others are served beside it, and what concerns all. Default false. */
	readonly isOneOfMany?: boolean;
	/** Requests of one token in a minute, so that a script gone wrong leaves something for people. Default 1200. */
	readonly requestsPerMinute?: number;
}

const API_PREFIX = "/api/v1";

/** The console: its API, its pages, its few database connections, and what it has under way. */
export class Console {
	readonly #options: ConsoleOptions;
	readonly #database: Database;
	/** Of its own: searches that have all the others must not make a console look dead. */
	readonly #probe: Database;
	readonly #searches = new SearchQueue();
	readonly #slots = new AnswerSlots();
	readonly #tail: LiveTail;
	readonly #bulk: BulkRunner;
	/** Who signs in. */
	readonly signIns: SignInRecord;
	readonly #backfills: BackfillRunner;
	#rights: ConsoleRights | null = null;

	constructor(options: ConsoleOptions) {
		this.#options = options;
		this.#database = openConsoleDatabase({ url: options.databaseUrl, onRights: (rights) => this.#learn(rights) });
		this.#probe = openConsoleDatabase({ url: options.databaseUrl, onRights: () => {}, maxConnections: 1 });
		this.#tail = new LiveTail(this.#database, options.tailLimits ?? TAIL_LIMITS);
		this.#bulk = new BulkRunner(this.#database, this.#searches, options.logger);
		this.signIns = new SignInRecord(this.#database, () => this.#rights, options.logger);
		this.#backfills = new BackfillRunner(this.#database, options.logger);
	}

	get database(): Database {
		return this.#database;
	}

	/** Whether the database answers, and lets the console in. Rejects when it does not. */
	async ping(): Promise<void> {
		await ping(this.#probe);
	}

	/** How many watch the live tail, and how many of them were dropped because they read too slowly. */
	get tail(): Pick<LiveTail, "watchers" | "dropped"> {
		return this.#tail;
	}

	/** Whether a path is for everybody: the pages, and signing in and out. */
	isOpen(method: string, path: string): boolean {
		if (path === `${API_PREFIX}/session`) return method === "POST" || method === "DELETE";
		if (path.startsWith(`${API_PREFIX}/session/`)) return method === "GET";
		return isPagePath(method, path);
	}

	/** Adds everything to a server whose guard has let the request in. */
	async addTo(server: FastifyInstance): Promise<void> {
		const { access, provider = null, defaultMaxAttempts, logger, isOneOfMany = false } = this.#options;
		const parts: ConsoleParts = {
			database: this.#database,
			searches: this.#searches,
			access,
			provider,
			signIns: this.signIns,
			tail: this.#tail,
			bulk: this.#bulk,
			backfills: this.#backfills,
			rights: () => this.#rights,
			defaultMaxAttempts,
			logger,
			isOneOfMany,
		};
		// Streams end by themselves before the server cuts them.
		server.addHook("preClose", () => this.#tail.close());
		await addPages(server, this.#options.pageFolders ?? PAGE_FOLDERS);
		await server.register(async (scope) => await this.#addApi(scope, parts), { prefix: API_PREFIX });
	}

	async #addApi(scope: FastifyInstance, parts: ConsoleParts): Promise<void> {
		scope.setValidatorCompiler(compileValidator);
		scope.setSerializerCompiler(() => answerText);
		scope.setErrorHandler(answerFailure(parts.logger));
		for (const schema of NAMED_SCHEMAS) scope.addSchema(schema);
		keepBodyText(scope);
		await scope.register(cookie);
		await scope.register(swagger, openApiOptions);
		await limitRequests(scope, this.#options.requestsPerMinute ?? REQUESTS_PER_MINUTE);
		// After the limit of requests, so that what is refused by it takes no slot.
		scope.addHook("onRequest", async (request, reply) => {
			if (request.routeOptions.config.takesNoSlot) return;
			const giveBack = await this.#slots.take(request.admission.identity?.name ?? "", abandonment(reply));
			if (reply.raw.closed) giveBack();
			else reply.raw.once("close", giveBack);
		});
		const api = scope.withTypeProvider<TypeBoxTypeProvider>() as unknown as ApiServer;
		for (const add of ROUTES) add(api, parts);
		scope.get("/openapi.json", { schema: { hide: true } }, async (_request, reply) => {
			return await reply.type("application/json; charset=utf-8").send(scope.swagger());
		});
	}

	#learn(rights: ConsoleRights): void {
		const known = this.#rights;
		this.#rights = rights;
		if (rights.may === "act" || (known?.may === rights.may && known.user === rights.user)) return;
		logEvents.consoleRights(this.#options.logger, { user: rights.user, may: rights.may, hint: grantHint(rights.user) });
	}

	/** Ends what is under way: streams, and a bulk run and a backfill after their batches. */
	async quiesce(): Promise<void> {
		await this.#tail.close();
		await Promise.all([this.#bulk.close(), this.#backfills.close()]);
	}

	async close(): Promise<void> {
		await this.quiesce();
		await this.signIns.close();
		for (const database of [this.#database, this.#probe]) if (!database.ended) await database.end();
	}
}

const ROUTES: readonly ((api: ApiServer, parts: ConsoleParts) => void)[] = [
	sessionRoutes,
	oidcRoutes,
	overviewRoutes,
	tailRoute,
	exportRoute,
	eventRoutes,
	failureRoutes,
	writeRoute,
	preferenceRoutes,
	decisionRoutes,
	bulkRoutes,
	runRoutes,
	statisticsRoute,
	triggerRoutes,
	watchRoutes,
	watchDecisionRoutes,
	backfillRoutes,
	backfillBeginRoute,
	backfillRunRoutes,
	operationRoutes,
	receiptRoutes,
	retentionRoutes,
];

function keepBodyText(scope: FastifyInstance): void {
	scope.decorateRequest("bodyText", "");
	const parse = scope.getDefaultJsonParser("error", "error");
	scope.removeContentTypeParser(["application/json", "text/plain"]);
	scope.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
		request.bodyText = body as string;
		parse(request, body as string, done);
	});
}
