import cookie from "@fastify/cookie";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import { Access, type WayIn } from "../access/access.ts";
import type { Identity } from "../access/token.ts";
import type { Readiness } from "../http/health.ts";
import { sendProblem } from "../http/problem.ts";
import { startHttpServer } from "../http/server.ts";
import { logEvents } from "../log.ts";
import { type ConsoleDatabase, Consoles } from "./consoles.ts";
import { answerFailure } from "./failure.ts";
import { addPages, isPagePath, PAGE_FOLDERS, servePages } from "./pages.ts";
import { limitRequests, REQUESTS_PER_MINUTE } from "./request-limit.ts";
import { databaseRoutes } from "./routes/databases.ts";
import { oidcRoutes, type SignInParts } from "./routes/oidc.ts";
import { sessionRoutes } from "./routes/session.ts";
import { DatabaseList, DatabaseSearch } from "./schema/databases.ts";
import { EventRow } from "./schema/events.ts";
import { Problem } from "./schema/problem.ts";
import { Session, WaysIn } from "./schema/session.ts";
import type { ConsoleServer, SiteOptions } from "./serve.ts";
import type { ApiServer } from "./server.ts";
import { compileValidator } from "./validation.ts";
import { answerText } from "./wire.ts";

export interface ConsolesServerOptions extends SiteOptions {
	readonly databases: readonly ConsoleDatabase[];
	readonly health: () => Promise<Readiness>;
	readonly publicHealth?: (report: Readiness) => Readiness;
	/** Where the built pages are. Default: where they are built. */
	readonly pageFolders?: readonly string[];
}

export interface ConsolesServer extends ConsoleServer {
	/** From now on these are the databases. */
	follow(databases: readonly ConsoleDatabase[]): Promise<void>;
}

const API_PREFIX = "/api/v1";
/** The console of one database, as it is by itself. */
const PLACE = /^\/databases\/([^/?#]+)(\/[^?#]*)/;

/**
 * The consoles of many databases on one address: each below `/databases/NAME`, and what concerns all at the root.
 *
 * @throws What listening throws (`EADDRINUSE`, `EACCES`, …).
 */
export async function startConsolesServer(options: ConsolesServerOptions): Promise<ConsolesServer> {
	const { tokens, provider = null, databases, logger, pageFolders = PAGE_FOLDERS, ...rest } = options;
	const { host, allowedHosts = [], trustedProxies = [] } = rest;
	const access = new Access({
		tokens,
		wallClock: () => Date.now(),
		clock: () => performance.now(),
		...(provider === null ? {} : { peopleKey: provider.peopleKey }),
		onFailure: (address, by) => logEvents.loginFailed(logger, { address, by }),
	});
	const consoles = new Consoles({ host, allowedHosts, trustedProxies, access, logger, pageFolders });
	await consoles.follow(databases);
	const server = await startHttpServer({
		...rest,
		access,
		routes: async (fastify) => {
			await addPages(fastify, pageFolders);
			await fastify.register((scope) => addApi(scope, consoles, { access, provider, logger }), { prefix: API_PREFIX });
			await fastify.register((scope) => addConsoles(scope, consoles, pageFolders));
		},
		isOpen,
		logger,
	});
	return {
		url: server.url,
		follow: (followed) => consoles.follow(followed),
		replaceTokens: (replaced) => access.replaceTokens(replaced),
		quiesce: () => consoles.quiesce(),
		close: async () => {
			await consoles.quiesce();
			await server.close();
			await consoles.close();
		},
	};
}

/** The pages are the same for every name, whether there is such a database or not. */
function isOpen(method: string, path: string): boolean {
	if (path === `${API_PREFIX}/session`) return method === "POST" || method === "DELETE";
	if (path.startsWith(`${API_PREFIX}/session/`)) return method === "GET";
	return isPagePath(method, PLACE.exec(path)?.[2] ?? path);
}

type Entrance = Omit<SignInParts, "signIns">;

async function addApi(scope: FastifyInstance, consoles: Consoles, entrance: Entrance): Promise<void> {
	const { access, logger } = entrance;
	scope.setValidatorCompiler(compileValidator);
	scope.setSerializerCompiler(() => answerText);
	scope.setErrorHandler(answerFailure(logger));
	for (const schema of [Problem, Session, WaysIn, EventRow, DatabaseList, DatabaseSearch]) scope.addSchema(schema);
	await scope.register(cookie);
	await limitRequests(scope, REQUESTS_PER_MINUTE);
	const api = scope.withTypeProvider<TypeBoxTypeProvider>() as unknown as ApiServer;
	const signIns = {
		signedIn: ({ name, role }: Identity, by: WayIn) => logEvents.signedIn(logger, { name, role, by }),
		// The log has it already, and no database is anybody's yet.
		refused: () => {},
	};
	sessionRoutes(api, { access, signIns, rights: () => null, isOneOfMany: true });
	oidcRoutes(api, { ...entrance, signIns });
	databaseRoutes(api, () => consoles.databases);
}

/** What was let in here is let in there, by the same tokens and rules; a body is read there only. */
async function addConsoles(scope: FastifyInstance, consoles: Consoles, pageFolders: readonly string[]): Promise<void> {
	scope.removeAllContentTypeParsers();
	scope.addContentTypeParser("*", (_request, _body, done) => done(null, undefined));
	servePages(scope, "/databases/:name/console", pageFolders);
	scope.all("/databases/:name/*", async (request, reply) => {
		const [place = "", name = "", path = "/"] = PLACE.exec(request.url) ?? [];
		const console = consoles.find(name);
		if (console === null) return await sendProblem(reply, NO_SUCH_DATABASE);
		reply.hijack();
		request.raw.url = path + request.url.slice(place.length);
		(await console)(request.raw, reply.raw);
	});
}

const NO_SUCH_DATABASE = { status: 404, code: "not_found", detail: "there is no database of this name" } as const;
