/** How long and how often everything runs. */
export interface Profile {
	readonly name: "quick" | "default" | "full";
	/** Interleaved repetitions. */
	readonly rounds: number;
	/** About how long one contender drains. The number of events follows from what it is known to do. */
	readonly drainSeconds: number;
	/** Of these contenders; empty: all. */
	readonly contenders: readonly string[];
	readonly latencySeconds: number;
	readonly idleEvents: number;
	readonly writerSeconds: number;
	readonly writerCounts: readonly number[];
	readonly writerDelaysMs: readonly number[];
	readonly trickleSeconds: number;
	readonly troubleSeconds: number;
	/** Transactions a second while something happens to the relay, well below what the machine can take. */
	readonly troubleRates: readonly number[];
	readonly scaleRelays: readonly number[];
	readonly scaleConcurrency: readonly number[];
	readonly scaleSeconds: number;
	/** With a snapshot pinned, for ours and for the peers. */
	readonly ageingSeconds: number;
	readonly ageingPeerSeconds: number;
	/** Events delivered and on record before the claims are timed. */
	readonly recorded: readonly number[];
	/** Events pending while the claims are timed and the memory is watched. 0: not measured. */
	readonly pending: number;
	readonly recordSeconds: number;
	readonly watchRounds: number;
	readonly watchSeconds: number;
	/** In one statement. */
	readonly watchBulkRows: number;
	readonly watchBulkRounds: number;
	/** Events delivered and on record before the console is searched. */
	readonly consoleRecorded: number;
	/** Many and short, because what else runs on a shared machine changes within seconds. */
	readonly consoleRounds: number;
	/** Of one turn, with or without searches. */
	readonly consoleSeconds: number;
	readonly isolationRounds: number;
	/** Of one load. 0: not measured. */
	readonly isolationSeconds: number;
	/** Served by one relay. 0: not measured. */
	readonly fleetDatabases: number;
	/** Of one load; idle it is watched twice as long. */
	readonly fleetSeconds: number;
}

export const PROFILES: Readonly<Record<Profile["name"], Profile>> = {
	quick: {
		name: "quick",
		rounds: 1,
		drainSeconds: 2,
		contenders: ["bare-undici", "ours", "ours-unchained", "graphile-worker", "pg-boss", "naive", "plain"],
		latencySeconds: 4,
		idleEvents: 16,
		writerSeconds: 1,
		writerCounts: [32],
		writerDelaysMs: [1],
		trickleSeconds: 2,
		troubleSeconds: 3,
		troubleRates: [300],
		scaleRelays: [1, 2],
		scaleConcurrency: [64],
		scaleSeconds: 2,
		ageingSeconds: 6,
		ageingPeerSeconds: 0,
		recorded: [],
		pending: 0,
		recordSeconds: 0,
		watchRounds: 1,
		watchSeconds: 1,
		watchBulkRows: 20_000,
		watchBulkRounds: 2,
		consoleRecorded: 20_000,
		consoleRounds: 1,
		consoleSeconds: 3,
		isolationRounds: 1,
		isolationSeconds: 0,
		fleetDatabases: 0,
		fleetSeconds: 0,
	},
	default: {
		name: "default",
		rounds: 3,
		drainSeconds: 4,
		contenders: [],
		latencySeconds: 6,
		idleEvents: 60,
		writerSeconds: 2,
		writerCounts: [8, 32, 64],
		writerDelaysMs: [0, 1],
		trickleSeconds: 3,
		troubleSeconds: 5,
		troubleRates: [80, 600],
		scaleRelays: [1, 2, 4, 8],
		scaleConcurrency: [16, 64],
		scaleSeconds: 3,
		ageingSeconds: 75,
		ageingPeerSeconds: 60,
		recorded: [],
		pending: 1_000_000,
		recordSeconds: 20,
		watchRounds: 10,
		watchSeconds: 3,
		watchBulkRows: 100_000,
		watchBulkRounds: 5,
		consoleRecorded: 200_000,
		consoleRounds: 8,
		consoleSeconds: 4,
		isolationRounds: 3,
		isolationSeconds: 12,
		fleetDatabases: 500,
		fleetSeconds: 20,
	},
	full: {
		name: "full",
		rounds: 5,
		drainSeconds: 6,
		contenders: [],
		latencySeconds: 15,
		idleEvents: 200,
		writerSeconds: 5,
		writerCounts: [8, 32, 64],
		writerDelaysMs: [0, 1],
		trickleSeconds: 10,
		troubleSeconds: 12,
		troubleRates: [80, 600],
		scaleRelays: [1, 2, 4, 8],
		scaleConcurrency: [16, 64],
		scaleSeconds: 6,
		ageingSeconds: 600,
		ageingPeerSeconds: 120,
		recorded: [1_000_000, 10_000_000],
		pending: 1_000_000,
		recordSeconds: 60,
		watchRounds: 20,
		watchSeconds: 5,
		watchBulkRows: 100_000,
		watchBulkRounds: 11,
		consoleRecorded: 2_000_000,
		consoleRounds: 20,
		consoleSeconds: 10,
		isolationRounds: 5,
		isolationSeconds: 30,
		fleetDatabases: 500,
		fleetSeconds: 60,
	},
};
