import { createLogger, type Logger, type LoggerOptions, logEvents } from "./log.ts";

/** Where the lines of a log go. */
export interface LogTarget {
	/** Takes the text and says when it is through, or what was wrong. Neither throws nor waits. */
	write(text: string, done: (error?: Error | null) => void): void;
}

/** On their way to whoever reads the log, at most. Some ten thousand lines. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Between a log and its reader. A reader that is slow, stopped or gone, a disk that is full or a terminal that has died
 * costs lines and nothing else: what the log is about goes on, and memory does not grow.
 */
export class LogBuffer {
	readonly #target: LogTarget;
	readonly #onTakenAgain: (dropped: number) => void;
	#pendingBytes = 0;
	#dropped = 0;
	/** Of the dropped lines, those that the log has told of. */
	#told = 0;

	/** @param onTakenAgain called when lines are taken again, with how many were dropped meanwhile */
	constructor(target: LogTarget, onTakenAgain: (dropped: number) => void) {
		this.#target = target;
		this.#onTakenAgain = onTakenAgain;
	}

	/** Lines that nobody will read. */
	get dropped(): number {
		return this.#dropped;
	}

	write(line: string): void {
		if (this.#pendingBytes + line.length > MOST_BYTES) {
			this.#dropped++;
			return;
		}
		this.#pendingBytes += line.length;
		this.#target.write(line, (error) => this.#written(line.length, error ?? null));
	}

	#written(length: number, error: Error | null): void {
		this.#pendingBytes -= length;
		if (error !== null) this.#dropped++;
		else if (this.#dropped > this.#told && this.#pendingBytes <= MOST_BYTES / 2) {
			const dropped = this.#dropped - this.#told;
			this.#told = this.#dropped;
			this.#onTakenAgain(dropped);
		}
	}
}

/** A log that never holds up or ends what it is about. */
export function createBufferedLogger(
	target: LogTarget,
	options: Omit<LoggerOptions, "stream">,
): { readonly logger: Logger; readonly buffer: LogBuffer } {
	const buffer = new LogBuffer(target, (count) => logEvents.linesDropped(logger, { count }));
	const logger: Logger = createLogger({ ...options, stream: buffer });
	return { logger, buffer };
}
