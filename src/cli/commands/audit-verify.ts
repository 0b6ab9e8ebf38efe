import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Command } from "commander";
import type { Finding, Verdict } from "../../audit/findings.ts";
import type { AuditRecord } from "../../audit/records.ts";
import { OutboxError } from "../../errors.ts";
import { counted } from "../../words/counts.ts";
import { type Moment, moment } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { deciderOf } from "../decision.ts";
import { printJson, printLine, printNote } from "../output.ts";
import { Progress } from "../progress.ts";
import { printTable } from "../table.ts";

interface VerifyFlags {
	readonly since?: Moment;
	readonly file?: string;
	readonly anchors?: readonly string[];
	readonly json?: true;
}

const EXAMPLES = `
Finds what was changed, removed or added past the relays, and says where. Whoever may change everything in the database can
also make a new chain of what they like: only anchors, kept where they cannot change them, show that. Without --anchors the
database is asked for its own, which proves less. Ends with 1 when something is wrong.

Examples:
  $ reward-outbox audit verify
  $ reward-outbox audit verify --since 7d --anchors anchors.ndjson
  $ reward-outbox audit verify --anchors relay.log           the log of relays has them too
  $ reward-outbox audit verify --file record.ndjson          an export, without the database`;

export function registerAuditVerify(audit: Command, context: CommandContext): void {
	audit
		.command("verify")
		.summary("check that the record is as it was written")
		.description(
			"Checks that attempts, their events, and decisions are as they were recorded, and that none is missing.",
		)
		.option("--since <time>", "only what was recorded since then: 2026-03-01, 2026-03-01T10:00Z, or 7d (ago)", moment)
		.option("--file <path>", "an export by audit export, and not the database")
		.option("--anchors <path...>", "files with hashes that relays told: anchor files, or logs")
		.option("--json", "print one JSON document")
		.addHelpText("after", EXAMPLES)
		.action((flags: VerifyFlags) => runVerify(flags, context));
}

async function runVerify(flags: VerifyFlags, context: CommandContext): Promise<void> {
	const [{ Verifier }, { ToldHeads, anchorOf }] = await Promise.all([
		import("../../audit/verifier.ts"),
		import("../../audit/anchors.ts"),
	]);
	const told = new ToldHeads();
	for (const path of flags.anchors ?? []) {
		for await (const line of linesOf(path)) {
			const anchor = anchorOf(line);
			if (anchor !== null) told.add(anchor);
		}
	}
	const verifier = new Verifier(told);
	const progress = new Progress(context);
	const take = async (lines: AsyncIterable<string>) => {
		for await (const line of lines) {
			verifier.take(recordOf(line, flags.file));
			progress.advance(verifier.seen, null, "attempts and decisions checked");
		}
	};
	const verify = async (lines: AsyncIterable<string>): Promise<Verdict> => {
		await take(lines);
		progress.end();
		return verifier.verdict();
	};
	const verdict = await (flags.file === undefined
		? verifyDatabase(flags, context, verify)
		: verify(linesOf(flags.file)));
	if (flags.json) printJson(context, verdict);
	else printVerdict(context, verdict, flags);
	if (!verdict.ok) context.failQuietly();
}

/** That somebody looked is put on record: who, and what was found. */
async function verifyDatabase(
	flags: VerifyFlags,
	context: CommandContext,
	verify: (lines: AsyncIterable<string>) => Promise<Verdict>,
): Promise<Verdict> {
	const [{ readRecord }, { recordVerified }] = await Promise.all([
		import("../../store/audit/read-record.ts"),
		import("../../store/audit/record-verified.ts"),
	]);
	return await withCurrentSchema(
		context,
		"audit verify",
		async (db) => {
			const verdict = await verify(readRecord(db, flags.since));
			const { actor } = deciderOf({}, context);
			if (!(await recordVerified(db, verdict, actor)))
				printNote(context, "nothing can be written here: it is not put on record");
			return verdict;
		},
		0,
	);
}

async function* linesOf(path: string): AsyncGenerator<string> {
	try {
		const input = createReadStream(path);
		for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
			if (line !== "") yield line;
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code === undefined) throw error;
		throw new OutboxError("file_unreadable", `${path} cannot be read (${code})`);
	}
}

function recordOf(line: string, file: string | undefined): AuditRecord {
	try {
		return JSON.parse(line) as AuditRecord;
	} catch (error) {
		throw new OutboxError("not_a_record", `${file ?? "the database"} has a line that is no JSON`, {
			cause: error,
			hint: "expected what reward-outbox audit export printed",
		});
	}
}

function printVerdict(context: CommandContext, verdict: Verdict, flags: VerifyFlags): void {
	const { findings, problems, attempts, decisions, entries, chains } = verdict;
	const what = `${counted(attempts, "attempt")} and ${counted(decisions, "decision")}`;
	const looked = `${what} in ${counted(entries, "entry", "entries")} of ${counted(chains, "chain")}`;
	if (verdict.ok) printLine(context, `${looked}: all are as they were recorded`);
	else {
		printFindings(context, findings);
		printLine(context, `${looked}: ${counted(problems, "thing is", "things are")} wrong`);
	}
	for (const note of notesOf(verdict, flags)) printNote(context, note);
}

function printFindings(context: CommandContext, findings: readonly Finding[]): void {
	printTable(
		context,
		[{ header: "CODE" }, { header: "CHAIN" }, { header: "ENTRY", align: "right" }, { header: "WHAT", isProse: true }],
		findings.map(({ code, chain, entry_no, message }) => [code, chain, entry_no, message]),
	);
}

function notesOf(
	{ removed, not_chained, pending, anchors, findings, problems }: Verdict,
	flags: VerifyFlags,
): string[] {
	return [
		...(problems > findings.length ? [`the first ${findings.length} are listed`] : []),
		...(removed > 0 ? [`${counted(removed, "attempt")} went by retention or erasure, which is on record`] : []),
		...(not_chained > 0 ? [`${not_chained} were recorded while nothing was chained: nothing is known of them`] : []),
		...(pending > 0 ? [`${pending} were recorded just now, and follow in their chains`] : []),
		flags.anchors === undefined
			? "no anchors were given: who may change everything in the database could have made a new chain"
			: `${counted(anchors, "hash that was told outside is as it was", "hashes that were told outside are as they were")} told`,
	];
}
