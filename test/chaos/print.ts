import type { CampaignResult, FaultResult } from "./reckoning.ts";

export function printCampaign(result: CampaignResult): void {
	const { totals, perKill, searched } = result;
	const lines: [string, string | number][] = [
		["PostgreSQL, Node", `${result.postgres}, ${result.node}`],
		["events committed", `${result.events} (${JSON.stringify(result.byStatus)})`],
		["what writers know of theirs", JSON.stringify(result.written)],
		["requests", result.requests],
		["faults", result.faults.reduce((sum, { runs }) => sum + runs, 0)],
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

function lineOf({ name, runs, skipped, duplicated, recoveryMs }: FaultResult): string {
	const recovered =
		recoveryMs === null ? "" : `recovered in ${seconds(recoveryMs.median)}, at most ${seconds(recoveryMs.worst)}`;
	const counts = [`${runs} times`, ...(skipped > 0 ? [`${skipped} skipped`] : []), `${duplicated} duplicates`];
	return `  ${name.padEnd(70)} ${counts.join(", ")}; ${recovered}`;
}

function seconds(ms: number): string {
	return `${(ms / 1000).toFixed(1)} s`;
}
