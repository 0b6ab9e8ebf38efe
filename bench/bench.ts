import type { Contender } from "./contenders/contender.ts";
import type { Databases } from "./environment/databases.ts";
import type { Server } from "./environment/server.ts";
import type { Profile } from "./profiles.ts";
import type { Progress } from "./progress.ts";
import type { Sample } from "./samples.ts";
import type { Sink } from "./sink/sink.ts";

/** What every measurement works with. */
export interface Bench {
	readonly profile: Profile;
	readonly server: Server;
	readonly databases: Databases;
	readonly sink: Sink;
	readonly progress: Progress;
	record(sample: Sample): void;
}

/** Those of the ids that the profile wants and the server allows. */
export function allowed(bench: Bench, contenders: readonly Contender[]): Contender[] {
	const { profile, server, progress } = bench;
	return contenders.filter((contender) => {
		if (profile.contenders.length > 0 && !profile.contenders.includes(contender.id)) return false;
		if (contender.needs !== "logical replication" || server.logicalReplication) return true;
		progress.note(`${contender.name} is left out: wal_level of this server is not logical`);
		return false;
	});
}

/** The same work for all, each round beginning with the next one. A failure is noted and does not stop the others. */
export async function interleaved(
	bench: Bench,
	contenders: readonly Contender[],
	rounds: number,
	what: string,
	work: (contender: Contender, round: number) => Promise<string>,
): Promise<void> {
	bench.progress.heading(what);
	for (let round = 0; round < rounds; round++) {
		for (let i = 0; i < contenders.length; i++) {
			const contender = contenders[(i + round) % contenders.length] as Contender;
			try {
				bench.progress.step(contender.name, await work(contender, round));
			} catch (error) {
				bench.progress.note(
					`${what}, ${contender.name}, failed: ${error instanceof Error ? error.message : String(error)}`,
				);
			}
		}
	}
}
