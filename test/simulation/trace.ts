/** Somebody in a story. */
export type Who = "writers" | "database" | "Reward" | "operator" | `relay ${number}`;

/** Something that one did, or sent to another. */
export interface Line {
	readonly at: number;
	readonly from: Who;
	/** The same as `from`: it concerns nobody else. */
	readonly to: Who;
	readonly what: string;
	/** Numbers of the events it is about, in the order in which they were written. */
	readonly events: readonly number[];
}

const NONE: readonly number[] = [];

/** Everything that happened in a story, in order: as a hash always, in words where somebody wants to read it. */
export class Trace {
	readonly #lines: Line[] | null;
	#first = 0x811c9dc5;
	#second = 0x9e3779b9;
	#count = 0;

	/** @param keepsLines whether the words are kept */
	constructor(keepsLines: boolean) {
		this.#lines = keepsLines ? [] : null;
	}

	get lines(): readonly Line[] {
		return this.#lines ?? [];
	}

	get count(): number {
		return this.#count;
	}

	add(at: number, from: Who, to: Who, what: string, events: readonly number[] = NONE): void {
		this.#count++;
		this.#mix(Math.round(at * 1000));
		this.#mix(codeOf(from));
		this.#mix(codeOf(to));
		this.#mix(codeOf(what));
		for (const event of events) this.#mix(event);
		this.#lines?.push({ at, from, to, what, events });
	}

	/** The same for the same story, on every machine. */
	get hash(): string {
		const hex = (part: number) => (part >>> 0).toString(16).padStart(8, "0");
		return hex(this.#first) + hex(this.#second);
	}

	#mix(number: number): void {
		this.#first = Math.imul(this.#first ^ number, 0x01000193);
		this.#second = Math.imul((this.#second << 5) ^ (this.#second >>> 27) ^ number, 0x85ebca6b);
	}
}

const CODES = new Map<string, number>();

/** Of a text. There are few, said again and again. */
function codeOf(text: string): number {
	const known = CODES.get(text);
	if (known !== undefined) return known;
	let code = 0;
	for (let n = 0; n < text.length; n++) code = (Math.imul(code, 31) + text.charCodeAt(n)) | 0;
	CODES.set(text, code);
	return code;
}
