import type { KnownDatabase } from "../../../src/store/claim.ts";
import { SqlError, type Tables } from "./tables.ts";

/** require_known_database(): stands beside every claim. */
export function requireKnownDatabase(tables: Tables, known: KnownDatabase): void {
	const { installation, proofs, headPosition } = tables;
	const beats = known.proofId === null ? undefined : proofs.get(known.proofId)?.beats;
	const isKnown =
		installation.installationId === known.installationId &&
		installation.doubt === null &&
		installation.isOriginal &&
		beats !== undefined &&
		beats >= Number(known.beats) &&
		headPosition >= Number(known.headPosition);
	if (!isKnown || leadsElsewhere(tables) || hasForeignEvents(tables))
		throw new SqlError("RWDB1", "this is not the database that the relay knows");
}

function leadsElsewhere({ installation: { recorded }, found }: Tables): boolean {
	return (
		recorded.databaseOid !== found.databaseOid ||
		recorded.outboxOid !== found.outboxOid ||
		recorded.systemIdentifier !== found.systemIdentifier ||
		recorded.timeline !== found.timeline
	);
}

/** Events that were loaded from another installation, and not adopted. */
export function hasForeignEvents({ eventsOfEpoch, installation }: Tables): boolean {
	for (const epoch of eventsOfEpoch.keys()) if (!installation.epochs.includes(epoch)) return true;
	return false;
}
