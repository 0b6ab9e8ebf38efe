import { ToldHeads } from "../../src/audit/anchors.ts";
import type { Verdict } from "../../src/audit/findings.ts";
import type { AuditRecord } from "../../src/audit/records.ts";
import { Verifier } from "../../src/audit/verifier.ts";
import { readRecord } from "../../src/store/audit/read-record.ts";
import { openDatabase } from "../../src/store/database.ts";
import type { Stage } from "./stage.ts";

/** What `audit verify` says of all that was recorded: nobody changed anything, so nothing may be found. */
export async function auditRecord({ url }: Pick<Stage, "url">): Promise<Verdict> {
	const db = openDatabase({ url, applicationName: "audit", maxConnections: 1, statementTimeoutMs: 0 });
	const verifier = new Verifier(new ToldHeads());
	try {
		for await (const line of readRecord(db, undefined)) verifier.take(JSON.parse(line) as AuditRecord);
		return verifier.verdict();
	} finally {
		await db.end();
	}
}
