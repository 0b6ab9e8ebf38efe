/**
 * `npm run chaos -- [--minutes 1] [--seed N] [--relays 3] [--rate 1000] [--postgres 14] [--only TEXT] [--json] [--record] [--keep FOLDER]`:
 * faults as the seed draws them, while relays deliver what applications write; then the reckoning. `--only` draws from
 * the faults whose names have that text in them. `--record` keeps the result and writes docs/reliability.md anew,
 * `--keep` the journals and logs. Exits 1 when an invariant was violated; Ctrl-C ends it early.
 */
import { parseArgs } from "node:util";
import { POSTGRES_MAJORS } from "../support/postgres-binaries.ts";
import { runCampaign } from "./campaign.ts";
import { FAULTS } from "./faults/all.ts";
import { record } from "./ledger/recorded.ts";
import { writeLedger } from "./ledger/write.ts";
import { printCampaign } from "./print.ts";

const { values } = parseArgs({
	options: {
		minutes: { type: "string", default: "1" },
		seed: { type: "string", default: String(Date.now() % 100_000) },
		relays: { type: "string", default: "3" },
		rate: { type: "string", default: "1000" },
		postgres: { type: "string" },
		only: { type: "string", default: "" },
		"disk-mb": { type: "string" },
		keep: { type: "string" },
		json: { type: "boolean", default: false },
		record: { type: "boolean", default: false },
	},
});
const minutes = number("minutes", 0.05, 10_000);
const version = POSTGRES_MAJORS.find((major) => String(major) === values.postgres);
if (values.postgres !== undefined && version === undefined) wrong(`--postgres takes ${POSTGRES_MAJORS.join(", ")}`);
if (!FAULTS.some(({ name }) => name.includes(values.only)))
	wrong(`--only: no fault has that in its name. They are:\n${namesOfFaults()}`);

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
	process.once(signal, () => {
		console.error("ending early; once more to leave at once");
		interrupted.abort();
		process.once(signal, () => process.exit(130));
	});
}
const options = {
	seed: number("seed", 0, 2 ** 31),
	minutes,
	relays: number("relays", 1, 20),
	eventsPerSecond: number("rate", 1, 5_000),
	diskMegabytes: values["disk-mb"] === undefined ? Math.round(700 + minutes * 100) : number("disk-mb", 0, 1e6),
	only: values.only,
	signal: interrupted.signal,
	onProgress: (line: string) => console.error(line),
	...(values.keep === undefined ? {} : { keptIn: values.keep }),
	...(version === undefined ? {} : { version }),
};
console.error(`seed ${options.seed}, ${minutes} min, ${options.relays} relays, ${options.eventsPerSecond} events/s`);
const result = await runCampaign(options);
if (values.json) console.log(JSON.stringify(result, null, "\t"));
else printCampaign(result);
if (values.record && !result.interrupted) {
	console.error(`recorded in ${record(result)}, and in docs/reliability.md`);
	writeLedger();
}
process.exitCode = result.violations.length > 0 ? 1 : result.interrupted ? 130 : 0;

function number(name: "minutes" | "seed" | "relays" | "rate" | "disk-mb", least: number, most: number): number {
	const value = Number(values[name]);
	if (!(value >= least && value <= most)) wrong(`--${name} takes a number from ${least} to ${most}`);
	return value;
}

function namesOfFaults(): string {
	return FAULTS.map(({ name }) => `  ${name}`).join("\n");
}

function wrong(what: string): never {
	console.error(what);
	process.exit(2);
}
