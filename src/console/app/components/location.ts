import { useEffect } from "react";
import { useLocation, useSearch } from "wouter";
import { announce } from "./announcer.tsx";
import { PLACE } from "./database.ts";

export const BASE = `${PLACE}/console`;

/** A path of the page with its query; what is undefined or empty is left out. */
export function pathWith(path: string, query: Readonly<Record<string, string | undefined>>): string {
	const filled = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
	const text = new URLSearchParams(filled).toString();
	return text === "" ? path : `${path}?${text}`;
}

export function eventPath(id: string): string {
	return `/events/${encodeURIComponent(id)}`;
}

type Query = Readonly<Record<string, string>>;

/** The query string, where the state of a page lives, so that its address can be shared. */
export function useQuery(): Query {
	return Object.fromEntries(new URLSearchParams(useSearch()));
}

/** Changes parts of the query string: undefined takes a part away. */
export function useSetQuery(): (
	changes: Readonly<Record<string, string | undefined>>,
	options?: { readonly replace?: boolean; readonly state?: unknown },
) => void {
	const [path, navigate] = useLocation();
	const query = useQuery();
	return (changes, options = {}) => navigate(pathWith(path, { ...query, ...changes }), options);
}

/** Names the page: in the tab, and to those who listen. */
export function useTitle(title: string): void {
	useEffect(() => {
		document.title = `${title} · reward-outbox`;
		announce(`${title} page`);
	}, [title]);
}
