import pg from "pg";
import { OutboxError } from "../errors.ts";
import { type Address, FILE, passwordsOf, textOf } from "./address.ts";
import { readNamedFile } from "./named-file.ts";
import { type ConnectionParameters, parseConnection } from "./parse.ts";
import { passwordFromFile } from "./password-file.ts";
import { type DatabaseLogin, PASSWORD_WITHIN_MS, type PasswordSource } from "./password-source.ts";
import { withService } from "./service-file.ts";
import { fits, ROLE_OF_SERVER, type ServerRole } from "./session-attributes.ts";
import { tlsAttempts } from "./tls.ts";

const SEARCH_TIMEOUT_MS = 5_000;
/** Where the address says nothing of it. */
const CONNECT_TIMEOUT_MS = 10_000;
const NO_TLS = /does not support SSL/;
/**
 * No server among several that may be written to. Of PostgreSQL's codes the one for that, so that it is tried again.
 */
const READ_ONLY = "25006";

/** What the driver needs for one connection. */
export type Place = pg.ClientConfig;

/**
 * Where connections go to. With one server that is known from its text; with several, or with an sslmode that tries two
 * ways, it is found out by asking them, remembered, and found out again after {@link forget}.
 */
export class ConnectionTarget {
	readonly #address: Address;
	#place: Promise<Place> | undefined;
	#attributes = "any";

	constructor(address: Address) {
		this.#address = address;
	}

