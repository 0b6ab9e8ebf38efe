/**
 * `npm run chaos:offsets -- [--step 1] [--lanes 12] [--only killed] [--postgres 14] [--record]`: a small run of
 * a relay, again and again, struck at each byte of what goes to and comes from PostgreSQL and Reward. `--step 10` takes
 * every tenth byte. Exits 1 when an invariant was violated; Ctrl-C ends it early.
 */
import { parseArgs } from "node:util";
import pg from "pg";
import { migrateToLatest } from "../../../src/store/migrate.ts";
import { readValue } from "../../lifecycle/facts.ts";
import { POSTGRES_MAJORS } from "../../support/postgres-binaries.ts";
import { startPostgres } from "../../support/postgres-server.ts";
import { record } from "../ledger/recorded.ts";
import { writeLedger } from "../ledger/write.ts";
import { BLOWS, casesOf, type Lane, lengthOf, nameOf, runCases } from "./offsets.ts";
import { type Case, type CaseResult, prepareLane, STREAMS, type Stream } from "./small-run.ts";
import { Tally } from "./tally.ts";

const PROGRESS_MS = 10_000;

const { values } = parseArgs({
	options: {
		step: { type: "string", default: "1" },
		lanes: { type: "string", default: "12" },
		only: { type: "string" },
		postgres: { type: "string" },
		record: { type: "boolean", default: false },
	},
});
const version = POSTGRES_MAJORS.find((major) => String(major) === values.postgres);
const step = Number(values.step);
const laneCount = Number(values.lanes);
const isUsable = step >= 1 && Number.isInteger(step) && laneCount >= 1 && laneCount <= 50;
if (!isUsable || (values.only !== undefined && !BLOWS.some((blow) => blow === values.only))) {
	console.error(`--step and --lanes take whole numbers from 1, --only one of ${BLOWS.join(", ")}`);
	process.exit(2);
}
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());

await using server = await startPostgres(version === undefined ? {} : { version });
const lanes = await openLanes(laneCount);
const lengths = await measure(lanes[0] as Lane);
const cases = [...casesOf(lengths, step)].filter(({ trouble }) => values.only === undefined || trouble === values.only);
const tally = new Tally(lengths, step);
console.error(
	`${cases.length} cases: ${[...lengths].map(([{ to, direction }, n]) => `${to} ${direction} ${n}`).join(", ")}`,
);
const progress = setInterval(
	() => console.error(`${tally.cases} of ${cases.length} cases, ${tally.violations.length} violations`),
	PROGRESS_MS,
);
await runCases(lanes, cases[Symbol.iterator](), told, interrupted.signal);
clearInterval(progress);
const postgres = await readValue<string>((lanes[0] as Lane).pool, "SELECT current_setting('server_version')");
await Promise.all(lanes.map(({ pool }) => pool.end()));
const result = { postgres, ...tally.result(interrupted.signal.aborted) };
if (values.record && !result.interrupted) {
	console.error(`recorded in ${record(result)}, and in docs/reliability.md`);
	writeLedger();
}
console.log(JSON.stringify(result, null, "\t"));
process.exitCode = result.violations.length > 0 ? 1 : result.interrupted ? 130 : 0;

function told(one: Case, outcome: CaseResult): void {
	tally.add(one, outcome);
	for (const violation of outcome.violations) console.error(`VIOLATION ${nameOf(one)}: ${violation}`);
}

async function openLanes(count: number): Promise<Lane[]> {
	const admin = new pg.Client({ connectionString: server.url });
	await admin.connect();
	const opened: Lane[] = [];
	const urlOf = (name: string) => Object.assign(new URL(server.url), { pathname: name }).href;
	await admin.query("CREATE DATABASE template");
	await migrateToLatest(urlOf("template"));
	for (let n = 0; n < count; n++) {
		await admin.query(`CREATE DATABASE lane_${n} TEMPLATE template`);
		const url = urlOf(`lane_${n}`);
		opened.push({ url, pool: await prepareLane(url) });
	}
	await admin.end();
	return opened;
}

async function measure({ url, pool }: Lane): Promise<Map<Stream, number>> {
	const measured = new Map<Stream, number>();
	for (const stream of STREAMS) measured.set(stream, await lengthOf(url, pool, stream));
	return measured;
}
