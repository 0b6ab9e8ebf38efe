import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect } from "react";
import { Redirect, useLocation, useSearch } from "wouter";
import type { Session } from "../../../api/schema/session.ts";
import { readSession, signOut } from "../api/calls.ts";
import { ApiFailure } from "../api/failure.ts";
import { onSignedOut } from "../api/request.ts";
import { pathWith } from "../components/location.ts";
import { WhenLoaded } from "../components/states.tsx";

const SESSION_KEY = ["session"];
const Context = createContext<Session | null>(null);

/** Null: nobody is signed in. */
async function readSessionOrNull(): Promise<Session | null> {
	try {
		return await readSession();
	} catch (error) {
		if (error instanceof ApiFailure && error.status === 401) return null;
		throw error;
	}
}

/**
 * What is inside is shown to those who are signed in; others go to the login, and from there back to where they wanted
 * to be.
 */
export function RequireSession({ children }: { readonly children: ReactNode }) {
	const queries = useQueryClient();
	const [path] = useLocation();
	const search = useSearch();
	useEffect(() => onSignedOut(() => queries.setQueryData(SESSION_KEY, null)), [queries]);
	const { data, error, refetch } = useQuery({ queryKey: SESSION_KEY, queryFn: readSessionOrNull, staleTime: 60_000 });
	if (data === null) {
		const wanted = search === "" ? path : `${path}?${search}`;
		return <Redirect to={pathWith("/login", { next: wanted === "/" ? undefined : wanted })} replace />;
	}
	if (data !== undefined) return <Context value={data}>{children}</Context>;
	return (
		<main className="centred">
			<WhenLoaded query={{ data: undefined, error, refetch }} what="the console">
				{() => null}
			</WhenLoaded>
		</main>
	);
}

/** Who is signed in. Only inside {@link RequireSession}. */
export function useSession(): Session {
	const session = useContext(Context);
	if (session === null) throw new Error("no session here");
	return session;
}

/** Why the viewer may change nothing; null: he may. */
export function useWhyNot(): string | null {
	const { name, role, by } = useSession();
	if (role === "operator") return null;
	const instead = by === "oidc" ? "Ask for a role that decides" : "Sign in with an operator's token";
	return `“${name}” is a viewer: it may look at everything and change nothing. ${instead}.`;
}

export function useSignOut(): () => Promise<void> {
	const queries = useQueryClient();
	const { by } = useSession();
	const [, navigate] = useLocation();
	return async () => {
		await signOut().catch(() => {});
		navigate(pathWith("/login", { out: by === "oidc" ? "1" : undefined }));
		queries.clear();
	};
}

export function useSignedIn(): (session: Session) => void {
	const queries = useQueryClient();
	return (session) => queries.setQueryData(SESSION_KEY, session);
}