	/** @throws what the driver says of the last server that was asked; OutboxError when the address is unusable */
	place(): Promise<Place> {
		this.#place ??= this.#find().catch((error) => {
			this.forget();
			throw error;
		});
		return this.#place;
	}

	/** The server did not answer, or is no longer what it was. */
	forget(): void {
		this.#place = undefined;
	}

	/** A server that was found may have become a standby since. @throws an error that is tried again */
	async confirm(client: pg.ClientBase): Promise<void> {
		if (this.#attributes === "any" || this.#attributes === "prefer-standby") return;
		const { rows } = await client.query<ServerRole>(ROLE_OF_SERVER);
		if (fits(this.#attributes, rows[0] as ServerRole)) return;
		this.forget();
		throw unfit(`the server is not ${this.#attributes} any more`);
	}

	async #find(): Promise<Place> {
		const parameters = await parametersOf(textOf(this.#address));
		const passwords = passwordsOf(this.#address);
		const places = await Promise.all(
			placesOf(parameters).map((place) =>
				passwords === undefined ? withPassword(place, parameters["passfile"]) : withPasswords(place, passwords),
			),
		);
		const attempts = await tlsAttempts(parameters);
		this.#attributes = parameters["target_session_attrs"] ?? (places.length > 1 ? "read-write" : "any");
		const ways = places.flatMap((place) => attempts.map((ssl) => (ssl === undefined ? place : { ...place, ssl })));
		const only = ways.length === 1 && this.#attributes === "any" ? ways[0] : undefined;
		return only ?? (await firstFitting(ways, this.#attributes));
	}
}

/** The first that answers and is what is asked for; for prefer-standby, any that answers if there is none. */
async function firstFitting(ways: readonly Place[], attributes: string): Promise<Place> {
	const failures: { readonly way: Place; readonly error: Error }[] = [];
	const answering: Place[] = [];
	for (const way of ways) {
		if (answering.some(({ host, port }) => host === way.host && port === way.port)) continue;
		try {
			const role = await ask(way);
			answering.push(way);
			if (fits(attributes, role)) return way;
			failures.push({ way, error: unfit(role.isStandby ? "a standby" : "not what is asked for") });
		} catch (error) {
			if (error instanceof OutboxError) throw error;
			failures.push({ way, error: error as Error });
		}
	}
	const [first] = answering;
	if (attributes === "prefer-standby" && first !== undefined) return first;
	throw failureOf(failures, attributes);
}

function failureOf(failures: readonly { readonly way: Place; readonly error: Error }[], attributes: string): Error {
	// That a server has no TLS is the lesser news where plain text was tried as well.
	const telling = failures.filter(({ error }) => !NO_TLS.test(error.message));
	const last = (telling.at(-1) ?? failures.at(-1))?.error ?? new Error("no server is named");
	if (failures.length < 2 && attributes === "any") return last;
	const each = failures.map(({ way, error }) => `${way.host}:${way.port}: ${error.message || error.name}`);
	const code = (last as { code?: unknown }).code ?? READ_ONLY;
	return Object.assign(new Error(`no server is ${attributes} (${each.join("; ")})`, { cause: last }), { code });
}

async function ask(place: Place): Promise<ServerRole> {
	const client = new pg.Client({
		connectionTimeoutMillis: SEARCH_TIMEOUT_MS,
		query_timeout: SEARCH_TIMEOUT_MS,
		...place,
		application_name: "reward-outbox search",
	});
	client.on("error", () => {});
	try {
		await client.connect();
		const { rows } = await client.query<ServerRole>(ROLE_OF_SERVER);
		return rows[0] as ServerRole;
	} finally {
		// Nobody waits for a server that does not answer to close.
		void client.end().catch(() => {});
	}
}

async function parametersOf(address: string): Promise<ConnectionParameters> {
	const text = address.startsWith(FILE) ? await contentOf(address.slice(FILE.length)) : address;
	const parameters = parseConnection(text);
	if (parameters !== null) return await withService(parameters);
	throw new OutboxError("connection_address", "what names the database is neither a URI nor key=value pairs", {
		hint: "postgres://user:password@host:5432/database",
	});
}

async function contentOf(file: string): Promise<string> {
	const text = await readNamedFile("DATABASE_URL_FILE", file, { code: "connection_file" });
	return text.replace(/\r?\n$/, "");
}

/** One for each host. What is not given is left to the driver, which knows PG* and .pgpass. */
function placesOf(parameters: ConnectionParameters): Place[] {
	const { user, password, dbname, options, connect_timeout, channel_binding } = parameters;
	const names = (parameters["hostaddr"] ?? parameters["host"] ?? "").split(",");
	const ports = (parameters["port"] ?? "").split(",");
	const seconds = Number(connect_timeout ?? 0);
	const common = {
		...(user === undefined ? {} : { user }),
		...(password === undefined ? {} : { password }),
		...(dbname === undefined ? {} : { database: dbname }),
		...(options === undefined ? {} : { options }),
		...(seconds > 0 ? { connectionTimeoutMillis: seconds * 1_000 } : {}),
		...(channel_binding === "require" || channel_binding === "prefer" ? { enableChannelBinding: true } : {}),
	};
	return names.map((host, index) => {
		const port = Number((ports.length === 1 ? ports[0] : ports[index]) || 0);
		return { ...common, ...(host === "" ? {} : { host }), ...(port === 0 ? {} : { port }) };
	});
}

/** Where none is given, the password file's. */
async function withPassword(place: Place, passfile: string | undefined): Promise<Place> {
	if (place.password !== undefined) return place;
	const { host, port, database, user } = place;
	const password = await passwordFromFile(passfile, { host, port, database, user });
	return password === undefined ? place : { ...place, password };
}

/** The driver asks for each connection anew, and its patience does not include the answer's time. */
function withPasswords(place: Place, passwords: PasswordSource): Place {
	const { connectionTimeoutMillis = CONNECT_TIMEOUT_MS } = place;
	// What was left out is known by then.
	async function password(this: pg.Client, { host, port, user, database }: DatabaseLogin): Promise<string> {
		try {
			return await passwords.ask({ host, port, user, database });
		} catch (error) {
			// The driver tells of it and leaves the connection open, until the server has waited for a minute.
			setImmediate(() => void this.end().catch(() => {}));
			throw error;
		}
	}
	return {
		...place,
		password: password as unknown as () => Promise<string>,
		connectionTimeoutMillis: connectionTimeoutMillis + PASSWORD_WITHIN_MS,
	};
}

function unfit(message: string): Error {
	return Object.assign(new Error(message), { code: READ_ONLY });
}
