import { isWithoutProxy, type NoProxy } from "./no-proxy.ts";
import type { SettingsReader } from "./reader.ts";
import { SETTINGS } from "./settings.ts";
import { isLoopback } from "./value.ts";

/** How what lies outside is reached. */
export interface ProxyConfig {
	/** A proxy that opens the way. Left out: every way is direct. A secret: it may hold a password. */
	readonly proxyUrl?: URL;
	/** What is reached without it. */
	readonly noProxy?: NoProxy;
}

export function proxyPart(reader: SettingsReader): ProxyConfig {
	const proxyUrl = reader.read(SETTINGS.proxyUrl) ?? null;
	const noProxy = reader.read(SETTINGS.noProxy);
	return { ...(proxyUrl === null ? {} : { proxyUrl }), ...(noProxy === undefined ? {} : { noProxy }) };
}

/**
 * The proxy that opens the way to a URL; null: the way is direct. What is on this machine is never behind a proxy, and
 * over plain http: no tunnel is asked for.
 */
export function proxyFor(url: URL, { proxyUrl, noProxy = "" }: ProxyConfig): URL | null {
	if (url.protocol !== "https:" || isLoopback(url.hostname) || isWithoutProxy(url, noProxy)) return null;
	return proxyUrl ?? null;
}
