import type { Tenant, TenantState } from "./tenant.ts";

/** The last time that the file was read. */
export interface ReloadState {
	readonly ok: boolean;
	/** What was wrong with it: the log tells each. */
	readonly problems: number;
	/** ISO 8601; null: at the start. */
	readonly at: string | null;
}

/** How one database is. */
interface TenantHealth {
	readonly ready: boolean;
	readonly state: TenantState;
	readonly database: { readonly ok: boolean; readonly error_code: string | null };
	readonly listener: { readonly mode: string };
	/** Why nothing of it is sent at the moment, or null. */
	readonly paused: { readonly code: string; readonly reason: string } | null;
	/** The relay of another process that serves it, or null. */
	readonly served_by: string | null;
}

/** What `/readyz` tells of many databases to everybody who reaches the port. */
export interface PublicFleetHealth {
	/** Every database has been tried, and one of them works from here, or none is meant to. */
	readonly ready: boolean;
	readonly counts: {
		readonly total: number;
		readonly ready: number;
		readonly elsewhere: number;
		readonly paused: number;
		readonly not_ready: number;
	};
	/** Not ok: what was running before goes on as it was. */
	readonly file: ReloadState;
}

/**
 * The same with each database, for those who have a token or are at this machine: names are often those of customers.
 * No host names, no user names, no error texts.
 */
export interface FleetHealth extends PublicFleetHealth {
	readonly databases: Readonly<Record<string, TenantHealth>>;
}

export function withoutNames({ ready, counts, file }: FleetHealth): PublicFleetHealth {
	return { ready, counts, file };
}

const IN_THE_FILE = { code: "paused_in_file", reason: "the file with the databases says so" };

/**
 * One database that is down must not take the process out of service: the others need it. It is of no use once none
 * works.
 */
export function healthOf(tenants: readonly Tenant[], file: ReloadState): FleetHealth {
	const count = (holds: (tenant: Tenant) => boolean) => tenants.filter(holds).length;
	const ready = count((one) => one.isReady);
	const elsewhere = count(({ state }) => state === "elsewhere");
	const paused = count(({ state }) => state === "paused");
	const notReady = tenants.length - ready - elsewhere - paused;
	const isTried = tenants.every((one) => one.isTried);
	return {
		ready: isTried && (ready > 0 || notReady === 0),
		counts: { total: tenants.length, ready, elsewhere, paused, not_ready: notReady },
		file,
		databases: Object.fromEntries(tenants.map((tenant) => [tenant.name, tenantHealth(tenant)])),
	};
}

function tenantHealth(tenant: Tenant): TenantHealth {
	const { isReady, state, relay, reason, servedBy } = tenant;
	return {
		ready: isReady,
		state,
		database: { ok: relay?.databaseOk === true, error_code: reason },
		listener: { mode: relay?.listener ?? "connecting" },
		paused: state === "paused" ? IN_THE_FILE : (relay?.pause ?? null),
		served_by: servedBy,
	};
}
