/** What `/readyz` answers with: of a relay, of many, of a console. Everybody who reaches the port can read it. */
export interface Readiness {
	readonly ready: boolean;
}

/** The answer when the report itself could not be made in time. */
export interface HealthUnknown {
	readonly ready: false;
	readonly error: { readonly code: "health_timeout" | "health_failed"; readonly message: string };
}

/** A check that runs for this many deadlines is given up for lost, and the next caller starts another one. */
const LOST_AFTER_DEADLINES = 20;

/**
 * Makes a health check that is safe to expose to anybody: at most one runs at a time, whoever asks meanwhile gets the
 * same answer, and nobody waits longer than the deadline, even when the database hangs.
 *
 * @param deadlineMs How long one caller waits. Milliseconds.
 */
export function boundedHealth(
	health: () => Promise<Readiness>,
	deadlineMs: number,
): () => Promise<Readiness | HealthUnknown> {
	let running: { readonly report: Promise<Readiness | HealthUnknown>; readonly startedAt: number } | null = null;
	return async () => {
		const now = performance.now();
		if (running === null || now - running.startedAt > deadlineMs * LOST_AFTER_DEADLINES) {
			const check = { report: settled(health), startedAt: now };
			running = check;
			void check.report.then(() => {
				if (running === check) running = null;
			});
		}
		return await within(running.report, deadlineMs);
	};
}

async function settled(health: () => Promise<Readiness>): Promise<Readiness | HealthUnknown> {
	try {
		return await health();
	} catch {
		// What went wrong is not for strangers; the relay logs it where it happens.
		return unknown("health_failed", "the health check failed");
	}
}

async function within<T>(work: Promise<T>, deadlineMs: number): Promise<T | HealthUnknown> {
	const deadline = Promise.withResolvers<HealthUnknown>();
	const timer = setTimeout(() => deadline.resolve(unknown("health_timeout", "the health check hangs")), deadlineMs);
	try {
		return await Promise.race([work, deadline.promise]);
	} finally {
		clearTimeout(timer);
	}
}

function unknown(code: HealthUnknown["error"]["code"], message: string): HealthUnknown {
	return { ready: false, error: { code, message } };
}
