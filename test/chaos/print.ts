import { type CampaignResult, countFaults, type FaultResult } from "./reckoning.ts";

export function printCampaign(result: CampaignResult): void {
	const { totals, perKill, searched } = result;
	const lines: [string, string | number][] = [
		["PostgreSQL, Node", `${result.postgres}, ${result.node}`],
		["events committed", `${result.events} (${JSON.stringify(result.byStatus)})`],
		["what writers know of theirs", JSON.stringify(result.written)],
		["requests", result.requests],
		["faults", countFaults(result)],
		[
			"lost, stuck, phantom, out of order",
			[totals.lost, totals.stuck, totals.phantom, totals["out of order"]].join(", "),
		],
		["duplicates unexplained, explained", `${totals.unexplained}, ${totals.duplicated}`],
		["gone with a failover; sent, and listed", `${result.gone}; ${result.listed}`],
		["duplicates of a kill: worst, all", `${perKill.worst}, ${perKill.duplicates} of ${perKill.kills} kills`],
		["drained after the last fault in", seconds(result.drainMs)],
		["expired lease left lying at most", seconds(result.mostOverdueMs)],
		["SIGTERM took at most", seconds(result.stopMs)],
		["audit verify looked at", `${result.audited.attempts} attempts and ${result.audited.decisions} decisions`],
		[
			"searched for the API key",
			`${searched.bytesOfLogs} bytes of logs, ${searched.answersOfRelays} answers of relays, ${searched.tables} tables`,
		],
	];
	for (const [what, value] of lines) console.log(`${what.padEnd(40)} ${value}`);
	for (const fault of result.faults) console.log(lineOf(fault));
	for (const { message, count, example } of result.complaints)
		console.log(`logged ${count} times: ${message}\n  ${example}`);
	for (const violation of result.violations) console.log(`VIOLATION ${violation}`);
	if (result.interrupted) console.log("interrupted: what was under way is left out of account");
	console.log(result.violations.length === 0 ? "all invariants hold" : `${result.violations.length} violations`);
}

function lineOf({ name, runs, together, skipped, duplicated, recoveriesMs }: FaultResult): string {
	const median = recoveriesMs[recoveriesMs.length >> 1];
	const worst = recoveriesMs.at(-1);
	const recovered =
		median === undefined || worst === undefined ? "" : `recovered in ${seconds(median)}, at most ${seconds(worst)}`;
	const counts = [
		`${runs} times`,
		...(together > 0 ? [`${together} with others`] : []),
		...(skipped > 0 ? [`${skipped} skipped`] : []),
		`${duplicated} duplicates`,
	];
	return `  ${name.padEnd(70)} ${counts.join(", ")}; ${recovered}`;
}

function seconds(ms: number): string {
	return `${(ms / 1000).toFixed(1)} s`;
}
