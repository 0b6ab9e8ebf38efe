import type { FastifyReply, FastifyRequest } from "fastify";
import { SESSION_COOKIE, SESSION_MS } from "../../access/session.ts";
import { ProblemError } from "../../http/problem.ts";
import { logEvents } from "../../log.ts";
import { OidcProblem, type OidcProblemCode } from "../../oidc/problem.ts";
import type { Provider } from "../../oidc/provider.ts";
import { STARTED_MS, type Started } from "../../oidc/started.ts";
import { named } from "../schema/parts.ts";
import { WaysIn } from "../schema/session.ts";
import type { ApiServer, ConsoleParts } from "../server.ts";

const STARTED_COOKIE = "reward_outbox_sign_in";
/** It has to come along when the provider leads a browser back here, which is another site. */
const STARTED = { path: "/api/v1/session/oidc", httpOnly: true, sameSite: "lax" } as const;
const SESSION = { path: "/", httpOnly: true, sameSite: "strict" } as const;
const MAX_PLACE_CHARACTERS = 1000;
const CONSOLE = "/console";
const BASE = /^(?:\/databases\/[\w.-]+)?\/console/;
const DATABASE_NAME = /^[A-Za-z0-9][\w.-]{0,99}$/;
/** A provider that is away is nobody's attempt to come in. */
const ABOUT_PEOPLE: ReadonlySet<OidcProblemCode> = new Set(["refused", "invalid", "no_role", "no_name"]);
/** For browsers that are led there, not for programs. */
const NAVIGATION = { config: { takesNoSlot: true }, schema: { hide: true } } as const;

function waysRoute(api: ApiServer, { provider, access }: Pick<ConsoleParts, "provider" | "access">): void {
	api.get(
		"/session/ways",
		{
			config: { takesNoSlot: true },
			schema: {
				tags: ["session"],
				summary: "How people can sign in",
				security: [],
				response: { 200: named(WaysIn) },
			},
		},
		async () => ({ token: access.takesTokens, provider: provider?.host ?? null }),
	);
}

/** What signing in needs of a console, or of those of many databases. */
export interface SignInParts extends Pick<ConsoleParts, "access" | "provider" | "logger"> {
	readonly signIns: Pick<ConsoleParts["signIns"], "signedIn" | "refused">;
}

export function oidcRoutes(api: ApiServer, parts: SignInParts): void {
	const { provider } = parts;
	waysRoute(api, parts);

	api.get("/session/oidc", NAVIGATION, async (request, reply) => {
		const place = placeIn(request.query);
		return await orLogin(parts, request, reply, place, async () => {
			const known = there(provider);
			const { location, cookie } = await known.begin(place);
			reply.setCookie(STARTED_COOKIE, cookie, { ...STARTED, secure: known.isSecure, maxAge: STARTED_MS / 1000 });
			return location;
		});
	});

	api.get("/session/oidc/callback", NAVIGATION, async (request, reply) => {
		const started = provider?.opened(request.cookies[STARTED_COOKIE]) ?? null;
		reply.clearCookie(STARTED_COOKIE, STARTED);
		return await orLogin(parts, request, reply, started?.next ?? CONSOLE, async () => {
			const known = there(provider);
			if (started === null) throw new OidcProblem("expired", "what began here is over, or began elsewhere");
			await signIn(parts, known, started, request, reply);
			return started.next;
		});
	});

	api.get("/session/oidc/end", NAVIGATION, async (request, reply) => {
		return await orLogin(
			parts,
			request,
			reply,
			CONSOLE,
			async () => (await there(provider).end()) ?? `${CONSOLE}/login`,
		);
	});
}

async function signIn(
	{ access, signIns }: SignInParts,
	provider: Provider,
	started: Started,
	request: FastifyRequest,
	reply: FastifyReply,
): Promise<void> {
	const identity = await provider.finish(started, request.url.split("?", 2)[1] ?? "");
	const entry = access.admit(identity);
	if (entry === null) throw new OidcProblem("misconfigured", "sessions of people cannot be signed");
	signIns.signedIn(identity, "oidc", request.clientAddress);
	const lasting = { secure: provider.isSecure, maxAge: SESSION_MS / 1000 };
	reply.setCookie(SESSION_COOKIE, entry.cookie, { ...SESSION, ...lasting });
}

/** Where to go, or to the login with what went wrong. */
async function orLogin(
	{ access, signIns, logger }: SignInParts,
	request: FastifyRequest,
	reply: FastifyReply,
	place: string,
	work: () => Promise<string>,
): Promise<FastifyReply> {
	try {
		return await reply.redirect(await work());
	} catch (error) {
		if (!(error instanceof OidcProblem)) throw error;
		const { code, message } = error;
		const address = request.clientAddress;
		if (access.notVouchedFor(address, code)) {
			logEvents.oidcFailed(logger, { address, code, reason: message });
			if (ABOUT_PEOPLE.has(code)) signIns.refused("oidc", address);
		}
		const [base = CONSOLE] = BASE.exec(place) ?? [];
		const inside = place.slice(base.length);
		const next = inside === "" || inside === "/" ? "" : `&next=${encodeURIComponent(inside)}`;
		return await reply.redirect(`${base}/login?problem=${code}${next}`);
	}
}

/** @throws ProblemError where people cannot sign in in this way */
function there(provider: Provider | null): Provider {
	if (provider === null) throw new ProblemError({ status: 404, code: "not_found", detail: "not found" });
	return provider;
}

/** Where to go afterwards: a place inside the console, or inside that of one of many databases. */
function placeIn(query: unknown): string {
	const { next, database } = query as { readonly next?: unknown; readonly database?: unknown };
	const isName = typeof database === "string" && DATABASE_NAME.test(database);
	const base = isName ? `/databases/${database}${CONSOLE}` : CONSOLE;
	const isPlace = typeof next === "string" && next.length <= MAX_PLACE_CHARACTERS && /^\/(?![/\\])[!-~]*$/.test(next);
	return isPlace && !next.startsWith("/login") ? `${base}${next}` : `${base}/`;
}
