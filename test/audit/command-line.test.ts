import { execFile, execFileSync } from "node:child_process";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import { ParquetFile } from "../../src/cli/parquet.ts";
import { checkRecord } from "../../src/doctor/record.ts";
import { readOverview } from "../../src/store/inspect/overview.ts";
import { attentionInWords } from "../../src/words/attention.ts";
import { parseCsv } from "../api/read-csv.ts";
import { runCli } from "../cli/run-cli.ts";
import { accept, claimAll, insert } from "../store/events.ts";
import { createTestDatabase } from "../support/database.ts";
import { chainAll, exported, recordSome } from "./records.ts";

const EXAMPLE = join(import.meta.dirname, "../../examples/python-audit/verify.py");
const hasPython = (() => {
	try {
		return /^Python 3/.test(execFileSync("python3", ["--version"], { encoding: "utf8" }));
	} catch {
		return false;
	}
})();

/** What the example says of an export. */
async function checkedByPython(path: string): Promise<{ code: number; stdout: string }> {
	return promisify(execFile)("python3", [EXAMPLE, path]).then(
		({ stdout }) => ({ code: 0, stdout }),
		({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
	);
}

test.skipIf(!hasPython)(
	"the example in Python finds a row that was edited in psql, and a line that is missing",
	async () => {
		await using database = await createTestDatabase();
		await using folder = await mkdtempDisposable(join(tmpdir(), "reward-outbox-audit-"));
		const { other, accepted } = await recordSome(database);
		await database.query("SELECT reward_outbox.erase_user('Cy', 100, 'dpo')");
		await database.query("SELECT reward_outbox.strip_events($1, true, true)", [accepted]);
		await database.query("SELECT reward_outbox.delete_events($1)", [accepted.slice(1)]);
		const path = join(folder.path, "record.ndjson");
		const check = async (lines: readonly string[]) => {
			await writeFile(path, lines.join("\n"));
			return checkedByPython(path);
		};
		const lines = await exported(database);
		expect(await check(lines)).toEqual({ code: 0, stdout: "all is as it was recorded\n" });
		expect((await check(lines.filter((line) => !line.includes('"Bob"')))).stdout).toContain(`removed: ${other}`);
		expect((await check(lines.filter((line) => !line.includes('"kind":"removed"')))).code).toBe(1);
		await database.query(`UPDATE reward_outbox.outbox SET payload = '{"value": 100}' WHERE id = $1`, [other]);
		expect(await check(await exported(database))).toMatchObject({ code: 1, stdout: expect.stringContaining(other) });
	},
);

test("audit verify says what was edited in psql and where, in the database and in an export, and ends with 1", async () => {
	await using database = await createTestDatabase();
	await using folder = await mkdtempDisposable(join(tmpdir(), "reward-outbox-audit-"));
	const env = { DATABASE_URL: database.url };
	const { other } = await recordSome(database);
	const verify = (...args: string[]) => runCli(["audit", "verify", ...args], env);
	const untouched = await verify();
	expect(untouched).toMatchObject({ code: 0, stderr: expect.stringContaining("no anchors were given") });
	expect(untouched.stdout).toBe("6 attempts and 2 decisions in 6 entries of 5 chains: all are as they were recorded\n");
	await database.query(`UPDATE reward_outbox.outbox SET payload = '{"value": 100}' WHERE id = $1`, [other]);
	const inDatabase = await verify("--json");
	expect(inDatabase.code).toBe(1);
	expect(JSON.parse(inDatabase.stdout)).toMatchObject({
		ok: false,
		problems: 1,
		findings: [{ code: "attempt_changed", chain: "relay-2", entry_no: 1, event_id: other }],
	});
	const path = join(folder.path, "record.ndjson");
	await writeFile(path, (await runCli(["audit", "export"], env)).stdout);
	const inExport = await runCli(["audit", "verify", "--file", path]);
	expect(inExport.code).toBe(1);
	expect(inExport.stdout).toMatch(new RegExp(`attempt_changed +relay-2 +1 +attempt 1 of event ${other}`));
});

test("anchors are read from files of anchors and from logs, whatever else stands there", async () => {
	await using database = await createTestDatabase();
	await using folder = await mkdtempDisposable(join(tmpdir(), "reward-outbox-audit-"));
	const env = { DATABASE_URL: database.url };
	await recordSome(database);
	const { rows } = await database.query(`
		SELECT json_build_object('msg', 'record anchored', 'installation', i.installation_id, 'heads', json_agg(h)) AS line
		FROM reward_outbox.chain_heads(100) h, reward_outbox.installation i GROUP BY i.installation_id`);
	const path = join(folder.path, "relay.log");
	await writeFile(path, `relay started\n{"msg":"x"}\n${JSON.stringify(rows[0]?.["line"])}\n{"heads": [`);
	const { code, stderr } = await runCli(["audit", "verify", "--anchors", path], env);
	expect({ code, stderr }).toMatchObject({
		code: 0,
		stderr: expect.stringContaining("4 hashes that were told outside"),
	});
	const missing = await runCli(["audit", "verify", "--anchors", join(folder.path, "none")], env);
	expect(missing).toMatchObject({ code: 1, stderr: expect.stringMatching(/cannot be read \(ENOENT\)/) });
});

test("audit export --format csv has a line for each attempt and decision, and --since leaves out what is older", async () => {
	await using database = await createTestDatabase();
	const env = { DATABASE_URL: database.url };
	await recordSome(database);
	const [header = [], ...rows] = parseCsv((await runCli(["audit", "export", "--format", "csv"], env)).stdout);
	expect(rows.map((row) => row[header.indexOf("type")]).sort()).toEqual([
		...Array<string>(6).fill("attempt"),
		...Array<string>(2).fill("decision"),
	]);
	expect(rows.map((row) => row[header.indexOf("user_id")])).toContain('Ada "L" \u{1f600}');
	const { rows: now } = await database.query("SELECT to_json(clock_timestamp()) #>> '{}' AS now");
	await database.query("SELECT reward_outbox.resume_trigger('payment', 'a test', 'Eve')");
	await insert(database.pool);
	await accept(database, await claimAll(database), undefined, 1);
	await chainAll(database);
	const verdict = await runCli(["audit", "verify", "--json", "--since", now[0]?.["now"]], env);
	expect(JSON.parse(verdict.stdout)).toMatchObject({ ok: true, attempts: 1, decisions: 1, entries: 2 });
});

test("audit off and on go on record, and say whether they changed something", async () => {
	await using database = await createTestDatabase();
	const env = { DATABASE_URL: database.url };
	const off = await runCli(["audit", "off", "--reason", "load test", "--json"], env);
	expect(JSON.parse(off.stdout)).toEqual({ chained: false, changed: true });
	expect((await runCli(["audit", "on"], env)).stdout).toContain("is chained from now on");
	const { rows } = await database.query("SELECT action, reason FROM reward_outbox.operations ORDER BY operation_no");
	expect(rows).toEqual([
		{ action: "chain_off", reason: "load test" },
		{ action: "chain_on", reason: null },
	]);
});

test("who verified is on record, and what was found is told by status and doctor until all is in order", {
	timeout: 60_000,
}, async () => {
	await using database = await createTestDatabase();
	const env = { DATABASE_URL: database.url };
	const { other } = await recordSome(database);
	const told = async () => {
		const [overview, [check]] = await Promise.all([readOverview(database.pool), checkRecord(database.pool)]);
		const needsAPerson = attentionInWords(overview).some((entry) => entry.code === "record_broken");
		return { problems: overview.record.problems, verdict: check?.verdict, needsAPerson };
	};
	expect(await told()).toEqual({ problems: null, verdict: "ok", needsAPerson: false });
	await database.query("UPDATE reward_outbox.outbox SET user_id = 'Eve' WHERE id = $1", [other]);
	await runCli(["audit", "verify"], env);
	const wrong = { problems: 1, verdict: "fail", needsAPerson: true };
	expect(await told()).toEqual(wrong);
	// Nothing that was recorded since is wrong, and that makes nothing good.
	await runCli(["audit", "verify", "--since", "2099-01-01"], env);
	expect(await told()).toEqual(wrong);
	await database.query("UPDATE reward_outbox.outbox SET user_id = 'Bob' WHERE id = $1", [other]);
	await runCli(["audit", "verify"], env);
	expect(await told()).toEqual({ problems: 0, verdict: "ok", needsAPerson: false });
	const { rows } = await database.query(
		"SELECT detail -> 'problems' AS problems FROM reward_outbox.operations WHERE action = 'verify' ORDER BY operation_no",
	);
	expect(rows).toEqual([{ problems: 1 }, { problems: 0 }, { problems: 0 }]);
});

test("an export tells of a state that nothing on record led to, and the example in Python says so", async () => {
	await using database = await createTestDatabase();
	await using folder = await mkdtempDisposable(join(tmpdir(), "reward-outbox-audit-"));
	const { dead } = await recordSome(database);
	await database.query("UPDATE reward_outbox.event_states SET status = 'delivered' WHERE event_id = $1", [dead]);
	const path = join(folder.path, "record.ndjson");
	await writeFile(path, (await exported(database)).join("\n"));
	const { code, stdout } = await runCli(["audit", "verify", "--file", path, "--json"]);
	expect(code).toBe(1);
	expect(JSON.parse(stdout).findings).toMatchObject([{ code: "state_changed", event_id: dead }]);
	if (hasPython) expect(await checkedByPython(path)).toMatchObject({ code: 1, stdout: expect.stringContaining(dead) });
});

test("audit export --format parquet has a row for each attempt and decision, in as many groups as it takes", async () => {
	await using database = await createTestDatabase();
	await using folder = await mkdtempDisposable(join(tmpdir(), "reward-outbox-audit-"));
	const { other } = await recordSome(database);
	const { stdout } = await promisify(execFile)(
		process.execPath,
		[join(import.meta.dirname, "../../src/cli.ts"), "audit", "export", "--format", "parquet"],
		{ env: { DATABASE_URL: database.url }, encoding: "buffer", maxBuffer: 1 << 24 },
	);
	const path = join(folder.path, "record.parquet");
	await writeFile(path, stdout);
	const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
	expect(rows.map(({ type }) => type)).toEqual([
		...Array<string>(2).fill("decision"),
		...Array<string>(6).fill("attempt"),
	]);
	const sent = rows.find(({ event_id }) => event_id === other);
	const { rows: known } = await database.query("SELECT started_at FROM reward_outbox.attempt_log WHERE event_id = $1", [
		other,
	]);
	expect(sent).toMatchObject({ outcome: "accepted", attempt: 1, http_status: 200, at: known[0]?.["started_at"] });
	expect(rows.find(({ user_id }) => user_id === 'Ada "L" \u{1f600}')).toMatchObject({
		payload: expect.stringContaining("19.90"),
	});
	expect(rows.find(({ action }) => action === "cancel")).toMatchObject({
		operation_no: expect.any(BigInt),
		attempt: null,
	});
});

test("a Parquet file in several groups holds every row in its order", async () => {
	const file = new ParquetFile([
		{ name: "n", type: "integer" },
		{ name: "text", type: "text" },
	]);
	const parts: Uint8Array[] = [];
	for (let n = 0; n < 25_000; n++) parts.push(file.add({ n, text: n % 3 === 0 ? null : `row ${n}` }));
	parts.push(file.end());
	expect(parts.filter(({ length }) => length > 0)).toHaveLength(3);
	const { buffer, byteOffset, byteLength } = Buffer.concat(parts);
	const whole = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
	const rows = await parquetReadObjects({ file: { byteLength, slice: (from, to) => whole.slice(from, to) } });
	expect(rows).toHaveLength(25_000);
	expect([rows[0], rows[10_001], rows[24_999]]).toEqual([
		{ n: 0, text: null },
		{ n: 10_001, text: "row 10001" },
		{ n: 24_999, text: null },
	]);
});
