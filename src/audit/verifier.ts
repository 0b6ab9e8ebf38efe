import type { ToldHeads } from "./anchors.ts";
import { entriesInWords, type Finding, type FindingCode, type Verdict } from "./findings.ts";
import { attemptLine, decisionLine, entryHash, subjectOf } from "./hashes.ts";
import { lostTextProblem } from "./lost-texts.ts";
import type { AttemptRecord, AuditRecord, ChainRecord, DecisionRecord, EntryRecord, HeaderRecord } from "./records.ts";
import { stateProblem } from "./states.ts";
import { Switches } from "./switches.ts";
import { Withdrawals } from "./withdrawals.ts";

/** More than anybody reads; all are counted. */
const MOST_LISTED = 1_000;

type Place = Partial<Omit<Finding, "code" | "message">>;

/** Where a chain is. */
interface Position {
	readonly chain: ChainRecord;
	lastNo: number;
	lastHash: string | null;
	/** Not looked at any earlier. */
	firstNo: number | null;
}

/**
 * Goes through a record line by line, as docs/audit.md has it, and notes what is wrong. In memory are the ids of what
 * was removed or lost a text, and nothing else that grows with the record.
 */
export class Verifier {
	readonly #told: ToldHeads;
	readonly #findings: Finding[] = [];
	readonly #positions = new Map<string, Position>();
	readonly #withdrawals = new Withdrawals();
	readonly #switches = new Switches();
	/** Decisions that have lost their reason; by what, their chain says further on. */
	readonly #silent = new Map<number, Place>();
	#header: HeaderRecord | null = null;
	/** What the entry at hand lists and was not seen yet: subject to line. */
	#expected = new Map<string, string>();
	#entry: Pick<EntryRecord, "chain" | "kind"> & { readonly entry_no: number | null } = NONE;
	#lines = 0;
	#isWhole = false;
	readonly #counts = {
		entries: 0,
		attempts: 0,
		decisions: 0,
		removed: 0,
		not_chained: 0,
		pending: 0,
		anchors: 0,
		problems: 0,
	};

	/** @param told what was told outside; empty: nothing is known of it */
	constructor(told: ToldHeads) {
		this.#told = told;
	}

	/** Attempts and decisions looked at. */
	get seen(): number {
		return this.#counts.attempts + this.#counts.decisions;
	}

	take(record: AuditRecord): void {
		switch (record.type) {
			case "record":
				this.#header = record;
				break;
			case "chain":
				this.#closeEntry();
				this.#openChain(record);
				break;
			case "entry":
				this.#closeEntry();
				this.#link(record);
				this.#openEntry(record, record.body, record.entry_no);
				break;
			case "pending":
				this.#closeEntry();
				this.#counts.pending += record.body.split("\n").length;
				this.#openEntry(record, record.body, null);
				break;
			case "attempt":
				this.#takeAttempt(record);
				break;
			case "decision":
				this.#takeDecision(record);
				break;
			case "unlisted":
				this.#closeEntry();
				break;
			case "state":
				this.#note(...stateProblem(record));
				break;
			case "end":
				this.#isWhole = record.lines === this.#lines;
				break;
			default:
				record satisfies never;
		}
		this.#lines += 1;
	}

	verdict(): Verdict {
		this.#closeEntry();
		if (this.#header === null || !this.#isWhole) {
			this.#note("not_whole", {}, "the record is not whole: it was cut off, or lines are missing");
		}
		for (const { chain, lastNo } of this.#positions.values()) this.#closeChain(chain, lastNo);
		this.#lookForLostReasons();
		if (this.#header?.since === null && !this.#switches.explain(this.#header)) {
			this.#note("switch_unrecorded", {}, "chaining was switched on or off by nothing that is on record");
		}
		this.#lookForCutTails();
		const { problems } = this.#counts;
		return {
			ok: problems === 0,
			since: this.#header?.since ?? null,
			chains: this.#positions.size,
			...this.#counts,
			findings: this.#findings,
		};
	}

	#openChain(chain: ChainRecord): void {
		const isPart = this.#header?.since !== null;
		const from = isPart ? { lastNo: 0, lastHash: null } : { lastNo: chain.cut_through, lastHash: chain.cut_hash };
		this.#positions.set(chain.chain, { chain, firstNo: null, ...from });
	}

	/** An entry must be the next one, cover the hash before it, and have the hash that follows from that. */
	#link(entry: EntryRecord): void {
		this.#counts.entries += 1;
		const { chain, entry_no, previous, hash } = entry;
		this.#switches.addEntry(entry.at);
		const position = this.#positions.get(chain);
		if (position === undefined) throw new Error(`an entry of ${chain} before the chain itself`);
		// A part of a chain begins wherever it does.
		const isFirstOfPart = position.firstNo === null && this.#header?.since !== null;
		position.firstNo ??= entry_no;
		if (!isFirstOfPart && entry_no !== position.lastNo + 1) {
			const missing = position.lastNo + 1;
			this.#note(
				"entry_missing",
				{ chain, entry_no: missing },
				`${entriesInWords(missing, entry_no - 1)} of ${chain} missing`,
			);
		} else if (entryHash(entry) !== hash || (!isFirstOfPart && previous !== position.lastHash)) {
			this.#note("entry_changed", { chain, entry_no }, `entry ${entry_no} of ${chain} is not as it was written`);
		}
		position.lastNo = entry_no;
		position.lastHash = hash;
		this.#compareWithAnchor(entry);
	}

	#compareWithAnchor({ chain, entry_no, hash }: EntryRecord): void {
		const told = this.#told.take(chain, entry_no);
		if (told === undefined || !this.#isOurs(told.installation)) return;
		if (told.hash === hash) this.#counts.anchors += 1;
		else
			this.#note(
				"anchor_differs",
				{ chain, entry_no },
				`entry ${entry_no} of ${chain} is another than was told outside`,
			);
	}

	#openEntry({ chain, kind }: Pick<EntryRecord, "chain" | "kind">, body: string, entryNo: number | null): void {
		this.#entry = { chain, kind, entry_no: entryNo };
		const lines = body.split("\n");
		if (kind === "attempts" || kind === "decisions") {
			this.#expected = new Map(lines.map((line) => [subjectOf(line, kind), line]));
		} else {
			this.#withdrawals.add(kind, lines);
		}
	}

	/** What it lists and nobody has shown is gone. Only what retention or erasure took may be. */
	#closeEntry(): void {
		const { chain, kind, entry_no } = this.#entry;
		for (const subject of this.#expected.keys()) {
			if (kind === "decisions") {
				const operation_no = Number(subject);
				this.#note("decision_removed", { chain, entry_no, operation_no }, `decision ${subject} was removed`);
				continue;
			}
			const [event_id = "", attempt] = subject.split(" ");
			if (this.#withdrawals.isRemoved(event_id)) this.#counts.removed += 1;
			else {
				const place = { chain, entry_no, event_id, attempt: Number(attempt) };
				this.#note("attempt_removed", place, `attempt ${attempt} of event ${event_id} was removed`);
			}
		}
		this.#expected = new Map();
		this.#entry = NONE;
	}

	#takeAttempt(attempt: AttemptRecord): void {
		this.#counts.attempts += 1;
		const line = attemptLine(attempt);
		const expected = this.#expected.get(subjectOf(line, "attempts"));
		const place = { ...this.#place(), event_id: attempt.event_id, attempt: attempt.attempt };
		const named = `attempt ${attempt.attempt} of event ${attempt.event_id}`;
		if (expected === undefined) this.#unlisted(attempt.started_at, "attempt_added", place, named);
		else if (expected !== line) this.#note("attempt_changed", place, `${named}, or the event itself, was changed`);
		this.#expected.delete(subjectOf(line, "attempts"));
		const problem = lostTextProblem(attempt, this.#withdrawals.remainsOf(attempt.event_id));
		if (problem !== null) this.#note(problem[0], place, problem[1]);
	}

	#takeDecision(decision: DecisionRecord): void {
		this.#counts.decisions += 1;
		const { operation_no, event_id } = decision;
		const line = decisionLine(decision);
		const expected = this.#expected.get(subjectOf(line, "decisions"));
		const place = { ...this.#place(), operation_no, event_id };
		if (expected === line) this.#switches.addDecision(decision);
		const named = `decision ${operation_no}`;
		if (expected === undefined) this.#unlisted(decision.at, "decision_added", place, named);
		else if (expected !== line) this.#note("decision_changed", place, `${named} was changed`);
		this.#expected.delete(subjectOf(line, "decisions"));
		if (decision.texts_digest === null) return;
		this.#silent.set(operation_no, place);
		if ((decision.reason ?? decision.detail) !== null) {
			this.#note("decision_changed", place, `${named} was given a reason after it had lost its own`);
		}
	}

	/** What was recorded before anything was chained may be in no chain; anything else must be. */
	#unlisted(at: string, code: FindingCode, place: Place, named: string): void {
		if (this.#header !== null && (!this.#header.chained || at < this.#header.chained_since))
			this.#counts.not_chained += 1;
		else this.#note(code, place, `${named} is in no chain: it was added past the relays`);
	}

	#lookForLostReasons(): void {
		for (const [operationNo, place] of this.#silent) {
			if (this.#withdrawals.isSilenced(operationNo)) continue;
			const message = `the reason of decision ${operationNo} was removed, by nothing that is on record`;
			this.#note("text_removed", place, message);
		}
	}

	#closeChain(chain: ChainRecord, lastNo: number): void {
		const { cut_through, cut_hash, told_through } = chain;
		if (this.#header?.since !== null) return;
		if (cut_through > 0 && this.#withdrawals.cutOf(chain.chain) !== `${chain.chain} ${cut_through} ${cut_hash}`) {
			this.#note(
				"cut_unrecorded",
				{ chain: chain.chain, entry_no: cut_through },
				`the beginning of ${chain.chain}, through entry ${cut_through}, was removed by nothing that is on record`,
			);
		}
		if (told_through > lastNo) {
			const place = { chain: chain.chain, entry_no: lastNo + 1 };
			this.#note("tail_cut", place, `${entriesInWords(lastNo + 1, told_through)} of ${chain.chain} missing at its end`);
		}
	}

	#lookForCutTails(): void {
		for (const { chain, entry_no, installation } of this.#told.rest()) {
			if (!this.#isOurs(installation)) continue;
			const position = this.#positions.get(chain);
			// Before what was looked at, or gone by retention, which is on record.
			if (position !== undefined && entry_no < (position.firstNo ?? position.lastNo + 1)) continue;
			if (position === undefined && this.#header?.since !== null) continue;
			this.#note("tail_cut", { chain, entry_no }, `entry ${entry_no} of ${chain} was told outside, and is missing`);
		}
	}

	#isOurs(installation: string): boolean {
		const header = this.#header;
		return header !== null && (installation === header.installation || header.lineage.includes(installation));
	}

	#place(): Place {
		return { chain: this.#entry.entry_no === null ? null : this.#entry.chain, entry_no: this.#entry.entry_no };
	}

	#note(code: FindingCode, place: Place, message: string): void {
		this.#counts.problems += 1;
		if (this.#findings.length >= MOST_LISTED) return;
		this.#findings.push({
			code,
			chain: null,
			entry_no: null,
			event_id: null,
			attempt: null,
			operation_no: null,
			...place,
			message,
		});
	}
}

/** What follows no entry is in none. */
const NONE = { chain: "", kind: "attempts", entry_no: null } as const;
