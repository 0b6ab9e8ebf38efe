import { Type } from "typebox";
import { PERSON_PREFIX } from "../../access/person-session.ts";
import { SESSION_COOKIE, SESSION_MS } from "../../access/session.ts";
import type { Identity } from "../../access/token.ts";
import { refusalOf } from "../../http/guard.ts";
import { refuse } from "../../http/server.ts";
import { packageVersion } from "../../version.ts";
import { named } from "../schema/parts.ts";
import { Session, SessionRequest } from "../schema/session.ts";
import { type ApiServer, type ConsoleParts, whoAsks } from "../server.ts";

const COOKIE = { path: "/", httpOnly: true, sameSite: "strict" } as const;

type Parts = Pick<ConsoleParts, "access" | "rights" | "isOneOfMany"> & {
	readonly signIns: Pick<ConsoleParts["signIns"], "signedIn">;
};

export function sessionRoutes(api: ApiServer, { access, signIns, rights, isOneOfMany }: Parts): void {
	const sessionOf = ({ name, role }: Identity, expiresAt: number | null): Session => ({
		name,
		role,
		by: name.startsWith(PERSON_PREFIX) ? "oidc" : "token",
		may_act: mayAct(role),
		expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString(),
		version: packageVersion(),
		many_databases: isOneOfMany,
	});
	// Not known yet is not forbidden: whoever acts is told.
	const mayAct = (role: Session["role"]) => role === "operator" && rights()?.may !== "read";
	api.post(
		"/session",
		{
			// Many may share the address that they come from: whoever sends a lot there keeps nobody else from signing in.
			config: { rateLimit: false, takesNoSlot: true },
			schema: {
				tags: ["session"],
				summary: "Sign a browser in",
				description:
					"Begins a session of 12 hours with one of the tokens. Programs send the token with every request instead.",
				security: [],
				body: SessionRequest,
				response: { 200: named(Session) },
			},
		},
		async (request, reply) => {
			const entry = access.signIn(request.body.token, request.clientAddress);
			if (!("session" in entry)) return await refuse(request, reply, refusalOf(entry));
			const { token, expiresAt } = entry.session;
			signIns.signedIn(token, "login", request.clientAddress);
			// A browser says by itself, in a header that no page can set, whether it came by https.
			const secure = request.headers.origin?.startsWith("https:") ?? false;
			reply.setCookie(SESSION_COOKIE, entry.cookie, { ...COOKIE, secure, maxAge: SESSION_MS / 1000 });
			return sessionOf(token, expiresAt);
		},
	);

	api.get(
		"/session",
		{ schema: { tags: ["session"], summary: "Who is signed in", response: { 200: named(Session) } } },
		async (request) => {
			return sessionOf(whoAsks(request), request.admission.expiresAt);
		},
	);

	api.delete(
		"/session",
		{
			config: { rateLimit: false, takesNoSlot: true },
			schema: {
				tags: ["session"],
				summary: "Sign the browser out",
				security: [],
				response: { 204: Type.Null({ description: "Signed out." }) },
			},
		},
		async (_request, reply) => {
			reply.clearCookie(SESSION_COOKIE, COOKIE);
			return await reply.code(204).send(null);
		},
	);
}
