/**
 * `npm run chaos -- [--seconds 60] [--relays 3] [--mode kill-one|kill-all|freeze|restarts] [--seed N] [--rate 300] [--every-ms 1000]`:
 * relays killed under load, then the reckoning. Exits 1 when an invariant was violated.
 */
import { parseArgs } from "node:util";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { startPostgres } from "../support/postgres-server.ts";
import { type CampaignReport, MODES, type Mode, runCampaign } from "./campaign.ts";

const { values } = parseArgs({
	options: {
		seconds: { type: "string", default: "60" },
		relays: { type: "string", default: "3" },
		mode: { type: "string", default: "kill-one" },
		seed: { type: "string", default: String(Date.now() % 100_000) },
		rate: { type: "string", default: "300" },
		"every-ms": { type: "string", default: "1000" },
	},
});

const mode = MODES.find((known) => known === values.mode);
if (mode === undefined) {
	console.error(`--mode must be one of ${MODES.join(", ")}`);
	process.exit(2);
}
const report = await run(mode);
print(report);
process.exitCode = report.violations.length === 0 ? 0 : 1;

async function run(mode: Mode): Promise<CampaignReport> {
	await using server = await startPostgres({ settings: mode === "restarts" ? { fsync: "on" } : {} });
	await migrateToLatest(server.url);
	console.log(
		`mode ${mode}, seed ${values.seed}, ${values.seconds} s, ${values.relays} relays, ${values.rate} events/s`,
	);
	return await runCampaign({
		mode,
		seconds: Number(values.seconds),
		relays: Number(values.relays),
		seed: Number(values.seed),
		eventsPerSecond: Number(values.rate),
		killEveryMs: Number(values["every-ms"]),
		databaseUrl: server.url,
		server,
	});
}

function print(report: CampaignReport): void {
	const { written, duplicates } = report;
	const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
	const lines: [string, string | number][] = [
		["events committed", `${report.events} (${JSON.stringify(report.byStatus)})`],
		["events rolled back, commit unknown", `${written.rolledBack.size}, ${written.unknown}`],
		["requests", report.requests],
		["duplicates explained", duplicates.explained],
		["duplicates unexplained", duplicates.unexplained],
		["relays killed", report.kills],
		["drained after the last fault in", seconds(report.drainMs)],
		["expired lease left lying at most", seconds(report.mostOverdueMs)],
		["SIGTERM took at most", seconds(report.stopMs)],
	];
	if (report.restarts > 0) {
		lines.push(["restarts of PostgreSQL", report.restarts]);
		lines.push(["first request after each", report.resumedMs.map(seconds).join(", ")]);
		lines.push(["errors of writers meanwhile", JSON.stringify(Object.fromEntries(written.errors))]);
	}
	for (const [what, value] of lines) console.log(`${what.padEnd(36)} ${value}`);
	for (const [message, { count, example }] of report.complaints)
		console.log(`logged ${count} times: ${message}\n  ${example}`);
	for (const violation of report.violations) console.log(`VIOLATION ${violation}`);
	console.log(report.violations.length === 0 ? "all invariants hold" : `${report.violations.length} violations`);
}
