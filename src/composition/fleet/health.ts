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
}

/**
 * What `/readyz` tells of many databases. Names are those of the file: no host names, no user names, no error texts.
 */
export interface FleetHealth {
	/** Every database has been tried, and one of them works, or none is meant to. */
	readonly ready: boolean;
	readonly counts: {
		readonly total: number;
		readonly ready: number;
		readonly paused: number;
		readonly not_ready: number;
	};
	/** Not ok: what was running before goes on as it was. */
	readonly file: ReloadState;
	readonly databases: Readonly<Record<string, TenantHealth>>;
}

const IN_THE_FILE = { code: "paused_in_file", reason: "the file with the databases says so" };

/**
 * One database that is down must not take the process out of service: the others need it. It is of no use once none
 * works.
 */
export function healthOf(tenants: readonly Tenant[], file: ReloadState): FleetHealth {
	const count = (holds: (tenant: Tenant) => boolean) => tenants.filter(holds).length;
	const [ready, paused] = [count((one) => one.isReady), count(({ state }) => state === "paused")];
	const counts = { total: tenants.length, ready, paused, not_ready: tenants.length - ready - paused };
	const isTried = tenants.every(({ state }) => state !== "starting");
	return {
		ready: isTried && (ready > 0 || paused === tenants.length),
		counts,
		file,
		databases: Object.fromEntries(tenants.map((tenant) => [tenant.name, tenantHealth(tenant)])),
	};
}

function tenantHealth(tenant: Tenant): TenantHealth {
	const { isReady, state, relay, reason } = tenant;
	return {
		ready: isReady,
		state,
		database: { ok: relay?.databaseOk === true, error_code: reason },
		listener: { mode: relay?.listener ?? "connecting" },
		paused: state === "paused" ? IN_THE_FILE : (relay?.pause ?? null),
	};
}
