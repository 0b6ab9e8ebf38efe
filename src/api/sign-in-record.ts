import type { WayIn } from "../access/access.ts";
import type { Identity } from "../access/token.ts";
import { type Logger, logEvents } from "../log.ts";
import type { ConsoleRights } from "../store/console-database.ts";
import type { Database } from "../store/database.ts";
import { sqlState } from "../store/database-error.ts";
import { recordSignIn } from "../store/record-sign-in.ts";

/** Whoever guesses writes one row in this time, however much they guess. */
const REFUSALS_EVERY_MS = 600_000;
const MOST_ADDRESSES = 10;

interface Refusals {
	count: number;
	readonly addresses: Set<string>;
	readonly ways: Set<WayIn>;
}

/**
 * Puts on record who signs in, beside what they then decide. It keeps nobody waiting: who cannot be recorded, because
 * the database is away, is in the log.
 */
export class SignInRecord {
	readonly #database: Database;
	readonly #rights: () => ConsoleRights | null;
	readonly #log: Logger;
	readonly #writing = new Set<Promise<void>>();
	/** Since the last row about them. */
	#refusals: Refusals = noRefusals();
	/** Runs while refusals are only counted. */
	#timer: NodeJS.Timeout | null = null;

	constructor(database: Database, rights: () => ConsoleRights | null, log: Logger) {
		this.#database = database;
		this.#rights = rights;
		this.#log = log;
	}

	signedIn({ name, role }: Identity, by: WayIn, address: string): void {
		logEvents.signedIn(this.#log, { name, role, by });
		this.#write(name, { by, role, address });
	}

	/** The first is on record at once, the next ones together. */
	refused(by: WayIn, address: string): void {
		const { ways, addresses } = this.#refusals;
		this.#refusals.count++;
		ways.add(by);
		if (addresses.size < MOST_ADDRESSES) addresses.add(address);
		if (this.#timer === null) this.#tellRefusals();
	}

	/** What is only counted is written. May be called twice. */
	async close(): Promise<void> {
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
		if (this.#refusals.count > 0) this.#writeRefusals();
		await Promise.all(this.#writing);
	}

	#tellRefusals(): void {
		this.#writeRefusals();
		this.#timer = setTimeout(() => {
			this.#timer = null;
			if (this.#refusals.count > 0) this.#tellRefusals();
		}, REFUSALS_EVERY_MS);
		this.#timer.unref();
	}

	#writeRefusals(): void {
		const { count, addresses, ways } = this.#refusals;
		this.#refusals = noRefusals();
		this.#write(null, { times: count, by: [...ways], addresses: [...addresses] });
	}

	#write(actor: string | null, detail: object): void {
		// Its database user may read only.
		if (this.#rights()?.may === "read") return;
		const written = recordSignIn(this.#database, actor, detail)
			.catch((error) => logEvents.signInUnrecorded(this.#log, { error_code: sqlState(error) ?? null }))
			.finally(() => this.#writing.delete(written));
		this.#writing.add(written);
	}
}

function noRefusals(): Refusals {
	return { count: 0, addresses: new Set(), ways: new Set() };
}
