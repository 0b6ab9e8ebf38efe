import { type ChildProcess, spawn } from "node:child_process";
import { platform } from "node:os";
import { OutboxError } from "../errors.ts";

/** Whose password is wanted. */
export interface DatabaseLogin {
	readonly host: string;
	readonly port: number;
	readonly user: string;
	readonly database: string;
}

/** Where passwords come from that are made for each connection, such as tokens that expire. */
export interface PasswordSource {
	/** @throws OutboxError `connection_password` */
	ask(login: DatabaseLogin): Promise<string>;
}

/** How long a password may take. The server waits a minute. */
export const PASSWORD_WITHIN_MS = 10_000;
/** Tokens have a kilobyte or two. */
const MOST_BYTES = 64 * 1024;
const REFUSED = "connection_password";

/** A program's own function. */
export class PasswordFunction implements PasswordSource {
	readonly #ask: (login: DatabaseLogin) => unknown;

	constructor(ask: (login: DatabaseLogin) => unknown) {
		this.#ask = ask;
	}

	async ask(login: DatabaseLogin): Promise<string> {
		const late = Promise.withResolvers<never>();
		const timer = setTimeout(() => late.reject(failed(`${THE_FUNCTION} ${TOO_LATE}`)), PASSWORD_WITHIN_MS);
		try {
			const password = await Promise.race([this.#called(login), late.promise]);
			if (typeof password === "string") return usable(password, THE_FUNCTION);
			throw failed(
				`${THE_FUNCTION} gave ${password === undefined ? "nothing" : `a ${typeof password}`}, expected text`,
			);
		} finally {
			clearTimeout(timer);
		}
	}

	async #called(login: DatabaseLogin): Promise<unknown> {
		try {
			return await this.#ask(login);
		} catch (cause) {
			throw failed(`${THE_FUNCTION} failed: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
		}
	}
}

const THE_FUNCTION = "the function databasePassword";
const THE_COMMAND = "the command that prints the database's password";
const TOO_LATE = `has not answered within ${PASSWORD_WITHIN_MS / 1000} seconds`;

/** A command of the system's shell that prints it. Two of the same text are the same. */
export class PasswordCommand implements PasswordSource {
	readonly command: string;
	/** 0: it is run for every connection. Milliseconds. */
	readonly keptMs: number;
	readonly #environment: Readonly<Record<string, string | undefined>>;
	readonly #kept = new Map<string, { readonly password: Promise<string>; readonly until: number }>();

	/** @param environment the command's, besides the login in libpq's variables */
	constructor(command: string, keptMs: number, environment: Readonly<Record<string, string | undefined>>) {
		this.command = command;
		this.keptMs = keptMs;
		this.#environment = environment;
	}

	async ask(login: DatabaseLogin): Promise<string> {
		if (this.keptMs === 0) return this.#run(login);
		const whose = JSON.stringify(Object.values(login));
		const known = this.#kept.get(whose);
		if (known !== undefined && performance.now() < known.until) return known.password;
		const password = this.#run(login);
		this.#kept.set(whose, { password, until: performance.now() + this.keptMs });
		password.catch(() => this.#kept.delete(whose));
		return password;
	}

	async #run({ host, port, user, database }: DatabaseLogin): Promise<string> {
		const ofLogin = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGDATABASE: database };
		const output = await outputOf(this.command, { ...this.#environment, ...ofLogin });
		return usable(output.replace(/\r?\n$/, ""), THE_COMMAND);
	}
}

/** What a command prints, without what it says on stderr. It ends, with all that it has started, when it is late. */
function outputOf(command: string, env: NodeJS.ProcessEnv): Promise<string> {
	return new Promise((resolve, reject) => {
		const isGroup = platform() !== "win32";
		const child = spawn(command, { shell: true, env, stdio: ["ignore", "pipe", "ignore"], detached: isGroup });
		const chunks: Buffer[] = [];
		let bytes = 0;
		const giveUp = (reason: string) => {
			clearTimeout(timer);
			end(child, isGroup);
			child.stdout.destroy();
			reject(failed(`${THE_COMMAND} ${reason}`));
		};
		const timer = setTimeout(() => giveUp(TOO_LATE), PASSWORD_WITHIN_MS);
		child.stdout.on("data", (chunk: Buffer) => {
			chunks.push(chunk);
			bytes += chunk.length;
			if (bytes > MOST_BYTES) giveUp(`printed more than ${MOST_BYTES} bytes`);
		});
		child.on("error", () => giveUp("could not be started: there is no shell"));
		child.on("close", (status, signal) => {
			if (status !== 0) return giveUp(status === null ? `was ended by ${signal}` : `ended with ${status}`);
			clearTimeout(timer);
			resolve(Buffer.concat(chunks).toString());
		});
	});
}

/** With what it has started: a shell that is ended alone leaves the rest behind. */
function end(child: ChildProcess, isGroup: boolean): void {
	child.kill("SIGKILL");
	if (child.pid === undefined || !isGroup) return;
	const ending = spawn(`kill -s KILL -- -${child.pid}`, { shell: true, stdio: "ignore" });
	// Without a shell nothing was started either.
	ending.on("error", () => {});
	ending.unref();
}

function usable(password: string, whose: string): string {
	if (password === "") throw failed(`${whose} gave nothing`);
	if (/\p{Cc}/u.test(password)) throw failed(`${whose} gave more than one line, or characters of control`);
	return password;
}

function failed(message: string, cause?: unknown): OutboxError {
	const hint = message.startsWith(THE_COMMAND) ? COMMAND_HINT : FUNCTION_HINT;
	return new OutboxError(REFUSED, message, { hint, ...(cause === undefined ? {} : { cause }) });
}

const COMMAND_HINT =
	"run it as the user of this process; PGHOST, PGPORT, PGUSER and PGDATABASE say whose is wanted, and what it prints is shown nowhere";
const FUNCTION_HINT = "it is called with host, port, user and database, and returns the password or a promise of it";
