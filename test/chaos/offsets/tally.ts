import type { Case, CaseResult, Stream } from "./small-run.ts";

/** What came of all cases of one trouble. */
interface BlowResult {
	readonly blow: Case["trouble"];
	readonly cases: number;
	/** That byte never came: the small run was shorter this time. */
	readonly notReached: number;
	readonly duplicated: number;
	readonly recoveryMs: { readonly median: number; readonly worst: number } | null;
}

export interface OffsetsResult {
	readonly step: number;
	readonly node: string;
	readonly interrupted: boolean;
	readonly streams: readonly { readonly to: string; readonly direction: string; readonly bytes: number }[];
	readonly cases: number;
	readonly blows: readonly BlowResult[];
	readonly violations: readonly string[];
}

export class Tally {
	readonly #lengths: ReadonlyMap<Stream, number>;
	readonly #step: number;
	readonly #results = new Map<Case["trouble"], CaseResult[]>();
	readonly violations: string[] = [];
	cases = 0;

	constructor(lengths: ReadonlyMap<Stream, number>, step: number) {
		[this.#lengths, this.#step] = [lengths, step];
	}

	add(one: Case, result: CaseResult): void {
		this.cases++;
		const results = this.#results.get(one.trouble) ?? [];
		results.push(result);
		this.#results.set(one.trouble, results);
		const { to, direction, offset, trouble } = one;
		for (const violation of result.violations)
			this.violations.push(`${to}, ${direction}, byte ${offset}, ${trouble}: ${violation}`);
	}

	result(interrupted: boolean): OffsetsResult {
		return {
			step: this.#step,
			node: process.version,
			interrupted,
			streams: [...this.#lengths].map(([{ to, direction }, bytes]) => ({ to, direction, bytes })),
			cases: this.cases,
			blows: [...this.#results].map(([blow, results]) => summary(blow, results)),
			violations: this.violations,
		};
	}
}

function summary(blow: Case["trouble"], results: readonly CaseResult[]): BlowResult {
	const reached = results.filter(({ isReached }) => isReached);
	const recoveries = reached.map(({ recoveryMs }) => Math.round(recoveryMs)).sort((a, b) => a - b);
	return {
		blow,
		cases: results.length,
		notReached: results.length - reached.length,
		duplicated: reached.reduce((sum, { duplicated }) => sum + duplicated, 0),
		recoveryMs:
			recoveries.length === 0
				? null
				: { median: recoveries[recoveries.length >> 1] as number, worst: recoveries.at(-1) as number },
	};
}
