/** What `/readyz` tells. Everybody who reaches the port can read it: no host names, no user names, no error texts. */
export interface HealthReport {
	/** Whether the relay can do its work: the database answers and the listener's truth is known. */
	readonly ready: boolean;
	readonly database: {
		readonly ok: boolean;
		/** A short code when it does not answer, e.g. `ECONNREFUSED` or an SQLSTATE. */
		readonly error_code?: string | null;
		/** How long the last answer took. */
		readonly latency_ms?: number | null;
	};
	/** How new events are noticed. `deaf`: the listening connection does not hear its own probe. */
	readonly listener: {
		readonly mode: "connecting" | "listening" | "polling" | "deaf";
		/** ISO 8601: since when. */
		readonly since?: string | null;
	};
	/** Sessions of others that hold what relays wait for. */
	readonly held_up_by?: readonly {
		readonly pid: number;
		readonly role: string | null;
		readonly application: string | null;
		readonly holds: string;
	}[];
	/** Why nothing is sent at the moment, or null. A paused relay is ready: restarting it would not help. */
	readonly paused: { readonly code: string; readonly reason: string; readonly since?: string | null } | null;
}
