import picocolors from "picocolors";
import { escapeForTerminal } from "../escape.ts";
import type { AttemptLine, Logger } from "../log.ts";

/** Tells on the terminal what happens, while it happens. */
export class Narrator {
	readonly #write: (text: string) => void;
	readonly #colours: ReturnType<typeof picocolors.createColors>;
	readonly #labels = new Map<string, string>();

	constructor(write: (text: string) => void, colour: boolean) {
		this.#write = write;
		this.#colours = picocolors.createColors(colour);
	}

	heading(text: string): void {
		this.#write(`\n${this.#colours.bold(text)}\n`);
	}

	line(text: string): void {
		this.#write(`  ${text}\n`);
	}

	/** Something to copy: without a margin. */
	code(text: string): void {
		this.#write(`${this.#colours.cyan(text)}\n`);
	}

	good(text: string): void {
		this.#write(`  ${this.#colours.green(text)}\n`);
	}

	/** What to call an event from now on. */
	label(eventId: string, label: string): void {
		this.#labels.set(eventId, label);
	}

	/** A log for the relay that tells of attempts and keeps everything else to itself. */
	logger(): Logger {
		const tell = (fields: object) => {
			if ("next" in fields) this.#attempt(fields as AttemptLine);
		};
		return { trace() {}, debug() {}, info: tell, warn: tell, error: tell, fatal: tell };
	}

	#attempt({ event_id, attempt, next, http_status, error_code, duration_ms, next_attempt_in_ms }: AttemptLine): void {
		const what = this.#labels.get(event_id) ?? `event ${event_id}`;
		if (next === "delivered") {
			this.#labels.delete(event_id);
			const which = attempt === 1 ? "" : `, at attempt ${attempt}`;
			this.#write(
				`  ${this.#colours.green("→ delivered")}  ${what} (HTTP ${http_status}, ${duration_ms} ms${which})\n`,
			);
			return;
		}
		const why = escapeForTerminal(error_code ?? (http_status === null ? "no answer" : `HTTP ${http_status}`));
		const then = next === "pending" ? `again in ${next_attempt_in_ms} ms` : `it is ${next}`;
		this.#write(`  ${this.#colours.yellow("→ failed")}     ${what}: ${why}; ${then}\n`);
	}
}
